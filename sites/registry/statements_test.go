package registry_test

import (
	"errors"
	"testing"

	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
	"visavis/sites"
	"visavis/sites/registry"
)

// A call that creates a verification is bound by its statements: each is a round trip to the database.
func TestACreateMakesFewStatements(t *testing.T) {
	url, statements := storetest.Counted(t, postgres.Database(t))
	h := open(t, url)
	_, secret, err := h.AddKey(t.Context(), h.site.ID, "", sites.Scopes())
	h.must(err)
	_, _, err = h.Caller(t.Context(), secret) // notes that the key was used, which is once a minute
	h.must(err)
	h.create(registry.Wish{Declared: declared}) // reads the schema
	for name, of := range map[string]struct {
		wish registry.Wish
		most int64
	}{
		"without a key":           {registry.Wish{Purpose: sites.Identity, Declared: declared}, 11},
		"with an Idempotency-Key": {registry.Wish{Purpose: sites.Identity, Declared: declared, Request: "order-7"}, 12},
	} {
		before := statements.Count()
		s, _, err := h.Caller(t.Context(), secret)
		h.must(err)
		_, _, err = h.Create(t.Context(), s, of.wish)
		h.must(err)
		n := statements.Count() - before
		if n > of.most {
			t.Errorf("%s: %d statements, want %d or fewer", name, n, of.most)
		}
	}
}

// What a call costs tells nobody whether an id is another site's or of none: the statements are the same, in number and
// in what they answer. Wall time on a shared machine would show nothing.
func TestAnotherSitesIDCostsWhatAnUnknownOneCosts(t *testing.T) {
	url, statements := storetest.Counted(t, postgres.Database(t))
	h := open(t, url)
	other, err := h.AddSite(t.Context(), sites.Site{Name: "Autre"})
	h.must(err)
	theirs := h.create(registry.Wish{Purpose: sites.Identity, Declared: declared})
	calls := map[string]func(id string) error{
		"get":    func(id string) error { _, err := h.Get(t.Context(), other.ID, id); return err },
		"cancel": func(id string) error { _, err := h.Cancel(t.Context(), other.ID, id); return err },
		"link":   func(id string) error { _, err := h.NewLink(t.Context(), other, id); return err },
		"letter": func(id string) error { _, err := h.EmailLink(t.Context(), other, id); return err },
		"story":  func(id string) error { _, _, err := h.Story(t.Context(), other.ID, id); return err },
		"redact": func(id string) error { _, _, err := h.Redact(t.Context(), other.ID, id, h.kept); return err },
	}
	for name, call := range calls {
		cost := func(id string) int64 {
			before := statements.Count()
			if err := call(id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s of %s: %v, want that it is not found", name, id, err)
			}
			return statements.Count() - before
		}
		if another, unknown := cost(theirs.ID), cost(sites.NewID("ver")); another != unknown || another == 0 {
			t.Errorf("%s: %d statements for another site's id, %d for one of nobody", name, another, unknown)
		}
	}
}
