package limits

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// mostPlaces is how many networks are counted separately, about 20 MB in total. Further
// ones share one place, so that clients cannot make the process grow.
const mostPlaces = 100_000

// forget is how long an idle network that holds nothing is remembered.
const forget = 11 * time.Minute

// Meter counts what networks use of the limits of this process. Safe for concurrent use.
type Meter struct {
	rows [end]Row

	mu     sync.Mutex // guards what follows
	places map[netip.Prefix]*place
	swept  time.Time
}

// place holds the usage of one network.
type place struct {
	used [end]float64 // of rows with a time it drains
	held int          // of all rows without one
	at   time.Time
}

// NewMeter returns a Meter with the numbers of the table, except for the given rows.
func NewMeter(instead ...Row) *Meter {
	m := &Meter{rows: table, places: map[netip.Prefix]*place{}}
	for _, r := range instead {
		m.rows[r.Limit] = r
	}
	return m
}

// everybody is the place of rows of scope Total.
var everybody = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// share is a place with its allowance of a limit.
type share struct {
	*place
	limit Limit
	most  float64
}

// shares returns the shares of an address for the given limits. The caller holds mu.
func (m *Meter) shares(a netip.Addr, now time.Time, rows ...Limit) []share {
	var out []share
	tiers := Tiers(a)
	for _, l := range rows {
		r := m.rows[l]
		if r.Scope == Total {
			out = append(out, share{m.refilled(everybody, now), l, float64(r.Number)})
			continue
		}
		for _, t := range tiers {
			out = append(out, share{m.refilled(t.Net, now), l, float64(r.Number * t.Times)})
		}
	}
	return out
}

// Take takes n of a limit that has a period. The error is a *Refused, and nothing is
// taken then.
func (m *Meter) Take(a netip.Addr, l Limit, n float64) error {
	return m.TakeBoth(a, l, n, l, 0)
}

// TakeBoth takes n of one limit and k of another, or nothing of either.
func (m *Meter) TakeBoth(a netip.Addr, l Limit, n float64, other Limit, k float64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	shares := m.shares(a, time.Now(), l)
	first := len(shares)
	if other != l {
		shares = append(shares, m.shares(a, time.Now(), other)...)
	}
	for i, s := range shares {
		want := n
		if i >= first {
			want = k
		}
		if s.used[s.limit]+want > s.most {
			return Refuse(s.limit, m.wait(s, want))
		}
	}
	for i, s := range shares {
		if i >= first {
			s.used[s.limit] += k
		} else {
			s.used[s.limit] += n
		}
	}
	return nil
}

// wait is the time until that much more is available.
func (m *Meter) wait(s share, more float64) time.Duration {
	r := m.rows[s.limit]
	over := min(s.used[s.limit]+more-s.most, s.most)
	return max(time.Second, time.Duration(over/s.most*float64(r.Per)))
}

// Held is a unit of one or more limits that a network holds.
type Held struct {
	m      *Meter
	shares []share // empty once released
}

// Hold takes one unit of each limit, none of which has a period, or fails with a *Refused
// and takes none.
func (m *Meter) Hold(a netip.Addr, rows ...Limit) (*Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	shares := m.shares(a, time.Now(), rows...)
	for _, s := range shares {
		if s.used[s.limit]+1 > s.most {
			return nil, Refuse(s.limit, 0)
		}
	}
	for _, s := range shares {
		s.used[s.limit]++
		s.held++
	}
	return &Held{m: m, shares: shares}, nil
}

// Release returns the units of these limits, or all if none is named. Idempotent.
func (h *Held) Release(rows ...Limit) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	h.shares = slices.DeleteFunc(h.shares, func(s share) bool {
		if len(rows) > 0 && !slices.Contains(rows, s.limit) {
			return false
		}
		s.used[s.limit]--
		s.held--
		return true
	})
}

// refilled returns a network's place as of now. The caller holds mu.
func (m *Meter) refilled(key netip.Prefix, now time.Time) *place {
	m.sweep(now)
	w := m.places[key]
	if w == nil && key != everybody && len(m.places) >= mostPlaces {
		key = netip.Prefix{}
		w = m.places[key]
	}
	if w == nil {
		w = &place{at: now}
		m.places[key] = w
	}
	if passed := now.Sub(w.at); passed > 0 {
		w.at = now
		for l, r := range m.rows {
			if r.Per > 0 && w.used[l] > 0 {
				times := m.times(key)
				w.used[l] = max(0, w.used[l]-float64(passed)/float64(r.Per)*float64(r.Number)*times)
			}
		}
	}
	return w
}

// times is the share of a network.
func (m *Meter) times(key netip.Prefix) float64 {
	if key.IsValid() && key != everybody {
		for _, t := range Tiers(key.Addr()) {
			if t.Net == key {
				return float64(t.Times)
			}
		}
	}
	return 1
}

// sweep drops, once a minute, networks that use nothing. The caller holds mu.
func (m *Meter) sweep(now time.Time) {
	if now.Sub(m.swept) < time.Minute {
		return
	}
	m.swept = now
	for key, w := range m.places {
		if w.held == 0 && now.Sub(w.at) > forget {
			delete(m.places, key)
		}
	}
}
