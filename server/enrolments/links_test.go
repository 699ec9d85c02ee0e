package enrolments_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"visavis/server/api"
	"visavis/sites"
)

func TestASecretThatExpiredOpensNothing(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	h.want(http.StatusOK, "POST", "/v1/test/clock", map[string]int{"forward": 24*60*60 + 60}, nil)
	person := in.browser(t, "")
	person.want(http.StatusGone, "POST", "/api/link", map[string]string{"secret": v.ClientSecret}, nil)
	var all struct{ Enrolments []view }
	person.want(http.StatusUnauthorized, "GET", "/api/enrolments", nil, &all)
	var fresh api.Verification
	h.want(http.StatusOK, "POST", "/v1/verifications/"+v.ID+"/link", nil, &fresh)
	person.open(fresh)
}

func TestASecretUsedTwiceOpensOneBrowser(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	first, second := in.browser(t, ""), in.browser(t, "")
	id := first.open(v)
	for range 3 {
		second.want(http.StatusConflict, "POST", "/api/link", map[string]string{"secret": v.ClientSecret}, nil)
		second.want(http.StatusUnauthorized, "GET", "/api/enrolments/"+id, nil, nil)
	}
	if first.open(v) != id {
		t.Error("the browser that used it first is out")
	}
}

func TestALogoIsShownFromThisServer(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	var seen struct{ Site struct{ Logo string } }
	person.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &seen)
	if seen.Site.Logo != "" {
		t.Errorf("a site without a logo has %q", seen.Site.Logo)
	}
	var file bytes.Buffer
	must(t, png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 60, 20))))
	logo, err := sites.NewLogo(file.Bytes())
	must(t, err)
	_, err = in.sites.SetLogo(t.Context(), h.of.ID, logo)
	must(t, err)
	person.want(http.StatusOK, "GET", "/api/enrolments/"+id, nil, &seen)
	var framed struct{ Logo string }
	person.want(http.StatusOK, "POST", "/api/embed/status", map[string]any{"secret": v.ClientSecret}, &framed)
	if want := "/site-logos/" + logo.Hash + ".png"; seen.Site.Logo != want || framed.Logo != want {
		t.Errorf("shown %q on the page and %q in the frame, want %q", seen.Site.Logo, framed.Logo, want)
	}
	res, body := h.do("GET", seen.Site.Logo, nil, nil)
	if res.StatusCode != http.StatusOK || !bytes.Equal(body, logo.PNG) || res.Header.Get("Content-Type") != "image/png" ||
		!strings.Contains(res.Header.Get("Cache-Control"), "immutable") ||
		res.Header.Get("Content-Security-Policy") != "default-src 'none'" ||
		res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d with %v", res.StatusCode, res.Header)
	}
	_, err = in.sites.SetLogo(t.Context(), h.of.ID, sites.Logo{})
	must(t, err)
	if res, _ := h.do("GET", seen.Site.Logo, nil, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("a logo that is gone answers %d", res.StatusCode)
	}
}
