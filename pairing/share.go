package pairing

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"visavis/limits"
)

// Holder is a network that a session counts for.
type Holder struct {
	Key   string `json:"key"`   // a short HMAC: addresses are personal data
	Times int64  `json:"times"` // its share, as limits.Tier has it
}

// holders are the networks of an address, as a record has them.
func (v *Service) holders(a netip.Addr) []Holder {
	var out []Holder
	for _, t := range limits.Tiers(a) {
		out = append(out, Holder{hex.EncodeToString(keyed(v.cfg.Secret, "holder", t.Net.String())[:8]), t.Times})
	}
	return out
}

// What makes a session spare: it may go when there is no room and its network holds most.
const (
	spareAfterScan = 2 * time.Minute  // somebody has the phone in hand
	spareAfterIdle = 10 * time.Minute // previews save a claimed one's record every 30 s
	spareEnded     = 24 * time.Hour   // before all others: the reason of its end is all that is left
)

// spareFrom is from when on a session that is saved now is spare: those that are spare for longest go first. False:
// never.
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

// full is the answer of a store that has no room.
func full(l limits.Limit, format string, args ...any) error {
	_ = limits.Refuse(l, 0) // counted; the answer is that of a store
	return fmt.Errorf("%w: %s", ErrFull, fmt.Sprintf(format, args...))
}

// overShare is the answer to a network that holds as much as it may.
func overShare(l limits.Limit) error { return &RateLimitError{limits.Refuse(l, 0)} }
