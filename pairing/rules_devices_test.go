package pairing

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"visavis/devicekey"
)

// The rules of pairing, each with its test. This file: who a claimed session lets in.

func TestRuleTheTokenIsDeadFromTheClaimOn(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		before, code := h.show(t, s.ID), h.show(t, s.ID)
		if _, _, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{}); err != nil {
			t.Fatal(err)
		}
		for name, ticket := range map[string]Ticket{"token": h.ticket(code.Token), "token before": h.ticket(before.Token),
			"typed code": h.typed(code.Typed), "typed code before": h.typed(before.Typed)} {
			var second *SecondPhoneError
			_, err := h.v.Invite(t.Context(), ticket)
			wantErr(t, "hello with the "+name, err, ErrInvalid)
			if !errors.As(err, &second) || second.ID != s.ID {
				t.Errorf("hello with the %s: %v, want a SecondPhoneError that tells the desktop", name, err)
			}
			_, _, err = h.v.Claim(t.Context(), ticket, ClaimRequest{})
			if !errors.As(err, &second) || second.ID != s.ID {
				t.Errorf("claim with the %s: %v, want a SecondPhoneError", name, err)
			}
		}
		_, _, err := h.v.ShowCode(t.Context(), s.ID, "tab", true)
		wantErr(t, "a code while claimed", err, ErrNotAllowed)
	})
}

func TestRuleAClaimIsRepeatedWithItsKey(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code, key := h.show(t, s.ID), newToken()
		claim := func(ticket Ticket, key Token, conn string) (Session, Token, error) {
			return h.v.Claim(t.Context(), ticket, ClaimRequest{Key: key, Conn: conn})
		}
		first, secret, err := claim(h.ticket(code.Token), key, "c1")
		if err != nil || secret != key {
			t.Fatalf("claim: secret is the key %v, error %v", secret == key, err)
		}
		again, secret, err := claim(h.ticket(code.Token), key, "c2")
		if err != nil || secret != key || again.ID != first.ID || again.State != first.State ||
			again.Comparison != first.Comparison || again.PhoneConn != "c2" {
			t.Errorf("the same claim again over another connection: %+v, %v", again, err)
		}
		if got, err := h.v.Resume(t.Context(), key, "c3", devicekey.Proof{}); err != nil || got.ID != s.ID {
			t.Errorf("a hello with the key: %v", err)
		}
		for name, other := range map[string]Token{"another key": newToken(), "no key": "", "no token of 32 bytes": "short"} {
			var second *SecondPhoneError
			if _, _, err := claim(h.ticket(code.Token), other, "c4"); !errors.As(err, &second) {
				t.Errorf("%s: %v, want a SecondPhoneError", name, err)
			}
		}
	})
}

func TestRuleAWrongCodeKillsTheKeyToo(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code, key := h.show(t, s.ID), newToken()
		if _, _, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{Key: key}); err != nil {
			t.Fatal(err)
		}
		_, err := h.v.ChooseCode(t.Context(), s.ID, key, "none")
		wantErr(t, "a wrong code", err, ErrWrongCode)
		_, _, err = h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{Key: key})
		wantErr(t, "the same claim again", err, ErrInvalid)
		_, err = h.v.Resume(t.Context(), key, "c2", devicekey.Proof{})
		wantErr(t, "a hello with the key", err, ErrInvalid)
	})
}

func TestRuleTheDeviceSecretResumes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.claimed(t)
		if s.PhoneConn != "c1" || s.PhoneName != "iPhone, Safari" || s.PhonePresence != Present ||
			!s.ClaimedAt.Equal(clock()) {
			t.Errorf("after the claim: %+v", s)
		}
		// Only one phone connection lives: the newest.
		got, err := h.v.Resume(t.Context(), secret, "c2", devicekey.Proof{})
		if err != nil || got.PhoneConn != "c2" {
			t.Fatalf("resume: %q, %v", got.PhoneConn, err)
		}
		got, err = h.v.Presence(t.Context(), s.ID, "c1", Asleep)
		if err != nil || got.PhonePresence != Present {
			t.Errorf("word of a replaced connection counts: %s, %v", got.PhonePresence, err)
		}
		got, err = h.v.Resume(t.Context(), secret, "", devicekey.Proof{})
		if err != nil || got.PhoneConn != "c2" {
			t.Errorf("the POST way replaced the connection: %q, %v", got.PhoneConn, err)
		}
		_, err = h.v.Resume(t.Context(), newToken(), "c3", devicekey.Proof{})
		wantErr(t, "another's secret", err, ErrInvalid)
	})
}

func TestRuleADesktopIsBoundToItsCookie(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, desktop := h.open(t)
		if got, err := h.v.ByDesktop(t.Context(), desktop); err != nil || got.ID != s.ID {
			t.Errorf("by cookie: %s, %v", got.ID, err)
		}
		claimed, device := h.claim(t, s.ID)
		if got, err := h.v.ByDesktop(t.Context(), desktop); err != nil || got.Comparison != claimed.Comparison {
			t.Errorf("refresh of the desktop: %s, %v", got.State, err)
		}
		for name, secret := range map[string]Token{"the device's secret": device, "unknown": newToken(), "nonsense": "x",
			"nothing": ""} {
			_, err := h.v.ByDesktop(t.Context(), secret)
			wantErr(t, name, err, ErrNotFound)
		}
		_, err := h.v.ByDevice(t.Context(), desktop)
		wantErr(t, "the cookie as a device secret", err, ErrInvalid)
	})
}

func TestRuleComparisonIsTwoDigitsTyped(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.claimed(t)
		if s.State != Comparing || len(s.Comparison) != 2 || strings.Trim(s.Comparison, "0123456789") != "" {
			t.Fatalf("%s, code %q", s.State, s.Comparison)
		}
		again, err := h.v.ByDevice(t.Context(), secret)
		if err != nil || again.Comparison != s.Comparison {
			t.Errorf("after a reload %q counts, want %q", again.Comparison, s.Comparison)
		}
		_, err = h.v.ChooseCode(t.Context(), s.ID, newToken(), s.Comparison)
		wantErr(t, "right code by another device", err, ErrInvalid)
		_, err = h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(f json.RawMessage) (json.RawMessage, error) {
			return f, nil
		})
		wantErr(t, "work before the choice", err, ErrNotAllowed)
		got, err := h.v.ChooseCode(t.Context(), s.ID, secret, s.Comparison)
		if err != nil || got.State != Paired || got.Comparison != "" {
			t.Errorf("right code: %s, %q, %v", got.State, got.Comparison, err)
		}
		_, err = h.v.ChooseCode(t.Context(), s.ID, secret, s.Comparison)
		wantErr(t, "chosen twice", err, ErrNotAllowed)
	})
}

func TestRuleWrongCodeKillsTheTokenNotTheWork(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.paired(t)
		work := h.flow(t, s.ID, `{"step":"document-back"}`).Flow
		if err := h.v.PutStill(t.Context(), s.ID, "document-front", []byte("jpeg"), maxStill); err != nil {
			t.Fatal(err)
		}
		if _, err := h.v.NotMyPhone(t.Context(), s.ID, "", work); err != nil {
			t.Fatal(err)
		}
		_, device := h.claim(t, s.ID)

		got, err := h.v.ChooseCode(t.Context(), s.ID, device, "??")
		wantErr(t, "wrong code", err, ErrWrongCode)
		if got.State != Waiting || got.Reason != ReasonWrongCode || string(got.Flow) != `{"step":"document-back"}` {
			t.Errorf("%s with reason %q and flow %s", got.State, got.Reason, got.Flow)
		}
		if got.DeviceHash != "" || got.PhoneName != "" || got.Comparison != "" || got.Tokens != nil {
			t.Errorf("something of the phone is left: %+v", got)
		}
		_, err = h.v.ByDevice(t.Context(), device)
		wantErr(t, "the device", err, ErrInvalid)
		if still, err := h.v.Still(t.Context(), s.ID, "document-front"); err != nil || string(still) != "jpeg" {
			t.Errorf("still: %q, %v", still, err)
		}

		pass(time.Minute)
		_, device = h.claim(t, s.ID) // a new code may be shown at once
		got, err = h.v.ChooseCode(t.Context(), s.ID, device, "??")
		wantErr(t, "wrong code again", err, ErrWrongCode)
		if got.State != Ended || got.Reason != ReasonWrongCodeTwice {
			t.Errorf("%s with reason %q, want ended", got.State, got.Reason)
		}
		_, err = h.v.ByDevice(t.Context(), device)
		wantErr(t, "the device after the end", err, ErrInvalid)
	})
}

func TestRuleNotMeEndsAtOnce(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.claimed(t)
		if _, err := h.v.NotMe(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		h.want(t, "not me", s.ID, Ended, ReasonNotMe)
		if got, err := h.v.ByDevice(t.Context(), secret); err != nil || got.Reason != ReasonNotMe {
			t.Errorf("the phone reads why: %q, %v", got.Reason, err)
		}
		waiting, _ := h.open(t)
		code := h.show(t, waiting.ID)
		if _, err := h.v.Invite(t.Context(), h.ticket(code.Token)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.v.NotMe(t.Context(), waiting.ID); err != nil {
			t.Fatal(err)
		}
		h.want(t, "not me before the claim", waiting.ID, Ended, ReasonNotMe)
	})
}

func TestRuleNotMyPhoneThrowsThePhoneOut(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.paired(t)
		h.flow(t, s.ID, `{"a":1}`)
		got, err := h.v.NotMyPhone(t.Context(), s.ID, "other", []byte(`{"b": 2}`))
		if err != nil || got.State != Waiting || got.Reason != ReasonNotMyPhone || string(got.Flow) != `{"b":2}` ||
			got.Subject != "other" {
			t.Fatalf("%s with reason %q for %q, flow %s, %v", got.State, got.Reason, got.Subject, got.Flow, err)
		}
		_, err = h.v.Resume(t.Context(), secret, "c2", devicekey.Proof{})
		wantErr(t, "the phone comes back", err, ErrInvalid)
		_, err = h.v.NotMyPhone(t.Context(), s.ID, "", nil)
		wantErr(t, "no phone there", err, ErrNotAllowed)
		again, _ := h.claim(t, s.ID)
		got, err = h.v.NotMyPhone(t.Context(), s.ID, "", nil)
		if err != nil || again.State != Comparing || string(got.Flow) != `{"b":2}` || got.Subject != "other" {
			t.Errorf("a phone that had captured nothing: %s for %q, flow %s, %v", again.State, got.Subject, got.Flow, err)
		}
		next, device := h.claim(t, s.ID)
		if _, err := h.v.ChooseCode(t.Context(), s.ID, device, next.Comparison); err != nil {
			t.Fatal(err)
		}
		_, err = h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(f json.RawMessage) (json.RawMessage, error) {
			return f, nil
		})
		wantErr(t, "work of the phone that was thrown out", err, ErrNotAllowed)
	})
}

func TestRuleSameDeviceSkipsTheComparison(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		claim := func(proof func(t *testing.T, id string) Token) Session {
			s, _ := h.open(t)
			p := proof(t, s.ID)
			got, _, err := h.v.Claim(t.Context(), h.ticket(h.show(t, s.ID).Token), ClaimRequest{SameDevice: p})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		prove := func(t *testing.T, id string) Token {
			proof, _, err := h.v.SameDevice(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return proof
		}
		if s := claim(prove); s.State != Paired || !s.SameDevice || s.SameDeviceHash != "" || s.Comparison != "" {
			t.Errorf("with the proof: %+v", s)
		}
		for name, proof := range map[string]func(t *testing.T, id string) Token{
			"no proof":          func(*testing.T, string) Token { return "" },
			"another's proof":   func(t *testing.T, id string) Token { prove(t, id); return newToken() },
			"proof never given": func(*testing.T, string) Token { return newToken() },
			"proof too old":     func(t *testing.T, id string) Token { p := prove(t, id); pass(2 * time.Minute); return p },
		} {
			if s := claim(proof); s.State != Comparing || s.SameDevice {
				t.Errorf("%s: %s, want comparing", name, s.State)
			}
		}
		s, _ := h.claimed(t)
		_, _, err := h.v.SameDevice(t.Context(), s.ID)
		wantErr(t, "proof once claimed", err, ErrNotAllowed)
	})
}

// TestRuleACodeThatManyOpenIsClosed opens one code from several networks: the fourth
// closes it for all, the desktop is told and shows another.
func TestRuleACodeThatManyOpenIsClosed(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		from := func(n byte) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, n}) }
		for _, n := range []byte{1, 2, 1, 3, 3, 2} { // three networks, some twice
			if _, err := h.v.Invite(t.Context(), Ticket{Token: code.Token, Address: from(n)}); err != nil {
				t.Fatalf("network %d: %v", n, err)
			}
		}
		_, err := h.v.Invite(t.Context(), Ticket{Token: code.Token, Address: from(4)})
		wantErr(t, "a fourth network", err, ErrInvalid)
		got, err := h.v.Load(t.Context(), s.ID)
		if err != nil || got.State != Waiting || got.Reason != ReasonCodeShared || got.Tokens != nil || got.Typed != nil {
			t.Errorf("%s with reason %q, %d codes, %v; want waiting, code-shared and none", got.State, got.Reason,
				len(got.Tokens), err)
		}
		for n := byte(1); n <= 4; n++ {
			_, _, err := h.v.Claim(t.Context(), Ticket{Token: code.Token, Address: from(n)}, ClaimRequest{})
			wantErr(t, "a claim with the closed code", err, ErrInvalid)
		}
		_, _, err = h.v.Claim(t.Context(), Ticket{Token: h.show(t, s.ID).Token, Address: from(1)}, ClaimRequest{})
		if err != nil {
			t.Errorf("the new code: %v", err)
		}
	})
}

// A desktop is told of a second phone once a minute, however often one tries and on whichever instance. Another
// session's is told too.
func TestRuleADesktopIsToldOfASecondPhoneOnceAMinute(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.claimed(t)
		other, _ := h.claimed(t)
		elsewhere := harnessOn(t, h.store)
		for minute := range 2 {
			if !h.v.TellsSecondPhone(t.Context(), s.ID) {
				t.Errorf("minute %d: not told", minute)
			}
			for _, v := range []*Service{h.v, elsewhere.v} {
				if v.TellsSecondPhone(t.Context(), s.ID) {
					t.Errorf("minute %d: told again", minute)
				}
			}
			if !h.v.TellsSecondPhone(t.Context(), other.ID) {
				t.Errorf("minute %d: another session is not told", minute)
			}
			pass(time.Minute)
		}
	})
}
