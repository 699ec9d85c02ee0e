package handover_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/enrolment/handover"
)

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
	ended := func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }
	signs := func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }
	for name, c := range map[string]*x509.Certificate{
		"a curve":              recipient(curve, curve.Public(), nil),
		"a curve and its time": recipient(curve, curve.Public(), ended),
		"its use":              recipient(p.key, p.key.Public(), signs),
		"its use and its time": recipient(p.key, p.key.Public(), func(c *x509.Certificate) { ended(c); signs(c) }),
	} {
		p.config.Packer.Recipient = c
		if _, err := handover.New(p.config); err == nil || errors.Is(err, handover.ErrEnded) {
			t.Errorf("%s: %v, want it refused for good", name, err)
		}
	}
	if err := handover.CheckRecipient(recipient(p.key, p.key.Public(), ended), now); !errors.Is(err, handover.ErrEnded) {
		t.Errorf("its time: %v, want %v", err, handover.ErrEnded)
	}
	if _, err := handover.New(handover.Config{}); err == nil {
		t.Error("nothing: taken")
	}
}

// A provider that is late with its next certificate stops no server.
func TestFilesWaitForTheRecipientsNextCertificate(t *testing.T) {
	p := newPlace(t)
	p.config.Packer.Recipient = recipient(p.key, p.key.Public(),
		func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) })
	p.Service = must(handover.New(p.config))
	if !strings.Contains(p.log.String(), "--provider-file-certificate") {
		t.Errorf("a start with what ended logs %q, want what to do", p.log.String())
	}
	if again := p.transfer(t); again != time.Hour || !strings.Contains(p.log.String(), "reference=ABC234") {
		t.Errorf("again after %v; %s", again, p.log.String())
	}
	p.owed(t)
	if waiting := must(p.keeper.Parcels(t.Context(), p.id)); p.taker.offers != 0 || len(waiting) != 0 {
		t.Errorf("%d offers, %v in the bucket; want nothing encrypted to the key", p.taker.offers, waiting)
	}
	p.config.Packer.Recipient = recipient(p.key, p.key.Public(), nil)
	p.Service = must(handover.New(p.config))
	p.transfer(t)
	if p.record(t).HandedOverAt.IsZero() {
		t.Error("not handed over with the next certificate")
	}
}
