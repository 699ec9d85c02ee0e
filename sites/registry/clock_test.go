package registry_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/limits"
	"visavis/sites"
	"visavis/sites/registry"
	"visavis/sites/webhook"
)

// another is a registry of the same house, as of another instance: one leaves an endpoint that failed alone for a
// while.
func (h *house) another(q *queued, s registry.Sender) *registry.Registry {
	h.t.Helper()
	secrets, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	h.must(err)
	r, err := registry.New(registry.Config{Store: h.keeper.Store, Secrets: secrets, Queue: q, Sender: s,
		Now: func() time.Time { return h.now }})
	h.must(err)
	r.Use(h.journey)
	return r
}

var declared = enrolment.Declaration{Surname: "Specimen", GivenNames: "Maéva", BirthDate: "1990-07-13",
	Mobile: "+33639980012", Email: "maeva.specimen@example.org"}

func TestALinkIsSentByEmail(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h, q := open(t, url), &queued{}
		r := h.another(q, nil)
		v := h.create(registry.Wish{Declared: declared, Language: "en"})
		old := r.Link(v)
		sent, err := r.EmailLink(t.Context(), h.site, v.ID)
		h.must(err)
		if want := []string{"site-link " + v.ID}; !slices.Equal(q.letters, want) || sent.Link.EmailedAt.IsZero() {
			t.Fatalf("letters %v, want %v; %+v", q.letters, want, sent.Link)
		}
		l, err := r.ReadLetter(t.Context(), registry.LinkLetter, v.ID)
		h.must(err)
		if l.To != declared.Email || l.Language != "en" || l.Site != "Exemple" || l.Code != v.Code ||
			!l.Until.Equal(h.now.Add(registry.LinkLasts)) {
			t.Errorf("the letter says %+v", l)
		}
		if _, _, err := r.OpenLink(t.Context(), old, ""); !errors.Is(err, registry.ErrLinkOver) {
			t.Errorf("the link before: %v", err)
		}
		if _, _, err := r.OpenLink(t.Context(), l.Secret, ""); err != nil {
			t.Errorf("the link of the letter: %v", err)
		}
		if l, err := r.ReadLetter(t.Context(), registry.LinkLetter, v.ID); err != nil || l.To != "" {
			t.Errorf("a letter for a link that is in use: %+v, %v", l, err)
		}
		for range 4 {
			_, err = r.EmailLink(t.Context(), h.site, v.ID)
			h.must(err)
		}
		if _, err := r.EmailLink(t.Context(), h.site, v.ID); !errors.Is(err, registry.ErrLetters) {
			t.Errorf("the sixth letter: %v", err)
		}
		if _, err := r.EmailLink(t.Context(), h.site, h.create(registry.Wish{}).ID); !errors.Is(err,
			registry.ErrNoAddress) {
			t.Errorf("without an address: %v", err)
		}
		if _, err := r.EmailLink(t.Context(), sites.Site{ID: "site_other"}, v.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another site's: %v", err)
		}
		_, err = r.Cancel(t.Context(), h.site.ID, v.ID)
		h.must(err)
		if _, err := r.EmailLink(t.Context(), h.site, v.ID); !errors.Is(err, registry.ErrFinal) {
			t.Errorf("one that has ended: %v", err)
		}
		if l, err := r.ReadLetter(t.Context(), registry.LinkLetter, "ver_none"); err != nil || l.To != "" {
			t.Errorf("a letter about nothing: %+v, %v", l, err)
		}
	})
}

// Whoever has a link and tries it again and again writes one event a minute.
func TestASiteIsToldOnceAMinuteOfAnotherBrowser(t *testing.T) {
	h := open(t, filepath.Join(t.TempDir(), "records.db"))
	v := h.create(registry.Wish{})
	_, _, err := h.OpenLink(t.Context(), h.Link(v), "")
	h.must(err)
	for range 5 {
		if _, _, err := h.OpenLink(t.Context(), h.Link(v), ""); !errors.Is(err, registry.ErrElsewhere) {
			t.Fatalf("another browser: %v", err)
		}
	}
	told := func() (n int) {
		list, err := h.Events(t.Context(), h.site.ID, v.ID, 0, 100, 0)
		h.must(err)
		for _, e := range list {
			if e.Type == sites.LinkElsewhere {
				n++
			}
		}
		return n
	}
	if n := told(); n != 1 {
		t.Errorf("told %d times within a minute, want once", n)
	}
	h.now = h.now.Add(time.Minute)
	if _, _, err := h.OpenLink(t.Context(), h.Link(v), "wrong"); !errors.Is(err, registry.ErrElsewhere) {
		t.Errorf("a minute later: %v", err)
	}
	if n := told(); n != 2 || !h.get(v.ID).Link.ElsewhereAt.Equal(h.now) {
		t.Errorf("told %d times, want twice; %+v", n, h.get(v.ID).Link)
	}
}

// One address gets few links, from however many verifications, and none once its reader
// said that none was asked for.
func TestALinkIsNotSentToOneAddressWithoutEnd(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h, q := open(t, url), &queued{}
		r := h.another(q, nil)
		send := func(email string) (sites.Verification, error) {
			d := declared
			d.Email = email
			v := h.create(registry.Wish{Declared: d})
			_, err := r.EmailLink(t.Context(), h.site, v.ID)
			return v, err
		}
		most := limits.ConfirmationsAddress.Number()
		for range most {
			_, err := send(declared.Email)
			h.must(err)
		}
		v, err := send("Maeva.Specimen@example.org")
		if !errors.Is(err, registry.ErrAddressLetters) || len(q.letters) != most {
			t.Errorf("letter %d to one address: %v; %v", most+1, err, q.letters)
		}
		if now := h.get(v.ID); now.Letters != 0 || now.Link.Generation != v.Link.Generation {
			t.Errorf("a letter that was not sent ended the link: %+v", now)
		}
		if whole, err := h.keeper.Verify(t.Context(), v.Enrolment); err != nil || !whole.OK() {
			t.Errorf("the file is not whole: %+v, %v", whole.Findings, err)
		}
		v, err = send("elouan.specimen@example.org")
		h.must(err)
		if whole, err := h.keeper.Verify(t.Context(), v.Enrolment); err != nil || !whole.OK() {
			t.Errorf("the file is not whole: %+v, %v", whole.Findings, err)
		}
		h.must(h.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
			return tx.AddLetter(t.Context(), store.Letter{
				Enrolment: "another", Owner: "somebody", Template: store.Disowned, At: h.now,
				Address: enrolment.AddressHash("elouan.specimen@example.org"),
			})
		}))
		if _, err := send("elouan.specimen@example.org"); !errors.Is(err, registry.ErrAddressLetters) {
			t.Errorf("to an address whose reader never asked: %v", err)
		}
		h.now = h.now.Add(25 * time.Hour)
		for _, address := range []string{declared.Email, "elouan.specimen@example.org"} {
			if _, err := send(address); err != nil {
				t.Errorf("%s, a day later: %v", address, err)
			}
		}
	})
}

func TestAnEndpointThatFailsForADayIsToldOnce(t *testing.T) {
	h, q := open(t, filepath.Join(t.TempDir(), "records.db")), &queued{}
	h.site.Contact = "dev@example.org"
	var err error
	h.site, err = h.ChangeSite(t.Context(), h.site)
	h.must(err)
	answer := webhook.Answer{Status: http.StatusBadGateway, Problem: "answered 502"}
	sender := sends(func() webhook.Answer { return answer })
	e, err := h.another(q, sender).AddEndpoint(t.Context(), h.site, sites.Endpoint{URL: "https://www.example.org/hook"})
	h.must(err)
	_, err = h.another(q, sender).TestEndpoint(t.Context(), h.site, e.ID)
	h.must(err)
	try := func(after time.Duration) {
		t.Helper()
		h.now = h.now.Add(after)
		_, err := h.another(q, sender).Deliver(t.Context(), q.ids[len(q.ids)-1])
		h.must(err)
	}
	try(0)
	try(23 * time.Hour)
	if len(q.letters) != 0 {
		t.Fatalf("told after less than a day: %v", q.letters)
	}
	try(2 * time.Hour)
	try(30 * time.Hour)
	if want := []string{"endpoint-failing " + e.ID}; !slices.Equal(q.letters, want) {
		t.Fatalf("letters %v, want %v", q.letters, want)
	}
	read := func() registry.Letter {
		t.Helper()
		l, err := h.ReadLetter(t.Context(), registry.EndpointLetter, e.ID)
		h.must(err)
		return l
	}
	if l := read(); l.To != "dev@example.org" || l.URL != e.URL || l.Endpoint != e.ID ||
		l.Problem != "answered 502" || h.now.Sub(l.Since) != 55*time.Hour {
		t.Errorf("the letter says %+v", l)
	}
	answer = webhook.Answer{Status: http.StatusNoContent}
	try(24 * time.Hour)
	if l := read(); l.To != "" {
		t.Errorf("a letter about an endpoint that is back: %+v", l)
	}
	answer = webhook.Answer{Status: http.StatusBadGateway, Problem: "answered 502"}
	_, err = h.another(q, sender).TestEndpoint(t.Context(), h.site, e.ID)
	h.must(err)
	try(0)
	try(25 * time.Hour)
	if len(q.letters) != 2 {
		t.Errorf("%d letters after it failed for another day, want 2", len(q.letters))
	}
}

// early are the reminders that a retention asked for.
type early struct{ asked []jobs.Reminder }

func (e *early) Enqueue(_ context.Context, _ *store.Tx, job jobs.Job) error {
	if r, ok := job.(jobs.Reminder); ok {
		e.asked = append(e.asked, r)
	}
	return nil
}

func TestTheClockOfATestSiteIsMoved(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h, q := open(t, url), &queued{}
		h.now = time.Now().UTC().Truncate(time.Millisecond) // as of the records below
		reminders := &early{}
		kept, err := retention.New(retention.Config{Keeper: h.keeper, Rules: enrolment.DefaultRules(0.4),
			Queue: reminders, Changed: h.Changed})
		h.must(err)
		r := h.another(q, sends(func() webhook.Answer { return webhook.Answer{Status: 500, Problem: "answered 500"} }))
		other := h.another(q, nil) // instances deliver what another one moved
		move := func(by time.Duration) {
			t.Helper()
			s, err := other.MoveClock(t.Context(), h.site.ID, by, kept)
			h.must(err)
			h.site = s
		}
		planned, left := h.create(registry.Wish{Declared: declared}), h.create(registry.Wish{Declared: declared,
			ExpiresIn: 10 * 24 * time.Hour})
		if _, err := r.AdvanceLater(t.Context(), h.site, planned.ID, sites.Cancelled, "",
			2*time.Hour); err != nil || !slices.Equal(q.plans, []string{planned.ID}) {
			t.Fatalf("%v, %v", q.plans, err)
		}
		if again, err := r.AdvanceDue(t.Context(), planned.ID); err != nil || again != 2*time.Hour {
			t.Errorf("again after %s, %v; want 2 h", again, err)
		}
		e, err := r.AddEndpoint(t.Context(), h.site, sites.Endpoint{URL: "https://www.example.org/hook"})
		h.must(err)
		d, err := r.TestEndpoint(t.Context(), h.site, e.ID)
		h.must(err)
		if again, err := r.Deliver(t.Context(), d.ID); err != nil || again <= 0 {
			t.Fatalf("again after %s, %v", again, err)
		}
		q.ids = nil
		move(time.Hour)
		if v := h.get(planned.ID); v.Status == sites.Cancelled {
			t.Errorf("after one of two hours: %s", v.Status)
		}
		if !slices.Equal(q.ids, []string{d.ID}) {
			t.Errorf("deliveries to be tried again %v, want %s", q.ids, d.ID)
		}
		if again, err := r.Deliver(t.Context(), d.ID); err != nil || again < 4*time.Minute {
			t.Errorf("the second attempt: again after %s, %v", again, err)
		}
		move(time.Hour)
		if v := h.get(planned.ID); v.Status != sites.Cancelled {
			t.Errorf("after two hours: %s", v.Status)
		}
		secret := r.Link(left)
		move(24 * time.Hour)
		if _, _, err := r.OpenLink(t.Context(), secret, ""); !errors.Is(err, registry.ErrLinkOver) {
			t.Errorf("a link after a day: %v", err)
		}
		move(5*24*time.Hour - time.Hour)
		if len(reminders.asked) != 1 || !reminders.asked[0].Early || reminders.asked[0].Enrolment != left.Enrolment {
			t.Errorf("reminders %+v, want one of %s", reminders.asked, left.Enrolment)
		}
		fresh := h.create(registry.Wish{Declared: declared})
		if !fresh.ExpiresAt.After(h.now.Add(12 * 24 * time.Hour)) {
			t.Errorf("begun by the moved clock it expires at %s", fresh.ExpiresAt)
		}
		move(5 * 24 * time.Hour)
		if v := h.get(left.ID); v.Status != sites.Expired {
			t.Errorf("after 11 days: %s", v.Status)
		}
		if v := h.get(fresh.ID); v.Status != sites.Created {
			t.Errorf("begun 5 days ago: %s", v.Status)
		}
		var invalid *sites.InvalidError
		if _, err := r.MoveClock(t.Context(), h.site.ID, 366*24*time.Hour, kept); !errors.As(err, &invalid) ||
			invalid.Field != "forward" {
			t.Errorf("more than a year: %v", err)
		}
		live, err := h.AddSite(t.Context(), sites.Site{Name: "Exemple", Live: true})
		h.must(err)
		if _, err := r.MoveClock(t.Context(), live.ID, time.Hour, kept); !errors.Is(err, registry.ErrLive) {
			t.Errorf("a live site: %v", err)
		}
	})
}

// A change of a site waits for a move of its clock, and keeps what it did.
func TestAChangeOfASiteKeepsItsClock(t *testing.T) {
	h := open(t, postgres.Database(t))
	changed := make(chan error, 1)
	h.must(h.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		s, err := tx.LockSite(t.Context(), h.site.ID)
		if err != nil {
			return err
		}
		s.Ahead = time.Hour
		if err := tx.SaveSite(t.Context(), s); err != nil {
			return err
		}
		go func() {
			_, err := h.ChangeSite(t.Context(), sites.Site{ID: s.ID, Name: "Renamed"})
			changed <- err
		}()
		return h.waits(changed)
	}))
	h.must(<-changed)
	s, err := h.Site(t.Context(), h.site.ID)
	h.must(err)
	if s.Ahead != time.Hour || s.Name != "Renamed" {
		t.Errorf("%s ahead as %q, want 1h0m0s as Renamed", s.Ahead, s.Name)
	}
}

// waits returns when a transaction of the database waits for a lock; an error if another one is done before.
func (h *house) waits(done <-chan error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return errors.Join(errors.New("it did not wait"), err)
		case <-tick.C:
		}
		var waiting int
		if err := h.keeper.Store.Postgres().QueryRow(h.t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil || waiting > 0 {
			return err
		}
	}
}
