package judge

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"sync"
	"testing"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/qa/mock"
	"visavis/qa/proxy"
)

// capture goes on until the end, whatever happens in between.
func capture(ctx context.Context, phone *client.Phone, codes <-chan string) {
	step, seq, still, begun := "document-front", uint32(0), uint32(0), false
	picture := func(width, height int) []byte {
		// Without a word of what it shows: the server says it.
		data, _ := mock.JPEG(mock.Shown{}, width, height)
		return slices.Concat(data[:6], bytes.Repeat([]byte{'x'}, 2),
			[]byte(time.Now().Format(time.RFC3339Nano))[:20], data[28:])
	}
	preview := func() {
		seq++
		_ = phone.SendPreview(ctx, step, seq, picture(640, 360)) // an end is an event
	}
	for e := range phone.Events(ctx) {
		var shown *protocol.Progress
		switch m := e.Message.(type) {
		case protocol.Invitation:
			_ = phone.Send(ctx, protocol.Claim{})
		case protocol.Welcome:
			if shown = m.Progress; m.DeviceSecret != "" {
				_ = phone.Send(ctx, protocol.ChooseCode{Code: <-codes})
			} else {
				preview()
			}
		case protocol.Progress:
			if shown = &m; m.State == protocol.StatePaired && !begun {
				begun = true
				_ = phone.Send(ctx, protocol.ChooseDocument{Document: "identity-card"})
				_ = phone.Send(ctx, protocol.Start{CameraWidth: 1920, CameraHeight: 1080})
			} else if m.State == protocol.StateCapturing && seq == 0 {
				preview()
			}
		case protocol.FrameResult:
			<-time.After(20 * time.Millisecond)
			preview()
		case protocol.CaptureStill:
			if m.Seq != still {
				still = m.Seq
				_ = phone.SendStill(ctx, protocol.Frame{Step: m.Step, Seq: m.Seq, CapturedAt: time.Now(), Data: picture(1280, 720)},
					4096, nil)
			}
		}
		if shown != nil {
			if i := slices.IndexFunc(shown.Steps, func(s protocol.Step) bool { return s.State == "active" }); i >= 0 {
				step = shown.Steps[i].Step
			}
		}
	}
}

func TestTheGoClientConforms(t *testing.T) {
	t.Parallel()
	trial, err := Begin("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	playUntil(t.Context(), t, trial, 40*time.Second)
	if err := trial.Finish(); err != nil {
		t.Error(err)
	}
	allKept(t, trial.Rules())
}

// Ten faults of a client that are made on purpose are each seen under their rule.
func TestTheJudgeSeesEachFault(t *testing.T) {
	old := func(p *proxy.Passing) (protocol.Frame, bool) {
		f, err := protocol.UnpackFrame(p.Data)
		return f, p.ToServer && p.Role == "phone" && p.Kind == proxy.Binary && err == nil
	}
	said := func(p *proxy.Passing, kind string) bool {
		return p.ToServer && p.Role == "phone" && p.Kind == proxy.Text && bytes.Contains(p.Data, []byte(`"type":"`+kind+`"`))
	}
	repack := func(p *proxy.Passing, f protocol.Frame) {
		if b, err := protocol.PackFrame(f); err == nil {
			p.Data = b
		}
	}
	for rule, spoil := range map[string]proxy.Hook{
		"subprotocol": func(p *proxy.Passing) {
			if p.Kind == proxy.Opened {
				p.Request.Header.Set("Sec-WebSocket-Protocol", "visavis.v0")
			}
		},
		"hello-first": func(p *proxy.Passing) {
			if said(p, "hello") {
				p.Data = []byte(`{"type":"beat"}`)
			}
		},
		"phone-has-no-cookie": func(p *proxy.Passing) {
			if p.Kind == proxy.Opened && p.Role == "phone" {
				p.Request.Header.Set("Cookie", "__Host-visavis=x")
			}
		},
		"one-ticket": func(p *proxy.Passing) {
			if said(p, "hello") {
				p.Data = bytes.Replace(p.Data, []byte(`{`), []byte(`{"code":"BCDFGHJK",`), 1)
			}
		},
		"known-messages": func(p *proxy.Passing) {
			if said(p, "start") {
				p.Data = []byte(`{"type":"cancel"}`)
			}
		},
		"preview-seq-grows": func(p *proxy.Passing) {
			if f, ok := old(p); ok && f.Kind == protocol.Preview {
				f.Seq = 5
				repack(p, f)
			}
		},
		"nonce": func(p *proxy.Passing) {
			if f, ok := old(p); ok && f.Nonce != "" {
				f.Nonce = ""
				repack(p, f)
			}
		},
		"still-as-asked": func(p *proxy.Passing) {
			if f, ok := old(p); ok && f.Kind == protocol.Still {
				f.Seq += 7
				repack(p, f)
			}
		},
		"comes-back": func(p *proxy.Passing) {
			if said(p, "hello") && bytes.Contains(p.Data, []byte("deviceSecret")) {
				p.Data = bytes.Replace(p.Data, []byte(`"rev"`), []byte(`"was"`), 1)
			}
		},
		"start-again": func() proxy.Hook {
			starts := 0
			return func(p *proxy.Passing) {
				if said(p, "start") {
					if starts++; starts == 2 {
						p.Data = []byte(`{"type":"beat"}`)
					}
				}
			}
		}(),
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			trial, err := Begin("127.0.0.1:0", spoil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() { // the first sign is enough
				defer cancel()
				for !brokenRule(trial.Rules(), rule) {
					select {
					case <-time.After(20 * time.Millisecond):
					case <-ctx.Done():
						return
					}
				}
			}()
			playUntil(ctx, t, trial, 8*time.Second)
			if err := trial.Finish(); err != nil {
				t.Error(err)
			}
			if !brokenRule(trial.Rules(), rule) {
				t.Errorf("the fault was not seen: %+v", trial.Rules())
			}
		})
	}
}

func brokenRule(rows []Rule, name string) bool {
	i := slices.IndexFunc(rows, func(r Rule) bool { return r.Name == name })
	return len(rows[i].Broken) > 0
}

// playUntil is the run of the other clients with the Go one, until its end, for so
// long at most. Faults are the judge's to find.
func playUntil(ctx context.Context, t *testing.T, trial *Trial, most time.Duration) {
	t.Helper()
	done := make(chan struct{})
	go func() { // ends with ctx
		defer close(done)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(trial.Root))
		cfg := client.Config{Server: trial.URL, TLS: &tls.Config{RootCAs: roots}}
		limited, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		desktop, err := client.OpenDesktop(limited, cfg)
		if err != nil {
			return
		}
		defer desktop.Close()
		codes := make(chan string, 100)
		var watching sync.WaitGroup
		defer watching.Wait()
		watching.Go(func() {
			for e := range desktop.Events(limited) {
				switch m := e.Message.(type) {
				case protocol.Pairing:
					codes <- m.URL
				case protocol.Progress:
					if m.Code != "" {
						codes <- m.Code
					}
				}
			}
		})
		var link string
		select {
		case link = <-codes:
		case <-limited.Done():
			return
		}
		phone, err := client.NewPhone(cfg, link)
		if err != nil || phone.Open(limited) != nil {
			return
		}
		defer phone.Close()
		capture(limited, phone, codes)
		if ctx.Err() != nil {
			cancel()
		}
	}()
	<-done
}
