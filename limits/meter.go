package limits

import (
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// mostPlaces is how many networks are counted separately, about 30 MB in total. Further
// ones share one place, so that clients cannot make the process grow. Keys do not: the
// operator makes them.
const mostPlaces = 100_000

// forget is how long an idle holder that holds nothing is remembered.
const forget = 11 * time.Minute

// Meter counts what networks and keys use of the limits of this process. Safe for
// concurrent use.
type Meter struct {
	rows [end]Row

	mu     sync.Mutex // guards what follows
	places map[holder]*place
	swept  time.Time
}

// holder is a network, or a key by its id.
type holder struct {
	net netip.Prefix
	key string
}

// place holds the usage of one holder.
type place struct {
	used [end]float64 // of rows with a time it drains
	held int          // of all rows without one
	at   time.Time
}

// NewMeter returns a Meter with the numbers of the table, except for the given rows.
func NewMeter(instead ...Row) *Meter {
	m := &Meter{rows: table, places: map[holder]*place{}}
	for _, r := range instead {
		m.rows[r.Limit] = r
	}
	return m
}

// everybody is the place of rows of scope Total.
var everybody = holder{net: netip.PrefixFrom(netip.IPv4Unspecified(), 0)}

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
			out = append(out, share{m.refilled(holder{net: t.Net}, now), l, float64(r.Number * t.Times)})
		}
	}
	return out
}

// Take takes n of a limit that has a period. The error is a *Refused, and nothing is
// taken then.
func (m *Meter) Take(a netip.Addr, l Limit, n float64) error {
	return m.TakeBoth(a, l, n, l, 0)
}

// Left is what remains of a limit with a period.
type Left struct {
	Number int           // units that can be taken now
	Full   time.Duration // until all of them can
}

// TakeOne takes one of a limit that has a period, and returns what the address has left.
// The error is a *Refused, and nothing is taken then.
func (m *Meter) TakeOne(a netip.Addr, l Limit) (Left, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.takeOne(m.shares(a, time.Now(), l)...)
}

// TakeOneOfKey is TakeOne for a limit of scope Key, with the key's id.
func (m *Meter) TakeOneOfKey(id string, l Limit) (Left, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.takeOne(share{m.refilled(holder{key: id}, time.Now()), l, float64(m.rows[l].Number)})
}

// takeOne takes one of each share, or of none. The scarcest says what is left. The caller
// holds mu.
func (m *Meter) takeOne(shares ...share) (Left, error) {
	for _, s := range shares {
		if s.used[s.limit]+1 > s.most {
			return Left{0, m.wait(s, s.most)}, Refuse(s.limit, m.wait(s, 1))
		}
	}
	left := Left{Number: math.MaxInt}
	for _, s := range shares {
		s.used[s.limit]++
		left.Number = min(left.Number, int(s.most-s.used[s.limit]))
		left.Full = max(left.Full, m.wait(s, s.most))
	}
	return left, nil
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

// refilled returns a holder's place as of now. The caller holds mu.
func (m *Meter) refilled(who holder, now time.Time) *place {
	m.sweep(now)
	w := m.places[who]
	if w == nil && who != everybody && who.key == "" && len(m.places) >= mostPlaces {
		who = holder{}
		w = m.places[who]
	}
	if w == nil {
		w = &place{at: now}
		m.places[who] = w
	}
	if passed := now.Sub(w.at); passed > 0 {
		w.at = now
		for l, r := range m.rows {
			if r.Per > 0 && w.used[l] > 0 {
				times := m.times(who)
				w.used[l] = max(0, w.used[l]-float64(passed)/float64(r.Per)*float64(r.Number)*times)
			}
		}
	}
	return w
}

// times is the share of a holder.
func (m *Meter) times(who holder) float64 {
	if who.net.IsValid() && who != everybody {
		for _, t := range Tiers(who.net.Addr()) {
			if t.Net == who.net {
				return float64(t.Times)
			}
		}
	}
	return 1
}

// sweep drops, once a minute, holders that use nothing. The caller holds mu.
func (m *Meter) sweep(now time.Time) {
	if now.Sub(m.swept) < time.Minute {
		return
	}
	m.swept = now
	for who, w := range m.places {
		if w.held == 0 && now.Sub(w.at) > forget {
			delete(m.places, who)
		}
	}
}
