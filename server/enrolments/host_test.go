package enrolments_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"visavis/server/api"
	"visavis/sites"
)

// host is another site's server with its key.
type host struct {
	t   *testing.T
	in  *instance
	of  sites.Site
	key string
}

func (in *instance) host(t *testing.T, scopes ...sites.Scope) *host {
	t.Helper()
	s, err := in.sites.AddSite(t.Context(),
		sites.Site{Name: "Exemple & Cie", ReturnURLs: []string{"https://www.example.org/back"}, Origins: []string{
			"https://www.example.org"}})
	must(t, err)
	return (&host{t: t, in: in, of: s}).with(scopes...)
}

// with is the same site with another key.
func (h *host) with(scopes ...sites.Scope) *host {
	h.t.Helper()
	if len(scopes) == 0 {
		scopes = sites.Scopes()
	}
	other := *h
	var err error
	_, other.key, err = h.in.sites.AddKey(h.t.Context(), h.of.ID, "", scopes)
	must(h.t, err)
	return &other
}

// at is the same site at another instance.
func (h *host) at(in *instance) *host {
	other := *h
	other.in = in
	return &other
}

func (h *host) do(method, path string, body any, header http.Header) (*http.Response, []byte) {
	h.t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(h.t, err)
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.in.URL+path, content)
	must(h.t, err)
	maps.Copy(req.Header, header)
	if h.key != "" {
		req.Header.Set("Authorization", "Bearer "+h.key)
	}
	if content != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := h.in.Client().Do(req)
	must(h.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(h.t, err)
	return res, answer
}

// want fails unless the answer has the status, and decodes it.
func (h *host) want(status int, method, path string, body, into any) {
	h.t.Helper()
	res, answer := h.do(method, path, body, nil)
	if res.StatusCode != status {
		h.t.Fatalf("%s %s: %d %s, want %d", method, path, res.StatusCode, answer, status)
	}
	if into != nil {
		must(h.t, json.Unmarshal(answer, into))
	}
}

// refused fails unless the answer is a problem of a status and a code.
func (h *host) refused(status int, code, method, path string, body any) {
	h.t.Helper()
	res, answer := h.do(method, path, body, nil)
	var p api.Problem
	if err := json.Unmarshal(answer, &p); err != nil || res.StatusCode != status || p.Status != status || p.Code != code ||
		p.Detail == "" ||
		p.RequestID == "" || p.RequestID != res.Header.Get("X-Request-Id") ||
		res.Header.Get("Content-Type") != "application/problem+json" {
		h.t.Errorf("%s %s: %d %v %s, want %d %s", method, path, res.StatusCode, res.Header, answer, status, code)
	}
}

func (h *host) create(purpose sites.Purpose) api.Verification {
	h.t.Helper()
	var v api.Verification
	h.want(http.StatusCreated, "POST", "/v1/verifications", map[string]any{
		"purpose": purpose, "reference": "member-7", "return_url": "https://www.example.org/back?step=2", "metadata": map[string]string{"plan": "a"},
		"declared": map[string]string{"surname": "Specimen", "given_names": "Maéva Claire", "birth_date": "1990-07-13", "mobile": "+33639980012", "email": "maeva.specimen@example.org"},
	}, &v)
	return v
}

func (h *host) see(id string) (v api.Verification) {
	h.t.Helper()
	h.want(http.StatusOK, "GET", "/v1/verifications/"+id, nil, &v)
	return v
}

// open opens a verification's link in a browser, which is that person's then.
func (b *browser) open(v api.Verification) (enrolment string) {
	b.t.Helper()
	_, secret, ok := strings.Cut(v.URL, "/v#")
	if !ok || secret != v.ClientSecret {
		b.t.Fatalf("url %q, secret %q", v.URL, v.ClientSecret)
	}
	var out struct{ Next string }
	b.want(http.StatusOK, "POST", "/api/link", map[string]string{"secret": secret}, &out)
	return strings.TrimPrefix(out.Next, "/request?id=")
}

// seesSite is what of a request's view tells of its site.
type seesSite struct {
	Site *struct {
		Name, Purpose, ReturnURL string
		Over                     bool
		ElsewhereAt              time.Time
	}
}

// showSpecimens has the reader see documents of the state UTO.
func (in *instance) showSpecimens(t *testing.T) {
	t.Helper()
	in.reader.mu.Lock()
	defer in.reader.mu.Unlock()
	for i, line := range in.reader.lines {
		in.reader.lines[i] = strings.ReplaceAll(line, "FRA", "UTO")
	}
}

// enrolmentOf is the enrolment under a verification.
func (in *instance) enrolmentOf(t *testing.T, id string) string {
	t.Helper()
	all, err := in.sites.Sites(t.Context())
	must(t, err)
	for _, s := range all {
		if v, err := in.sites.Get(t.Context(), s.ID, id); err == nil {
			return v.Enrolment
		}
	}
	t.Fatalf("no verification %s", id)
	return ""
}
