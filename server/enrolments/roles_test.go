package enrolments_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/server"
	"visavis/server/enrolments"
	"visavis/server/login"
)

// open are the routes that anybody may ask: what they answer is for everybody, or they
// know by other means who asks.
var open = []string{
	"GET /login", "GET /directory", "GET /address", "GET /texts/{kind}",
	"GET /api/directory",
	// of people who do not exist
	"GET /demo", "GET /api/demo", "POST /api/demo/fill", "POST /api/demo/restart",
	// says who asks, or that nobody does
	"GET /api/me",
	// know the link that a desktop shows
	"GET /confirm", "POST /api/confirm", "POST /api/confirm/yes", "POST /api/confirm/no",
	// knows the letter's link
	"POST /api/address", "POST /api/address/disown",
	// are the way in and out
	"POST /api/login/demo", "GET /login/oidc", "GET /login/callback", "POST /api/logout", "POST /login/backchannel",
}

// theirs are the roles that may ask the other routes, by how the path begins; the
// longest beginning counts.
var theirs = map[string][]string{
	"/api/enrolments": {login.Applicant}, "/api/certificates": {login.Applicant}, "/api/privacy": {login.Applicant},
	"/sign": {login.Applicant}, "/api/signings": {login.Applicant},
	"/signature": {login.Applicant}, "/request": {login.Applicant}, "/capture": {login.Applicant}, "/privacy": {login.Applicant},
	"/review": {login.Reviewer}, "/api/review": {login.Reviewer},
	"/registrar": {login.Registrar, login.Reviewer}, "/api/registrar": {login.Registrar, login.Reviewer},
	"/api/logout/everywhere": {login.Applicant, login.Reviewer, login.Registrar},
	"/outbox":                {login.Applicant, login.Reviewer, login.Registrar}, "/api/outbox": {login.Applicant, login.Reviewer, login.Registrar},
}

// routesOf returns each route of the records with its method.
func routesOf(t *testing.T, in *instance) []string {
	t.Helper()
	return routesIn(t, in, true)
}

// noCast has nobody.
type noCast struct{}

func (noCast) State(context.Context) (any, error) { return struct{}{}, nil }
func (noCast) Fill()                              {}
func (noCast) Restart()                           {}

// routesIn is routesOf a demonstration or of a service that somebody offers.
func routesIn(t *testing.T, in *instance, demo bool) []string {
	t.Helper()
	plane, err := enrolments.New(enrolments.Config{
		Journey: in.service, Accounts: in.accounts, Demo: demo, Cast: noCast{}, Retention: in.kept,
		Outbox:   func() any { return nil },
		Origin:   func() string { return in.URL },
		TextPage: func(enrolment.ConsentKind, string) ([]byte, string) { return nil, "" },
	})
	must(t, err)
	r := mux.NewRouter()
	plane.Routes(r, server.Host{
		Post:       func(next http.HandlerFunc) http.Handler { return next },
		Page:       func(string) http.HandlerFunc { return http.NotFound },
		EndSession: func(http.ResponseWriter, *http.Request) {},
	})
	var out []string
	must(t, r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, _ := route.GetMethods()
		for _, m := range methods {
			if m != http.MethodHead {
				out = append(out, m+" "+path)
			}
		}
		return nil
	}))
	return out
}

// Each route of the records, asked by nobody, by the owner, by another applicant, by a
// reviewer and by a registrar: who may not is told so, and sees nothing of the owner.
func TestEveryRouteForEveryRole(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	owner := in.browser(t, "maeva")
	v := owner.consented()
	people := map[string]struct {
		b    *browser
		role string
	}{
		"nobody": {in.browser(t, ""), ""}, "another applicant": {in.browser(t, "elouan"), login.Applicant},
		"a reviewer": {in.browser(t, "reviewer-1"), login.Reviewer}, "a registrar": {in.browser(t, "registrar"), login.Registrar},
	}
	routes := routesOf(t, in)
	if len(routes) < 45 {
		t.Fatalf("%d routes, want all: %v", len(routes), routes)
	}
	tried := 0
	for _, route := range routes {
		if slices.Contains(open, route) {
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		of := ""
		for begin := range theirs {
			if (path == begin || strings.HasPrefix(path, begin+"/")) && len(begin) > len(of) {
				of = begin
			}
		}
		if of == "" {
			t.Errorf("%s: nobody said whose it is", route)
			continue
		}
		asked := strings.NewReplacer("{id}", v.ID, "{item}", "00000000-0000-4000-8000-000000000000").Replace(path)
		if path == "/api/registrar" {
			asked += "?reference=" + v.Reference
		}
		for name, p := range people {
			if path == "/api/logout/everywhere" && p.role != "" {
				continue // it would end what the test goes on with
			}
			var body any
			if method == http.MethodPost {
				body = struct{}{}
			}
			status, header, answer := p.b.do(method, asked, body)
			tried++
			may := slices.Contains(theirs[of], p.role)
			page := !strings.HasPrefix(path, "/api/")
			switch {
			case strings.Contains(string(answer), "maeva.specimen") || strings.Contains(string(answer), "+33639980012"):
				t.Errorf("%s by %s shows the owner: %s", route, name, answer)
			case may && strings.Contains(path, "{id}") && status < http.StatusBadRequest:
				t.Errorf("%s by %s: %d, of somebody else's", route, name, status)
			case p.role == "" && page && (status != http.StatusFound || !strings.HasPrefix(header.Get("Location"), "/login?")):
				t.Errorf("%s by %s: %d to %q, want the login", route, name, status, header.Get("Location"))
			case p.role == "" && !page && status != http.StatusUnauthorized &&
				!(strings.HasSuffix(path, "/export") && status == http.StatusFound):
				t.Errorf("%s by %s: %d, want 401", route, name, status)
			case p.role != "" && !may && status != http.StatusForbidden:
				t.Errorf("%s by %s: %d, want 403", route, name, status)
			}
		}
	}
	if tried < 120 {
		t.Errorf("%d asked", tried)
	}
	if now := owner.see(v.ID); now.State != v.State {
		t.Errorf("the request is %s now", now.State)
	}
}

func TestOnlyADemonstrationHasACast(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	ofDemo := []string{
		"GET /demo", "GET /outbox", "GET /api/demo", "GET /api/outbox", "POST /api/demo/fill", "POST /api/demo/restart",
	}
	for _, demo := range []bool{true, false} {
		routes := routesIn(t, in, demo)
		for _, route := range ofDemo {
			if slices.Contains(routes, route) != demo {
				t.Errorf("demonstration %v: %s is there: %v", demo, route, !demo)
			}
		}
	}
}
