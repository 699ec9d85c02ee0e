package enrolments_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/server"
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
		TextPage:  func(enrolment.ConsentKind, string) ([]byte, string) { return nil, "" },
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
	ids := strings.NewReplacer("{site}", h.of.ID, "{verification}", v.ID, "{endpoint}", inbox.id, "{key}",
		"key_"+strings.Repeat("a", 26), "{delivery}", "del_x")
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
		"POST /api/console/sites/{site}/logo",
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
