package sites_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/sites"
	"visavis/testkit"
)

// verifiers are the standardwebhooks packages of npm and PyPI, as a site's program uses them: they read a message from
// the standard input and end with 0 if its signature is right, with 3 if not.
var verifiers = map[string][]string{
	"npm": {"node", "--input-type=module", "-e", `
		import { readFileSync } from 'node:fs';
		import { Webhook, WebhookVerificationError } from 'standardwebhooks';
		const m = JSON.parse(readFileSync(0, 'utf8'));
		try {
			new Webhook(m.secret).verify(m.body, m.headers);
		} catch (err) {
			process.exit(err instanceof WebhookVerificationError ? 3 : 1);
		}`},
	"PyPI": {"python", "-c", `
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError
m = json.load(sys.stdin)
try:
    Webhook(m["secret"]).verify(m["body"], m["headers"])
except WebhookVerificationError:
    sys.exit(3)`},
}

type message struct {
	Secret  string            `json:"secret"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func TestTheLibrariesOfOthersVerify(t *testing.T) {
	packages, err := filepath.Abs("../clients/ts")
	if err != nil {
		t.Fatal(err)
	}
	python, err := filepath.Abs("../var/python/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if given := os.Getenv("VISAVIS_PYTHON"); given != "" {
		python = given
	}
	secrets, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	e := sites.Endpoint{ID: "end_1", Version: 2, BeforeUntil: now.Add(time.Hour)}
	const id, body = "evt_1", `{"id":"evt_1","type":"verification.verified","data":{"seq":1,"reference":"é"}}`
	right := message{secrets.KeysOf(e.ID, 2).Secret, map[string]string{
		"webhook-id": id, "webhook-timestamp": fmt.Sprint(now.Unix()), "webhook-signature": secrets.Sign(e, id, now,
			[]byte(body)),
	}, body}
	other := func(change func(*message)) message {
		m := right
		m.Headers = maps.Clone(right.Headers)
		change(&m)
		return m
	}
	old := now.Add(-time.Hour)
	cases := map[string]struct {
		message
		good bool
	}{
		"right":                     {right, true},
		"with the secret before":    {other(func(m *message) { m.Secret = secrets.KeysOf(e.ID, 1).Secret }), true},
		"another endpoint's secret": {other(func(m *message) { m.Secret = secrets.KeysOf("end_2", 2).Secret }), false},
		"another body":              {other(func(m *message) { m.Body += " " }), false},
		"another id":                {other(func(m *message) { m.Headers["webhook-id"] = "evt_2" }), false},
		"an hour old": {other(func(m *message) {
			m.Headers["webhook-timestamp"] = fmt.Sprint(old.Unix())
			m.Headers["webhook-signature"] = secrets.Sign(e, id, old, []byte(body))
		}), false},
	}
	for from, command := range verifiers {
		t.Run(from, func(t *testing.T) {
			words := append([]string{}, command...)
			if words[0] == "python" {
				words[0] = python
			}
			probe := exec.Command(words[0], append(words[1:len(words)-1:len(words)-1], map[string]string{
				"npm": "import 'standardwebhooks'", "PyPI": "import standardwebhooks",
			}[from])...)
			probe.Dir = packages
			if out, err := probe.CombinedOutput(); err != nil {
				testkit.Lacking(t, testkit.RequireClients,
					"no standardwebhooks of %s (scripts/setup.sh test installs it): %v %s", from, err, out)
			}
			for name, c := range cases {
				raw, err := json.Marshal(c.message)
				if err != nil {
					t.Fatal(err)
				}
				run := exec.Command(words[0], words[1:]...)
				run.Dir, run.Stdin = packages, bytes.NewReader(raw)
				out, err := run.CombinedOutput()
				code := run.ProcessState.ExitCode()
				if code != 0 && code != 3 {
					t.Fatalf("%s: %v\n%s", name, err, out)
				}
				if (code == 0) != c.good {
					t.Errorf("%s: accepted %v, want %v %s", name, code == 0, c.good, strings.TrimSpace(string(out)))
				}
			}
		})
	}
}
