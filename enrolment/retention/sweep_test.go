package retention_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
)

func TestSweepObeysTheTable(t *testing.T) {
	inPerson, cancel := step{applicant, enrolment.GoInPerson{}}, step{applicant, enrolment.Cancel{}}
	cases := []struct {
		name  string
		ago   time.Duration
		steps []step
		rule  string // empty: kept
	}{
		{"FRESH0", day, nil, ""},
		{"ALMOST", 7*day - time.Second, []step{consent, begin}, ""},
		{"LEFT00", 7 * day, []step{consent, begin}, enrolment.RuleAbandoned},
		{"AGREED", 8 * day, []step{consent, begin, finish, verified, draw, accept}, enrolment.RuleAbandoned},
		{"VISIT0", 8 * day, []step{inPerson}, ""},
		{"VISIT1", 30 * day, []step{inPerson}, enrolment.RuleVisit},
		{"CANCEL", 0, []step{cancel}, enrolment.RuleCancelled},
		{"REFUS0", 29 * day, []step{consent, begin, finish, expired}, ""},
		{"REFUS1", 30 * day, []step{consent, begin, finish, expired}, enrolment.RuleRefused},
		{"WAITS0", 1000 * day, []step{consent, begin, finish, verified}, ""}, // for us: nobody loses their place
		{"OWED00", 1000 * day, []step{consent, begin, finish, verified, draw, accept, confirm, request}, ""},
		{"ISSUED", 7 * day, []step{consent, begin, finish, verified, draw, accept, confirm, request,
			{machine, enrolment.Issue{Certificate: "c"}}, {machine, enrolment.HandOver{To: "provider"}}}, enrolment.RuleAccepted},
	}
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		ids := map[string]string{}
		for _, c := range cases {
			ids[c.name] = a.file(t, c.name, now.Add(-c.ago), c.steps...).ID
		}
		for range 2 { // twice is no harm
			a.sweep(t, now)
		}
		var letters []string
		for _, c := range cases {
			id, receipts := ids[c.name], a.receipts(t, ids[c.name])
			if c.rule == "" {
				if !a.there(t, id) || len(receipts) != 0 || len(a.blobs(t, id)) != 1 {
					t.Errorf("%s: there %v, %d receipts, %d blobs; want it kept", c.name, a.there(t, id), len(receipts),
						len(a.blobs(t, id)))
				}
				continue
			}
			letters = append(letters, c.name+" "+c.rule)
			if a.there(t, id) || len(a.blobs(t, id)) != 0 || len(receipts) != 1 {
				t.Errorf("%s: there %v, %d blobs, %d receipts; want it deleted", c.name, a.there(t, id), len(a.blobs(t, id)),
					len(receipts))
				continue
			}
			entries := len(c.steps) + 2 // with its first transition and its picture
			if c.rule == enrolment.RuleAbandoned || c.rule == enrolment.RuleVisit {
				entries++ // it is noted that nobody came
			}
			if r := receipts[0]; r.Rule != c.rule || r.Reference != c.name || !r.DeletedAt.Equal(now) || r.Items != 1 ||
				r.Entries != entries || r.Due.After(now) {
				t.Errorf("%s: receipt %+v, want rule %s and %d entries", c.name, r, c.rule, entries)
			}
		}
		slices.Sort(letters)
		slices.Sort(a.mailer.letters)
		if !slices.Equal(a.mailer.letters, letters) {
			t.Errorf("told   %q\nwanted %q", a.mailer.letters, letters)
		}
		if log := a.log.String(); strings.Contains(log, surname) || strings.Contains(log, address) ||
			!strings.Contains(log, "LEFT00") {
			t.Errorf("log: %s", log)
		}
	})
}

func TestSweepTakesAllPages(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	var records []enrolment.Record
	for i := range 101 {
		records = append(records, enrolment.New(uuid.NewString(), fmt.Sprintf("R%05d", i), applicant.ID, "fr",
			enrolment.Declaration{Email: address}, now.Add(-8*day))) // all of the same time
	}
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		for _, r := range records {
			if err := tx.Create(t.Context(), r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a.sweep(t, now)
	for _, r := range records {
		if a.there(t, r.ID) {
			t.Fatalf("%s is left", r.Reference)
		}
	}
}

func TestOneThatFailsHoldsNobodyElse(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	broken, good := a.file(t, "BROKEN", now.Add(-9*day)), a.file(t, "GOOD00", now.Add(-8*day))
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		_, err := tx.SQLite.ExecContext(t.Context(), "CREATE TRIGGER stuck BEFORE DELETE ON enrolments WHEN OLD.reference "+
			"= 'BROKEN' BEGIN SELECT RAISE(ABORT, 'stuck'); END")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Sweep(t.Context(), now); err == nil || !strings.Contains(err.Error(), "BROKEN") {
		t.Errorf("error %v, want one that names the broken file", err)
	}
	if a.there(t, good.ID) || !a.there(t, broken.ID) {
		t.Errorf("there: the good one %v, the broken one %v", a.there(t, good.ID), a.there(t, broken.ID))
	}
	if len(a.receipts(t, broken.ID)) != 0 || len(a.blobs(t, broken.ID)) != 1 {
		t.Error("a deletion that failed left a receipt, or took the blobs")
	}
}

func TestAMailServerThatFailsDelaysNoDeletion(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	a.mailer.fail = errors.New("down")
	var ids []string
	for i := range 5 {
		ids = append(ids, a.file(t, fmt.Sprint("LEFT0", i), now.Add(-8*day)).ID)
	}
	a.sweep(t, now)
	for _, id := range ids {
		if a.there(t, id) {
			t.Errorf("%s is still there", id)
		}
	}
	if n := strings.Count(a.log.String(), "nobody was told"); n != 3 {
		t.Errorf("the mail server was asked %d times, want 3", n)
	}
}

func TestOrphansGoWithTheirReceiptAlone(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		gone, kept, foreign := a.file(t, "GONE00", now.Add(-8*day)), a.file(t, "KEPT00", now), uuid.NewString()
		a.sweep(t, now)
		for _, name := range []string{gone.ID + "/left-by-a-crash", foreign + "/of-another-database",
			"texts/not-an-enrolment"} {
			if err := a.keeper.Bucket.Write(t.Context(), name, []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		a.sweep(t, now)
		for folder, want := range map[string]int{gone.ID: 0, kept.ID: 1, foreign: 1, "texts": 1} {
			if got := len(a.blobs(t, folder)); got != want {
				t.Errorf("%s: %d blobs, want %d", folder, got, want)
			}
		}
	})
}

func TestReceiptsGoToo(t *testing.T) {
	a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), nil)
	r := a.file(t, "GONE00", now.Add(-8*day))
	a.sweep(t, now)
	a.sweep(t, now.Add(365*day-time.Hour))
	if len(a.receipts(t, r.ID)) != 1 {
		t.Error("the receipt is gone too early")
	}
	a.sweep(t, now.Add(365*day+time.Hour))
	if len(a.receipts(t, r.ID)) != 0 {
		t.Error("the receipt is still there")
	}
}

// reminders counts the reminders of an enrolment that wait to be sent.
func reminders(t *testing.T, s *store.Store, id string) (n int) {
	t.Helper()
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		if tx.SQLite != nil {
			return tx.SQLite.QueryRowContext(t.Context(),
				`SELECT count(*) FROM river_job WHERE kind = 'email' AND args ->> '$.enrolment' = $1
					AND args ->> '$.template' = 'expiring'`, id).Scan(&n)
		}
		return tx.Postgres.QueryRow(t.Context(),
			`SELECT count(*) FROM river_job WHERE kind = 'email' AND args ->> 'enrolment' = $1
				AND args ->> 'template' = 'expiring'`, id).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestARequestThatClosesSoonIsRemindedOfOnce(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, func(c *retention.Config) {
			q, err := jobs.New(jobs.Config{Store: c.Keeper.Store})
			if err != nil {
				t.Fatal(err)
			}
			c.Queue = q
		})
		r := a.file(t, "SOON00", now, consent)
		waits := a.file(t, "WAITS0", now, consent, begin, finish)
		a.sweep(t, now.Add(6*day-time.Minute))
		if n := reminders(t, a.store, r.ID); n != 0 {
			t.Errorf("%d reminders more than a day before", n)
		}
		for h := range 4 {
			a.sweep(t, now.Add(6*day+time.Duration(h)*time.Hour))
		}
		if n := reminders(t, a.store, r.ID); n != 1 {
			t.Errorf("%d reminders, want 1", n)
		}
		if n := reminders(t, a.store, waits.ID); n != 0 {
			t.Errorf("%d reminders of what waits for us", n)
		}
	})
}

// queued notes what was enqueued.
type queued struct{ list []jobs.Job }

func (q *queued) Enqueue(_ context.Context, _ *store.Tx, job jobs.Job) error {
	q.list = append(q.list, job)
	return nil
}

func TestASweepHasHandedOverWhatIsOwed(t *testing.T) {
	for _, owed := range []bool{true, false} {
		q := &queued{}
		a := newArchive(t, filepath.Join(t.TempDir(), "visavis.db"), func(c *retention.Config) {
			c.Queue, c.Rules.Owed = q, owed
		})
		issued := []step{consent, begin, finish, verified, draw, accept, confirm, request,
			{machine, enrolment.Issue{Certificate: "c"}}}
		r := a.file(t, "OWED00", now, issued...)
		a.file(t, "ASKED0", now, issued[:len(issued)-1]...)
		a.file(t, "THERE0", now, append(issued, step{machine, enrolment.HandOver{To: "provider"}})...)
		a.sweep(t, now.Add(time.Hour))
		var want []jobs.Job
		if owed {
			want = []jobs.Job{jobs.Transfer{Enrolment: r.ID}}
		}
		if !slices.Equal(q.list, want) {
			t.Errorf("owed %t: %v, want %v", owed, q.list, want)
		}
	}
}

// A receipt is compared with the database and the bucket: what it says is gone is
// gone, and what is still there it names, with its end.
func TestAReceiptTellsTheTruth(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		r := a.file(t, "ABC234", now.Add(-time.Hour), consent, begin, finish, verified, draw, accept, confirm, request,
			step{machine, enrolment.Issue{Certificate: "c"}}, step{machine, enrolment.HandOver{To: "provider"}})
		ends := now.AddDate(2, 0, 0)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(a.store.InTx(t.Context(), func(tx *store.Tx) error {
			value := certificate.Certificate{DER: []byte("x"), Details: certificate.Details{NotAfter: ends}}
			return errors.Join(
				tx.AddCertificate(t.Context(), store.Certificate{ID: "c", Enrolment: r.ID, Owner: applicant.ID, Rev: 1,
					CreatedAt: now, Value: value}),
				tx.AddAudit(t.Context(), store.Audit{At: now, By: reviewer, Action: "look", Enrolment: r.ID}),
				tx.AddLetter(t.Context(), store.Letter{Enrolment: r.ID, Template: "issued", At: now}),
				tx.AddAttempt(t.Context(), store.Attempt{Enrolment: r.ID, At: now}),
				tx.NoteUndelivered(t.Context(), r.ID, store.Undelivered{At: now}),
				a.keeper.Seal(t.Context(), tx, r.ID, "test", now))
		}))
		must(a.keeper.Anchor(t.Context()))
		_, err := a.DeleteOnRequest(t.Context(), r.ID)
		must(err)
		must(a.keeper.Anchor(t.Context()))
		receipt := a.receipts(t, r.ID)[0]
		stays := map[enrolment.Kept]time.Time{}
		for _, s := range receipt.Stays {
			stays[s.What] = s.Until
		}
		for _, what := range receipt.What {
			if _, both := stays[what]; both {
				t.Errorf("%s goes and stays", what)
			}
		}
		named := map[string]enrolment.Kept{
			"certificates": enrolment.KeptRegister, "audit": enrolment.KeptAudit, "letters": enrolment.KeptCounts, "attempts": enrolment.KeptCounts,
			"receipts": enrolment.KeptReceipt,
		}
		for table, n := range a.rowsOf(t, r.ID) {
			if _, said := stays[named[table]]; n > 0 && !said {
				t.Errorf("%d rows of %s are still there, and the receipt does not say so", n, table)
			}
		}
		if left := a.blobs(t, r.ID); len(left) > 0 {
			t.Errorf("in the bucket: %v", left)
		}
		if want := ends.Add(a.rules.KeepRegister); !stays[enrolment.KeptRegister].Equal(want) {
			t.Errorf("the register until %s, want %s", stays[enrolment.KeptRegister], want)
		}
		for _, later := range []struct {
			at    time.Time
			gone  []string
			still []string
		}{
			{now.Add(a.rules.KeepCounts() + time.Hour), []string{"letters", "attempts"}, []string{"audit", "certificates", "receipts"}},
			{now.Add(max(a.rules.KeepAudit, a.rules.KeepReceipts) + time.Hour), []string{"audit", "receipts"}, []string{"certificates"}},
			{ends.Add(a.rules.KeepRegister + time.Hour), []string{"certificates"}, nil},
		} {
			a.sweep(t, later.at)
			left := a.rowsOf(t, r.ID)
			for _, table := range later.gone {
				if left[table] > 0 {
					t.Errorf("%s at %s: still there", table, later.at)
				}
			}
			for _, table := range later.still {
				if left[table] == 0 {
					t.Errorf("%s at %s: gone too early", table, later.at)
				}
			}
		}
	})
}

// rowsOf counts the rows of every table of ours that name an enrolment, in any
// column.
func (a *archive) rowsOf(t *testing.T, id string) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := a.store.InTx(t.Context(), func(tx *store.Tx) error {
		schema, err := tx.Schema(t.Context())
		if err != nil {
			return err
		}
		for table, columns := range schema {
			if strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_") {
				continue
			}
			var where []string
			for _, c := range columns {
				where = append(where, "CAST("+c+" AS TEXT) LIKE '%"+id+"%'")
			}
			query := "SELECT COUNT(*) FROM " + table + " WHERE " + strings.Join(where, " OR ")
			n := 0
			if tx.SQLite != nil {
				err = tx.SQLite.QueryRowContext(t.Context(), query).Scan(&n)
			} else {
				err = tx.Postgres.QueryRow(t.Context(), query).Scan(&n)
			}
			if err != nil {
				return err
			}
			out[table] = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
