package registry_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/registry"
)

const day = 24 * time.Hour

// written is what a site wrote of a person.
const written = "Specimen 13.07.1990"

// ended is a verification of a site that was cancelled, and whose enrolment is gone.
func (h *house) ended(s sites.Site) sites.Verification {
	h.t.Helper()
	v, _, err := h.Create(h.t.Context(), s, registry.Wish{Purpose: sites.Identity, Reference: written,
		Metadata: map[string]string{"name": written}})
	h.must(err)
	_, err = h.Cancel(h.t.Context(), s.ID, v.ID)
	h.must(err)
	h.stays(v.Enrolment, true)
	return v
}

// stays deletes an enrolment and looks whether the receipt says that a verification stays.
func (h *house) stays(id string, want bool) {
	h.t.Helper()
	body, err := h.kept.DeleteOnRequest(h.t.Context(), id)
	h.must(err)
	r, err := evidence.VerifyReceipt(body, h.keeper.Signer.Public())
	h.must(err)
	i := slices.IndexFunc(r.Stays, func(s evidence.Staying) bool { return s.What == enrolment.KeptVerification })
	if said := i >= 0 && !r.Stays[i].Until.IsZero(); said != want {
		h.t.Errorf("the receipt says that a verification stays until its time: %v, want %v: %+v", said, want, r.Stays)
	}
}

// there reports whether a verification and its events are kept.
func (h *house) there(v sites.Verification) bool {
	h.t.Helper()
	_, err := h.Get(h.t.Context(), v.Site, v.ID)
	if store.OrNone(err) != nil {
		h.t.Fatal(err)
	}
	events, failed := h.Events(h.t.Context(), v.Site, v.ID, 0, 100, 0)
	h.must(failed)
	if known := err == nil; known != (len(events) > 0) {
		h.t.Errorf("%s is known: %v, and has %d events", v.ID, known, len(events))
	}
	return err == nil
}

// rows counts the rows of all tables that hold a text.
func (h *house) rows(text string) (all int) {
	h.t.Helper()
	h.must(h.keeper.Store.InTx(h.t.Context(), func(tx *store.Tx) error {
		schema, err := tx.Schema(h.t.Context())
		for table, columns := range schema {
			if strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_") {
				continue
			}
			var where []string
			for _, c := range columns {
				where = append(where, "CAST("+c+" AS TEXT) LIKE '%"+text+"%'")
			}
			n, query := 0, "SELECT COUNT(*) FROM "+table+" WHERE "+strings.Join(where, " OR ")
			if tx.SQLite != nil {
				err = errors.Join(err, tx.SQLite.QueryRowContext(h.t.Context(), query).Scan(&n))
			} else {
				err = errors.Join(err, tx.Postgres.QueryRow(h.t.Context(), query).Scan(&n))
			}
			all += n
		}
		return err
	}))
	return all
}

// What a site asked for is kept for its time after its end, and as long as its enrolment; then nothing of it is left.
func TestAVerificationIsKeptForItsTime(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h := open(t, url)
		begun, keep := h.now, enrolment.DefaultRules(0.4).KeepVerifications
		over, redacted := h.ended(h.site), h.ended(h.site)
		_, _, err := h.Redact(t.Context(), h.site.ID, redacted.ID, h.kept)
		h.must(err)
		held := h.create(registry.Wish{Reference: written})
		_, err = h.Cancel(t.Context(), h.site.ID, held.ID)
		h.must(err)
		visit := h.create(registry.Wish{})
		_, err = h.journey.InPerson(t.Context(), visit.Subject(), visit.Enrolment)
		h.must(err)
		// A test site whose clock goes ahead: the time to be kept is by the server's.
		moved, err := h.AddSite(t.Context(), sites.Site{Name: "Essais"})
		h.must(err)
		before := h.ended(moved)
		moved, err = h.MoveClock(t.Context(), moved.ID, 300*day, h.kept)
		h.must(err)
		ahead := h.ended(moved)
		// Sent again lately, and an event of no verification.
		to := sites.Endpoint{ID: sites.NewID("end"), Site: h.site.ID, CreatedAt: begun}
		again := sites.Delivery{ID: sites.NewID("del"), Endpoint: to.ID, Verification: over.ID, State: sites.Delivered,
			CreatedAt: begun.Add(keep - day), Body: written}
		h.must(h.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.AddSiteEvent(t.Context(), sites.Event{ID: sites.NewID("evt"), Type: sites.EndpointTest,
				Site: h.site.ID, At: begun})
			return errors.Join(err, tx.AddEndpoint(t.Context(), to), tx.AddDelivery(t.Context(), again))
		}))

		look := func(after time.Duration, gone ...sites.Verification) {
			t.Helper()
			h.now = begun.Add(after)
			h.must(h.Sweep(t.Context()))
			for name, v := range map[string]sites.Verification{"over": over, "redacted": redacted, "held": held,
				"visit": visit, "before": before, "ahead": ahead} {
				want := !slices.ContainsFunc(gone, func(g sites.Verification) bool { return g.ID == v.ID })
				if h.there(v) != want {
					t.Errorf("after %s: %s is there: %v, want %v", after, name, !want, want)
				}
			}
		}
		look(101 * day)
		look(keep - time.Hour)
		look(keep+time.Hour, over, redacted, before, ahead)
		if n := h.rows(over.ID); n > 0 {
			t.Errorf("%d rows name a verification that is gone", n)
		}
		events, err := h.Events(t.Context(), h.site.ID, "", 0, 100, 0)
		h.must(err)
		if slices.ContainsFunc(events, func(e sites.Event) bool { return e.Type == sites.EndpointTest }) {
			t.Error("an event of no verification is kept")
		}
		h.stays(held.Enrolment, true)
		look(keep+time.Hour, over, redacted, before, ahead, held)
		if n := h.rows(written); n > 0 {
			t.Errorf("%d rows have what a site wrote", n)
		}
		last := events[len(events)-1].Seq
		if next, err := h.Events(t.Context(), h.site.ID, h.create(registry.Wish{}).ID, 0, 1, 0); err != nil ||
			next[0].Seq <= last {
			t.Errorf("%+v, %v: want a number after %d", next, err, last)
		}
		own, err := h.journey.Begin(t.Context(), "demo:maeva", "fr", enrolment.Declaration{}, true)
		h.must(err)
		h.stays(own.ID, false)
	})
}
