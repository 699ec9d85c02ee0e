package pairing

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"
)

// The rules of pairing, each with its test. This file: claimed sessions.

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

func TestRuleTheDeviceSecretResumes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.claimed(t)
		if s.PhoneConn != "c1" || s.PhoneName != "iPhone, Safari" || s.PhonePresence != Present || !s.ClaimedAt.Equal(clock()) {
			t.Errorf("after the claim: %+v", s)
		}
		// Only one phone connection lives: the newest.
		got, err := h.v.Resume(t.Context(), secret, "c2")
		if err != nil || got.PhoneConn != "c2" {
			t.Fatalf("resume: %q, %v", got.PhoneConn, err)
		}
		got, err = h.v.Presence(t.Context(), s.ID, "c1", Asleep)
		if err != nil || got.PhonePresence != Present {
			t.Errorf("word of a replaced connection counts: %s, %v", got.PhonePresence, err)
		}
		got, err = h.v.Resume(t.Context(), secret, "")
		if err != nil || got.PhoneConn != "c2" {
			t.Errorf("the POST way replaced the connection: %q, %v", got.PhoneConn, err)
		}
		_, err = h.v.Resume(t.Context(), newToken(), "c3")
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
		for name, secret := range map[string]Token{"the device's secret": device, "unknown": newToken(), "nonsense": "x", "nothing": ""} {
			_, err := h.v.ByDesktop(t.Context(), secret)
			wantErr(t, name, err, ErrNotFound)
		}
		_, err := h.v.ByDevice(t.Context(), desktop)
		wantErr(t, "the cookie as a device secret", err, ErrInvalid)
	})
}

func TestRuleComparisonChoosesAmongThree(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.claimed(t)
		if s.State != Comparing || len(s.Comparison) != 2 || len(s.Choices) != 3 || !slices.Contains(s.Choices, s.Comparison) {
			t.Fatalf("%s, code %q among %q", s.State, s.Comparison, s.Choices)
		}
		again, err := h.v.ByDevice(t.Context(), secret)
		if err != nil || !slices.Equal(again.Choices, s.Choices) {
			t.Errorf("a reload shows %q, want %q", again.Choices, s.Choices)
		}
		_, err = h.v.ChooseCode(t.Context(), s.ID, newToken(), s.Comparison)
		wantErr(t, "right code by another device", err, ErrInvalid)
		_, err = h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(f json.RawMessage) (json.RawMessage, error) { return f, nil })
		wantErr(t, "work before the choice", err, ErrNotAllowed)
		got, err := h.v.ChooseCode(t.Context(), s.ID, secret, s.Comparison)
		if err != nil || got.State != Paired || got.Comparison != "" || got.Choices != nil {
			t.Errorf("right code: %s, %q, %v", got.State, got.Choices, err)
		}
		_, err = h.v.ChooseCode(t.Context(), s.ID, secret, s.Comparison)
		wantErr(t, "chosen twice", err, ErrNotAllowed)
	})
}

func TestRuleWrongCodeKillsTheTokenNotTheWork(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.paired(t)
		work := h.flow(t, s.ID, `{"step":"document-back"}`).Flow
		if err := h.v.PutStill(t.Context(), s.ID, "document-front", []byte("jpeg")); err != nil {
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
		if err != nil || got.State != Waiting || got.Reason != ReasonNotMyPhone || string(got.Flow) != `{"b":2}` || got.Subject != "other" {
			t.Fatalf("%s with reason %q for %q, flow %s, %v", got.State, got.Reason, got.Subject, got.Flow, err)
		}
		_, err = h.v.Resume(t.Context(), secret, "c2")
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
		_, err = h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(f json.RawMessage) (json.RawMessage, error) { return f, nil })
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

func TestRuleClaimedSessionEndsWhenIdle(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.paired(t)
		pass(14 * time.Minute)
		h.flow(t, s.ID, `1`)
		pass(15*time.Minute - time.Second)
		h.want(t, "a second before", s.ID, Paired, "")
		pass(time.Second)
		got := h.want(t, "fifteen minutes after the last change", s.ID, Ended, ReasonIdle)
		if !got.EndedAt.Equal(clock()) {
			t.Errorf("ended at %s, want %s", got.EndedAt, clock())
		}
		again := h.want(t, "asked again", s.ID, Ended, ReasonIdle)
		if again.Rev != got.Rev {
			t.Errorf("rev %d after %d: expire is not idempotent", again.Rev, got.Rev)
		}
	})
}

func TestRuleClaimedSessionEndsAfterSixtyMinutes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.paired(t)
		for i := range 6 {
			pass(10*time.Minute - time.Second)
			h.flow(t, s.ID, string(rune('0'+i)))
		}
		h.want(t, "before the hour", s.ID, Paired, "")
		pass(6 * time.Second)
		h.want(t, "after the hour", s.ID, Ended, ReasonExpired)
		pass(10 * time.Minute)
		_, err := h.v.Load(t.Context(), s.ID)
		wantErr(t, "ten minutes later", err, ErrNotFound)
	})
}

func TestRuleAnActionAfterTheEndIsRefusedAndStoresTheEnd(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.paired(t)
		pass(16 * time.Minute)
		_, err := h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(json.RawMessage) (json.RawMessage, error) { return json.RawMessage(`1`), nil })
		wantErr(t, "work after the end", err, ErrNotAllowed)
		got, err := h.v.Load(t.Context(), s.ID)
		if err != nil || got.State != Ended || got.Reason != ReasonIdle {
			t.Errorf("%s with reason %q, %v", got.State, got.Reason, err)
		}
	})
}

func TestRuleExtendTenTimes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		waiting, _ := h.open(t)
		_, err := h.v.Extend(t.Context(), waiting.ID)
		wantErr(t, "before the claim", err, ErrNotAllowed)
		s, _ := h.claimed(t)
		ends := s.EndsAt
		for i := range 10 {
			pass(14 * time.Minute)
			got, err := h.v.Extend(t.Context(), s.ID)
			if err != nil {
				t.Fatalf("extension %d: %v", i+1, err)
			}
			ends = ends.Add(30 * time.Minute)
			if !got.IdleAt.Equal(clock().Add(15*time.Minute)) || !got.EndsAt.Equal(ends) {
				t.Errorf("extension %d: idle at %s, ends at %s; want %s, %s", i+1, got.IdleAt, got.EndsAt, clock().Add(15*time.Minute), ends)
			}
		}
		_, err = h.v.Extend(t.Context(), s.ID)
		wantErr(t, "extension 11", err, ErrNotAllowed)
		pass(15 * time.Minute)
		h.want(t, "idle after the last", s.ID, Ended, ReasonIdle)
	})
}

func TestRulePresence(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.claimed(t)
		want := func(what string, p Presence) {
			t.Helper()
			got, err := h.v.Load(t.Context(), s.ID)
			if err != nil || got.PhonePresence != p {
				t.Errorf("%s: %s, %v; want %s", what, got.PhonePresence, err, p)
			}
		}
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		mark := func() { _, err := h.v.MarkAbsent(t.Context(), s.ID); check(err) }
		say := func(p Presence) { _, err := h.v.Presence(t.Context(), s.ID, "c1", p); check(err) }

		check(h.v.Beat(t.Context(), s.ID))
		pass(8 * time.Second)
		mark()
		want("eight seconds after a beat, another instance heard it", Present)
		pass(time.Second)
		mark()
		want("nine seconds after the beat", Absent)
		check(h.v.Beat(t.Context(), s.ID))
		want("a beat brings it back", Present)
		say(Asleep)
		want("it says that it sleeps", Asleep)
		pass(10 * time.Second)
		mark()
		want("who sleeps is not called absent", Asleep)
		say(Present)
		want("awake", Present)
		pass(10 * time.Second)
		mark()
		_, err := h.v.Resume(t.Context(), secret, "c2")
		check(err)
		want("resume brings it back", Present)
		_, err = h.v.Cancel(t.Context(), s.ID)
		check(err)
		mark()
		h.want(t, "an ended session stays as it is", s.ID, Ended, ReasonCancelledDesktop)
	})
}

func TestRuleEndIsFinal(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.paired(t)
		if _, err := h.v.Bye(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		first := h.want(t, "bye", s.ID, Ended, ReasonCancelledPhone)
		for name, call := range map[string]func() (Session, error){
			"cancel": func() (Session, error) { return h.v.Cancel(t.Context(), s.ID) },
			"bye":    func() (Session, error) { return h.v.Bye(t.Context(), s.ID) },
			"not me": func() (Session, error) { return h.v.NotMe(t.Context(), s.ID) },
			"resume": func() (Session, error) { return h.v.Resume(t.Context(), secret, "c9") },
		} {
			if got, err := call(); err != nil || got.Rev != first.Rev {
				t.Errorf("%s: rev %d, %v; want %d unchanged", name, got.Rev, err, first.Rev)
			}
		}
		for name, call := range map[string]func() (Session, error){
			"extend":       func() (Session, error) { return h.v.Extend(t.Context(), s.ID) },
			"not my phone": func() (Session, error) { return h.v.NotMyPhone(t.Context(), s.ID, "", nil) },
			"finish":       func() (Session, error) { return h.v.Finish(t.Context(), s.ID) },
			"set origin":   func() (Session, error) { return h.v.SetOrigin(t.Context(), s.ID, "https://192.0.2.1") },
			"choose":       func() (Session, error) { return h.v.ChooseCode(t.Context(), s.ID, secret, "11") },
		} {
			_, err := call()
			wantErr(t, name, err, ErrNotAllowed)
		}
		_, err := h.v.Cancel(t.Context(), "unknown")
		wantErr(t, "unknown session", err, ErrNotFound)
	})
}

func TestRuleAFinishedSessionIsReadUntilItsEnd(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.paired(t)
		for range 2 {
			if got, err := h.v.Finish(t.Context(), s.ID); err != nil || !got.Finished {
				t.Fatalf("finish: %v", err)
			}
		}
		if _, err := h.v.Bye(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		pass(59 * time.Minute)
		if got, err := h.v.ByDevice(t.Context(), secret); err != nil || got.State != Paired || got.Reason != "" {
			t.Errorf("before its end: %s, %q, %v", got.State, got.Reason, err)
		}
		pass(time.Minute)
		_, err := h.v.ByDevice(t.Context(), secret)
		wantErr(t, "after its end", err, ErrInvalid)
	})
}

func TestRuleUnchangedFlowIsNotStored(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.paired(t)
		first := h.flow(t, s.ID, `{ "step": 1 }`)
		if string(first.Flow) != `{"step":1}` {
			t.Errorf("flow %s", first.Flow)
		}
		pass(29 * time.Second)
		if again := h.flow(t, s.ID, `{"step":1}`); again.Rev != first.Rev {
			t.Errorf("the same bytes within 30 s: rev %d after %d", again.Rev, first.Rev)
		}
		pass(time.Second)
		again := h.flow(t, s.ID, `{"step":1}`)
		if again.Rev != first.Rev+1 || !again.IdleAt.Equal(clock().Add(15*time.Minute)) {
			t.Errorf("after 30 s: rev %d, idle at %s; want the idle limit renewed", again.Rev, again.IdleAt)
		}
		boom := errors.New("boom")
		_, err := h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(json.RawMessage) (json.RawMessage, error) { return nil, boom })
		wantErr(t, "refused by fn", err, boom)
		_, err = h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(json.RawMessage) (json.RawMessage, error) { return json.RawMessage(`{`), nil })
		if err == nil {
			t.Error("flow that is not JSON was stored")
		}
		if got, err := h.v.Load(t.Context(), s.ID); err != nil || got.Rev != again.Rev {
			t.Errorf("rev %d, %v; want %d", got.Rev, err, again.Rev)
		}
	})
}

func TestRuleBothSidesHaveOneLanguage(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, secret := h.claimed(t)
		if _, err := h.v.SetLanguage(t.Context(), s.ID, "en"); err != nil {
			t.Fatal(err)
		}
		got, err := h.v.ByDevice(t.Context(), secret)
		if err != nil || got.Language != "en" {
			t.Errorf("language %q, %v", got.Language, err)
		}
		if same, err := h.v.SetLanguage(t.Context(), s.ID, "en"); err != nil || same.Rev != got.Rev {
			t.Errorf("the same language again: rev %d after %d, %v", same.Rev, got.Rev, err)
		}
	})
}
