package main

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"visavis/client"
	"visavis/qa/proxy"
)

// heard tells a text message of a type to a role.
func heard(p *proxy.Passing, role, kind string) bool {
	return !p.ToServer && p.Role == role && p.Kind == proxy.Text && bytes.Contains(p.Data, []byte(`"type":"`+kind+`"`))
}

func replace(p *proxy.Passing, pattern, by string) {
	p.Data = regexp.MustCompile(pattern).ReplaceAll(p.Data, []byte(by))
}

// lies are promises of a server that are broken on purpose, each with the scenario
// that has to see it.
var lies = map[string]struct {
	scenario string
	lie      proxy.Hook
}{
	"a second phone is invited": {"token-is-dead-after-the-claim", func(p *proxy.Passing) {
		if heard(p, "phone", "error") && bytes.Contains(p.Data, []byte("invalid-token")) {
			p.Data = []byte(`{"type":"invitation","site":"QA","desktop":"","openedAt":1,"language":"fr"}`)
		}
	}},
	"the desktop is not told that the phone sleeps": {"phone-asleep", func(p *proxy.Passing) {
		p.Drop = heard(p, "desktop", "progress") && bytes.Contains(p.Data, []byte("asleep"))
	}},
	"a blurred picture is called good": {"blurred", func(p *proxy.Passing) {
		if heard(p, "phone", "frame-result") {
			replace(p, `"hint":"blurred",`, "")
			replace(p, `"good":false`, `"good":true`)
		}
	}},
	"a wrong code is closed as if to come back": {"wrong-code-once", func(p *proxy.Passing) {
		if p.Kind == proxy.Closed && p.Code == 4507 {
			p.Code = 4000
		}
	}},
	"the desktop sees no hint": {"dark", func(p *proxy.Passing) { p.Drop = heard(p, "desktop", "live") }},
	"a resume does not say which parts have arrived": {"half-a-still", func(p *proxy.Passing) {
		if heard(p, "phone", "welcome") {
			replace(p, `"still":\{[^}]*\}`, `"was":{}`)
		}
	}},
	"any tilt is done": {"wrong-tilt", func(p *proxy.Passing) {
		if heard(p, "phone", "challenge") {
			replace(p, `"done":false`, `"done":true`)
		}
	}},
	"the typed code is another's": {"pair-by-typed-code", func(p *proxy.Passing) {
		if heard(p, "desktop", "pairing") {
			replace(p, `"typedCode":"[A-Z]*"`, `"typedCode":"BBBBBBBB"`)
		}
	}},
	"the QR is another's": {"pair-by-qr", func(p *proxy.Passing) {
		if heard(p, "desktop", "pairing") {
			replace(p, `"url":"([^"]*)"`, `"url":"${1}A"`)
		}
	}},
	"not me ends nothing": {"not-me", func(p *proxy.Passing) {
		p.Drop = p.ToServer && bytes.Contains(p.Data, []byte(`"not-me"`))
	}},
	"errors say nothing": {"errors-say-why", func(p *proxy.Passing) {
		if heard(p, "phone", "error") {
			replace(p, `"text":"[^"]*"`, `"text":""`)
		}
	}},
	"another document keeps the old steps": {"change-of-document", func(p *proxy.Passing) {
		if heard(p, "phone", "progress") {
			replace(p, `"document":"passport"`, `"document":"identity-card"`)
		}
	}},
	"two phones are told that they have won": {"one-of-many-claims", func(p *proxy.Passing) {
		if heard(p, "phone", "error") && bytes.Contains(p.Data, []byte("invalid-token")) {
			p.Data = []byte(`{"type":"welcome","role":"phone","language":"fr","serverTime":1}`)
		}
	}},
	"answers are slow": {"fast-enough", func(p *proxy.Passing) {
		if heard(p, "phone", "frame-result") {
			p.Delay = 3500 * time.Millisecond
		}
	}},
	"a refused still closes the connection as if all were done": {"too-many-stills", func(p *proxy.Passing) {
		if heard(p, "phone", "still-result") {
			p.Close = 1000
		}
	}},
}

// Each lie is seen by its scenario, which passes where nobody lies.
func TestEachLieIsSeen(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	together(t, slices.Sorted(maps.Keys(lies)), func(name string) error {
		l := lies[name]
		o := Options{Own: true, Lie: l.lie, Client: client.Config{Language: "fr"}}
		if played(t.Context(), scenarioFile(l.scenario), o) == nil {
			return fmt.Errorf("%s passes against a server that lies", l.scenario)
		}
		return nil
	})
}

func scenarioFile(name string) string { return filepath.Join("../../qa/scenarios", name+".yaml") }

// A proxy that tells the truth changes nothing.
func TestThePlainProxyChangesNothing(t *testing.T) {
	together(t, []string{"happy", "half-a-still", "wrong-code-once"}, func(name string) error {
		return played(t.Context(), scenarioFile(name),
			Options{Own: true, Lie: func(*proxy.Passing) {}, Client: client.Config{Language: "fr"}})
	})
}
