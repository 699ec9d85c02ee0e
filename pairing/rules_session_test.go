package pairing

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"visavis/devicekey"
)

// The rules of pairing, each with its test. This file: how a claimed session lives and ends.

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
		_, err := h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage(`1`), nil
		})
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
				t.Errorf("extension %d: idle at %s, ends at %s; want %s, %s", i+1, got.IdleAt, got.EndsAt,
					clock().Add(15*time.Minute), ends)
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
		_, err := h.v.Resume(t.Context(), secret, "c2", devicekey.Proof{})
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
			"resume": func() (Session, error) { return h.v.Resume(t.Context(), secret, "c9", devicekey.Proof{}) },
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
		_, err := h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(json.RawMessage) (json.RawMessage, error) {
			return nil, boom
		})
		wantErr(t, "refused by fn", err, boom)
		_, err = h.v.UpdateFlow(t.Context(), s.ID, s.DeviceHash, func(json.RawMessage) (json.RawMessage, error) {
			return json.RawMessage(`{`), nil
		})
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
