package enrolments_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"visavis/server/api"
	"visavis/sites"
)

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
		"languages":  []string{"fr-CA", "de", "de-CH"},
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
	var file bytes.Buffer
	must(t, png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 96, 24))))
	b.want(http.StatusOK, "POST", at+"/logo", map[string]any{"file": file.Bytes()}, &made)
	if made.Site.Logo == "" || made.Site.Name != "Exemple & Cie" {
		t.Errorf("with a logo %+v", made.Site)
	}
	b.want(http.StatusOK, "GET", made.Site.LogoURL(), nil, nil)
	shown := made.Site.Logo
	for _, bad := range [][]byte{nil, []byte("<svg/>"), bytes.Repeat([]byte("x"), sites.LogoBytes+1)} {
		var said struct{ Error struct{ Field string } }
		b.want(http.StatusUnprocessableEntity, "POST", at+"/logo", map[string]any{"file": bad}, &said)
		if said.Error.Field != "logo" {
			t.Errorf("a logo of %d bytes: %+v", len(bad), said)
		}
	}
	b.want(http.StatusRequestEntityTooLarge, "POST", at+"/logo", map[string]any{"file": make([]byte, 1<<20)}, nil)
	if b.want(http.StatusOK, "GET", at, nil, &made); made.Site.Logo != shown {
		t.Errorf("a bad logo took the place of the one before: %+v", made.Site)
	}
	made = consoleSite{}
	if b.want(http.StatusOK, "POST", at+"/logo", map[string]any{"remove": true}, &made); made.Site.Logo != "" {
		t.Errorf("without a logo %+v", made.Site)
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
	var regional api.Verification
	first.want(http.StatusCreated, "POST", "/v1/verifications", map[string]any{"purpose": "identity", "language": "de-AT"},
		&regional)
	if regional.Language != "de" {
		t.Errorf("the language is %q, want that of de-AT among the site's", regional.Language)
	}
	for _, other := range []string{"es", "es-MX", "xx"} {
		first.refused(http.StatusUnprocessableEntity, "invalid_value", "POST", "/v1/verifications",
			map[string]any{"purpose": "identity", "language": other})
	}
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
	staff.want(http.StatusForbidden, "POST", at+"/keys", map[string]any{"scopes": []string{"sign"}}, nil)
	staff.want(http.StatusForbidden, "POST", at+"/keys/"+key.Key.ID+"/rotate", map[string]any{"hours": 0}, nil)
	staff.want(http.StatusOK, "POST", at+"/keys", map[string]any{"scopes": []string{"read", "write"}}, nil)

	raw, _ := json.Marshal(rows)
	_, _, list := b.do("GET", at+"/keys", nil)
	if strings.Contains(string(raw)+string(list)+in.log.String(), key.Secret) {
		t.Error("a key's secret is shown again, or in the log")
	}
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
	b.want(http.StatusOK, "POST", "/api/console/sites", map[string]any{"name": "Exemple", "origins": []string{page.URL}},
		&made)
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
