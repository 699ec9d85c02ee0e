package pairing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"visavis/devicekey"
)

// The rules of pairing, each with its test. This file: what the key of a phone's browser signs.

// signingKey makes a phone's key. It returns its text, and what makes proofs of it.
func signingKey(t *testing.T) (
	text string, prove func(use devicekey.Use, count int64, content ...[]byte) devicekey.Proof,
) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err = devicekey.Text(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return text, func(use devicekey.Use, count int64, content ...[]byte) devicekey.Proof {
		t.Helper()
		p, err := devicekey.Prove(key, use, count, content...)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// A signing key is of one claim: the phone that claims after the first was thrown out needs none.
func TestRuleASigningKeyGoesWithItsPhone(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		text, prove := signingKey(t)
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		s, secret, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{
			Conn: "c1", SigningKey: text, Proof: prove(devicekey.Claim, 1),
		})
		if err != nil || s.SigningKey != text {
			t.Fatalf("claim with a key: %q, %v", s.SigningKey, err)
		}
		_, err = h.v.Resume(t.Context(), secret, "c2", devicekey.Proof{})
		wantErr(t, "a return without the key", err, ErrUnsigned)
		wantErr(t, "the same, for who asks", err, ErrInvalid)
		if got, err := h.v.Resume(t.Context(), secret, "c3", prove(devicekey.Hello, 2)); err != nil || got.PhoneConn != "c3" {
			t.Errorf("a return with the key: %q, %v", got.PhoneConn, err)
		}
		if _, err := h.v.NotMyPhone(t.Context(), s.ID, "", nil); err != nil {
			t.Fatal(err)
		}
		code = h.show(t, s.ID)
		s, secret, err = h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{Conn: "c4"})
		if err != nil || s.SigningKey != "" {
			t.Fatalf("claim without a key: %q, %v", s.SigningKey, err)
		}
		if _, err := h.v.Resume(t.Context(), secret, "c5", devicekey.Proof{}); err != nil {
			t.Errorf("its return: %v", err)
		}
	})
}

// A text that arrives while its session ends is proved like any other: who stole the device secret learns nothing.
func TestRuleAPostedTextIsProvedThoughItsSessionEnds(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		text, prove := signingKey(t)
		said := []byte(`{"type":"extend"}`)
		s, _ := h.open(t)
		s, _, err := h.v.Claim(t.Context(), h.ticket(h.show(t, s.ID).Token), ClaimRequest{
			Conn: "c1", SigningKey: text, Proof: prove(devicekey.Claim, 1),
		})
		if err != nil {
			t.Fatal(err)
		}
		first, second := prove(devicekey.Post, 2, said), prove(devicekey.Post, 3, said)
		s, err = h.v.Posted(t.Context(), s, first, said, true)
		if err != nil {
			t.Fatal(err)
		}
		ended, err := h.v.NotMe(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		for name, found := range map[string]Session{"ended": ended, "found before it ended": s} {
			_, err = h.v.Posted(t.Context(), found, devicekey.Proof{}, said, true)
			wantErr(t, name+": without a proof", err, ErrUnsigned)
			_, err = h.v.Posted(t.Context(), found, devicekey.Proof{}, said, false)
			wantErr(t, name+": a beat without a proof", err, ErrUnsigned)
			_, err = h.v.Posted(t.Context(), found, first, said, true)
			wantErr(t, name+": heard before", err, ErrRepeated)
			got, err := h.v.Posted(t.Context(), found, second, said, true)
			if err != nil || got.State != Ended || got.Rev != ended.Rev {
				t.Errorf("%s: %s of rev %d, %v; want that of rev %d", name, got.State, got.Rev, err, ended.Rev)
			}
		}
	})
}
