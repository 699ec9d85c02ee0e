package pairing

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

var errFault = errors.New("injected fault")

// faultyStore fails as told: before a write nothing has happened, after it the
// write is done and only the answer is lost.
type faultyStore struct {
	Store

	mu            sync.Mutex
	before, after map[string]int // calls that still fail, by method
}

func newFaultyStore(s Store) *faultyStore {
	return &faultyStore{Store: s, before: make(map[string]int), after: make(map[string]int)}
}

func (f *faultyStore) fail(when map[string]int, method string, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	when[method] = times
}

func (f *faultyStore) due(when map[string]int, method string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if when[method] == 0 {
		return false
	}
	when[method]--
	return true
}

func (f *faultyStore) do(method string, write func() error) error {
	if f.due(f.before, method) {
		return errFault
	}
	err := write()
	if f.due(f.after, method) {
		return errors.Join(err, errFault)
	}
	return err
}

func (f *faultyStore) Create(ctx context.Context, s Session, ttl time.Duration) error {
	return f.do("create", func() error { return f.Store.Create(ctx, s, ttl) })
}

func (f *faultyStore) Save(ctx context.Context, s Session, ttl time.Duration) error {
	return f.do("save", func() error { return f.Store.Save(ctx, s, ttl) })
}

func (f *faultyStore) PutIndex(ctx context.Context, key, id string, ttl time.Duration) error {
	return f.do("index", func() error { return f.Store.PutIndex(ctx, key, id, ttl) })
}

func (f *faultyStore) Count(ctx context.Context, key string, window time.Duration) (n int64, err error) {
	err = f.do("count", func() error { n, err = f.Store.Count(ctx, key, window); return err })
	return n, err
}

func (f *faultyStore) Load(ctx context.Context, id string) (s Session, err error) {
	err = f.do("load", func() error { s, err = f.Store.Load(ctx, id); return err })
	return s, err
}

func TestALostAnswerOfTheStoreLosesNoClaim(t *testing.T) {
	h := newHarness(t)
	faulty := newFaultyStore(h.store)
	h.v.store = faulty
	s, _ := h.open(t)
	code := h.show(t, s.ID)

	faulty.fail(faulty.after, "save", 1)
	got, secret, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{PhoneName: "iPhone, Safari"})
	if err != nil || got.State != Comparing {
		t.Fatalf("claim whose answer was lost: %s, %v", got.State, err)
	}
	if by, err := h.v.ByDevice(t.Context(), secret); err != nil || by.ID != s.ID || by.PhoneName != "iPhone, Safari" {
		t.Errorf("by device: %+v, %v", by, err)
	}
}

func TestAFaultOfTheStoreClaimsNothingByHalf(t *testing.T) {
	for _, test := range []struct {
		name   string
		method string
		times  int
		after  bool
	}{
		{"save fails before the write, twice", "save", 2, false},
		{"index fails before the write", "index", 1, false},
		{"index fails after the write", "index", 1, true},
		{"counting fails", "count", 1, false},
		{"load fails", "load", 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHarness(t)
			faulty := newFaultyStore(h.store)
			h.v.store = faulty
			s, _ := h.open(t)
			code := h.show(t, s.ID)
			when := faulty.before
			if test.after {
				when = faulty.after
			}
			faulty.fail(when, test.method, test.times)
			_, _, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{})
			wantErr(t, "claim", err, errFault)
			// The person taps again, and it works.
			if got, _, err := h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{}); err != nil ||
				got.State != Comparing {
				t.Errorf("claim again: %s, %v", got.State, err)
			}
		})
	}
}

func TestALostAnswerCountsAWrongChoiceOnce(t *testing.T) {
	h := newHarness(t)
	faulty := newFaultyStore(h.store)
	h.v.store = faulty
	s, secret := h.claimed(t)
	faulty.fail(faulty.after, "save", 1)
	got, err := h.v.ChooseCode(t.Context(), s.ID, secret, "not it")
	wantErr(t, "wrong choice", err, ErrWrongCode)
	if got.State != Waiting || got.WrongChoices != 1 {
		t.Errorf("%s with %d wrong choices, want waiting with 1", got.State, got.WrongChoices)
	}
}
