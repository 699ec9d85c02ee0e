package enrolments_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/retention"
	"visavis/server"
	"visavis/server/api"
	"visavis/server/enrolments"
	"visavis/server/login"
	"visavis/sites"
)

// member is the browser of an account that a provider would name.
func (in *instance) member(t *testing.T, a login.Account) *browser {
	t.Helper()
	b := in.browser(t, "")
	w := httptest.NewRecorder()
	must(t, in.accounts.Begin(w, httptest.NewRequest(http.MethodPost, "/", nil), a))
	b.cookies = w.Result().Cookies()
	return b
}

// staffOf is one of a site's own people.
func (in *instance) staffOf(t *testing.T, site string, roles ...string) *browser {
	t.Helper()
	return in.member(
		t,
		login.Account{
			Subject: "oidc:staff of " + site,
			Name:    "Personnel Specimen",
			Roles:   append(roles, login.SiteStaff),
			Sites:   []string{site},
		},
	)
}

// consoleRoutes returns the routes of the console with their methods.
func consoleRoutes(t *testing.T, in *instance) []string {
	t.Helper()
	plane, err := enrolments.New(enrolments.Config{
		Journey:   in.service,
		Accounts:  in.accounts,
		Sites:     in.sites,
		Retention: in.kept,
		Origin:    func() string { return in.URL },
		TextPage:  func(enrolment.ConsentKind, string) []byte { return nil },
	})
	must(t, err)
	page := func(string) http.HandlerFunc { return http.NotFound }
	r := mux.NewRouter()
	plane.Routes(r, server.Host{
		Post:       func(next http.HandlerFunc) http.Handler { return next },
		Page:       page,
		Shared:     page,
		EndSession: func(http.ResponseWriter, *http.Request) {},
		Framed:     func(string, func(*http.Request) []string) http.HandlerFunc { return http.NotFound },
	})
	var out []string
	must(t, r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if methods, _ := route.GetMethods(); err == nil && strings.HasPrefix(path, "/api/console") {
			out = append(out, methods[0]+" "+path)
		}
		return nil
	}))
	return out
}

// Each route of the console, asked by nobody, by people of other roles, by another site's
// own people, and from a page of another origin.
func TestEveryRouteOfTheConsoleForEveryRole(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h, other := in.host(t), in.host(t)
	v := h.create(sites.Identity)
	inbox := h.listen()
	ids := strings.NewReplacer(
		"{site}",
		h.of.ID,
		"{verification}",
		v.ID,
		"{endpoint}",
		inbox.id,
		"{key}",
		"key_"+strings.Repeat("a", 26),
		"{delivery}",
		"del_x",
	)
	stranger := in.staffOf(t, other.of.ID, login.PersonalData)
	people := map[string]struct {
		b    *browser
		want int
	}{
		"nobody": {
			in.browser(t, ""),
			http.StatusUnauthorized,
		},
		"an applicant": {in.browser(t, "maeva"), http.StatusForbidden},
		"a reviewer": {
			in.browser(t, "reviewer-1"),
			http.StatusForbidden,
		},
		"a registrar":        {in.browser(t, "registrar"), http.StatusForbidden},
		"another site's own": {stranger, http.StatusNotFound},
	}
	forOperators := []string{
		"GET /api/console/review",
		"GET /api/console/deletions",
		"POST /api/console/sites",
		"POST /api/console/sites/{site}",
	}
	routes := consoleRoutes(t, in)
	if len(routes) < 25 {
		t.Fatalf("%d routes: %v", len(routes), routes)
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		var body any
		if method == http.MethodPost {
			body = struct{}{}
		}
		for name, p := range people {
			want := p.want
			switch {
			case want == http.StatusNotFound && slices.Contains(forOperators, route):
				want = http.StatusForbidden
			case want == http.StatusNotFound && route == "GET /api/console":
				want = http.StatusOK
			}
			status, _, answer := p.b.do(method, ids.Replace(path), body)
			if status != want {
				t.Errorf("%s by %s: %d %s, want %d", route, name, status, answer, want)
			}
			if strings.Contains(string(answer), h.of.ID) || strings.Contains(string(answer), "member-7") {
				t.Errorf("%s by %s shows the site: %s", route, name, answer)
			}
		}
		if method == http.MethodPost {
			operator := in.browser(t, "operator")
			req, err := http.NewRequestWithContext(t.Context(), method, in.URL+ids.Replace(path), strings.NewReader("{}"))
			must(t, err)
			req.Header.Set("Origin", "https://evil.example")
			for _, c := range operator.cookies {
				req.AddCookie(c)
			}
			res, err := in.Client().Do(req)
			must(t, err)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s from another origin: %d", route, res.StatusCode)
			}
		}
	}
	// To a site's own people an unknown site answers as another's does.
	_, _, unknown := stranger.do("GET", "/api/console/sites/site_"+strings.Repeat("q", 26), nil)
	_, _, foreign := stranger.do("GET", "/api/console/sites/"+h.of.ID, nil)
	if string(unknown) != string(foreign) {
		t.Errorf("unknown %s, another's %s", unknown, foreign)
	}
	for _, p := range []string{"nobody", "a reviewer"} {
		if status, header, _ := people[p].b.do("GET", "/console", nil); status == http.StatusOK {
			t.Errorf("the page for %s: %d %v", p, status, header)
		}
	}
	for name, b := range map[string]*browser{"an operator": in.browser(t, "operator"), "a site's own": stranger} {
		if status, _, _ := b.do("GET", "/console", nil); status != http.StatusOK {
			t.Errorf("the page for %s: %d", name, status)
		}
	}
}

// consoleSite is a site as the console shows it.
type consoleSite struct {
	Site sites.Site
}

func TestAnOperatorLooksAfterASite(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	b := in.browser(t, "operator")
	var made consoleSite
	form := map[string]any{
		"name":       "Exemple",
		"returnUrls": []string{"https://www.example.org/back"},
		"origins":    []string{"https://www.example.org"},
		"languages":  []string{"fr", "de"},
		"contact":    "a@example.org",
	}
	b.want(http.StatusOK, "POST", "/api/console/sites", form, &made)
	at := "/api/console/sites/" + made.Site.ID
	form["name"], form["live"] = "Exemple & Cie", true
	b.want(http.StatusOK, "POST", at, form, &made)
	if made.Site.Name != "Exemple & Cie" || made.Site.Live || !slices.Equal(made.Site.Languages, []string{"fr", "de"}) {
		t.Errorf("changed %+v: a test site stays one", made.Site)
	}
	for field, bad := range map[string]any{"name": "", "origins": []string{"https://a.example/path"},
		"return_urls": []string{"ftp://a"}, "languages": []string{"xx"}, "contact": strings.Repeat("x", 300)} {
		wrong := map[string]any{"name": "Exemple"}
		wrong[strings.Replace(field, "return_urls", "returnUrls", 1)] = bad
		var said struct {
			Error struct{ Code, Field, Problem string }
		}
		b.want(http.StatusUnprocessableEntity, "POST", at, wrong, &said)
		if said.Error.Field != field || said.Error.Problem == "" {
			t.Errorf("%s: %+v", field, said.Error)
		}
	}
	var key struct {
		Key    sites.Key
		Secret string
	}
	b.want(http.StatusOK, "POST", at+"/keys", map[string]any{"label": "serveur", "scopes": sites.Scopes()}, &key)
	first := &host{t: t, in: in, of: made.Site, key: key.Secret}
	v := first.create(sites.Identity)
	if v.Language != "fr" {
		t.Errorf("the language is %q, want the site's first", v.Language)
	}
	first.refused(
		http.StatusUnprocessableEntity,
		"invalid_value",
		"POST",
		"/v1/verifications",
		map[string]any{"purpose": "identity", "language": "es"},
	)
	var rows struct {
		Keys []struct {
			ID     string
			Over   bool
			UsedAt string
			EndsAt string
		}
	}
	b.want(http.StatusOK, "GET", at+"/keys", nil, &rows)
	if len(rows.Keys) != 1 || rows.Keys[0].UsedAt == "" || rows.Keys[0].Over {
		t.Errorf("keys %+v", rows.Keys)
	}
	old := key.Key.ID
	b.want(http.StatusOK, "POST", at+"/keys/"+old+"/rotate", map[string]any{"hours": 24}, &key)
	second := &host{t: t, in: in, of: made.Site, key: key.Secret}
	first.see(v.ID) // during the overlap both are valid
	second.see(v.ID)
	b.want(http.StatusOK, "POST", at+"/keys/"+old+"/revoke", nil, nil)
	first.refused(http.StatusUnauthorized, "unauthorized", "GET", "/v1/verifications/"+v.ID, nil)
	b.want(http.StatusNotFound, "POST", at+"/keys/"+old+"/rotate", map[string]any{"hours": 0}, nil)
	b.want(http.StatusUnprocessableEntity, "POST", at+"/keys/"+key.Key.ID+"/rotate", map[string]any{"hours": 100000}, nil)

	// Whoever may not see personal data makes no key that may.
	staff := in.staffOf(t, made.Site.ID)
	staff.want(http.StatusForbidden, "POST", at+"/keys", map[string]any{"scopes": []string{"read", "personal"}}, nil)
	staff.want(http.StatusForbidden, "POST", at+"/keys/"+key.Key.ID+"/rotate", map[string]any{"hours": 0}, nil)
	staff.want(http.StatusOK, "POST", at+"/keys", map[string]any{"scopes": []string{"read", "write"}}, nil)

	raw, _ := json.Marshal(rows)
	_, _, list := b.do("GET", at+"/keys", nil)
	if strings.Contains(string(raw)+string(list)+in.log.String(), key.Secret) {
		t.Error("a key's secret is shown again, or in the log")
	}
}

func TestTheConsoleShowsDeliveriesAndWhyASignatureFails(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	b := in.staffOf(t, h.of.ID)
	at := "/api/console/sites/" + h.of.ID + "/endpoints"
	broken := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }),
	)
	t.Cleanup(broken.Close)
	var e struct {
		Endpoint struct{ ID, PublicKey, WhyNot string }
		Secret   string
	}
	b.want(http.StatusOK, "POST", at, map[string]any{"url": broken.URL + "/hook", "label": "un"}, &e)
	if !strings.HasPrefix(e.Secret, "whsec_") || !strings.HasPrefix(e.Endpoint.PublicKey, "whpk_") {
		t.Errorf("endpoint %+v", e)
	}
	one := at + "/" + e.Endpoint.ID
	b.want(http.StatusOK, "POST", one+"/test", nil, nil)
	var list struct{ Deliveries []sites.Delivery }
	waitFor(t, func() bool {
		b.want(http.StatusOK, "GET", one+"/deliveries", nil, &list)
		return len(list.Deliveries) == 1 && list.Deliveries[0].State == sites.Failed
	})
	try := list.Deliveries[0].Attempts[0]
	if try.Status != http.StatusGone || try.Problem == "" || try.Signature == "" || list.Deliveries[0].Body == "" {
		t.Errorf("the attempt says %+v", try)
	}
	var why struct {
		Valid bool
		Why   string
	}
	sent := map[string]any{
		"id":        list.Deliveries[0].Event,
		"timestamp": try.Timestamp,
		"signature": try.Signature,
		"body":      list.Deliveries[0].Body,
	}
	b.want(http.StatusOK, "POST", one+"/check", sent, &why)
	if !why.Valid {
		t.Errorf("what was sent: %+v", why)
	}
	sent["body"] = " " + list.Deliveries[0].Body
	b.want(http.StatusOK, "POST", one+"/check", sent, &why)
	if why.Valid || !strings.Contains(why.Why, "before any parsing") {
		t.Errorf("a body that was changed: %+v", why)
	}
	sent["timestamp"] = "yesterday"
	b.want(http.StatusUnprocessableEntity, "POST", one+"/check", sent, nil)

	// The endpoint answered 410 and is off; it is mended, switched on, and gets it again.
	good := h.listen()
	var addresses struct {
		Endpoints []struct{ ID, URL, WhyNot string }
	}
	b.want(http.StatusOK, "GET", at, nil, &addresses)
	if len(addresses.Endpoints) != 2 || addresses.Endpoints[0].WhyNot == "" {
		t.Errorf("endpoints %+v", addresses)
	}
	h.create(sites.Identity)
	good.await(func(m sites.Message) bool { return m.Type == "verification.created" })
	var sentAgain struct{ Sent int }
	b.want(http.StatusOK, "POST", at+"/"+good.id+"/resend", map[string]any{"from": 1, "to": 99}, &sentAgain)
	if sentAgain.Sent != 2 {
		t.Errorf("%d sent again, want the test's event and the verification's", sentAgain.Sent)
	}
	good.await(func(m sites.Message) bool { return m.Type == sites.EndpointTest })
	b.want(http.StatusOK, "POST", one+"/deliveries/"+list.Deliveries[0].ID+"/resend", nil, nil)
	b.want(http.StatusNotFound, "POST", at+"/"+good.id+"/deliveries/"+list.Deliveries[0].ID+"/resend", nil, nil)
	secret := e.Secret
	b.want(http.StatusOK, "POST", one+"/rotate", map[string]any{"hours": 1}, &e)
	if e.Secret == secret {
		t.Error("the secret is the one before")
	}
	var on struct{ Endpoint sites.Endpoint }
	b.want(http.StatusOK, "POST", one, map[string]any{"enabled": true}, &on)
	if on.Endpoint.WhyNot != "" || !on.Endpoint.Enabled || on.Endpoint.Label != "un" {
		t.Errorf("enabled %+v", on.Endpoint)
	}
	b.want(http.StatusOK, "POST", one+"/drop", nil, nil)
	b.want(http.StatusNotFound, "GET", one+"/deliveries", nil, nil)
}

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
		if !slices.ContainsFunc(
			story.Timeline,
			func(m struct{ Kind, What, Status, By string }) bool { return m.By == "reviewer demo:reviewer-1" },
		) {
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
		if strings.Contains(all.String(), "Maéva") || strings.Contains(all.String(), "1990") {
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

func TestTheConsoleChecksAPagesHeaders(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	b := in.browser(t, "operator")
	policy, status := "default-src 'self'", http.StatusOK
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Location", "http://169.254.169.254/latest/meta-data/")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><title>Exemple</title>")
	}))
	t.Cleanup(page.Close)
	var made consoleSite
	b.want(
		http.StatusOK,
		"POST",
		"/api/console/sites",
		map[string]any{"name": "Exemple", "origins": []string{page.URL}},
		&made,
	)
	at := "/api/console/sites/" + made.Site.ID + "/embedding"
	var lines struct{ Lines sites.Embedding }
	b.want(http.StatusOK, "GET", at, nil, &lines)
	if lines.Lines.ContentSecurityPolicy != "script-src "+in.URL+"; frame-src "+in.URL {
		t.Errorf("lines %+v", lines)
	}
	check := func() map[string]sites.Finding {
		var found struct{ Findings []sites.Finding }
		b.want(http.StatusOK, "POST", at, map[string]string{"url": page.URL + "/"}, &found)
		out := map[string]sites.Finding{}
		for _, f := range found.Findings {
			out[f.Code] = f
		}
		return out
	}
	found := check()
	if f := found[sites.FindScript]; f.OK || f.Write != "script-src 'self' "+in.URL {
		t.Errorf("the script: %+v", f)
	}
	if f := found[sites.FindFrame]; f.OK || f.Write != "frame-src 'self' "+in.URL || !found[sites.FindOrigin].OK {
		t.Errorf("the frame: %+v", f)
	}
	policy += "; " + lines.Lines.ContentSecurityPolicy
	for code, f := range check() {
		if !f.OK {
			t.Errorf("with the lines: %s %+v", code, f)
		}
	}
	status = http.StatusFound // what it leads to is not asked
	if f := check()[sites.FindStatus]; f.OK || f.Write != "http://169.254.169.254/latest/meta-data/" {
		t.Errorf("a redirect: %+v", f)
	}
	for _, address := range []string{"http://169.254.169.254/", "file:///etc/passwd", "http://10.0.0.1/",
		"https://169.254.169.254/", "https://a:b@example.org/", ""} {
		b.want(http.StatusUnprocessableEntity, "POST", at, map[string]string{"url": address}, nil)
	}
}
