package registry_test

import (
	"testing"

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
		"without a key":           {registry.Wish{Purpose: sites.Identity, Declared: declared}, 12},
		"with an Idempotency-Key": {registry.Wish{Purpose: sites.Identity, Declared: declared, Request: "order-7"}, 13},
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
