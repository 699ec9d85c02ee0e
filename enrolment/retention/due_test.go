package retention_test

import (
	"errors"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/sites"
)

func TestVerificationsThatAreDueAreCounted(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		a := newArchive(t, url, nil)
		due := func(want *retention.Due) {
			t.Helper()
			list, open, err := a.Due(t.Context(), now)
			if err != nil {
				t.Fatal(err)
			}
			var got *retention.Due
			for _, d := range list {
				if d.Rule == enrolment.RuleVerification {
					got = &d
				}
			}
			if open != 0 || (got == nil) != (want == nil) || got != nil && *got != *want {
				t.Errorf("%+v, %d open, want %+v", got, open, want)
			}
		}
		due(nil)
		held := a.file(t, "BCDFGH", now)
		const day = 24 * time.Hour
		over := now.Add(-a.rules.KeepVerifications)
		add := func(id string, status sites.Status, changed time.Time, of string) error {
			return a.store.InTx(t.Context(), func(tx *store.Tx) error {
				return tx.AddVerification(t.Context(), sites.Verification{ID: id, Site: "site_a", Enrolment: of, Status: status,
					CreatedAt: changed, ChangedAt: changed})
			})
		}
		if err := errors.Join(a.store.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.AddSite(t.Context(), sites.Site{ID: "site_a", Name: "A", CreatedAt: now})
		}),
			add("week", sites.Expired, over.Add(3*day), ""), add("month", sites.Expired, over.Add(20*day), ""),
			add("held", sites.Refused, over.Add(-day), held.ID), add("waits", sites.InReview, over.Add(-day), "")); err != nil {
			t.Fatal(err)
		}
		due(&retention.Due{Rule: enrolment.RuleVerification, Week: 1, Month: 1, Next: now.Add(3 * day)})
		if err := errors.Join(add("now", sites.Verified, over.Add(-2*day), "gone"),
			add("later", sites.Cancelled, now, "")); err != nil {
			t.Fatal(err)
		}
		due(&retention.Due{Rule: enrolment.RuleVerification, Now: 1, Week: 1, Month: 1, Later: 1, Next: now.Add(-2 * day)})
	})
}
