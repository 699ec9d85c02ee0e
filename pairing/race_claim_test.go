package pairing

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
)

// Of two hundred phones that claim one code at the same moment one gets the session.
func TestTwoHundredClaimsAtOnceGiveOneSession(t *testing.T) {
	rule(t, func(t *testing.T, h *harness) {
		s, _ := h.open(t)
		code := h.show(t, s.ID)
		var mu sync.Mutex
		secrets, refused := map[Token]bool{}, 0
		var all sync.WaitGroup
		for i := range 200 {
			// no limit of an address stands in the way
			ticket := Ticket{Token: code.Token, Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}
			all.Go(func() {
				got, secret, err := h.v.Claim(t.Context(), ticket, ClaimRequest{Key: newToken()})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && got.ID == s.ID:
					secrets[secret] = true
				case errors.Is(err, ErrInvalid):
					refused++
				default:
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		all.Wait()
		if len(secrets) != 1 || refused != 199 {
			t.Errorf("%d phones have the session, %d were refused", len(secrets), refused)
		}
	})
}
