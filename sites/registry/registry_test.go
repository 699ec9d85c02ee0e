package registry_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
	"visavis/sites/registry"
)

// Each of these runs on both databases.
func TestRegistry(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h := open(t, url)
		for name, f := range map[string]func(*testing.T, *house){
			"keys are made, used, rotated and revoked":        keys,
			"a verification follows its enrolment":            follows,
			"a request is made once":                          once,
			"a reference that is taken is drawn again":        taken,
			"a link is for one browser":                       oneBrowser,
			"a redaction leaves nothing that the site wrote":  redacted,
			"a person who deletes their data ends it":         deletedByPerson,
			"what waits too long for its person expires":      expires,
			"other sites see nothing":                         others,
			"a refusal that can be mended is begun anew once": again,
		} {
			t.Run(name, func(t *testing.T) {
				h.t = t
				f(t, h)
			})
		}
	})
}

// Among some ten thousand enrolments two draw the same six letters; nobody is told of that.
func taken(t *testing.T, h *house) {
	h.drawn = []string{"BCDFGH", "BCDFGH", "BCDFGH", "JKLMNP"}
	first := h.create(registry.Wish{})
	second := h.create(registry.Wish{Request: "order-of-" + first.ID})
	if first.Code != "BCDFGH" || second.Code != "JKLMNP" || second.Rev != 1 {
		t.Errorf("codes %s and %s, rev %d; want BCDFGH, JKLMNP and 1", first.Code, second.Code, second.Rev)
	}
	h.wantEvents(second.ID, "created")
	again, replayed, err := h.Create(t.Context(), h.site,
		registry.Wish{Purpose: sites.Identity, Request: "order-of-" + first.ID})
	if err != nil || !replayed || again.ID != second.ID {
		t.Errorf("the same request: %s, replayed %v, %v; want %s", again.ID, replayed, err, second.ID)
	}
}

func follows(t *testing.T, h *house) {
	v := h.create(registry.Wish{Reference: "order-7", ReturnURL: "https://www.example.org/back",
		Declared: enrolment.Declaration{Surname: "Specimen", GivenNames: "Maéva"}})
	if v.Status != sites.Created || v.Rev != 1 || v.Enrolment == "" || v.Code == "" {
		t.Fatalf("created %+v", v)
	}
	r, err := h.journey.Own(t.Context(), v.Subject(), v.Enrolment)
	if err != nil || r.Declared.Surname != "Specimen" {
		t.Fatalf("enrolment %+v: %v", r, err)
	}
	_, err = h.journey.InPerson(t.Context(), v.Subject(), v.Enrolment)
	h.must(err)
	_, err = h.journey.Remote(t.Context(), v.Subject(), v.Enrolment)
	h.must(err)
	v, err = h.Cancel(t.Context(), h.site.ID, v.ID)
	if err != nil || v.Status != sites.Cancelled || v.Reason != sites.SiteCancelled {
		t.Errorf("cancelled %+v: %v", v, err)
	}
	h.wantEvents(v.ID, "created", "in_person", "created", "cancelled")
	if found, err := h.keeper.Verify(t.Context(), v.Enrolment); err != nil || !found.OK() {
		t.Errorf("evidence: %+v %v", found, err)
	}
	if _, err := h.NewLink(t.Context(), h.site, v.ID); !errors.Is(err, registry.ErrFinal) {
		t.Errorf("a link to what has ended: %v", err)
	}
	list, err := h.List(t.Context(), h.site.ID, store.VerificationFilter{
		Reference: "order-7", Status: sites.Cancelled, Limit: 10})
	if err != nil || len(list) != 1 || list[0].ID != v.ID {
		t.Errorf("list %+v: %v", list, err)
	}
}

func once(t *testing.T, h *house) {
	w := registry.Wish{Purpose: sites.Identity, Request: "one", Content: []byte("a")}
	v := h.create(w)
	again, replayed, err := h.Create(t.Context(), h.site, w)
	if err != nil || !replayed || again.ID != v.ID {
		t.Errorf("again: %+v %v %v", again, replayed, err)
	}
	w.Content = []byte("b")
	if _, _, err := h.Create(t.Context(), h.site, w); !errors.Is(err, registry.ErrOtherContent) {
		t.Errorf("with another content: %v", err)
	}
	begun := h.now
	defer func() { h.now = begun }()
	h.now = begun.Add(25 * time.Hour)
	if later, replayed, err := h.Create(t.Context(), h.site, w); err != nil || replayed || later.ID == v.ID {
		t.Errorf("a day later: %+v %v %v", later, replayed, err)
	}
}

// A test site's clock, which is ahead, takes nobody's requests away.
func TestARequestIsKnownByTheServersClock(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h := open(t, url)
		live, err := h.AddSite(t.Context(), sites.Site{Name: "Exemple", Live: true})
		h.must(err)
		w := registry.Wish{Purpose: sites.Identity, Request: "one", Content: []byte("a")}
		ask := func(s sites.Site, replayed bool) string {
			t.Helper()
			v, again, err := h.Create(t.Context(), s, w)
			if err != nil || again != replayed {
				t.Errorf("made before: %v, want %v; %v", again, replayed, err)
			}
			return v.ID
		}
		first := ask(live, false)
		if h.site, err = h.MoveClock(t.Context(), h.site.ID, 48*time.Hour, h.kept); err != nil {
			t.Fatal(err)
		}
		ask(h.site, false)
		ask(h.site, true)
		if id := ask(live, true); id != first {
			t.Errorf("the live site's request made %s, then %s", first, id)
		}
		h.must(h.Sweep(t.Context()))
		ask(live, true)
		h.now = h.now.Add(25 * time.Hour)
		h.must(h.Sweep(t.Context()))
		h.must(h.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
			if made, err := tx.MadeBefore(t.Context(), live.ID, sites.HashOf("one"),
				time.Unix(0, 0)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("after a day the request is kept: %+v, %v", made, err)
			}
			return nil
		}))
		ask(live, false)
	})
}

func oneBrowser(t *testing.T, h *house) {
	v := h.create(registry.Wish{})
	link := h.Link(v)
	_, keep, err := h.OpenLink(t.Context(), link, "")
	h.must(err)
	if _, same, err := h.OpenLink(t.Context(), link, keep); err != nil || same != keep {
		t.Errorf("the same browser: %v", err)
	}
	if _, _, err := h.OpenLink(t.Context(), link, ""); !errors.Is(err, registry.ErrElsewhere) {
		t.Errorf("another browser: %v", err)
	}
	if h.get(v.ID).Link.ElsewhereAt.IsZero() {
		t.Error("the first browser is not told")
	}
	fresh, err := h.NewLink(t.Context(), h.site, v.ID)
	h.must(err)
	if _, _, err := h.OpenLink(t.Context(), link, keep); !errors.Is(err, registry.ErrLinkOver) {
		t.Errorf("the link before: %v", err)
	}
	forged := link[:strings.LastIndex(link, ".")+1] + strings.Repeat("A", 43)
	if _, _, err := h.OpenLink(t.Context(), forged, ""); !errors.Is(err, sites.ErrLink) {
		t.Errorf("a forged link: %v", err)
	}
	begun := h.now
	defer func() { h.now = begun }()
	h.now = begun.Add(registry.LinkLasts + time.Second)
	if _, _, err := h.OpenLink(t.Context(), h.Link(fresh), ""); !errors.Is(err, registry.ErrLinkOver) {
		t.Errorf("a day later: %v", err)
	}
	h.wantEvents(v.ID, "created", "link_opened", "link_opened_elsewhere")
}

func redacted(t *testing.T, h *house) {
	v := h.create(registry.Wish{Reference: "Specimen 1990", Metadata: map[string]string{"name": "Specimen"},
		ReturnURL: "https://www.example.org/specimen"})
	v, receipts, err := h.Redact(t.Context(), h.site.ID, v.ID, h.kept)
	h.must(err)
	if v.Status != sites.Redacted || v.Reference+v.ReturnURL != "" || v.Metadata != nil || len(receipts) != 1 {
		t.Errorf("redacted %+v, %d receipts", v, len(receipts))
	}
	if _, err := h.journey.Load(t.Context(), v.Enrolment); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the enrolment: %v", err)
	}
	_, again, err := h.Redact(t.Context(), h.site.ID, v.ID, h.kept)
	if err != nil || len(again) != 1 || !bytes.Equal(again[0], receipts[0]) {
		t.Errorf("again: %q %v", again, err)
	}
	h.wantEvents(v.ID, "created", "redacted")
}

func deletedByPerson(t *testing.T, h *house) {
	v := h.create(registry.Wish{})
	_, err := h.kept.DeleteOnRequest(t.Context(), v.Enrolment)
	h.must(err)
	if v = h.get(v.ID); v.Status != sites.Cancelled || v.Reason != sites.DeletedByPerson || v.DeletedAt.IsZero() {
		t.Errorf("deleted %+v", v)
	}
	h.wantEvents(v.ID, "created", "cancelled")
}

func expires(t *testing.T, h *house) {
	v, visit := h.create(registry.Wish{ExpiresIn: time.Hour}), h.create(registry.Wish{ExpiresIn: time.Hour})
	_, err := h.journey.InPerson(t.Context(), visit.Subject(), visit.Enrolment)
	h.must(err)
	begun := h.now
	defer func() { h.now = begun }()
	h.must(h.Sweep(t.Context()))
	if h.get(v.ID).Status != sites.Created {
		t.Error("ended before its time")
	}
	h.now = begun.Add(2 * time.Hour)
	// Those who wait for a registrar take nobody's place among those that one sweep ends.
	h.must(h.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		due, err := tx.VerificationsDue(t.Context(), h.site.ID, h.now, 100)
		if err == nil && (len(due) != 1 || due[0].ID != v.ID) {
			t.Errorf("due are %+v", due)
		}
		return err
	}))
	h.must(h.Sweep(t.Context()))
	if v = h.get(v.ID); v.Status != sites.Expired || v.Reason != sites.Abandoned {
		t.Errorf("expired %+v", v)
	}
	if got := h.get(visit.ID).Status; got != sites.InPerson {
		t.Errorf("who waits for a registrar: %s", got)
	}
	h.wantEvents(v.ID, "created", "expired")
}

func others(t *testing.T, h *house) {
	v := h.create(registry.Wish{})
	for what, err := range map[string]error{
		"get":      second(h.Get(t.Context(), "site_other", v.ID)),
		"cancel":   second(h.Cancel(t.Context(), "site_other", v.ID)),
		"new link": second(h.NewLink(t.Context(), sites.Site{ID: "site_other"}, v.ID)),
		"redact":   func() error { _, _, err := h.Redact(t.Context(), "site_other", v.ID, h.kept); return err }(),
		"none":     second(h.Get(t.Context(), h.site.ID, "ver_none")),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want not found", what, err)
		}
	}
	if list, err := h.Events(t.Context(), "site_other", "", 0, 10, 0); err != nil || len(list) != 0 {
		t.Errorf("events: %v %v", list, err)
	}
	if _, err := h.journey.Begin(t.Context(), "site:test:ver_none", "fr", enrolment.Declaration{}, true); !errors.Is(err,
		enrolment.ErrNotOwner) {
		t.Errorf("a login of no verification: %v", err)
	}
}

func again(t *testing.T, h *house) {
	v := h.create(registry.Wish{})
	refuse(t, h, v.Enrolment, "not-readable")
	if v = h.get(v.ID); v.Status != sites.RequiresInput || v.Reason != sites.Unreadable {
		t.Fatalf("refused %+v", v)
	}
	first := v.Enrolment
	r, err := h.journey.Begin(t.Context(), v.Subject(), "fr", enrolment.Declaration{}, true)
	h.must(err)
	if v = h.get(v.ID); v.Enrolment != r.ID || v.Status != sites.Created || !slices.Equal(v.Before, []string{first}) {
		t.Fatalf("begun anew %+v", v)
	}
	refuse(t, h, v.Enrolment, "other-person")
	if v = h.get(v.ID); v.Status != sites.Refused || v.Reason != sites.OtherPerson {
		t.Fatalf("refused for good %+v", v)
	}
	var state *enrolment.StateError
	if _, err := h.journey.Begin(t.Context(), v.Subject(), "fr", enrolment.Declaration{}, true); !errors.As(err, &state) {
		t.Errorf("after the end: %v", err)
	}
	_, receipts, err := h.Redact(t.Context(), h.site.ID, v.ID, h.kept)
	if err != nil || len(receipts) != 2 {
		t.Errorf("both attempts are deleted: %d %v", len(receipts), err)
	}
	h.wantEvents(v.ID, "created", "in_person", "requires_input", "created", "in_person", "refused", "redacted")
}
