package store_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
)

// An instance of the version before the index of audit_sites wrote entries beside newer ones.
func indexesOlderEntries(t *testing.T, s *store.Store) {
	_, statement, _ := strings.Cut(read(t, "migrations/00062_audit_sites_again.sql"), "-- +goose Up")
	statement, _, _ = strings.Cut(statement, "-- +goose Down")
	site := sites.Site{ID: sites.NewID("site"), Name: "Exemple", CreatedAt: t0}
	other := sites.Site{ID: sites.NewID("site"), Name: "Autre", CreatedAt: t0}
	actor := enrolment.Actor{Role: enrolment.System, ID: "operator"}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, one := range []sites.Site{site, other} {
			if err := tx.AddSite(ctx, one); err != nil {
				return err
			}
			if err := tx.AddAudit(ctx, store.Audit{At: t0, By: actor, Action: "console", What: one.ID + " added"}); err != nil {
				return err
			}
		}
		return nil
	})
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		older := `INSERT INTO audit (id, enrolment, at, role, actor, action, what)
			VALUES ('0-older', '', 1, 'system', 'operator', 'console', $1)`
		for _, one := range []struct {
			text string
			args []any
		}{{older, []any{site.ID + " changed"}}, {statement, nil}, {statement, nil}} { // again: nothing more
			if err := exec(ctx, tx, one.text, one.args...); err != nil {
				return err
			}
		}
		return nil
	})
	for id, want := range map[string][]string{
		site.ID: {site.ID + " added", site.ID + " changed"}, other.ID: {other.ID + " added"},
	} {
		inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
			found, err := tx.AuditsBefore(ctx, id, "", 10)
			var what []string
			for _, a := range found {
				what = append(what, a.What)
			}
			if !slices.Equal(what, want) {
				t.Errorf("entries %v, want %v", what, want)
			}
			return err
		})
	}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, text := range []string{`DELETE FROM audit WHERE enrolment = ''`, `DELETE FROM sites`} {
			if err := exec(ctx, tx, text); err != nil {
				return err
			}
		}
		return nil
	})
}

func auditedSince(t *testing.T, s *store.Store) {
	known := store.Audit{At: t0, Action: "limit", Enrolment: "since", What: "letter link: 6 for one template"}
	inTx(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddAudit(ctx, known); err != nil {
			return err
		}
		for name, one := range map[string]struct {
			change func(*store.Audit)
			since  time.Duration
			want   bool
		}{
			"the same, within the hour": {func(*store.Audit) {}, -time.Hour, true},
			"at that moment":            {func(*store.Audit) {}, 0, false},
			"of another enrolment":      {func(a *store.Audit) { a.Enrolment = "other" }, -time.Hour, false},
			"another action":            {func(a *store.Audit) { a.Action = "look" }, -time.Hour, false},
			"another reason":            {func(a *store.Audit) { a.What = "letter link: 25 for one enrolment" }, -time.Hour, false},
			"by somebody else":          {func(a *store.Audit) { a.By.ID = "other" }, -time.Hour, true},
		} {
			asked := known
			one.change(&asked)
			if found, err := tx.AuditedSince(ctx, asked, t0.Add(one.since)); err != nil || found != one.want {
				t.Errorf("%s: %v %v, want %v", name, found, err, one.want)
			}
		}
		return exec(ctx, tx, `DELETE FROM audit WHERE enrolment = 'since'`)
	})
}

func exec(ctx context.Context, tx *store.Tx, text string, args ...any) (err error) {
	if tx.Postgres != nil {
		_, err = tx.Postgres.Exec(ctx, text, args...)
		return err
	}
	_, err = tx.SQLite.ExecContext(ctx, text, args...)
	return err
}

func read(t *testing.T, path string) string {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
