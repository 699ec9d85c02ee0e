package pairing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The rules of pairing, each with its test. This file: tokens and typed codes.

func TestRuleOnlyHashesAreStored(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, desktop := h.open(t)
		code := h.show(t, s.ID)
		proof, _, err := h.v.SameDevice(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		waiting, _ := h.v.Load(t.Context(), s.ID)
		claimed, device, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, record := range []Session{waiting, claimed} {
			doc, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(doc)
		}
		m := h.store.(*Memory)
		for k, e := range m.entries {
			fmt.Fprintln(&all, k, e.id)
		}
		for name, secret := range map[string]Token{"token": code.Token, "typed": code.Typed, "desktop": desktop,
			"device": device, "proof": proof} {
			if strings.Contains(all.String(), string(secret)) {
				t.Errorf("the %s secret stands in the store", name)
			}
		}
		if got, want := waiting.Tokens[0].Hash, code.Token.hash(); got != want || len(got) != 64 {
			t.Errorf("stored token %s, want its SHA-256 %s", got, want)
		}
		if strings.Contains(all.String(), h.address.String()) {
			t.Error("an address stands in the store")
		}
	})
}

func TestRuleHelloClaimsNothing(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		for range 3 { // a link preview, the page, a reload
			got, err := h.v.Invite(t.Context(), h.ticket(code.Token))
			if err != nil || got.State != Scanned || got.DeviceHash != "" {
				t.Fatalf("hello: %s, %v", got.State, err)
			}
		}
		if got, _, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{}); err != nil || got.State != Comparing {
			t.Errorf("claim after the hellos: %s, %v", got.State, err)
		}
	})
}

func TestRuleUnscannedCodeLivesTwoMinutes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		if want := clock().Add(2 * time.Minute); !code.ExpiresAt.Equal(want) {
			t.Errorf("expires %s, want %s", code.ExpiresAt, want)
		}
		pass(2*time.Minute - time.Second)
		if _, err := h.v.Invite(t.Context(), h.ticket(code.Token)); err != nil {
			t.Errorf("one second before its end: %v", err)
		}
		other, _ := h.open(t)
		late := h.show(t, other.ID)
		pass(2 * time.Minute)
		_, err := h.v.Invite(t.Context(), h.ticket(late.Token))
		wantErr(t, "hello at its end", err, ErrInvalid)
		_, _, err = h.v.Claim(t.Context(), h.ticket(late.Token), ClaimRequest{})
		wantErr(t, "claim at its end", err, ErrInvalid)
	})
}

func TestRuleScannedCodeIsClaimableFiveMinutes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		pass(time.Minute)
		if _, err := h.v.Invite(t.Context(), h.ticket(code.Token)); err != nil {
			t.Fatal(err)
		}
		pass(4 * time.Minute)
		// A second hello does not prolong, else a stranger could hold the code.
		if _, err := h.v.Invite(t.Context(), h.ticket(code.Token)); err != nil {
			t.Fatal(err)
		}
		// Rotation stops.
		_, _, err := h.v.ShowCode(t.Context(), s.ID, "tab", false)
		wantErr(t, "renewal while scanned", err, ErrNotAllowed)
		// A reload keeps the state.
		_, _, err = h.v.ShowCode(t.Context(), s.ID, "another tab", false)
		wantErr(t, "reload while scanned", err, ErrNotAllowed)
		h.want(t, "reload while scanned", s.ID, Scanned, "")
		pass(time.Minute - time.Second)
		if got, _, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{}); err != nil || got.State != Comparing {
			t.Errorf("claim within five minutes: %s, %v", got.State, err)
		}
	})
}

func TestRuleScannedFallsBackToWaiting(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		if _, err := h.v.Invite(t.Context(), h.ticket(code.Token)); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Minute)
		_, _, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{})
		wantErr(t, "claim after five minutes", err, ErrInvalid)
		h.want(t, "nobody claimed", s.ID, Waiting, "")
		h.show(t, s.ID)
	})
}

func TestRuleCodesRenewTenMinutesThenByButton(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		var code ShownCode
		for range 5 {
			code = h.show(t, s.ID)
			pass(2 * time.Minute)
		}
		_, _, err := h.v.ShowCode(t.Context(), s.ID, "tab", false)
		wantErr(t, "renewal after ten minutes", err, ErrNotAllowed)
		h.want(t, "after ten minutes", s.ID, Waiting, ReasonCodesOver)
		_, err = h.v.Invite(t.Context(), h.ticket(code.Token))
		wantErr(t, "the last code", err, ErrInvalid)

		pass(30 * time.Minute)
		got, code, err := h.v.ShowCode(t.Context(), s.ID, "tab", true)
		if err != nil || got.Reason != "" || !code.RenewsEnd.Equal(clock().Add(10*time.Minute)) {
			t.Fatalf("button: reason %q, renews until %s, %v", got.Reason, code.RenewsEnd, err)
		}
		pass(10 * time.Minute)
		h.want(t, "ten minutes after the button", s.ID, Waiting, ReasonCodesOver)
		pass(50 * time.Minute)
		h.want(t, "nobody pressed it again", s.ID, Ended, ReasonExpired)
		pass(10 * time.Minute)
		_, err = h.v.Load(t.Context(), s.ID)
		wantErr(t, "the end is forgotten", err, ErrNotFound)
	})
}

func TestRuleCodesBeforeWorkFifteenSecondsMore(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		before := h.show(t, s.ID)
		pass(10 * time.Second)
		if _, _, err := h.v.ShowCode(t.Context(), s.ID, "reloaded", false); err != nil {
			t.Fatal(err)
		}
		pass(15*time.Second - time.Millisecond)
		for name, ticket := range map[string]Ticket{"token": h.ticket(before.Token), "typed": h.typed(before.Typed)} {
			if _, err := h.v.redeem(t.Context(), ticket, func(s *Session, typed bool, hash string, now time.Time) error {
				if s.code(typed, hash, now) == nil {
					return ErrInvalid
				}
				return errUnchanged
			}); err != nil {
				t.Errorf("%s within 15 s: %v", name, err)
			}
		}
		pass(time.Millisecond)
		_, err := h.v.Invite(t.Context(), h.ticket(before.Token))
		wantErr(t, "token after 15 s", err, ErrInvalid)
		_, err = h.v.Invite(t.Context(), h.typed(before.Typed))
		wantErr(t, "typed code after 15 s", err, ErrInvalid)
	})
}

func TestRuleACodeRenewedAtItsEndWorksFifteenSecondsMore(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		first := h.show(t, s.ID)
		pass(2*time.Minute + time.Second) // the page renews a little late
		h.show(t, s.ID)
		pass(14 * time.Second)
		if _, err := h.v.Invite(t.Context(), h.ticket(first.Token)); err != nil {
			t.Errorf("in front of a camera while it was renewed: %v", err)
		}
	})
}

func TestRuleTypedCodeLivesTenMinutes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		for range 4 { // the same tab renews by itself: who is typing is not cut off
			pass(2 * time.Minute)
			h.show(t, s.ID)
		}
		pass(2*time.Minute - time.Second)
		typed := Token(strings.ToLower(string(code.Typed[:4])) + " - " + string(code.Typed[4:]))
		if got, err := h.v.Invite(t.Context(), h.typed(typed)); err != nil || got.ID != s.ID || got.State != Scanned {
			t.Fatalf("typed code after almost ten minutes: %s, %v", got.State, err)
		}
		got, _, err := h.v.Claim(t.Context(), h.typed(typed), ClaimRequest{})
		if err != nil || got.State != Comparing {
			t.Fatalf("claim by typed code: %s, %v", got.State, err)
		}
		_, err = h.v.Invite(t.Context(), h.typed(typed))
		wantErr(t, "typed code after the claim", err, ErrInvalid)

		other, _ := h.open(t)
		late := h.show(t, other.ID)
		pass(10 * time.Minute)
		_, err = h.v.Invite(t.Context(), h.typed(late.Typed))
		wantErr(t, "typed code after ten minutes", err, ErrInvalid)
	})
}

func TestRuleTypedCodeIsAnHMACWithTheSharedKey(t *testing.T) {
	h := newHarness(t)
	other, err := NewService(h.store, Config{Secret: []byte(strings.Repeat("x", 32))})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := h.v.typedHash("BCDFGHJK"), other.typedHash("BCDFGHJK"); a == b || a == Token("BCDFGHJK").hash() ||
		len(a) != 64 {
		t.Errorf("hashes of one code under two keys: %s, %s", a, b)
	}
	_, err = NewService(h.store, Config{Secret: make([]byte, 31)})
	if err == nil || err.Error() != "pairing secret: 31 bytes, want 32 or more" {
		t.Errorf("short secret: %v", err)
	}
}

func TestRuleOneAnswerForUnknownExpiredAndUsed(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		expired, _ := h.open(t)
		old := h.show(t, expired.ID)
		pass(10 * time.Minute)
		used, _ := h.open(t)
		dead := h.show(t, used.ID)
		if _, _, err := h.v.Claim(t.Context(), h.ticket(dead.Token), ClaimRequest{}); err != nil {
			t.Fatal(err)
		}
		ended, _ := h.open(t)
		over := h.show(t, ended.ID)
		if _, err := h.v.Cancel(t.Context(), ended.ID); err != nil {
			t.Fatal(err)
		}
		tickets := map[string]Ticket{
			"unknown token": h.ticket(newToken()), "expired token": h.ticket(old.Token), "used token": h.ticket(dead.Token),
			"token of an ended session": h.ticket(over.Token), "not a token": h.ticket("x"), "nothing": {Address: h.address},
			"both": {Token: dead.Token, Code: dead.Typed, Address: h.address}, "not a typed code": h.typed("A"),
			"unknown typed": h.typed("BBBBBBBB"), "expired typed": h.typed(old.Typed), "used typed": h.typed(dead.Typed),
		}
		for name, ticket := range tickets {
			_, err := h.v.Invite(t.Context(), ticket)
			wantErr(t, "hello with "+name, err, ErrInvalid)
			s, secret, err := h.v.Claim(t.Context(), ticket, ClaimRequest{})
			wantErr(t, "claim with "+name, err, ErrInvalid)
			if s.ID != "" || secret != "" {
				t.Errorf("%s: the refusal carries a session or secret", name)
			}
		}
		_, err := h.v.ByDevice(t.Context(), newToken())
		wantErr(t, "unknown device", err, ErrInvalid)
		_, err = h.v.ByDevice(t.Context(), "x")
		wantErr(t, "not a device secret", err, ErrInvalid)
	})
}
