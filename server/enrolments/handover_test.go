package enrolments_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/handover"
	"visavis/enrolment/jobs"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

// archivist takes files, and acknowledges them once it has checked them.
type archivist struct {
	received, offers atomic.Int64
	file             atomic.Pointer[certificate.File]
	checked          atomic.Bool
}

func (a *archivist) answer(f certificate.File) (certificate.FileAnswer, error) {
	out := certificate.FileAnswer{File: f, Status: certificate.FileReceiving, Received: a.received.Load()}
	if out.Received == f.Size {
		out.Status = certificate.FileChecking
		if a.checked.Load() {
			out.Status = certificate.FileAcknowledged
		}
	}
	return out, nil
}

func (a *archivist) Offer(_ context.Context, _ string, f certificate.File) (certificate.FileAnswer, error) {
	a.file.Store(&f)
	defer a.offers.Add(1)
	return a.answer(f)
}

func (a *archivist) Send(_ context.Context, _ string, _ int64, piece []byte) (certificate.FileAnswer, error) {
	a.received.Add(int64(len(piece)))
	return a.answer(*a.file.Load())
}

func TestAnIssuedFileGoesToItsProviderBeforeItsPersonMayDeleteIt(t *testing.T) {
	p, to := sqlitePlace(t), &archivist{}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "EXEMPLE"},
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	p.transfers = func(in *instance) jobs.Transferrer {
		recipient, err := x509.ParseCertificate(der)
		must(t, err)
		kept, err := retention.New(retention.Config{Keeper: in.keeper, Rules: p.rules})
		must(t, err)
		s, err := handover.New(handover.Config{Rules: p.rules, Taker: to, Name: "EXEMPLE", Packer: handover.Packer{
			Keeper: in.keeper, Retention: kept, Seal: p.seals.Seal, Recipient: recipient}})
		must(t, err)
		return s
	}
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v, _ := maeva.certified(false)
	waitFor(t, func() bool { return to.offers.Load() > 0 })
	var refused struct{ Error struct{ Code, Text string } }
	maeva.want(http.StatusConflict, "POST", "/api/enrolments/"+v.ID+"/delete", struct{}{}, &refused)
	if refused.Error.Code != "owed" || !strings.Contains(refused.Error.Text, "7") {
		t.Errorf("a deletion before the acknowledgement: %+v, want why not and until when", refused)
	}
	to.checked.Store(true)
	must(t, in.service.AskIssuer(t.Context(), v.ID)) // as the webhook does
	waitFor(t, func() bool { return countTransitions(t, in, v.ID, enrolment.ActionHandOver) == 1 })
	maeva.want(http.StatusOK, "POST", "/api/enrolments/"+v.ID+"/delete", struct{}{}, nil)
}

// linked is an issuer that holds the person's key.
type linked struct{ certificate.Issuer }

func (l linked) Status(ctx context.Context, id string) (certificate.Answer, error) {
	a, err := l.Issuer.Status(ctx, id)
	if a.Progress == certificate.ProgressIssued {
		a.Links = certificate.Links{Activation: "https://provider.example/a", Credential: "https://provider.example/s"}
	}
	return a, err
}

func TestTheIssuersPagesStandWithAValidCertificate(t *testing.T) {
	p := sqlitePlace(t)
	p.issuer = func(ca certificate.Issuer) certificate.Issuer { return linked{ca} }
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v, _ := maeva.certified(false)
	links := func(want certificate.Links) {
		t.Helper()
		var list struct {
			Certificates []struct{ Links certificate.Links }
		}
		maeva.want(http.StatusOK, "GET", "/api/enrolments", nil, &list)
		if len(list.Certificates) != 1 || list.Certificates[0].Links != want {
			t.Errorf("%+v, want %+v", list, want)
		}
	}
	var c store.Certificate
	load := func() bool {
		must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
			c, err = tx.CertificateOf(t.Context(), v.ID)
			return err
		}))
		return c.Value.Links.Activation != ""
	}
	if !load() { // the answer to the request had none, and the webhook says that there are
		must(t, in.service.AskIssuer(t.Context(), v.ID))
		waitFor(t, load)
	}
	links(certificate.Links{Activation: "https://provider.example/a", Credential: "https://provider.example/s"})
	maeva.want(http.StatusOK, "POST", "/api/certificates/"+c.ID+"/revoke", map[string]any{"reason": "cessation"}, nil)
	links(certificate.Links{})
}

func TestFurtherDataIsSentAndNotStored(t *testing.T) {
	p, asked := sqlitePlace(t), make(chan certificate.Request, 1)
	p.further = true
	p.issuer = func(ca certificate.Issuer) certificate.Issuer { return &noted{ca, asked} }
	in := p.start(t, "one")
	v, _ := in.browser(t, "maeva").certified(false)
	sent := <-asked
	report, err := in.service.Report(t.Context(), v.ID)
	must(t, err)
	expiry, err := time.Parse(time.DateOnly, sent.Document.Expiry)
	must(t, err)
	if len(sent.Document.Number) < 5 || expiry.Before(time.Now()) || sent.Nationality != "FRA" ||
		!strings.HasSuffix(sent.Proofing.Officer, "reviewer-1") || sent.Proofing.Level != certificate.LevelExtended {
		t.Errorf("sent %+v, read %+v", sent, report.Readings)
	}
	var kept store.Certificate
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		kept, err = tx.CertificateOf(t.Context(), v.ID)
		return err
	}))
	body, err := json.Marshal(kept.Value.Request)
	must(t, err)
	for _, secret := range []string{sent.Document.Number, sent.Document.Expiry, `"FRA"`, sent.Proofing.Officer} {
		if strings.Contains(string(body), secret) {
			t.Errorf("%q stays in the register: %s", secret, body)
		}
	}
	if len(kept.Value.Request.Scope) != 3 || kept.Value.Request.Proofing.Level != certificate.LevelExtended {
		t.Errorf("the register does not say what was sent: %s", body)
	}
}
