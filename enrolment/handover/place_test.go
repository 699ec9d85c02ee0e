package handover_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"visavis/certificate"
	"visavis/certificate/proof/xades/xadestest"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/evidence/evidencetest"
	"visavis/enrolment/handover"
	"visavis/enrolment/jobs"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

var now = time.Now().UTC().Truncate(time.Millisecond)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// recipient is a provider's key with a certificate that it signed itself.
func recipient(key any, public any, change func(*x509.Certificate)) *x509.Certificate {
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "SPECIMEN provider"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageKeyEncipherment}
	if change != nil {
		change(c)
	}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, c, public, key))))
}

// taker is a provider that takes files, with the faults that a test gives it.
type taker struct {
	mu       sync.Mutex
	offered  certificate.File
	have     []byte
	status   certificate.FileStatus // of a file that is whole; empty: acknowledged
	offers   int
	pieces   int
	failAt   int   // the piece that fails; 0: none
	fail     error // with
	keep     bool  // what failed was received all the same
	swap     bool  // it answers about other bytes
	backward bool  // it answers that it has nothing
}

func (f *taker) answer() (certificate.FileAnswer, error) {
	a := certificate.FileAnswer{File: f.offered, Status: certificate.FileReceiving, Received: int64(len(f.have))}
	if a.Received == a.Size {
		a.Status, a.Reference = certificate.FileAcknowledged, "DOSSIER-9"
		if f.status != "" {
			a.Status, a.Reference, a.Refusal.Code = f.status, "", "digest"
		}
	}
	if f.swap {
		a.SHA256 = strings.Repeat("0", 64)
	}
	if f.backward {
		a.Received, a.Status = 0, certificate.FileReceiving
	}
	return a, nil
}

func (f *taker) Offer(_ context.Context, _ string, file certificate.File) (certificate.FileAnswer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offers++
	if f.failAt < 0 {
		return certificate.FileAnswer{}, f.fail
	}
	if file != f.offered {
		f.offered, f.have = file, nil
	}
	return f.answer()
}

func (f *taker) Send(_ context.Context, _ string, at int64, piece []byte) (certificate.FileAnswer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pieces++
	fails := f.pieces == f.failAt
	if at != int64(len(f.have)) {
		return certificate.FileAnswer{}, certificate.ErrPiece
	}
	if !fails || f.keep {
		f.have = append(f.have, piece...)
	}
	if fails {
		return certificate.FileAnswer{}, f.fail
	}
	return f.answer()
}

// place is a store with an issued enrolment and who hands its file over.
type place struct {
	*handover.Service
	keeper evidencetest.Keeper
	store  *store.Store
	rules  enrolment.Rules
	kept   *retention.Retention
	taker  *taker
	key    *rsa.PrivateKey
	config handover.Config
	id     string
	log    bytes.Buffer
}

// picture is large enough for several pieces, and random, so that nothing shortens it.
var picture = func() []byte {
	body := make([]byte, 1<<20)
	_, _ = rand.Read(body)
	return append([]byte{0xff, 0xd8, 0xff}, body...)
}()

var providerKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{store: storetest.Open(t, filepath.Join(t.TempDir(), "visavis.db"), jobs.Migration),
		rules: enrolment.DefaultRules(0.4), taker: &taker{}, key: providerKey(), id: uuid.NewString()}
	p.keeper = evidencetest.New(t, p.store)
	p.kept = must(retention.New(retention.Config{Keeper: p.keeper.Keeper, Rules: p.rules}))
	seal := must(xadestest.New(now)).Seal
	p.config = handover.Config{Rules: p.rules, Taker: p.taker, Name: "SPECIMEN",
		Logger: slog.New(slog.NewTextHandler(&p.log, nil)),
		Packer: handover.Packer{Keeper: p.keeper.Keeper, Retention: p.kept, Seal: seal,
			Recipient: recipient(p.key, p.key.Public(), nil)}}
	p.Service = must(handover.New(p.config))
	r := enrolment.New(p.id, "ABC234", "demo:maeva", "fr",
		enrolment.Declaration{Surname: "Specimen", GivenNames: "Maéva", Email: "maeva@specimen.fr"}, now)
	ca := recipient(p.key, p.key.Public(), nil)
	err := p.store.InTx(t.Context(), func(tx *store.Tx) error {
		if err := p.keeper.Create(t.Context(), tx, r); err != nil {
			return err
		}
		r.State, r.Rev, r.Certificate = enrolment.Issued, 2, "c-1"
		r.Last = enrolment.Transition{Seq: 2, From: enrolment.Requested, To: enrolment.Issued, Action: enrolment.ActionIssue,
			By: enrolment.Actor{Role: enrolment.System, ID: "issuing"}, At: now}
		return errors.Join(tx.Save(t.Context(), r), tx.AddCertificate(t.Context(), store.Certificate{ID: "c-1",
			Enrolment: p.id, Owner: r.Owner, Rev: 1, CreatedAt: now, Value: certificate.Certificate{DER: ca.Raw}}),
			p.keeper.Transition(t.Context(), tx, p.id, r.Last))
	})
	if err == nil {
		err = p.keeper.Add(t.Context(), p.id, evidence.Item{ID: "front", Kind: evidence.Still, MediaType: "image/jpeg"},
			picture, now)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) transfer(t *testing.T) time.Duration {
	t.Helper()
	again, err := p.Transfer(t.Context(), p.id)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func (p *place) record(t *testing.T) (r enrolment.Record) {
	t.Helper()
	if err := p.store.InTx(t.Context(), func(tx *store.Tx) (err error) {
		r, err = tx.Load(t.Context(), p.id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return r
}

// owed fails unless the file still is owed: nobody may delete it.
func (p *place) owed(t *testing.T) {
	t.Helper()
	r := p.record(t)
	_, err := p.kept.DeleteOnRequest(t.Context(), p.id)
	owed, ok := errors.AsType[*enrolment.OwedError](err)
	if !r.HandedOverAt.IsZero() || !ok || owed.Days != 7 || !errors.Is(err, enrolment.ErrOwed) {
		t.Fatalf("handed over at %v, a deletion is answered with %v", r.HandedOverAt, err)
	}
	if at := p.rules.DeletedAt(r); !at.IsZero() {
		t.Fatalf("its deletion runs: %v", at)
	}
}
