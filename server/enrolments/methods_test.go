package enrolments_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"visavis/server"
)

// walked keeps the router that it adds its routes to.
type walked struct {
	server.Enrolments
	routes *mux.Router
}

func (w *walked) Routes(r *mux.Router, h server.Host) {
	w.routes = r
	w.Enrolments.Routes(r, h)
}

// variable is a part of a route's path that any value fills, or any hash.
var variable = regexp.MustCompile(`\{\w+(:\[0-9a-f\]\{32\})?\}`)

// Every address that is there says of every method that it does not take which ones it takes (RFC 9110, 15.5.6).
func TestEveryRouteNamesItsMethods(t *testing.T) {
	p := sqlitePlace(t)
	p.messages = 1e6
	var plane *walked
	p.wrap = func(e server.Enrolments) server.Enrolments {
		plane = &walked{Enrolments: e}
		return plane
	}
	in := p.start(t, "one")
	takes := map[string][]string{} // by path
	err := plane.routes.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, _ := route.GetPathTemplate()
		if template == "" {
			return nil // an address that a mailer or a messenger spoiled: it is found by a function
		}
		methods, _ := route.GetMethods()
		if len(methods) == 0 {
			t.Errorf("%s takes every method: name those that it takes", template)
			return nil
		}
		path := variable.ReplaceAllString(template, strings.Repeat("0", 32))
		takes[path] = append(takes[path], methods...)
		return nil
	})
	must(t, err)
	all := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"}
	for path, methods := range takes {
		for _, method := range all {
			if slices.Contains(methods, method) {
				continue
			}
			asked := httptest.NewRequestWithContext(t.Context(), method, path, nil)
			if match := (mux.RouteMatch{}); plane.routes.Match(asked, &match) && match.MatchErr == nil {
				continue // another route takes it, with a variable in the place of a name
			}
			answer := httptest.NewRecorder()
			in.Config.Handler.ServeHTTP(answer, asked)
			allowed := strings.Split(answer.Header().Get("Allow"), ", ")
			lacks := slices.ContainsFunc(methods, func(m string) bool { return !slices.Contains(allowed, m) })
			if answer.Code != http.StatusMethodNotAllowed || lacks || slices.Contains(allowed, method) {
				t.Errorf("%s %s: %d, Allow %q; want 405 and at least %q", method, path, answer.Code, allowed, methods)
			}
			if !strings.Contains(answer.Body.String(), "this address takes "+strings.Join(allowed, ", ")) {
				t.Errorf("%s %s: %q, want the methods", method, path, answer.Body)
			}
		}
	}
	if len(takes) < 100 {
		t.Errorf("%d addresses: the walk does not reach all", len(takes))
	}
}
