package enrolments_test

import (
	"net/http"
	"testing"

	"visavis/enrolment"
)

// The zone of the browser that begins a request stays with it: its letters tell times in it.
func TestTheZoneOfTheBrowserIsKeptWithTheRequest(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	var id string
	begin := func(zone string) string {
		t.Helper()
		var v view
		maeva.want(http.StatusOK, "POST", "/api/enrolments", map[string]string{"language": "fr", "zone": zone}, &v)
		id = v.ID
		e, err := in.service.Load(t.Context(), v.ID)
		must(t, err)
		return e.Zone
	}
	for _, step := range []struct{ told, kept string }{
		{"", ""}, {"Mars/Olympus", ""}, {"Local", ""}, {"Pacific/Auckland", "Pacific/Auckland"},
		{"Pacific/Auckland", "Pacific/Auckland"},
		{"Europe/Paris", "Europe/Paris"}, // back from a journey, before anything else was done
		{"", "Europe/Paris"},
	} {
		if got := begin(step.told); got != step.kept {
			t.Errorf("%q told: %q kept, want %q", step.told, got, step.kept)
		}
	}
	if n := countTransitions(t, in, id, enrolment.ActionZone); n != 2 {
		t.Errorf("%d changes in the log, want one for each other zone", n)
	}
	checkLog(t, in)
}
