package enrolments_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/pades"
	"visavis/certificate/pades/padestest"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/limits"
)

// signingView is what of a request to sign the tests look at.
type signingView struct {
	ID, Name, SHA256, State, Digits, Link, QR, Signer, Badge string
	Over                                                     bool
}

var contract = padestest.File(padestest.Stream, "", padestest.Objects()...)

// file sends a PDF file.
func (b *browser) file(path string, body []byte) (status int, header http.Header, answer []byte) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.in.URL+path, bytes.NewReader(body))
	must(b.t, err)
	req.Header.Set("Content-Type", "application/pdf")
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	res, err := b.http.Do(req)
	must(b.t, err)
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	must(b.t, err)
	return res.StatusCode, res.Header, answer
}

// asks makes a request to sign the contract and returns it with the link's secret.
func (b *browser) asks(c shownCertificate) (v signingView, secret string) {
	b.t.Helper()
	status, _, answer := b.file("/api/certificates/"+c.ID+"/signings?name=Contrat%20%E2%80%AEx.pdf", contract)
	if status != http.StatusOK {
		b.t.Fatalf("a request to sign: %d %s", status, answer)
	}
	must(b.t, json.Unmarshal(answer, &v))
	_, secret, _ = strings.Cut(v.Link, "/confirm#")
	return v, secret
}

// says answers as the phone: a browser without a login.
func (in *instance) says(t *testing.T, path, secret, digits string) (status int, v signingView, p refusedSigning) {
	t.Helper()
	phone := in.browser(t, "")
	status, _, answer := phone.do("POST", path, map[string]string{"secret": secret, "digits": digits})
	must(t, json.Unmarshal(answer, &v))
	must(t, json.Unmarshal(answer, &p))
	return status, v, p
}

type refusedSigning struct {
	Error struct {
		Code, Problem, Text string
		Left                int
	}
}

func (b *browser) refused(path string, body []byte) (status int, problem string) {
	b.t.Helper()
	status, _, answer := b.file(path, body)
	var p refusedSigning
	_ = json.Unmarshal(answer, &p) // of a file that was signed: no problem
	return status, p.Error.Problem
}

// audited counts an enrolment's entries of each action.
func (in *instance) audited(t *testing.T, id string) (out map[string]int, last string) {
	t.Helper()
	out = map[string]int{}
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		list, err := tx.Audits(t.Context(), id)
		for _, a := range list {
			out[a.Action]++
			last = a.What
		}
		return err
	}))
	return out, last
}

func TestAPDFIsSignedOnceThePhoneHasConfirmed(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	sum := sha256.Sum256(contract)
	if q.State != "waiting" || q.SHA256 != hex.EncodeToString(sum[:]) || len(q.Digits) != 2 || len(secret) != 43 ||
		!strings.HasPrefix(q.QR, "<svg") || q.Name != "Contrat x.pdf" {
		t.Fatalf("the request: %+v", q)
	}
	document := "/api/signings/" + q.ID + "/document"
	if status, problem := maeva.refused(document, contract); status != http.StatusConflict || problem != "over" {
		t.Errorf("before the phone: %d %s, want over", status, problem)
	}
	status, shown, _ := in.says(t, "/api/confirm", secret, "")
	if status != http.StatusOK || shown.SHA256 != q.SHA256 || shown.Name != q.Name || shown.State != "waiting" ||
		!strings.Contains(shown.Signer, "TEST") || !strings.Contains(shown.Badge, "TEST") || shown.Digits != "" {
		t.Errorf("the phone reads %d %+v", status, shown)
	}
	for range 2 { // a tap twice
		if status, shown, _ = in.says(t, "/api/confirm/yes", secret, q.Digits); status != http.StatusOK ||
			shown.State != "confirmed" {
			t.Errorf("confirmed: %d %+v", status, shown)
		}
	}
	another := append(bytes.Clone(contract), '\n')
	if status, problem := maeva.refused(document, another); problem != "other" {
		t.Errorf("another file: %d %s, want other", status, problem)
	}
	status, header, signed := maeva.file(document, contract)
	if status != http.StatusOK || header.Get("Content-Type") != "application/pdf" ||
		header.Get("Visavis-Signature-Level") != string(pades.LT) || !bytes.HasPrefix(signed, contract) {
		t.Fatalf("signed: %d %v", status, header)
	}
	if info, err := pades.Check(signed); err != nil || info.Signatures != 1 {
		t.Errorf("%d signatures, %v", info.Signatures, err)
	}
	if status, problem := maeva.refused(document, contract); status != http.StatusConflict || problem != "over" {
		t.Errorf("a second time: %d %s, want over", status, problem)
	}
	entries, last := in.audited(t, v.ID)
	after := sha256.Sum256(signed)
	for _, action := range []string{journey.AuditSignAsked, journey.AuditSignConfirmed, journey.AuditSigned} {
		if entries[action] != 1 {
			t.Errorf("%d entries %s, want 1", entries[action], action)
		}
	}
	if !strings.Contains(last, q.SHA256) || !strings.Contains(last, hex.EncodeToString(after[:])) {
		t.Errorf("the last entry is %q, want both documents' digests", last)
	}
	_, err := in.keeper.Verify(t.Context(), v.ID)
	must(t, err)
}

func TestWhoDidNotSeeTheDesktopConfirmsNothing(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	wrong := "00"
	if q.Digits == wrong {
		wrong = "01"
	}
	status, _, p := in.says(t, "/api/confirm/yes", secret, wrong)
	if status != http.StatusUnprocessableEntity || p.Error.Problem != "wrong" || p.Error.Left != 1 || p.Error.Text == "" {
		t.Errorf("the first wrong digits: %d %+v", status, p)
	}
	if status, _, p = in.says(t, "/api/confirm/yes", secret, wrong); p.Error.Problem != "over" {
		t.Errorf("the second: %d %+v, want over", status, p)
	}
	if status, _, p = in.says(t, "/api/confirm/yes", secret, q.Digits); status != http.StatusConflict {
		t.Errorf("the right ones after that: %d %+v", status, p)
	}
	if entries, _ := in.audited(t, v.ID); entries[journey.AuditSignRefused] != 1 {
		t.Errorf("%d entries of a refusal, want 1", entries[journey.AuditSignRefused])
	}
	for _, other := range []string{"", "short", strings.Repeat("A", 43)} {
		if status, _, _ := in.says(t, "/api/confirm", other, ""); status != http.StatusNotFound {
			t.Errorf("a link with %q: %d, want 404", other, status)
		}
	}
}

// What is not two digits is nobody's guess; two with what a keyboard or a copy adds are.
func TestWhatIsNotTwoDigitsIsNoTry(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	spaced := func(digits string) []string {
		return []string{" " + digits + " ", digits[:1] + " " + digits[1:], digits + "\u00a0"}
	}
	none := []string{"", "  ", "4", "ab", "4b", "4.2", "-", "123", "042", "½½"}
	q, secret := maeva.asks(c)
	for _, typed := range none {
		status, _, p := in.says(t, "/api/confirm/yes?lang=en", secret, typed)
		if status != http.StatusBadRequest || p.Error.Problem != "form" || p.Error.Text != "Type the two digits." {
			t.Errorf("%q: %d %+v", typed, status, p)
		}
	}
	wrong := "00"
	if q.Digits == wrong {
		wrong = "01"
	}
	status, _, p := in.says(t, "/api/confirm/yes", secret, spaced(wrong)[1])
	if status != http.StatusUnprocessableEntity || p.Error.Left != 1 {
		t.Errorf("the first try after that: %d %+v, want one left", status, p)
	}
	if status, v, _ := in.says(t, "/api/confirm/yes", secret, spaced(q.Digits)[0]); status != http.StatusOK ||
		v.State != "confirmed" {
		t.Errorf("the right digits: %d %+v", status, v)
	}
	for _, typed := range none {
		if status, _, _ := in.says(t, "/api/confirm/yes", secret, typed); status != http.StatusBadRequest {
			t.Errorf("%q once it is confirmed: %d, want 400", typed, status)
		}
	}
	for _, typed := range spaced(q.Digits)[1:] {
		if status, v, _ := in.says(t, "/api/confirm/yes", secret, typed); status != http.StatusOK || v.State != "confirmed" {
			t.Errorf("%q: %d %+v", typed, status, v)
		}
	}
}

func TestAPhoneRefusesAndADesktopCancels(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	for range 2 {
		if status, v, _ := in.says(t, "/api/confirm/no", secret, ""); status != http.StatusOK || v.State != "refused" {
			t.Errorf("refused by the phone: %d %+v", status, v)
		}
	}
	q2, secret2 := maeva.asks(c)
	if status, _, p := in.says(t, "/api/confirm/yes", secret2, q2.Digits); status != http.StatusOK {
		t.Fatalf("%d %+v", status, p)
	}
	var v signingView
	maeva.want(http.StatusOK, "POST", "/api/signings/"+q2.ID+"/cancel", nil, &v) // after the phone's yes too
	for _, id := range []string{q.ID, q2.ID} {
		if status, problem := maeva.refused("/api/signings/"+id+"/document", contract); problem != "over" {
			t.Errorf("signed all the same: %d %s", status, problem)
		}
	}
}

func TestOnlyItsOwnerSignsWithACertificate(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva, other := in.browser(t, "maeva"), in.browser(t, "elouan")
	_, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	asking := "/api/certificates/" + c.ID + "/signings?name=a.pdf"
	if status, _ := other.refused(asking, contract); status != http.StatusNotFound {
		t.Errorf("another person asks with it: %d, want 404", status)
	}
	if status, _ := other.refused("/api/signings/"+q.ID+"/document", contract); status != http.StatusNotFound {
		t.Errorf("another person takes the confirmed request: %d, want 404", status)
	}
	other.want(http.StatusNotFound, "GET", "/api/signings/"+q.ID, nil, nil)
	other.want(http.StatusNotFound, "POST", "/api/signings/"+q.ID+"/cancel", nil, nil)
	stranger := in.browser(t, "")
	if status, _ := stranger.refused("/api/signings/"+q.ID+"/document", contract); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d, want 401", status)
	}
}

func TestARevokedCertificateSignsNothing(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	path := "/api/certificates/" + c.ID
	maeva.want(http.StatusOK, "POST", path+"/revoke", map[string]string{"reason": "key-compromise"}, nil)
	if status, problem := maeva.refused("/api/signings/"+q.ID+"/document", contract); problem != "unusable" {
		t.Errorf("confirmed before, signed after: %d %s, want unusable", status, problem)
	}
	if status, problem := maeva.refused(path+"/signings?name=a.pdf", contract); problem != "unusable" {
		t.Errorf("asked after: %d %s, want unusable", status, problem)
	}
}

func TestARevocationByTheIssuerCounts(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	_, err := p.ca.Revoke(t.Context(), v.ID, certificate.ReasonKey) // nobody told this server yet
	must(t, err)
	if status, problem := maeva.refused("/api/signings/"+q.ID+"/document", contract); problem != "unusable" {
		t.Errorf("%d %s, want unusable", status, problem)
	}
}

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
		status, _, answer := maeva.file("/api/certificates/"+c.ID+"/signings?name=a.pdf&lang=en", contract)
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
	if after, _ := in.audited(t, v.ID); !maps.Equal(before, after) || after[journey.AuditSignAsked] != limits.Signings.Number() {
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
	if status, _ := maeva.refused("/api/certificates/"+c.ID+"/signings?name=a.pdf", contract); status != http.StatusTooManyRequests {
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

func TestOneConfirmationMakesOneSignature(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	var done sync.WaitGroup
	results := make(chan int, 4)
	for range cap(results) {
		done.Go(func() {
			_, err := in.service.Sign(context.Background(), "demo:maeva", q.ID, "fr", contract)
			if err != nil {
				results <- 0
				return
			}
			results <- 1
		})
	}
	done.Wait()
	close(results)
	n := 0
	for one := range results {
		n += one
	}
	if n != 1 {
		t.Errorf("%d signatures of one confirmation", n)
	}
}

// Who leaves while the key signs loses the file, and not the entry that it did.
func TestASignatureIsRecordedThoughItsPersonLeft(t *testing.T) {
	p := sqlitePlace(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	p.signs = func(s xades.Sources) xades.Sources {
		s.Stamp = func(context.Context, []byte) ([]byte, error) {
			leave()
			return nil, errors.New("nobody waits for a stamp")
		}
		return s
	}
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	if out, err := in.service.Sign(ctx, "demo:maeva", q.ID, "fr", contract); err != nil || out.Level != pades.B {
		t.Errorf("level %s, %v; want B", out.Level, err)
	}
	if entries, _ := in.audited(t, v.ID); ctx.Err() == nil || entries[journey.AuditSigned] != 1 {
		t.Errorf("%v, %d entries of the signature, want 1", ctx.Err(), entries[journey.AuditSigned])
	}
	var now signingView
	if maeva.want(http.StatusOK, "GET", "/api/signings/"+q.ID, nil, &now); now.State != "signed" {
		t.Errorf("the request is %s, want signed", now.State)
	}
}

func TestARequestToSignEndsByItselfAndIsForgotten(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	_, c := maeva.certified(false)
	q, secret := maeva.asks(c)
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		s, err := tx.Signing(t.Context(), q.ID)
		if err != nil {
			return err
		}
		s.Rev, s.ExpiresAt = s.Rev+1, time.Now().Add(-time.Second)
		return tx.SaveSigning(t.Context(), s)
	}))
	if status, _, p := in.says(t, "/api/confirm/yes", secret, q.Digits); p.Error.Problem != "over" {
		t.Errorf("confirmed too late: %d %+v", status, p)
	}
	var v signingView
	maeva.want(http.StatusOK, "GET", "/api/signings/"+q.ID, nil, &v)
	if !v.Over || v.Digits != "" {
		t.Errorf("after its end: %+v", v)
	}
	must(t, in.service.ForgetSignings(t.Context(), time.Now().Add(2*time.Hour)))
	maeva.want(http.StatusNotFound, "GET", "/api/signings/"+q.ID, nil, nil)
}

// The certificate outlives the file of its enrolment, which its person may delete.
func TestACertificateSignsAfterItsFileIsGone(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v, c := maeva.certified(false)
	kept, err := retention.New(retention.Config{Keeper: in.keeper, Rules: p.rules})
	must(t, err)
	must(t, kept.HandedOver(t.Context(), v.ID, enrolment.HandOver{To: "the provider"}))
	maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/delete", struct{}{}, nil)
	q, secret := maeva.asks(c)
	in.says(t, "/api/confirm/yes", secret, q.Digits)
	if status, _, answer := maeva.file("/api/signings/"+q.ID+"/document", contract); status != http.StatusOK {
		t.Fatalf("signed: %d %s", status, answer)
	}
	if entries, _ := in.audited(t, v.ID); entries[journey.AuditSigned] != 1 {
		t.Errorf("%d entries of the signature, want 1", entries[journey.AuditSigned])
	}
}
