package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"visavis/pairing"
)

func TestAFullStoreIsNotReady(t *testing.T) {
	for name, limits := range map[string]pairing.MemoryLimits{"sessions": {Sessions: 1}, "pictures": {Bytes: 2 << 20}} {
		store := pairing.NewMemory(limits)
		t.Cleanup(func() { _ = store.Close() })
		in := newTestServer(t, store)
		if a := in.do(t, http.MethodGet, "/readyz", nil, nil); a.status != http.StatusOK {
			t.Errorf("%s: an empty store: status %d %s, want 200", name, a.status, a.body)
		}
		session := pairing.Session{ID: "one", State: pairing.Waiting}
		if err := store.Create(t.Context(), session, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := store.PutStill(t.Context(), "one", "selfie", make([]byte, 3<<19), 2<<20, time.Minute); err != nil {
			t.Fatal(err)
		}
		if a := in.do(t, http.MethodGet, "/readyz", nil, nil); a.status != http.StatusServiceUnavailable ||
			!strings.Contains(string(a.body), "store full") {
			t.Errorf("%s: a full store: status %d %s, want 503 and the reason", name, a.status, a.body)
		}
		if a := in.do(t, http.MethodGet, "/healthz", nil, nil); a.status != http.StatusOK {
			t.Errorf("%s: a full store is alive: status %d, want 200", name, a.status)
		}
		if err := store.Delete(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		if a := in.do(t, http.MethodGet, "/readyz", nil, nil); a.status != http.StatusOK {
			t.Errorf("%s: with room again: status %d %s, want 200", name, a.status, a.body)
		}
	}
}
