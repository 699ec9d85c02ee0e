package enrolments_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"visavis/certificate/pades"
	"visavis/certificate/pades/padestest"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/limits"
)

func TestFilesThatCannotBeSignedAreToldAtOnce(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	path := "/api/certificates/" + c.ID + "/signings?name=a.pdf"
	for want, body := range map[string][]byte{
		"not-pdf":   []byte("hello"),
		"encrypted": padestest.File(padestest.Table, "/Encrypt<</Filter/Standard>>", padestest.Objects()...),
		"hybrid":    padestest.File(padestest.Hybrid, "", padestest.Objects()...),
		"too-large": make([]byte, pades.MaxFile+1),
	} {
		if status, problem := maeva.refused(path, body); status != http.StatusUnprocessableEntity || problem != want {
			t.Errorf("%d %s, want %s", status, problem, want)
		}
	}
	if status, _, answer := maeva.do("POST", path, map[string]string{"a": "b"}); status != http.StatusBadRequest {
		t.Errorf("JSON: %d %s, want 400", status, answer)
	}
	for range limits.SigningsOpen.Number() {
		maeva.asks(c)
	}
	if status, _, answer := maeva.file(path+"&lang=en", contract); status != http.StatusTooManyRequests ||
		!strings.Contains(string(answer), "requests to sign are open") {
		t.Errorf("a sixth open request: %d %s, want 429", status, answer)
	}
}

// Requests that are cancelled at once leave entries in the audit all the same: an hour has so many.
func TestRequestsToSignOfAnHourAreBounded(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	path := "/api/certificates/" + c.ID + "/signings?name=a.pdf"
	var first signingView
	for n := range limits.Signings.Number() {
		q, _ := maeva.asks(c)
		maeva.want(http.StatusOK, "POST", "/api/signings/"+q.ID+"/cancel", nil, nil)
		if n == 0 {
			first = q
		}
	}
	before, _ := in.audited(t, v.ID)
	for range 3 {
		status, _, answer := maeva.file(path+"&lang=en", contract)
		var p struct {
			Error struct {
				Code, Field, Text string
				Next              time.Time
			}
		}
		must(t, json.Unmarshal(answer, &p))
		if left := time.Until(p.Error.Next); status != http.StatusTooManyRequests || p.Error.Code != "limit" ||
			p.Error.Field != "signings" || !strings.Contains(p.Error.Text, "signatures in an hour") ||
			left <= 0 || left > limits.Signings.Per() {
			t.Errorf("one too many: %d %s", status, answer)
		}
	}
	if after, _ := in.audited(t, v.ID); !maps.Equal(before, after) ||
		after[journey.AuditSignAsked] != limits.Signings.Number() {
		t.Errorf("%v entries, then %v", before, after)
	}
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		s, err := tx.Signing(t.Context(), first.ID)
		if err != nil {
			return err
		}
		s.Rev, s.CreatedAt = s.Rev+1, s.CreatedAt.Add(-limits.Signings.Per())
		return tx.SaveSigning(t.Context(), s)
	}))
	maeva.asks(c) // the first one was an hour ago
	if status, _ := maeva.refused(path, contract); status != http.StatusTooManyRequests {
		t.Errorf("the second one was not: %d, want 429", status)
	}
}

// Who sends slowly, or not at all, keeps one place of a few.
func TestASlowUploadKeepsNobodyElseOut(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva, other := in.browser(t, "maeva"), in.browser(t, "elouan")
	const path = "/api/certificates/none/signings?name=a.pdf"
	if status, _ := maeva.refused(path, contract); status != http.StatusNotFound {
		t.Fatalf("a certificate of nobody's: %d, want 404", status)
	}
	body, line := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, in.URL+path, body)
	must(t, err)
	req.Header.Set("Content-Type", "application/pdf")
	for _, c := range maeva.cookies {
		req.AddCookie(c)
	}
	req.Header.Set("Expect", "100-continue") // which net/http answers when the body is asked for: it has its place then
	begun := make(chan struct{})
	req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got100Continue: func() { close(begun) },
	}))
	done := make(chan error, 1)
	go func() {
		res, err := maeva.http.Do(req)
		if err == nil {
			err = res.Body.Close()
		}
		done <- err
	}()
	select {
	case <-begun:
	case err := <-done:
		t.Fatalf("an upload that had not ended: %v", err)
	}
	if status, _ := maeva.refused(path, contract); status != http.StatusServiceUnavailable {
		t.Errorf("a second file of the same person: %d, want 503", status)
	}
	if status, _ := other.refused(path, contract); status != http.StatusNotFound {
		t.Errorf("another person's file: %d, want 404 as before", status)
	}
	must(t, line.Close())
	must(t, <-done)
	if status, _ := maeva.refused(path, contract); status != http.StatusNotFound {
		t.Errorf("once it is there: %d, want 404", status)
	}
}
