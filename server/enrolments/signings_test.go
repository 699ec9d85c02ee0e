package enrolments_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/certificate/pades"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

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
