package enrolments_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/retention"
	"visavis/server/api"
	"visavis/server/login"
	"visavis/sites"
)

// A whole walk is seen in the console, on both databases: without personal data, until an
// account that may looks, which is recorded, read and exported.
func TestTheConsoleTellsAVerificationsStory(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		in := newPlace(t, url).start(t, "one")
		in.showSpecimens(t)
		h := in.host(t)
		v, left := h.create(sites.Identity), h.create(sites.Identity)
		person := in.browser(t, "")
		id := person.open(v)
		person.photographs(id)
		person.await(id, enrolment.Review)

		operator, staff := in.browser(t, "operator"), in.staffOf(t, h.of.ID)
		var queue struct {
			Oldest []struct{ Reference, State, Since string }
		}
		operator.want(http.StatusOK, "GET", "/api/console/review", nil, &queue)
		if len(queue.Oldest) != 1 || queue.Oldest[0].State != "review" || queue.Oldest[0].Since == "" {
			t.Errorf("queue %+v", queue)
		}
		at := "/api/console/sites/" + h.of.ID
		trusted := in.staffOf(t, h.of.ID, login.PersonalData)
		var page struct{ Personal bool }
		trusted.want(http.StatusOK, "GET", at+"/verifications/"+v.ID, nil, &page)
		status, _, answer := trusted.do("POST", at+"/verifications/"+v.ID+"/data", nil)
		if page.Personal || status != http.StatusForbidden || strings.Contains(string(answer), "Specimen") {
			t.Errorf("a site's own see what the person has not confirmed: %v, %d %s", page, status, answer)
		}
		reviewer := in.browser(t, "reviewer-1")
		reviewer.draw()
		kept, err := in.keeper.Items(t.Context(), id)
		must(t, err)
		i := slices.IndexFunc(kept, func(i evidence.StoredItem) bool { return i.Kind == evidence.Still })
		reviewer.want(http.StatusOK, "GET", "/api/review/"+id+"/items/"+kept[i].ID, nil, nil)
		reviewer.decide(id, map[string]any{"verdict": "accept"})
		person.act(id, "confirm", struct{}{})
		h.want(http.StatusOK, "POST", "/v1/verifications/"+left.ID+"/cancel", nil, nil)

		var found struct {
			Verifications []struct{ ID, Reference, Status, Phone string }
		}
		staff.want(http.StatusOK, "GET", at+"/verifications?reference=member-7&status=verified", nil, &found)
		if len(found.Verifications) != 1 || found.Verifications[0].ID != v.ID {
			t.Errorf("found %+v", found)
		}
		staff.want(http.StatusOK, "GET", at+"/verifications?reference=member", nil, &found)
		if len(found.Verifications) != 0 {
			t.Errorf("a part of a reference finds %+v", found)
		}
		staff.want(http.StatusUnprocessableEntity, "GET", at+"/verifications?status=done", nil, nil)

		var story struct {
			Verification struct{ ID, Status, Phone string }
			Timeline     []struct{ Kind, What, Status, By string }
		}
		staff.want(http.StatusOK, "GET", at+"/verifications/"+v.ID, nil, &story)
		kinds := map[string]int{}
		for _, m := range story.Timeline {
			kinds[m.Kind]++
			if strings.Contains(m.By, "demo:") {
				t.Errorf("a site's own see who reviewed: %+v", m)
			}
		}
		if kinds["event"] < 7 || kinds["transition"] < 7 || kinds["phone"] != 1 ||
			story.Timeline[0].What != "verification.created" && story.Timeline[0].What != "declare" {
			t.Errorf("timeline %v %+v", kinds, story.Timeline)
		}
		operator.want(http.StatusOK, "GET", at+"/verifications/"+v.ID, nil, &story)
		if !slices.ContainsFunc(story.Timeline,
			func(m struct{ Kind, What, Status, By string }) bool { return m.By == "reviewer demo:reviewer-1" }) {
			t.Error("an operator does not see who reviewed")
		}
		var funnel struct{ Funnel sites.Funnel }
		staff.want(http.StatusOK, "GET", at+"/funnel?days=7", nil, &funnel)
		f := funnel.Funnel
		if f.Stages[0].N != 2 || f.Stages[5].N != 1 || len(f.Stops) != 1 || f.Stops[0].Reason != sites.SiteCancelled ||
			len(f.Phones) != 1 ||
			len(f.Times) < 4 {
			t.Errorf("funnel %+v", f)
		}
		staff.want(http.StatusUnprocessableEntity, "GET", at+"/funnel?days=0", nil, nil)
		var due struct {
			Due  []retention.Due
			Open int
		}
		operator.want(http.StatusOK, "GET", "/api/console/deletions", nil, &due)
		if len(due.Due) == 0 {
			t.Errorf("due %+v", due)
		}
		var all strings.Builder
		for _, path := range []string{"", "/verifications", "/verifications/" + v.ID, "/funnel"} {
			_, _, answer := operator.do("GET", at+path, nil)
			all.Write(answer)
		}
		if strings.Contains(all.String(), "Maéva") || strings.Contains(all.String(), "1990-07-13") {
			t.Errorf("personal data without the scope: %s", all.String())
		}

		// The data themselves.
		staff.want(http.StatusForbidden, "POST", at+"/verifications/"+v.ID+"/data", nil, nil)
		var data struct {
			Declared  enrolment.Declaration
			Extracted *enrolment.Extracted
		}
		operator.want(http.StatusOK, "POST", at+"/verifications/"+v.ID+"/data", nil, &data)
		if data.Extracted == nil || data.Extracted.Surname != "Specimen" {
			t.Errorf("data %+v", data)
		}
		trusted.want(http.StatusOK, "GET", at+"/verifications/"+v.ID, nil, &page)
		data.Extracted = nil
		trusted.want(http.StatusOK, "POST", at+"/verifications/"+v.ID+"/data", nil, &data)
		if !page.Personal || data.Extracted == nil || data.Extracted.Surname != "Specimen" {
			t.Errorf("a site's own see %+v, %+v once the person has confirmed", page, data)
		}
		checkEvidence(t, in, id, 4) // the chain covers the look
		checkConsoleAudit(t, operator, staff, h.of.ID, v)
	})
}

func checkConsoleAudit(t *testing.T, operator, staff *browser, site string, v api.Verification) {
	t.Helper()
	type entry struct{ ID, Role, Actor, Action, What string }
	var page struct{ Entries []entry }
	looked := func(e entry) bool {
		return e.Action == "look" && e.Role == "operator" && e.Actor == "demo:operator" && e.What == "data of "+v.ID
	}
	reviewed := func(e entry) bool { return e.Role == "reviewer" && e.Actor == "demo:reviewer-1" }
	for name, path := range map[string]string{
		"all": "/api/console/audit", "the site's": "/api/console/audit?site=" + site} {
		operator.want(http.StatusOK, "GET", path, nil, &page)
		if !slices.ContainsFunc(page.Entries, looked) || !slices.ContainsFunc(page.Entries, reviewed) {
			t.Errorf("%s: %+v", name, page.Entries)
		}
	}
	staff.want(http.StatusNotFound, "GET", "/api/console/audit", nil, nil)
	staff.want(http.StatusOK, "GET", "/api/console/audit?site="+site, nil, &page)
	if !slices.ContainsFunc(page.Entries, looked) ||
		slices.ContainsFunc(page.Entries, func(e entry) bool { return e.Action == "login" }) {
		t.Errorf("a site's own see %+v", page.Entries)
	}
	reviewer := func(e entry) bool { return e.Role == "reviewer" }
	_, _, saved := staff.do("GET", "/api/console/audit/export?format=csv&site="+site, nil)
	if !slices.ContainsFunc(page.Entries, reviewer) || slices.ContainsFunc(page.Entries, reviewed) ||
		strings.Contains(string(saved), "demo:reviewer") {
		t.Errorf("a site's own see who reviewed, or not that somebody did: %+v\n%s", page.Entries, saved)
	}
	_, header, lines := operator.do("GET", "/api/console/audit/export?format=jsonl", nil)
	n := 0
	for d := json.NewDecoder(strings.NewReader(string(lines))); ; n++ {
		var e entry
		if err := d.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
	}
	_, _, table := operator.do("GET", "/api/console/audit/export?format=csv", nil)
	rows, err := csv.NewReader(strings.NewReader(string(table))).ReadAll()
	if err != nil || len(rows) != n+1 || n < 2 || !strings.Contains(header.Get("Content-Disposition"), "audit.jsonl") {
		t.Errorf("%d rows, %d lines, %v", len(rows), n, err)
	}
	operator.want(http.StatusUnprocessableEntity, "GET", "/api/console/audit/export?format=xml", nil, nil)
	operator.want(http.StatusUnprocessableEntity, "GET", "/api/console/audit?before=x", nil, nil)
	operator.want(http.StatusOK, "GET", "/api/console/audit?before="+page.Entries[len(page.Entries)-1].ID, nil, nil)
}
