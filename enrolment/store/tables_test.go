package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

func ids(records []enrolment.Record) (out []string) {
	for _, r := range records {
		out = append(out, r.ID)
	}
	return out
}

// opened are the records of candidates.
func opened(t *testing.T, found []store.Candidate) (out []enrolment.Record) {
	t.Helper()
	for _, c := range found {
		r, err := c.Record()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func lists(t *testing.T, s *store.Store) {
	var all []enrolment.Record
	for i := range 5 {
		r := record(fmt.Sprint(i))
		r.LastAction = t0.Add(time.Duration(5-i) * time.Hour) // 4 is the oldest
		if i == 4 {
			r.LastAction = t0.Add(2 * time.Hour) // as 3: the id decides
		}
		if i > 2 {
			r.State, r.Owner, r.Review.BlindDue = enrolment.Review, "other", i == 4
		}
		if i == 4 {
			r.Review.Drawn = &enrolment.Drawn{By: "somebody", At: t0}
		} else {
			r.Declared.GivenNames = `"drawn":{` // looks like what is looked for
		}
		all = append(all, r)
	}
	create(t, s, all...)
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		check := func(what string, got []enrolment.Record, err error, want ...string) {
			t.Helper()
			if err != nil || !slices.Equal(ids(got), want) {
				t.Errorf("%s: %v, %v, want %v", what, ids(got), err, want)
			}
		}
		got, err := tx.OfOwner(ctx, "owner")
		check("of an owner", got, err, "0", "1", "2")
		got, err = tx.InState(ctx, enrolment.Review, 10)
		check("in a state", got, err, "3", "4")
		got, err = tx.InState(ctx, enrolment.Review, 1)
		check("in a state, one", got, err, "3")
		found, err := tx.BlindDue(ctx, 10)
		check("blind", opened(t, found), err, "4")
		found, err = tx.ForReview(ctx, enrolment.Review, 10)
		check("for review", opened(t, found), err, "3", "4")
		if err == nil && (found[0].Drawn() || !found[1].Drawn()) {
			t.Error("which of the files are drawn is told wrongly")
		}
		found, err = tx.DrawnForReview(ctx, 10)
		check("drawn", opened(t, found), err, "4", "4") // it waits in both queues
		found, err = tx.DrawnForReview(ctx, 1)
		check("drawn, of the oldest alone", opened(t, found), err, "4")
		if n, err := tx.CountBlindDue(ctx); n != 1 || err != nil {
			t.Errorf("%d blind second looks, %v", n, err)
		}
		got, err = tx.QuietSince(ctx, t0.Add(3*time.Hour), time.Time{}, "", 2)
		check("quiet, first page", got, err, "3", "4")
		got, err = tx.QuietSince(ctx, t0.Add(3*time.Hour), t0.Add(2*time.Hour), "3", 9)
		check("quiet, after a place", got, err, "4", "2")
		r, err := tx.LoadReference(ctx, "R2")
		check("by reference", []enrolment.Record{r}, err, "2")
		return nil
	})
}

func unacknowledged(t *testing.T, s *store.Store) {
	issue := func(id string, hours int) enrolment.Record {
		r := record(id)
		r.State, r.LastAction = enrolment.Issued, t0.Add(time.Duration(hours)*time.Hour)
		return r
	}
	first, second, third := issue("a", 1), issue("b", 2), issue("c", 3)
	create(t, s, third, first, second, record("d"))
	check := func(limit, n int, since time.Time, want ...string) {
		t.Helper()
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Unacknowledged(ctx, limit)
			if err != nil || !slices.Equal(ids(got), want) {
				t.Errorf("%v, %v, want %v", ids(got), err, want)
			}
			if count, at, err := tx.CountUnacknowledged(ctx); count != n || !at.Equal(since) || err != nil {
				t.Errorf("%d since %v, %v, want %d since %v", count, at, err, n, since)
			}
			return nil
		})
	}
	acknowledge := func(r enrolment.Record) {
		t.Helper()
		r, err := enrolment.DefaultRules(0.4).Apply(r, enrolment.Actor{Role: enrolment.System, ID: "hand-over"},
			enrolment.HandOver{To: "EXEMPLE"}, t0.Add(9*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Save(ctx, r) })
	}
	check(9, 3, first.LastAction, "a", "b", "c")
	acknowledge(first)
	check(9, 2, second.LastAction, "b", "c")
	check(1, 2, second.LastAction, "b") // what was acknowledged uses up no place of the list
	acknowledge(second)
	acknowledge(third)
	check(9, 0, time.Time{})
}

func keys(t *testing.T, s *store.Store) {
	create(t, s, record("a"), record("b"), record("c"))
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, p := range [][2]string{{"b", "one"}, {"a", "x"}, {"b", "two"}} {
			if err := tx.PutKey(ctx, p[0], p[1]); err != nil {
				return err
			}
		}
		if got, err := tx.Key(ctx, "b"); got != "two" || err != nil {
			t.Errorf("key %q, %v, want two", got, err)
		}
		if _, err := tx.Key(ctx, "c"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("no key: %v", err)
		}
		if got, err := tx.KeyOwners(ctx, "", 10); !slices.Equal(got, []string{"a", "b"}) || err != nil {
			t.Errorf("owners %v, %v", got, err)
		}
		if got, _ := tx.KeyOwners(ctx, "a", 1); !slices.Equal(got, []string{"b"}) {
			t.Errorf("owners after a: %v", got)
		}
		return nil
	})
}

func appendEntry(ctx context.Context, tx *store.Tx, id, body string) error {
	seq, last, err := tx.LockManifest(ctx, id)
	if err != nil {
		return err
	}
	return tx.AppendManifest(ctx, id, store.ManifestEntry{Seq: seq, Body: last + ">" + body, Hash: fmt.Sprint("h", seq),
		Signature: "s"})
}

func manifest(t *testing.T, s *store.Store) {
	create(t, s, record("a"))
	const writers = 12
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			if err := s.InTx(t.Context(), func(tx *store.Tx) error {
				return appendEntry(t.Context(), tx, "a", fmt.Sprint(w))
			}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		entries, count, err := tx.Manifest(ctx, "a")
		if len(entries) != writers || count != writers {
			t.Errorf("%d entries, counted %d, want %d", len(entries), count, writers)
		}
		for i, e := range entries {
			want := ""
			if i > 0 {
				want = fmt.Sprint("h", i)
			}
			if e.Seq != int64(i+1) || e.Hash != fmt.Sprint("h", i+1) || e.Body[:len(want)+1] != want+">" {
				t.Errorf("entry %d: %+v, want it after %q", i, e, want)
			}
		}
		return err
	})
}

func deleted(t *testing.T, s *store.Store) {
	create(t, s, record("a"), record("b"))
	receipt := store.Receipt{ID: "r", Enrolment: "a", At: t0, Body: "{}"}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []string{"a", "b"} {
			if err := errors.Join(tx.PutKey(ctx, id, "k"), appendEntry(ctx, tx, id, "x"),
				tx.AddConsents(ctx, []enrolment.StoredConsent{{ID: "c" + id, Enrolment: id, At: t0}})); err != nil {
				return err
			}
		}
		return errors.Join(tx.AddReceipt(ctx, receipt), tx.Delete(ctx, "a"))
	})
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Load(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the record: %v", err)
		}
		if _, err := tx.Key(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the key: %v", err)
		}
		log, _ := tx.Transitions(ctx, "a")
		answers, _ := tx.Consents(ctx, "a")
		if len(log)+len(answers) != 0 {
			t.Errorf("left: %v, %v", log, answers)
		}
		got, err := tx.Receipts(ctx, "a")
		if !slices.Equal(got, []store.Receipt{receipt}) {
			t.Errorf("receipts %+v, want %+v", got, receipt)
		}
		log, _ = tx.Transitions(ctx, "b")
		key, _ := tx.Key(ctx, "b")
		if len(log) != 1 || key != "k" {
			t.Errorf("the other one lost something: %v, %q", log, key)
		}
		return err
	})
	if err := s.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
}

func notFound(t *testing.T, s *store.Store) {
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		for what, f := range map[string]func() error{
			"load":      func() error { _, err := tx.Load(ctx, "none"); return err },
			"reference": func() error { _, err := tx.LoadReference(ctx, "none"); return err },
			"manifest":  func() error { _, _, err := tx.Manifest(ctx, "none"); return err },
			"lock":      func() error { _, _, err := tx.LockManifest(ctx, "none"); return err },
			"delete":    func() error { return tx.Delete(ctx, "none") },
		} {
			if err := f(); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", what, err)
			}
		}
		return nil
	})
}

func oneReference(t *testing.T, s *store.Store) {
	create(t, s, record("a"))
	b := record("b")
	b.Reference = "Ra"
	if err := s.InTx(t.Context(), func(tx *store.Tx) error { return tx.Create(t.Context(), b) }); err == nil {
		t.Error("two enrolments of one reference")
	}
}

func separate(t *testing.T, s *store.Store) {
	a, b := record("a"), record("b")
	create(t, s, a, b)
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Save(ctx, next(t, a, "A")) })
	if got := load(t, s, "b"); got.Rev != 1 || got.Declared.Surname != b.Declared.Surname {
		t.Errorf("b is %+v", got)
	}
}
