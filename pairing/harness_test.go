package pairing

import (
	"encoding/json"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// harness is a Service over a memory store of its own.
type harness struct {
	v       *Service
	store   Store
	address netip.Addr
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	return harnessOn(t, newTestMemory(t, MemoryLimits{}))
}

func harnessOn(t *testing.T, store Store) *harness {
	t.Helper()
	v, err := NewService(store, Config{Secret: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	return &harness{v: v, store: store, address: netip.MustParseAddr("192.0.2.7")}
}

// rule runs a test of one rule under a clock of its own.
func rule(t *testing.T, test func(t *testing.T, h *harness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newHarness(t)) })
}

// pass lets time pass.
func pass(d time.Duration) { <-time.After(d) }

func (h *harness) ticket(token Token) Ticket { return Ticket{Token: token, Address: h.address} }

func (h *harness) typed(code Token) Ticket { return Ticket{Code: code, Address: h.address} }

func (h *harness) open(t *testing.T) (Session, Token) {
	t.Helper()
	s, secret, err := h.v.Open(t.Context(),
		OpenRequest{DesktopName: "Firefox, Windows", Language: "fr", Address: h.address})
	if err != nil {
		t.Fatal(err)
	}
	return s, secret
}

func (h *harness) show(t *testing.T, id string) ShownCode {
	t.Helper()
	_, code, err := h.v.ShowCode(t.Context(), id, "tab", false)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// claimed opens a session and claims it.
func (h *harness) claimed(t *testing.T) (Session, Token) {
	t.Helper()
	s, _ := h.open(t)
	return h.claim(t, s.ID)
}

func (h *harness) claim(t *testing.T, id string) (Session, Token) {
	t.Helper()
	s, secret, err := h.v.Claim(t.Context(), h.ticket(h.show(t, id).Token),
		ClaimRequest{PhoneName: "iPhone, Safari", Conn: "c1"})
	if err != nil {
		t.Fatal(err)
	}
	return s, secret
}

// paired opens a session, claims it and chooses the right code.
func (h *harness) paired(t *testing.T) (Session, Token) {
	t.Helper()
	s, secret := h.claimed(t)
	s, err := h.v.ChooseCode(t.Context(), s.ID, secret, s.Comparison)
	if err != nil || s.State != Paired {
		t.Fatalf("choose the right code: %s, %v", s.State, err)
	}
	return s, secret
}

// want checks state and reason of a session, brought up to date.
func (h *harness) want(t *testing.T, what, id string, state State, reason string) Session {
	t.Helper()
	s, err := h.v.Expire(t.Context(), id)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if s.State != state || s.Reason != reason {
		t.Errorf("%s: %s with reason %q, want %s with %q", what, s.State, s.Reason, state, reason)
	}
	return s
}

// flow puts work into a paired session.
func (h *harness) flow(t *testing.T, id, value string) Session {
	t.Helper()
	s, err := h.v.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s, err = h.v.UpdateFlow(t.Context(), id, s.DeviceHash, func(json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(value), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// clock is the time as records have it.
func clock() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

func testSession() Session {
	return Session{ID: uuid.NewString(), Reference: "K7Q2MX", Rev: 1, State: Waiting, CreatedAt: clock(),
		CodesEnd: clock().Add(10 * time.Minute)}
}

// create stores a new session and returns it.
func create(t *testing.T, store Store, ttl time.Duration) Session {
	t.Helper()
	s := testSession()
	if err := store.Create(t.Context(), s, ttl); err != nil {
		t.Fatal(err)
	}
	return s
}

// save stores the next rev of s.
func save(t *testing.T, store Store, s *Session) {
	t.Helper()
	s.Rev++
	if err := store.Save(t.Context(), *s, time.Minute); err != nil {
		t.Fatalf("save rev %d: %v", s.Rev, err)
	}
}

func subscribe(t *testing.T, store Store, id string) <-chan Event {
	t.Helper()
	events, cancel, err := store.Subscribe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return events
}

// next returns the next event or fails the test after 5 s.
func next(t *testing.T, events <-chan Event) Event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("subscription ended")
		}
		return e
	case <-time.After(5 * time.Second):
		t.Fatal("no event within 5 s")
		return Event{}
	}
}

// eventually polls until ok, or fails the test after 5 s.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 5 s: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}
