package pairing

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

func storeIndexes(t *testing.T, a, b Store) {
	ctx, k := t.Context(), uuid.NewString()
	_, err := b.FindIndex(ctx, k)
	wantErr(t, "unknown key", err, ErrNotFound)
	for _, id := range []string{"one", "two"} {
		if err := a.PutIndex(ctx, k, id, time.Minute); err != nil {
			t.Fatal(err)
		}
		if got, err := b.FindIndex(ctx, k); got != id || err != nil {
			t.Errorf("find: %q, %v; want %q", got, err, id)
		}
	}
}

func storeBeats(t *testing.T, a, b Store) {
	ctx, id := t.Context(), uuid.NewString()
	if alive, err := b.Alive(ctx, id); alive || err != nil {
		t.Errorf("before a beat: %t, %v", alive, err)
	}
	if err := a.Beat(ctx, id, time.Minute); err != nil {
		t.Fatal(err)
	}
	if alive, err := b.Alive(ctx, id); !alive || err != nil {
		t.Errorf("after a beat: %t, %v", alive, err)
	}
}

func storeCounts(t *testing.T, a, b Store) {
	ctx, k := t.Context(), uuid.NewString()
	const each = 25
	var wait sync.WaitGroup
	for range each {
		for _, store := range []Store{a, b} {
			wait.Go(func() {
				if _, err := store.Count(ctx, k, time.Minute); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
	if n, err := b.Counted(ctx, k); n != 2*each || err != nil {
		t.Errorf("counted %d, %v; want %d", n, err, 2*each)
	}
	if n, err := a.Count(ctx, k, time.Minute); n != 2*each+1 || err != nil {
		t.Errorf("count %d, %v; want %d", n, err, 2*each+1)
	}
	if n, err := a.Counted(ctx, uuid.NewString()); n != 0 || err != nil {
		t.Errorf("unknown counter %d, %v; want 0", n, err)
	}
}

func storeClaims(t *testing.T, a, b Store) {
	var services []*Service
	for _, store := range []Store{a, b} {
		v, err := NewService(store, Config{Secret: testSecret, ClaimsPer10Min: 1000, SessionsPerHour: 1000})
		if err != nil {
			t.Fatal(err)
		}
		services = append(services, v)
	}
	address := netip.AddrFrom16(uuid.New()) // counters of earlier runs may be there
	opened, _, err := services[0].Open(t.Context(), OpenRequest{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	_, code, err := services[1].ShowCode(t.Context(), opened.ID, "tab", false)
	if err != nil {
		t.Fatal(err)
	}
	const phones = 50
	secrets := make(chan Token, phones)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range phones {
		wait.Go(func() {
			<-start
			_, secret, err := services[i%2].Claim(t.Context(), Ticket{Token: code.Token, Address: address}, ClaimRequest{})
			var second *SecondPhoneError
			switch {
			case err == nil:
				secrets <- secret
			case !errors.Is(err, ErrInvalid) || !errors.As(err, &second) || second.ID != opened.ID:
				t.Errorf("loser: %v, want a SecondPhoneError of %s", err, opened.ID)
			}
		})
	}
	close(start)
	wait.Wait()
	if len(secrets) != 1 {
		t.Fatalf("%d of %d claims won, want 1", len(secrets), phones)
	}
	winner := <-secrets
	for i, v := range services {
		got, err := v.ByDevice(t.Context(), winner)
		if err != nil || got.ID != opened.ID || got.State != Comparing {
			t.Errorf("winner on instance %d: %s, %s, %v", i, got.ID, got.State, err)
		}
	}
}
