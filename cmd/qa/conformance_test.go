package main

import (
	"bytes"
	"strings"
	"testing"

	"visavis/qa/mock"
	"visavis/qa/proxy"
)

// tried is the table of a server that lies, or does not.
func tried(t *testing.T, lie proxy.Hook) (table string, err error) {
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
		"-server", or2(config.Origin, server.URL), "-insecure", "-tagged", "-scenarios", "../../qa/scenarios", "-junit", t.TempDir() + "/c.xml",
	}, &out, &out)
	return out.String(), err
}

// A server that keeps its promises has every row kept; a fault that is planted has
// its row.
func TestConformanceOfAServer(t *testing.T) {
	notUnderRace(t)
	table, err := tried(t, nil)
	if err != nil || strings.Count(table, "kept ") < 25 {
		t.Errorf("%v, %d rows kept:\n%s", err, strings.Count(table, "kept "), table)
	}
	table, err = tried(t, lies["the typed code is another's"].lie)
	if err == nil || !strings.Contains(table, "BROKEN   pair by typed code") || !strings.Contains(table, "kept     pair by qr") {
		t.Errorf("%v:\n%s", err, table)
	}
}
