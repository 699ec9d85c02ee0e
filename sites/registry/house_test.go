package registry_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/evidence/evidencetest"
	"visavis/enrolment/jobs"
	"visavis/enrolment/journey"
	"visavis/enrolment/retention"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
	"visavis/sites"
	"visavis/sites/registry"
)

var postgres storetest.Server

func TestMain(m *testing.M) {
	os.Exit(postgres.Run(m))
}

type idle struct{}

func (idle) Enqueue(context.Context, *store.Tx, jobs.Job) error { return nil }

// house is a registry with its enrolments.
type house struct {
	*registry.Registry
	t       *testing.T
	keeper  *evidence.Keeper
	journey *journey.Service
	kept    *retention.Retention
	site    sites.Site
	now     time.Time
	drawn   []string // references that are drawn next
}

func open(t *testing.T, url string) *house {
	t.Helper()
	h := &house{t: t, keeper: keeper(t, url), now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return h.now }
	secrets, err := sites.NewSecrets(bytes.Repeat([]byte{7}, 32))
	h.must(err)
	rules := enrolment.DefaultRules(0.4)
	h.Registry, err = registry.New(registry.Config{Store: h.keeper.Store, Secrets: secrets, Now: clock,
		Keep: rules.KeepVerifications})
	h.must(err)
	h.keeper.Deleted = h.Deleted
	h.journey, err = journey.New(journey.Config{
		Keeper: h.keeper, Queue: idle{}, Rules: rules, Now: clock, Changed: h.Changed,
		Reference: h.reference,
		Text: func(kind enrolment.ConsentKind, language string) journey.Text {
			return journey.Text{Kind: kind, Language: language}
		},
	})
	h.must(err)
	h.Use(h.journey)
	h.kept, err = retention.New(retention.Config{Keeper: h.keeper, Rules: rules})
	h.must(err)
	h.site, err = h.AddSite(t.Context(), sites.Site{Name: "Exemple", ReturnURLs: []string{"https://www.example.org/"}})
	h.must(err)
	return h
}

// reference draws what the test said, then as ever.
func (h *house) reference() string {
	if len(h.drawn) > 0 {
		next := h.drawn[0]
		h.drawn = h.drawn[1:]
		return next
	}
	return rand.Text()[:6]
}

func keeper(t *testing.T, url string) *evidence.Keeper {
	t.Helper()
	s := storetest.Open(t, url)
	if err := s.Migrate(t.Context(), jobs.Migration(s)); err != nil {
		t.Fatal(err)
	}
	return evidencetest.New(t, s).Keeper
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) create(w registry.Wish) sites.Verification {
	h.t.Helper()
	if w.Purpose == "" {
		w.Purpose = sites.Identity
	}
	v, _, err := h.Create(h.t.Context(), h.site, w)
	h.must(err)
	return v
}

func (h *house) get(id string) sites.Verification {
	h.t.Helper()
	v, err := h.Get(h.t.Context(), h.site.ID, id)
	h.must(err)
	return v
}

// events are the types of a verification's events, in their order.
func (h *house) events(id string) (out []string) {
	h.t.Helper()
	list, err := h.Events(h.t.Context(), h.site.ID, id, 0, 100, 0)
	h.must(err)
	for i, e := range list {
		if i > 0 && (e.Seq <= list[i-1].Seq || e.Rev < list[i-1].Rev) {
			h.t.Errorf("event %+v comes after %+v", e, list[i-1])
		}
		out = append(out, strings.TrimPrefix(string(e.Type), "verification."))
	}
	return out
}

func (h *house) wantEvents(id string, want ...string) {
	h.t.Helper()
	if got := h.events(id); !slices.Equal(got, want) {
		h.t.Errorf("events %v, want %v", got, want)
	}
}

func second[T any](_ T, err error) error { return err }

// refuse has a registrar refuse an enrolment: the shortest way to a refusal.
func refuse(t *testing.T, h *house, id, reason string) {
	t.Helper()
	r, err := h.journey.Load(t.Context(), id)
	h.must(err)
	_, err = h.journey.InPerson(t.Context(), r.Owner, id)
	h.must(err)
	_, err = h.journey.RecordInPerson(t.Context(), enrolment.Actor{Role: enrolment.Registrar, ID: "registrar"}, id,
		enrolment.RecordInPerson{Reason: reason})
	h.must(err)
}
