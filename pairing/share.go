package pairing

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"visavis/limits"
)

// Holder is a network that a session is counted for.
type Holder struct {
	Key   string `json:"key"`   // a short HMAC: addresses are personal data
	Times int64  `json:"times"` // its share, as limits.Tier has it
}

// holders returns the networks of an address in their stored form.
func (v *Service) holders(a netip.Addr) []Holder {
	var out []Holder
	for _, t := range limits.Tiers(a) {
		out = append(out, Holder{hex.EncodeToString(keyed(v.cfg.Secret, "holder", t.Net.String())[:8]), t.Times})
	}
	return out
}

// A spare session may be evicted when there is no room and its network holds most. The
// ages at which a session becomes spare:
const (
	spareAfterScan = 2 * time.Minute  // somebody has the phone in hand
	spareAfterIdle = 10 * time.Minute // previews save a claimed one's record every 30 s
	spareEnded     = 24 * time.Hour   // before all others: the reason of its end is all that is left
)

// spareFrom returns when a session saved now becomes spare; the longest spare are evicted
// first. False means never.
func (s *Session) spareFrom(now time.Time) (time.Time, bool) {
	switch {
	case s.Finished, len(s.Networks) == 0:
		return time.Time{}, false
	case s.State == Ended:
		return now.Add(-spareEnded), true
	case s.State == Waiting:
		return now, true
	case s.State == Paired:
		return now.Add(spareAfterIdle), true
	}
	return now.Add(spareAfterScan), true
}

// full counts a refusal and returns the error of a store without room.
func full(l limits.Limit, format string, args ...any) error {
	limits.Count(l)
	return fmt.Errorf("%w: %s", ErrFull, fmt.Sprintf(format, args...))
}

// overShare returns the error for a network at its limit.
func overShare(l limits.Limit) error { return &RateLimitError{limits.Refuse(l, 0)} }
