package handover_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"visavis/certificate"
	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
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

func TestAFileIsHandedOverOnceItIsAcknowledged(t *testing.T) {
	p := newPlace(t)
	p.taker.status = certificate.FileChecking
	if again := p.transfer(t); again < time.Minute {
		t.Errorf("asked again after %v, want a minute or more", again)
	}
	p.owed(t)
	first := p.taker.offered
	p.taker.status = ""
	if again := p.transfer(t); again != 0 {
		t.Errorf("acknowledged, and asked again after %v", again)
	}
	r := p.record(t)
	why := "SPECIMEN, SHA-256 " + first.SHA256 + ", DOSSIER-9"
	if p.taker.offered != first || r.HandedOverAt.IsZero() || r.Last.Why != why ||
		!p.rules.DeletedAt(r).Equal(r.HandedOverAt.Add(p.rules.KeepAccepted)) {
		t.Errorf("offered %+v after %+v; handed over %v, %q", p.taker.offered, first, r.HandedOverAt, r.Last.Why)
	}
	if parcels, err := p.keeper.Parcels(t.Context(), p.id); err != nil || len(parcels) != 0 {
		t.Errorf("left in the bucket: %v, %v", parcels, err)
	}
	if found, err := p.keeper.Verify(t.Context(), p.id); err != nil || !found.OK() {
		t.Errorf("%+v, %v", found, err)
	}
	offers := p.taker.offers
	if again := p.transfer(t); again != 0 || p.taker.offers != offers {
		t.Errorf("handed over, and offered again")
	}
	if _, err := p.kept.DeleteOnRequest(t.Context(), p.id); err != nil {
		t.Errorf("acknowledged, and not deleted: %v", err)
	}
	if again := p.transfer(t); again != 0 {
		t.Errorf("deleted, and asked again after %v", again)
	}
}

func TestABrokenTransferGoesOn(t *testing.T) {
	whole := newPlace(t)
	whole.transfer(t)
	pieces := whole.taker.pieces
	if pieces < 3 {
		t.Fatalf("%d pieces, want some", pieces)
	}
	for _, keep := range []bool{false, true} { // the piece is lost, or its answer
		for at := 1; at <= pieces; at++ {
			p := newPlace(t)
			p.taker.failAt, p.taker.keep, p.taker.fail = at, keep, &certificate.TemporaryError{Err: errors.New("cut off")}
			if again := p.transfer(t); again < time.Minute || again > time.Hour {
				t.Errorf("piece %d: again after %v", at, again)
			}
			p.owed(t)
			found, err := p.keeper.Verify(t.Context(), p.id)
			if err != nil || !found.OK() || len(found.Unlisted) != 0 {
				t.Errorf("piece %d: what waits spoils the evidence: %+v, %v", at, found, err)
			}
			p.transfer(t)
			want := pieces + 1
			if keep {
				want = pieces // none was sent twice
			}
			if p.record(t).HandedOverAt.IsZero() || p.taker.pieces != want {
				t.Errorf("piece %d, kept %t: handed over %v after %d pieces, want %d", at, keep, p.record(t).HandedOverAt,
					p.taker.pieces, want)
			}
		}
	}
}

func TestARecipientWhoSaysWhatCannotBeIsNotBelieved(t *testing.T) {
	for name, change := range map[string]func(*taker){
		"other bytes":   func(f *taker) { f.swap = true },
		"no progress":   func(f *taker) { f.backward = true },
		"it is refused": func(f *taker) { f.failAt, f.fail = -1, errors.New("status 403") },
		"unknown there": func(f *taker) { f.failAt, f.fail = -1, certificate.ErrUnknown },
		"a lost piece":  func(f *taker) { f.failAt, f.fail = 2, certificate.ErrPiece },
		"out of order": func(f *taker) {
			f.failAt, f.fail = -1, &certificate.TemporaryError{RetryAfter: 9 * time.Minute, Err: errors.New("503")}
		},
	} {
		p := newPlace(t)
		change(p.taker)
		if again := p.transfer(t); again < time.Minute || again > time.Hour {
			t.Errorf("%s: again after %v", name, again)
		}
		p.owed(t)
		p.taker.swap, p.taker.backward, p.taker.failAt = false, false, 0
		p.transfer(t)
		if p.record(t).HandedOverAt.IsZero() {
			t.Errorf("%s, then mended: not handed over", name)
		}
	}
}

func TestARefusedFileIsMadeAgain(t *testing.T) {
	p := newPlace(t)
	p.taker.status = certificate.FileRefused
	if again := p.transfer(t); again != time.Hour || !strings.Contains(p.log.String(), "code=digest") {
		t.Errorf("again after %v; %s", again, p.log.String())
	}
	p.owed(t)
	refused := p.taker.offered.SHA256
	p.taker.status = ""
	p.transfer(t)
	if p.record(t).HandedOverAt.IsZero() || p.taker.offered.SHA256 == refused {
		t.Error("the refused bytes were sent again")
	}
}

func TestAnotherKeyOfTheRecipientMakesAnotherParcel(t *testing.T) {
	p := newPlace(t)
	p.taker.failAt, p.taker.fail = -1, &certificate.TemporaryError{Err: errors.New("down")}
	p.transfer(t)
	before := must(p.keeper.Parcels(t.Context(), p.id))
	p.config.Packer.Recipient = recipient(p.key, p.key.Public(),
		func(c *x509.Certificate) { c.SerialNumber = big.NewInt(8) })
	p.Service = must(handover.New(p.config))
	p.transfer(t)
	after := must(p.keeper.Parcels(t.Context(), p.id))
	if len(before) != 1 || len(after) != 1 || before[0] == after[0] {
		t.Errorf("%v, then %v: want another one in its place", before, after)
	}
}

func TestWhoCannotBeEncryptedToIsRefused(t *testing.T) {
	p := newPlace(t)
	curve := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	for name, c := range map[string]*x509.Certificate{
		"a curve":  recipient(curve, curve.Public(), nil),
		"its time": recipient(p.key, p.key.Public(), func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }),
		"its use":  recipient(p.key, p.key.Public(), func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }),
	} {
		p.config.Packer.Recipient = c
		if _, err := handover.New(p.config); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := handover.New(handover.Config{}); err == nil {
		t.Error("nothing: taken")
	}
}

// open decrypts a package and checks its seal.
func open(t *testing.T, body []byte) map[string]string {
	t.Helper()
	files, report, err := proof.Open(body, xades.Roots{})
	if err != nil || len(report.Problems) != 0 {
		t.Fatalf("%v, %q", err, report.Problems)
	}
	out := map[string]string{}
	for _, f := range files {
		out[f.Name] = string(f.Body)
	}
	return out
}

func TestAPackageHasAllThatIsKept(t *testing.T) {
	p := newPlace(t)
	p.transfer(t)
	sum := sha256.Sum256(p.taker.have)
	if hex.EncodeToString(sum[:]) != p.taker.offered.SHA256 || bytes.Contains(p.taker.have, []byte("Specimen")) {
		t.Fatal("what arrived is not what was offered, or can be read by anybody")
	}
	body := must(handover.Decrypt(p.taker.have, p.config.Packer.Recipient, p.key))
	files := open(t, body)
	var about handover.About
	var data retention.Data
	if err := errors.Join(json.Unmarshal([]byte(files["package.json"]), &about),
		json.Unmarshal([]byte(files["data.json"]), &data)); err != nil {
		t.Fatal(err)
	}
	if about.Reference != "ABC234" || about.Enrolment != p.id || len(about.Certificate) != 64 ||
		data.Declared.Surname != "Specimen" || data.Log[1].By.ID != "issuing" ||
		files["still/front.jpg"] != string(picture) || !strings.Contains(files["certificate.pem"], "BEGIN CERTIFICATE") ||
		!strings.Contains(files["chain.json"], `"signature"`) || !strings.Contains(files["signer.pem"], "PUBLIC KEY") {
		t.Errorf("%+v, %+v, %d files", about, data, len(files))
	}
	changed := slices.Clone(p.taker.have)
	changed[len(changed)/2] ^= 1
	if _, err := handover.Decrypt(changed, p.config.Packer.Recipient, p.key); err == nil {
		t.Error("a byte was changed on the way, and it opens")
	}
	for _, at := range []int{len(body) / 3, len(body) / 2} {
		other := slices.Clone(body)
		other[at] ^= 1
		if _, report, err := proof.Open(other, xades.Roots{}); err == nil && len(report.Problems) == 0 {
			t.Errorf("byte %d was changed, and nobody noticed", at)
		}
	}
}

func TestOpenSSLOpensAPackage(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not there")
	}
	p := newPlace(t)
	p.transfer(t)
	dir := t.TempDir()
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(p.key))})
	in, out, pemFile := filepath.Join(dir, "file.p7m"), filepath.Join(dir, "file.asice"), filepath.Join(dir, "key.pem")
	if err := errors.Join(os.WriteFile(in, p.taker.have, 0o600), os.WriteFile(pemFile, key, 0o600)); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), tool, "cms", "-decrypt", "-inform", "DER", "-in", in, "-inkey", pemFile,
		"-out", out).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if said, err := exec.CommandContext(t.Context(), tool, "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in",
		in).CombinedOutput(); err != nil || !bytes.Contains(said, []byte("authEnvelopedData")) {
		t.Errorf("%v: %.300s", err, said)
	}
	if files := open(t, must(os.ReadFile(out))); files["still/front.jpg"] != string(picture) {
		t.Errorf("%d files, the picture is not among them", len(files))
	}
}
