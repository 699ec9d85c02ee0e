package store_test

import (
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/testca"
	authority "visavis/certificate/testca/storetest"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

func TestTheTestAuthoritysStore(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		authority.Run(t, func(*testing.T) testca.Store { return store.TestAuthority{Store: s} })
	})
}

// issued is a certificate that may be listed.
func issued(id, name, serial string, publish bool) store.Certificate {
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	return store.Certificate{
		ID: id, Enrolment: "e-" + id, Owner: "maeva", Rev: 1, CreatedAt: now,
		Value: certificate.Certificate{
			Request: certificate.Request{Publish: publish}, DER: []byte{1}, ReceivedAt: now,
			Details: certificate.Details{Subject: name, Serial: serial, NotAfter: now.AddDate(0, 0, 7)},
		},
	}
}

func TestTheDirectoryNamesWhatIsPublishedAlone(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		ctx := t.Context()
		find := func(query string) (ids string) {
			err := s.InTx(ctx, func(tx *store.Tx) error {
				list, err := tx.Listed(ctx, query, 10)
				for _, c := range list {
					ids += c.ID
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ids
		}
		err := s.InTx(ctx, func(tx *store.Tx) error {
			for _, c := range []store.Certificate{
				issued("a", "TEST Maéva Specimen", "0a01", true), issued("b", "TEST Élouan Specimen", "0b02", true),
				issued("c", "TEST Hors Annuaire", "0c03", false),
			} {
				if err := tx.AddCertificate(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]string{
			"maeva": "a", "Maéva": "a", "specimen": "ba", "0A:01": "a", "0c03": "", "hors": "", "%": "", "_": "", "zzz": "",
		} {
			if got := find(query); got != want {
				t.Errorf("search %q: %q, want %q", query, got, want)
			}
		}
	})
}

func TestACertificateIsSavedOnceARev(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		ctx := t.Context()
		c := issued("a", "TEST Maéva Specimen", "0a01", true)
		in := func(f func(tx *store.Tx) error) error { return s.InTx(ctx, f) }
		if err := in(func(tx *store.Tx) error { return tx.AddCertificate(ctx, c) }); err != nil {
			t.Fatal(err)
		}
		c.Rev, c.RemindAt = 2, c.CreatedAt.Add(time.Hour)
		if err := in(func(tx *store.Tx) error { return tx.SaveCertificate(ctx, c) }); err != nil {
			t.Fatal(err)
		}
		err := in(func(tx *store.Tx) error { return tx.SaveCertificate(ctx, c) })
		if err != store.ErrConflict { //nolint:errorlint // exactly
			t.Errorf("the same rev again: %v, want a conflict", err)
		}
		_ = in(func(tx *store.Tx) error {
			got, err := tx.CertificateOf(ctx, "e-a")
			if err != nil || got.Rev != 2 || !got.RemindAt.Equal(c.RemindAt) || got.Value.Details.Serial != "0a01" {
				t.Errorf("read back: %+v, %v", got, err)
			}
			early, err := tx.RemindersDue(ctx, c.RemindAt.Add(-time.Second), 10)
			if err != nil || len(early) != 0 {
				t.Errorf("reminders before their time: %v, %v", early, err)
			}
			if due, err := tx.RemindersDue(ctx, c.RemindAt, 10); err != nil || len(due) != 1 {
				t.Errorf("reminders due: %v, %v", due, err)
			}
			if _, err := tx.Proof(ctx, "a"); err != store.ErrNotFound { //nolint:errorlint // exactly
				t.Errorf("a proof that is not there: %v", err)
			}
			if err := tx.PutProof(ctx, "a", []byte("zip"), t0); err != nil {
				t.Errorf("PutProof: %v", err)
			}
			proof, err := tx.Proof(ctx, "a")
			if err != nil || string(proof) != "zip" {
				t.Errorf("Proof: %q, %v", proof, err)
			}
			return nil
		})
	})
}
