package pairing

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"visavis/limits"
)

// The rules of pairing, each with its test. This file: how often something may be tried.

func TestRuleTenTypedMissesAnHourAndNetwork(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		from := func(a string) Ticket { return Ticket{Code: "BBBBBBBB", Address: netip.MustParseAddr(a)} }
		for i := range 10 {
			// One subscriber has a whole /64.
			_, err := h.v.Invite(t.Context(), from(fmt.Sprintf("2001:db8::%d", i+1)))
			wantErr(t, "miss", err, ErrInvalid)
			if errors.Is(err, ErrRateLimited) {
				t.Fatalf("miss %d is limited already", i+1)
			}
		}
		code := h.show(t, s.ID)
		right := Ticket{Code: code.Typed, Address: netip.MustParseAddr("2001:db8::ffff")}
		_, err := h.v.Invite(t.Context(), right)
		wantErr(t, "right code after ten misses", err, ErrRateLimited)
		_, _, err = h.v.Claim(t.Context(), right, ClaimRequest{})
		wantErr(t, "claim after ten misses", err, ErrRateLimited)
		if _, err := h.v.Invite(t.Context(), Ticket{Token: code.Token, Address: right.Address}); err != nil {
			t.Errorf("the QR still works: %v", err)
		}
		right.Address = netip.MustParseAddr("2001:db8:0:1::1")
		if _, err := h.v.Invite(t.Context(), right); err != nil {
			t.Errorf("another network: %v", err)
		}
		pass(time.Hour)
		_, err = h.v.Invite(t.Context(), from("2001:db8::1"))
		wantErr(t, "an hour later", err, ErrInvalid)
	})
}

func TestRuleTwoHundredTypedMissesPauseTypedCodes(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		second, err := NewService(h.store, Config{Secret: testSecret})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		for i := range 200 {
			v := []*Service{h.v, second}[i%2]
			_, err := v.Invite(t.Context(), Ticket{Code: "BBBBBBBB", Address: netip.AddrFrom4([4]byte{198, 51, byte(i), 1})})
			wantErr(t, "miss", err, ErrInvalid)
		}
		_, err = h.v.Invite(t.Context(), h.typed(code.Typed))
		var limit *RateLimitError
		if !errors.As(err, &limit) || limit.Limit != limits.TypedPaused || limit.RetryAfter != 10*time.Minute {
			t.Fatalf("after 200 misses: %v", err)
		}
		if _, err := h.v.Invite(t.Context(), h.ticket(code.Token)); err != nil {
			t.Errorf("the QR still works: %v", err)
		}
		pass(10 * time.Minute)
		other, _ := h.open(t)
		if _, err := h.v.Invite(t.Context(), h.typed(h.show(t, other.ID).Typed)); err != nil {
			t.Errorf("ten minutes later: %v", err)
		}
	})
}

func TestRuleLimitsPerAddress(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		for range 60 {
			h.open(t)
		}
		_, _, err := h.v.Open(t.Context(), OpenRequest{Address: h.address})
		wantErr(t, "session 61 in an hour", err, ErrRateLimited)
		if _, _, err := h.v.Open(t.Context(), OpenRequest{Address: netip.MustParseAddr("192.0.2.8")}); err != nil {
			t.Errorf("another address: %v", err)
		}
		pass(time.Hour)
		s, _ := h.open(t)
		for range 30 {
			_, _, err := h.v.Claim(t.Context(), h.ticket(newToken()), ClaimRequest{})
			wantErr(t, "claim", err, ErrInvalid)
		}
		code := h.show(t, s.ID)
		_, _, err = h.v.Claim(t.Context(), h.ticket(code.Token), ClaimRequest{})
		wantErr(t, "claim 31 in ten minutes", err, ErrRateLimited)
		for range 59 {
			h.show(t, s.ID)
		}
		_, _, err = h.v.ShowCode(t.Context(), s.ID, "tab", true)
		wantErr(t, "code 61 in ten minutes", err, ErrRateLimited)
	})
}

// Who has more addresses has a few times more, and not as many times as there are addresses.
func TestRuleWiderNetworksShare(t *testing.T) {
	for name, c := range map[string]struct {
		address func(i int) string // of the i-th narrow network
		want    int                // sessions an hour of all of them
	}{
		"an IPv4 /24":      {func(i int) string { return fmt.Sprintf("198.51.100.%d", i) }, 8 * 60},
		"an IPv6 /64":      {func(i int) string { return fmt.Sprintf("2001:db8:1:1::%x", i+1) }, 60},
		"an IPv6 /56":      {func(i int) string { return fmt.Sprintf("2001:db8:1:1%02x::1", i) }, 4 * 60},
		"an IPv6 /48":      {func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i<<6) }, 16 * 60},
		"IPv4 in IPv6":     {func(i int) string { return fmt.Sprintf("::ffff:203.0.113.%d", i) }, 8 * 60},
		"with a link zone": {func(int) string { return "fe80::1%eth0" }, 60},
	} {
		rule(t, func(t *testing.T, h *harness) {
			opened := 0
			for i := range 20 {
				for range 61 {
					_, _, err := h.v.Open(t.Context(), OpenRequest{Address: netip.MustParseAddr(c.address(i))})
					if err == nil {
						opened++
					} else {
						wantErr(t, name, err, ErrRateLimited)
					}
				}
			}
			if opened != c.want {
				t.Errorf("%s opens %d sessions in an hour, want %d", name, opened, c.want)
			}
			if _, _, err := h.v.Open(t.Context(), OpenRequest{Address: netip.MustParseAddr("192.0.2.200")}); err != nil {
				t.Errorf("%s: another network: %v", name, err)
			}
		})
	}
}

// Refused at its own limit, an address takes nothing from its neighbours.
func TestRuleARefusedAddressLeavesItsNeighboursTheirShare(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		for range 1000 {
			_, _, _ = h.v.Open(t.Context(), OpenRequest{Address: netip.MustParseAddr("198.51.100.1")})
		}
		for range 60 {
			if _, _, err := h.v.Open(t.Context(), OpenRequest{Address: netip.MustParseAddr("198.51.100.2")}); err != nil {
				t.Fatalf("the neighbour: %v", err)
			}
		}
	})
}
