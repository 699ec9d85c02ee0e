package limits

import (
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// mostPlaces is how many networks are counted separately, about 40 MB in total. Further
// ones share one place, so that clients cannot make the process grow. Keys do not: the
// operator makes them.
const mostPlaces = 100_000

// Holders that use nothing are dropped after sweepEvery, or after sweepFull when there
// is no place for another.
const (
	sweepEvery = time.Minute
	sweepFull  = time.Second
)

// Meter counts what networks and keys use of the limits of this process. Safe for
// concurrent use.
type Meter struct {
	rows  [end]Row
	rates []Limit // the rows that drain

	mu     sync.Mutex // guards what follows
	places map[holder]*place
	swept  time.Time
	// Scratch space of the call in progress, reused to avoid allocations.
	around []*place // of the address's networks, or of the key
	shares []share
}

// holder is a network, or a key by its id.
type holder struct {
	net netip.Prefix
	key string
}

// place holds the usage of one holder.
type place struct {
	times float64      // the holder's share
	used  [end]float64 // of rows with a time it drains
	held  int          // of all rows without one
	at    time.Time
}

// NewMeter returns a Meter with the numbers of the table, except for the given rows.
func NewMeter(instead ...Row) *Meter {
	m := &Meter{rows: table, places: map[holder]*place{}}
	for _, r := range instead {
		m.rows[r.Limit] = r
	}
	for l, r := range m.rows {
		if r.Per > 0 {
			m.rates = append(m.rates, Limit(l))
		}
	}
	return m
}

// everybody is the place of rows of scope Total.
var everybody = holder{net: netip.PrefixFrom(netip.IPv4Unspecified(), 0)}

// share is a place with its allowance of a limit, and how much more of it is wanted.
type share struct {
	*place
	limit      Limit
	most, want float64
}

// begin starts a call for an address. The caller holds mu until the call ends.
func (m *Meter) begin(a netip.Addr) {
	now := m.next()
	for _, t := range Tiers(a) {
		m.around = append(m.around, m.refilled(holder{net: t.Net}, t.Times, now))
	}
}

// beginKey starts a call for a key. The caller holds mu until the call ends.
func (m *Meter) beginKey(id string) {
	now := m.next()
	m.around = append(m.around, m.refilled(holder{key: id}, 1, now))
}

// next forgets the call before and returns the time of this one. The caller holds mu.
func (m *Meter) next() time.Time {
	now := time.Now()
	m.sweep(now)
	m.around, m.shares = m.around[:0], m.shares[:0]
	return now
}

// add appends the shares for a limit to those of the call in progress. The caller holds mu.
func (m *Meter) add(l Limit, want float64) {
	r := &m.rows[l]
	if r.Scope == Total {
		p := m.refilled(everybody, 1, time.Now())
		m.shares = append(m.shares, share{p, l, float64(r.Number), want})
		return
	}
	for _, p := range m.around {
		m.shares = append(m.shares, share{p, l, float64(r.Number) * p.times, want})
	}
}

// take takes what the shares of the call in progress want, or nothing. The error is a
// *Refused. The caller holds mu.
func (m *Meter) take() error {
	for _, s := range m.shares {
		if s.used[s.limit]+s.want > s.most {
			return Refuse(s.limit, m.wait(s, s.want))
		}
	}
	for _, s := range m.shares {
		s.used[s.limit] += s.want
	}
	return nil
}

// wait is the time until that much more is available. Zero: when others have finished.
func (m *Meter) wait(s share, more float64) time.Duration {
	r := &m.rows[s.limit]
	if r.Per == 0 {
		return 0
	}
	over := min(s.used[s.limit]+more-s.most, s.most)
	return max(time.Second, time.Duration(over/s.most*float64(r.Per)))
}

// Take takes n of a limit that has a period. The error is a *Refused, and nothing is
// taken then.
func (m *Meter) Take(a netip.Addr, l Limit, n float64) error {
	return m.TakeBoth(a, l, n, l, 0)
}

// GiveBack returns n of what an address took of a limit that has a period: another limit counts it.
func (m *Meter) GiveBack(a netip.Addr, l Limit, n float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begin(a)
	m.add(l, 0)
	for _, s := range m.shares {
		s.used[l] = max(0, s.used[l]-n)
	}
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
	m.begin(a)
	return m.takeOne(l)
}

// TakeOneOfKey is TakeOne for a limit of scope Key, with the key's id.
func (m *Meter) TakeOneOfKey(id string, l Limit) (Left, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.beginKey(id)
	return m.takeOne(l)
}

// takeOne takes one of a limit. The scarcest share says what is left. The caller holds mu.
func (m *Meter) takeOne(l Limit) (Left, error) {
	m.add(l, 1)
	err := m.take()
	left := Left{Number: math.MaxInt}
	for _, s := range m.shares {
		left.Number = min(left.Number, int(s.most-s.used[s.limit]))
		left.Full = max(left.Full, m.wait(s, s.most))
	}
	return left, err
}

// TakeBoth takes n of one limit and k of another, or nothing of either.
func (m *Meter) TakeBoth(a netip.Addr, l Limit, n float64, other Limit, k float64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begin(a)
	m.add(l, n)
	if other != l {
		m.add(other, k)
	}
	return m.take()
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
	m.begin(a)
	for _, l := range rows {
		m.add(l, 1)
	}
	if err := m.take(); err != nil {
		return nil, err
	}
	h := &Held{m: m, shares: slices.Clone(m.shares)}
	for _, s := range h.shares {
		s.held++
	}
	return h, nil
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
func (m *Meter) refilled(who holder, times int64, now time.Time) *place {
	p := m.places[who]
	if p == nil && who != everybody && who.key == "" && len(m.places) >= mostPlaces {
		who, times = holder{}, 1 // the table is full: all further addresses share this place
		p = m.places[who]
	}
	if p == nil {
		p = &place{times: float64(times), at: now}
		m.places[who] = p
	}
	m.drain(p, now)
	return p
}

// drain gives back what the time since the last call brings. The caller holds mu.
func (m *Meter) drain(p *place, now time.Time) {
	passed := now.Sub(p.at)
	if passed <= 0 {
		return
	}
	p.at = now
	for _, l := range m.rates {
		if p.used[l] > 0 {
			r := &m.rows[l]
			p.used[l] = max(0, p.used[l]-float64(passed)/float64(r.Per)*float64(r.Number)*p.times)
		}
	}
}

// sweep drops holders that use nothing. The caller holds mu and no place.
func (m *Meter) sweep(now time.Time) {
	every := sweepEvery
	if len(m.places) >= mostPlaces {
		every = sweepFull
	}
	if now.Sub(m.swept) < every {
		return
	}
	m.swept = now
	for who, p := range m.places {
		m.drain(p, now)
		if p.held == 0 && p.used == [end]float64{} {
			delete(m.places, who)
		}
	}
}
