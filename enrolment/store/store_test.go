package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
	"visavis/sites"
)

var postgres storetest.Server

func TestMain(m *testing.M) {
	os.Exit(postgres.Run(m))
}

var t0 = time.Date(2026, time.March, 2, 9, 0, 0, 123456789, time.UTC)

func record(id string) enrolment.Record {
	return enrolment.New(id, "R"+id, "owner", "fr", enrolment.Declaration{Surname: "SPECIMEN'; --", GivenNames: "Maéva $1",
		Email: "a@example.org"}, t0)
}

func inTx(t *testing.T, s *store.Store, f func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := s.InTx(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, s *store.Store, records ...enrolment.Record) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, r := range records {
			if err := tx.Create(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// next makes a transition that always is one.
func next(t *testing.T, r enrolment.Record, surname string) enrolment.Record {
	t.Helper()
	d := r.Declared
	d.Surname = surname
	out, err := enrolment.DefaultRules(0.4).Apply(r, enrolment.Actor{Role: enrolment.Applicant, ID: r.Owner},
		enrolment.Correct{Declared: d}, t0.Add(time.Hour))
	if err != nil || out.Rev != r.Rev+1 {
		t.Fatalf("rev %d: %v", out.Rev, err)
	}
	return out
}

// The contract: each of these runs on both databases.
func TestStore(t *testing.T) {
	contract := map[string]func(*testing.T, *store.Store){
		"what is stored is loaded as it was":           storedAsItWas,
		"a stale rev is a conflict":                    staleRev,
		"of many changes at once one wins each rev":    racing,
		"the log has every transition in its order":    logInOrder,
		"a transaction that fails leaves nothing":      rolledBack,
		"consents are records of their own":            consents,
		"lists have what they should, oldest first":    lists,
		"files are owed until they are acknowledged":   unacknowledged,
		"appointments are counted by their slot":       appointments,
		"older entries of the audit are found by site": indexesOlderEntries,
		"a same entry of the audit is found by time":   auditedSince,
		"ended logins stay ended on every instance":    endedLogins,
		"keys are stored, replaced and listed":         keys,
		"a manifest has one place for each entry":      manifest,
		"deleting leaves nothing but the receipts":     deleted,
		"what is not there is not found":               notFound,
		"a reference names one enrolment":              oneReference,
		"migrating again changes nothing":              migrateAgain,
		"two enrolments of one log keep to themselves": separate,
	}
	postgres.Each(t, func(t *testing.T, url string) {
		for name, f := range contract {
			t.Run(name, func(t *testing.T) {
				s := storetest.Open(t, url)
				f(t, s)
				empty(t, s)
			})
		}
	})
}

// empty makes the database as good as new for the next.
func empty(t *testing.T, s *store.Store) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.QuietSince(ctx, t0.Add(1000*time.Hour), time.Time{}, "", 1000)
		if err != nil {
			return err
		}
		for _, r := range all {
			if err := tx.Delete(ctx, r.ID); err != nil {
				return err
			}
		}
		_, err = tx.DropReceipts(ctx, t0.Add(1000*time.Hour))
		return err
	})
}

func load(t *testing.T, s *store.Store, id string) (r enrolment.Record) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.Load(ctx, id)
		return err
	})
	return r
}

func storedAsItWas(t *testing.T, s *store.Store) {
	r := record("a")
	r.Review.FaceScore = new(0.25)
	r.Stills = map[string][]string{"front": {"x", "y"}}
	r.Again = &enrolment.Again{Step: "selfie", Area: &enrolment.Area{X: 0.1, Width: 0.5}}
	create(t, s, r)
	if got := load(t, s, "a"); !reflect.DeepEqual(got, r) {
		t.Errorf("loaded %+v\nwant   %+v", got, r)
	}
	r2 := next(t, r, "Other")
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Save(ctx, r2) })
	if got := load(t, s, "a"); !reflect.DeepEqual(got, r2) {
		t.Errorf("loaded %+v\nwant   %+v", got, r2)
	}
}

func staleRev(t *testing.T, s *store.Store) {
	r := record("a")
	create(t, s, r)
	first, late := next(t, r, "First"), next(t, r, "Late")
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Save(ctx, first) })
	err := s.InTx(t.Context(), func(tx *store.Tx) error { return tx.Save(t.Context(), late) })
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("the late one: %v, want ErrConflict", err)
	}
	if got := load(t, s, "a"); got.Declared.Surname != "First" {
		t.Errorf("stored %q, want First", got.Declared.Surname)
	}
}

func racing(t *testing.T, s *store.Store) {
	create(t, s, record("a"))
	const writers, each = 8, 5
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				for {
					err := s.InTx(t.Context(), func(tx *store.Tx) error {
						r, err := tx.Load(t.Context(), "a")
						if err != nil {
							return err
						}
						return tx.Save(t.Context(), next(t, r, fmt.Sprint("w", w, "-", i)))
					})
					if errors.Is(err, store.ErrConflict) {
						continue
					}
					if err != nil {
						t.Error(err)
					}
					break
				}
			}
		})
	}
	group.Wait()
	if got := load(t, s, "a"); got.Rev != 1+writers*each {
		t.Errorf("rev %d after %d changes", got.Rev, writers*each)
	}
}

func logInOrder(t *testing.T, s *store.Store) {
	r := record("a")
	want := []enrolment.Transition{r.Last}
	create(t, s, r)
	for i := range 12 {
		r = next(t, r, fmt.Sprint("name", i))
		want = append(want, r.Last)
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Save(ctx, r) })
	}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		got, err := tx.Transitions(ctx, "a")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("log %+v\nwant %+v", got, want)
		}
		return err
	})
}

func rolledBack(t *testing.T, s *store.Store) {
	r := record("a")
	create(t, s, r)
	stop := errors.New("stop")
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		if err := tx.Save(t.Context(), next(t, r, "Gone")); err != nil {
			return err
		}
		if err := tx.Create(t.Context(), record("b")); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) || load(t, s, "a").Rev != 1 {
		t.Errorf("%v, rev %d", err, load(t, s, "a").Rev)
	}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		if log, _ := tx.Transitions(ctx, "a"); len(log) != 1 {
			t.Errorf("%d entries in the log, want 1", len(log))
		}
		if _, err := tx.Load(ctx, "b"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("b: %v, want ErrNotFound", err)
		}
		return nil
	})
}

func consents(t *testing.T, s *store.Store) {
	create(t, s, record("a"))
	hash := strings.Repeat("0f", 32)
	want := []enrolment.StoredConsent{
		{ConsentAnswer: enrolment.ConsentAnswer{Kind: enrolment.Faces, Version: "3", TextHash: hash, Language: "fr", Yes: true}, ID: "1", Enrolment: "a", At: t0},
		{ConsentAnswer: enrolment.ConsentAnswer{Kind: enrolment.Publication, Version: "1", TextHash: hash, Language: "en"}, ID: "2", Enrolment: "a", At: t0.Add(1)},
	}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddConsents(ctx, want); err != nil {
			return err
		}
		got, err := tx.Consents(ctx, "a")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
		return err
	})
}

func TestADatabaseInUseIsNotTakenAlone(t *testing.T) {
	s := storetest.Open(t, postgres.Database(t))
	first, err := s.Use(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Use(t.Context())
	if err != nil {
		t.Fatalf("a second instance: %v", err)
	}
	first()
	if _, err := s.Alone(t.Context()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("while an instance runs: %v", err)
	}
	second()
	alone, err := s.Alone(t.Context())
	for i := 0; errors.Is(err, store.ErrInUse) && i < 100; i++ { // the server hears of the end soon
		alone, err = s.Alone(t.Context())
	}
	if err != nil {
		t.Fatalf("when nobody is there: %v", err)
	}
	if _, err := s.Use(t.Context()); !errors.Is(err, store.ErrInUse) {
		t.Errorf("an instance starts beside it: %v", err)
	}
	alone()
}

// PostgreSQL gets a statement whose result nobody needs together with the next one: its error is then that one's, and
// nothing of the transaction counts.
func TestAHeldStatementThatFailsEndsItsTransaction(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		site := sites.Site{ID: "site_a", Name: "A", CreatedAt: time.Now()}
		v := sites.Verification{ID: "ver_a", Site: site.ID, CreatedAt: time.Now()}
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.AddSite(ctx, site), tx.AddVerification(ctx, v))
		})
		for name, then := range map[string]func(*store.Tx) error{
			"the end":     func(*store.Tx) error { return nil },
			"a read":      func(tx *store.Tx) error { _, err := tx.Site(t.Context(), site.ID); return err },
			"a change":    func(tx *store.Tx) error { return tx.SaveSite(t.Context(), site) },
			"another one": func(tx *store.Tx) error { return tx.AddVerification(t.Context(), v) },
			"the jobs' own": func(tx *store.Tx) error {
				if tx.Postgres == nil {
					return nil
				}
				_, err := tx.Postgres.Exec(t.Context(), "SELECT 1")
				return err
			},
		} {
			if err := s.InTx(t.Context(), func(tx *store.Tx) error {
				site.Name = "changed before " + name
				if err := errors.Join(tx.SaveSite(t.Context(), site), tx.AddVerification(t.Context(), v)); err != nil {
					return err
				}
				return then(tx)
			}); err == nil {
				t.Errorf("%s: the same id was stored twice", name)
			}
		}
		if err := s.Look(t.Context(), func(tx *store.Tx) error {
			kept, err := tx.Site(t.Context(), site.ID)
			if kept.Name != "A" {
				t.Errorf("%q is kept of a transaction that failed", kept.Name)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}
