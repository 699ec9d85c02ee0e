package login

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// beside logs both in and returns their cookies.
func beside(t *testing.T, l *Login) (applicant, staff *http.Cookie) {
	t.Helper()
	first, _ := post(t, l, "/api/login/demo", `{"account": "maeva"}`)
	second, said := post(t, l, "/api/login/demo", `{"account": "reviewer-1", "beside": true}`)
	if second.StatusCode != http.StatusOK || said["next"] != "/review" {
		t.Fatalf("%d %v", second.StatusCode, said)
	}
	return first.Cookies()[0], second.Cookies()[0]
}

func asked(t *testing.T, path string, cookies ...*http.Cookie) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func TestAReviewerIsPlayedBesideAnApplicant(t *testing.T) {
	l := newLogin(t, Config{})
	applicant, staff := beside(t, l)
	guarded := staff.HttpOnly && staff.Secure && staff.Path == "/" && staff.SameSite == applicant.SameSite
	if applicant.Name != cookieName || staff.Name != besideName || !guarded {
		t.Fatalf("cookies %v and %v", applicant, staff)
	}
	for path, want := range map[string]string{
		"/review": "demo:reviewer-1", "/api/review": "demo:reviewer-1", "/api/review/e1/items/i1": "demo:reviewer-1",
		"/registrar":        "demo:reviewer-1",
		"/api/registrar/e1": "demo:reviewer-1", "/api/me?side=staff": "demo:reviewer-1",
		"/api/me":    "demo:maeva",
		"/signature": "demo:maeva", "/api/enrolments/e1": "demo:maeva", "/reviewer": "demo:maeva",
		"/api/reviews": "demo:maeva", "/api/enrolments?side=staff": "demo:maeva",
	} {
		if a, ok := l.Account(asked(t, path, applicant, staff)); !ok || a.Subject != want {
			t.Errorf("%s is asked by %q, want %q", path, a.Subject, want)
		}
	}
	if a, ok := l.Account(asked(t, "/signature", staff)); ok {
		t.Errorf("staff alone is %q at an applicant's page", a.Subject)
	}
}

func TestOnlyStaffIsPlayedBesideAnApplicant(t *testing.T) {
	l := newLogin(t, Config{})
	refused, said := post(t, l, "/api/login/demo", `{"account": "elouan", "beside": true}`)
	if refused.StatusCode != http.StatusForbidden || len(refused.Cookies()) > 0 {
		t.Errorf("an applicant: %d %v", refused.StatusCode, said)
	}
	// A cookie moved to the other name is no cookie: the name is sealed with it.
	applicant, staff := beside(t, l)
	applicant.Name, staff.Name = besideName, cookieName
	if a, ok := l.Account(asked(t, "/review", applicant, staff)); ok {
		t.Errorf("swapped cookies are %q", a.Subject)
	}
}

func TestNobodyIsPlayedBesideAProvider(t *testing.T) {
	_, staff := beside(t, newLogin(t, Config{})) // of a demonstration with the same secret
	for _, production := range []bool{false, true} {
		l := newLogin(t, Config{Production: production, OIDC: &OIDC{
			Issuer: "https://login.example.org", ClientID: "visavis",
			Origin: func() string { return "https://visavis.example.org" },
		}})
		if a, ok := l.Account(asked(t, "/review", staff)); ok {
			t.Errorf("production %v: the cookie is %q", production, a.Subject)
		}
		refused, _ := post(t, l, "/api/login/demo", `{"account": "reviewer-1", "beside": true}`)
		if refused.StatusCode != http.StatusForbidden || len(refused.Cookies()) > 0 {
			t.Errorf("production %v: %d, %d cookies", production, refused.StatusCode, len(refused.Cookies()))
		}
	}
}

func TestADemonstrationsLoginIsNobodysBesideAProvider(t *testing.T) {
	played, _ := post(t, newLogin(t, Config{}), "/api/login/demo", `{"account": "operator"}`)
	operator := played.Cookies()[0] // of a demonstration with the same secret
	if a, ok := newLogin(t, Config{}).Account(asked(t, "/console", operator)); !ok || !a.Has(Operator) {
		t.Fatalf("the demonstration's operator is %q", a.Subject)
	}
	l := newLogin(t, Config{Production: true, OIDC: &OIDC{
		Issuer: "https://login.example.org", ClientID: "visavis",
		Origin: func() string { return "https://visavis.example.org" },
	}})
	if a, ok := l.Account(asked(t, "/console", operator)); ok {
		t.Errorf("the demonstration's operator is %q with the roles %v", a.Subject, a.Roles)
	}
	if a, ok := l.Watching(asked(t, "/console", operator)); ok {
		t.Errorf("a page that waits is watched by %q", a.Subject)
	}
	w := httptest.NewRecorder()
	person := Account{Subject: "site:live:ver_1", Roles: []string{Applicant}}
	if err := l.Begin(w, asked(t, "/v"), person); err != nil {
		t.Fatal(err)
	}
	if a, ok := l.Account(asked(t, "/request", w.Result().Cookies()[0])); !ok || a.Subject != person.Subject {
		t.Errorf("who came by a link is %q", a.Subject)
	}
}

func TestStaffLogsOutAloneBesideAnApplicant(t *testing.T) {
	l := newLogin(t, Config{})
	applicant, staff := beside(t, l)
	guarded := 0
	out := httptest.NewRecorder()
	r := asked(t, "/api/logout?side=staff", applicant, staff)
	r.Method = http.MethodPost
	routes(l, &guarded).ServeHTTP(out, r)
	c := out.Result().Cookies()
	if out.Code != http.StatusOK || len(c) != 1 || c[0].Name != besideName || c[0].MaxAge >= 0 {
		t.Errorf("%d %v", out.Code, c)
	}
	if out.Header().Get("Clear-Site-Data") != "" {
		t.Error("what the applicant's pages keep goes too")
	}
	if a, ok := l.Account(asked(t, "/review", staff)); ok {
		t.Errorf("a copied cookie is %q after the logout", a.Subject)
	}
	if a, ok := l.Account(asked(t, "/signature", applicant, staff)); !ok || a.Subject != "demo:maeva" {
		t.Errorf("the applicant is %q", a.Subject)
	}
}
