package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"visavis/qa/mock"
	"visavis/qa/proxy"
)

// tried is the table of a server that lies, or does not; rows: of those rules alone.
func tried(t *testing.T, lie proxy.Hook, rows string) (table string, err error) {
	t.Helper()
	pair, _, err := mock.SelfSigned()
	if err != nil {
		t.Fatal(err)
	}
	config := mock.Config{TLS: pair, NoChallenge: true}
	begin, err := beforeServer(&config, lie)
	if err != nil {
		t.Fatal(err)
	}
	server, err := mock.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	end, err := begin(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	var out bytes.Buffer
	err = runConformance(t.Context(), []string{
		"-server", or2(config.Origin, server.URL), "-insecure", "-tagged", "-scenarios", "../../qa/scenarios",
		"-parallel", "16", "-rows", rows, "-junit", t.TempDir() + "/c.xml",
	}, &out, &out)
	return out.String(), err
}

// A server that keeps its promises has every row kept.
func TestConformanceOfAServer(t *testing.T) {
	notUnderRace(t)
	table, err := tried(t, nil, "")
	if err != nil || strings.Count(table, "kept ") < 25 {
		t.Errorf("%v, %d rows kept:\n%s", err, strings.Count(table, "kept "), table)
	}
}

// faultsOfAServer are lies that qa conformance -server has to see, each with the name of
// the rule that it breaks.
var faultsOfAServer = map[string]string{
	"a second phone is invited":                      "token is dead after the claim",
	"the desktop is not told that the phone sleeps":  "phone asleep",
	"a blurred picture is called good":               "blurred",
	"a wrong code is closed as if to come back":      "wrong code once",
	"the desktop sees no hint":                       "dark",
	"a resume does not say which parts have arrived": "half a still",
	"the typed code is another's":                    "pair by typed code",
	"the QR is another's":                            "pair by qr",
	"not me ends nothing":                            "not me",
	"errors say nothing":                             "errors say why",
	"another document keeps the old steps":           "change of document",
	"two phones are told that they have won":         "one of many claims",
}

// Each planted fault breaks its row in the table of qa conformance -server, and leaves
// the row of a rule that it does not touch.
func TestConformanceSeesEachFault(t *testing.T) {
	notUnderRace(t)
	if len(faultsOfAServer) < 10 {
		t.Errorf("%d faults, want 10 at least", len(faultsOfAServer))
	}
	for fault, rule := range faultsOfAServer {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			untouched := "cancel by the desktop"
			if rule == "pair by qr" {
				untouched = "pair by typed code" // nobody pairs by the link
			}
			table, err := tried(t, lies[fault].lie, rule+","+untouched)
			if err == nil || !regexp.MustCompile(`(?m)^BROKEN +`+rule+` `).MatchString(table) ||
				!strings.Contains(table, "kept     "+untouched) {
				t.Errorf("%v:\n%s", err, table)
			}
		})
	}
}
