package enrolments_test

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"visavis/enrolment/evidence"
	"visavis/sites"
)

// evidence reads a verification's evidence as far as it comes.
func (h *host) evidence(id string) (*http.Response, []byte, error) {
	h.t.Helper()
	url := h.in.URL + "/v1/verifications/" + id + "/evidence"
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, url, nil)
	must(h.t, err)
	req.Header.Set("Authorization", "Bearer "+h.key)
	res, err := h.in.Client().Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}

// Evidence is sent while it is made. What cannot be finished is cut off: nobody takes half of it for all.
func TestEvidenceIsStreamedAndWholeOrCutOff(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	h.want(http.StatusOK, "POST", "/v1/test/verifications/"+v.ID+"/advance", map[string]any{"to": "verified"}, nil)
	waitFor(t, func() bool { return h.see(v.ID).Status == sites.Verified })
	id := in.enrolmentOf(t, v.ID)
	picture := make([]byte, 200_000)
	_, _ = rand.Read(picture)
	item := evidence.Item{ID: "still-large", Kind: evidence.Still, Step: "front", MediaType: "image/jpeg"}
	must(t, in.keeper.Add(t.Context(), id, item, picture, time.Now()))

	res, body, err := h.evidence(v.ID)
	if err != nil || res.StatusCode != http.StatusOK || res.ContentLength >= 0 ||
		res.Header.Get("Content-Type") != "application/zip" || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%v: %d bytes known before, %v", err, res.ContentLength, res.Header)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	if len(z.File) != 4 {
		t.Errorf("%d files", len(z.File))
	}
	h.checkManifest(z)

	last := evidence.Item{ID: "still-lost", Kind: evidence.Still, Step: "front", MediaType: "image/jpeg"}
	must(t, in.keeper.Add(t.Context(), id, last, picture, time.Now()))
	items, err := in.keeper.Items(t.Context(), id)
	must(t, err)
	must(t, in.keeper.Bucket.Delete(t.Context(), items[len(items)-1].Blob))
	if _, body, err := h.evidence(v.ID); err == nil {
		t.Errorf("a file with a picture that is lost ends well, with %d bytes", len(body))
	}
}

// deadlined remembers the deadline of its connection.
type deadlined struct {
	*httptest.ResponseRecorder
	write time.Time
}

func (d *deadlined) SetWriteDeadline(at time.Time) error { d.write = at; return nil }

// A large file on a slow line takes longer than any page: two minutes are left for it.
func TestADownloadOfAllEvidenceHasMoreTimeThanAPage(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	h := in.host(t)
	v := h.create(sites.Identity)
	person := in.browser(t, "")
	id := person.open(v)
	h.want(http.StatusOK, "POST", "/v1/test/verifications/"+v.ID+"/advance", map[string]any{"to": "verified"}, nil)
	waitFor(t, func() bool { return h.see(v.ID).Status == sites.Verified })
	for _, path := range []string{"/v1/verifications/" + v.ID + "/evidence", "/api/enrolments/" + id + "/export"} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, in.URL+path, nil)
		req.Header.Set("Authorization", "Bearer "+h.key)
		for _, c := range person.cookies {
			req.AddCookie(c)
		}
		w := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		began := time.Now()
		in.Config.Handler.ServeHTTP(w, req)
		if w.Code != http.StatusOK || w.write.Sub(began) < 2*time.Minute {
			t.Errorf("GET %s: %d, the write may last %v", path, w.Code, w.write.Sub(began))
		}
	}
}
