package registry_test

import (
	"errors"
	"testing"
	"time"

	"visavis/sites"
	"visavis/sites/registry"
)

func keys(t *testing.T, h *house) {
	k, secret, err := h.AddKey(t.Context(), h.site.ID, "server", []sites.Scope{sites.Read})
	h.must(err)
	if s, found, err := h.Caller(t.Context(), secret); err != nil || s.ID != h.site.ID || found.ID != k.ID {
		t.Fatalf("caller %+v %+v: %v", s, found, err)
	}
	fresh, second, err := h.RotateKey(t.Context(), h.site.ID, k.ID, time.Hour)
	h.must(err)
	for _, s := range []string{secret, second} { // both, while they overlap
		if _, _, err := h.Caller(t.Context(), s); err != nil {
			t.Error(err)
		}
	}
	begun := h.now
	h.now = begun.Add(time.Hour)
	if _, _, err := h.Caller(t.Context(), secret); !errors.Is(err, registry.ErrKey) {
		t.Errorf("after the overlap: %v", err)
	}
	h.must(h.RevokeKey(t.Context(), h.site.ID, fresh.ID))
	for _, s := range []string{second, "vv_test_x", ""} {
		if _, _, err := h.Caller(t.Context(), s); !errors.Is(err, registry.ErrKey) {
			t.Errorf("%q: %v", s, err)
		}
	}
	all, err := h.Keys(t.Context(), h.site.ID)
	if err != nil || len(all) != 2 || all[0].UsedAt.IsZero() || !all[1].Over(h.now) {
		t.Errorf("keys %+v, %v", all, err)
	}
}

func TestAnAccessTokenLastsAnHourAndAsLongAsItsKey(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		h := open(t, url)
		k, _, err := h.AddKey(t.Context(), h.site.ID, "", []sites.Scope{sites.Sign})
		h.must(err)
		token, lasts := h.AccessToken(k)
		s, of, err := h.CallerByToken(t.Context(), token)
		if err != nil || s.ID != h.site.ID || of.ID != k.ID || lasts != time.Hour || !of.May(sites.Sign) {
			t.Errorf("%v: %+v %+v, lasts %v", err, s, of, lasts)
		}
		h.now = h.now.Add(lasts)
		if _, _, err := h.CallerByToken(t.Context(), token); !errors.Is(err, registry.ErrKey) {
			t.Errorf("after an hour: %v", err)
		}
		token, _ = h.AccessToken(k)
		h.must(h.RevokeKey(t.Context(), h.site.ID, k.ID))
		if _, _, err := h.CallerByToken(t.Context(), token); !errors.Is(err, registry.ErrKey) {
			t.Errorf("of a revoked key: %v", err)
		}
		k.ID = sites.NewID("key")
		unknown, _ := h.AccessToken(k)
		if _, _, err := h.CallerByToken(t.Context(), unknown); !errors.Is(err, registry.ErrKey) {
			t.Errorf("of a key that is not there: %v", err)
		}
	})
}
