package pairing

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"visavis/limits"
)

// holding counts what the sessions of one network hold.
type holding struct {
	times    int64
	sessions int
	bytes    int64
}

// holdings returns the holdings of a session's networks.
func (m *Memory) holdings(s *Session) []*holding {
	var out []*holding
	for _, n := range s.Networks {
		h := m.holds[n.Key]
		if h == nil {
			h = &holding{times: max(1, n.Times)}
			m.holds[n.Key] = h
		}
		out = append(out, h)
	}
	return out
}

// grow adds sessions and bytes to the holdings of a session's networks; negative values
// subtract.
func (m *Memory) grow(s *Session, sessions int, bytes int64) {
	m.bytes += bytes
	for i, h := range m.holdings(s) {
		h.sessions += sessions
		h.bytes += bytes
		if h.sessions <= 0 && h.bytes <= 0 {
			delete(m.holds, s.Networks[i].Key)
		}
	}
}

// admit makes room for one more session, or returns why there is none.
func (m *Memory) admit(s *Session) error {
	for _, h := range m.holdings(s) {
		if h.sessions+1 > m.limits.Held*int(h.times) {
			m.grow(s, 0, 0) // nothing is remembered of a network that holds nothing
			return overShare(limits.SessionsHeld)
		}
	}
	if len(m.sessions) < m.limits.Sessions {
		return nil
	}
	if m.sweepFull(); len(m.sessions) >= m.limits.Sessions && !m.spare(s) {
		m.grow(s, 0, 0)
		return full(limits.SessionsTotal, "%d sessions, limit %d", len(m.sessions), m.limits.Sessions)
	}
	return nil
}

// crowd is a network with spare sessions, the longest spare first.
type crowd struct {
	times int64
	spare []*memorySession
	left  int     // spare sessions not yet evicted, through this network or another
	load  float64 // when it was put into the heap
	since time.Time
}

// share is the number of spare sessions divided by the network's share.
func (c *crowd) share() float64 { return float64(c.left) / float64(c.times) }

// oldest drops evicted sessions from the front and returns since when the first one is
// spare; false if none is left.
func (c *crowd) oldest(m *Memory) (time.Time, bool) {
	for len(c.spare) > 0 && m.sessions[c.spare[0].record.ID] != c.spare[0] {
		c.spare = c.spare[1:]
	}
	if len(c.spare) == 0 {
		return time.Time{}, false
	}
	return c.spare[0].record.spareFrom(c.spare[0].saved)
}

// crowds is a heap with the most loaded network at its top; among equals, the one whose
// first session is spare for longest.
type crowds []*crowd

func (c crowds) Len() int { return len(c) }
func (c crowds) Less(i, j int) bool {
	return c[i].load > c[j].load || c[i].load == c[j].load && c[i].since.Before(c[j].since)
}
func (c crowds) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *crowds) Push(x any)   { *c = append(*c, x.(*crowd)) }
func (c *crowds) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// crowdsOf groups the spare sessions by network.
func (m *Memory) crowdsOf() map[*holding]*crowd {
	now, by := time.Now(), map[*holding]*crowd{}
	for _, s := range m.sessions {
		if from, ok := s.record.spareFrom(s.saved); !ok || from.After(now) {
			continue
		}
		for _, h := range m.holdings(&s.record) {
			if by[h] == nil {
				by[h] = &crowd{times: h.times}
			}
			by[h].spare = append(by[h].spare, s)
		}
	}
	for _, c := range by {
		slices.SortFunc(c.spare, func(a, b *memorySession) int {
			x, _ := a.record.spareFrom(a.saved)
			y, _ := b.record.spareFrom(b.saved)
			return cmp.Or(x.Compare(y), cmp.Compare(a.record.ID, b.record.ID))
		})
		c.left = len(c.spare)
		c.load = c.share()
		c.since, _ = c.oldest(m)
	}
	return by
}

// spare evicts spare sessions of the networks that have most of them, and reports whether
// one was evicted. A newcomer whose own network has more of them evicts nobody else's.
// During a flood it evicts a hundredth of all sessions at once, so that not every
// newcomer costs a walk over all.
func (m *Memory) spare(newcomer *Session) bool {
	by, own := m.crowdsOf(), 0.0
	for _, h := range m.holdings(newcomer) {
		if c := by[h]; c != nil {
			own = max(own, c.share())
		}
	}
	all := make(crowds, 0, len(by))
	for _, c := range by {
		all = append(all, c)
	}
	heap.Init(&all)
	gone := 0
	for len(all) > 0 && gone < max(1, m.limits.Sessions/100) {
		c := all[0]
		since, left := c.oldest(m)
		switch load := c.share(); {
		case !left:
			heap.Pop(&all)
		case load < c.load || since != c.since: // some went, with this network or another of theirs
			c.load, c.since = load, since
			heap.Fix(&all, 0)
		case load < own || gone > 0 && load < 2*own+1:
			return gone > 0
		default:
			for _, h := range m.holdings(&c.spare[0].record) {
				by[h].left--
			}
			m.evict(c.spare[0])
			gone++
		}
	}
	return gone > 0
}

// evict drops a session and tells its subscribers.
func (m *Memory) evict(s *memorySession) {
	r := &s.record
	m.drop(r.ID)
	delete(m.entries, keyBeat+r.ID)
	delete(m.entries, keyIndex+indexDesktop+r.DesktopHash)
	delete(m.entries, keyIndex+indexDevice+r.DeviceHash)
	for _, c := range r.Tokens {
		delete(m.entries, keyIndex+indexToken+c.Hash)
	}
	for _, c := range r.Typed {
		delete(m.entries, keyIndex+indexTyped+c.Hash)
	}
	m.fan.publish(r.ID, Event{Gone: true}) // waits for nobody
}

// room makes room for more bytes of a session's pictures, or returns why there is none. A
// network keeps at most its share, half of all at most. When the store is full, sessions
// that keep more bytes than this one are evicted, largest first, or sessions of the same
// size that are idle. So a session of usual size is not displaced by the largest allowed
// ones.
func (m *Memory) room(s *memorySession, more int64) error {
	for _, h := range m.holdings(&s.record) {
		most := min(m.limits.HeldBytes*h.times, m.limits.Bytes/2)
		if more > 0 && h.bytes+more > most {
			return full(limits.PicturesHeld, "%d bytes of pictures of one network, limit %d", h.bytes+more, most)
		}
	}
	if m.bytes+more <= m.limits.Bytes {
		return nil
	}
	if m.sweepFull(); m.bytes+more > m.limits.Bytes {
		m.spareBytes(s, more)
	}
	if m.bytes+more > m.limits.Bytes {
		return full(limits.PicturesTotal, "%d bytes of images, limit %d", m.bytes+more, m.limits.Bytes)
	}
	return nil
}

// idlePictures is the idle time after which a session's pictures may be evicted for those
// of another session of the same size.
const idlePictures = time.Minute

// larger returns the sessions that keep more than this many bytes of pictures, or as many
// and are idle, largest first.
func (m *Memory) larger(but *memorySession, bytes int64) []*memorySession {
	var out []*memorySession
	now := time.Now()
	for _, s := range m.sessions {
		n := s.imageBytes()
		if s != but && len(s.record.Networks) > 0 && (n > bytes || n == bytes && n > 0 && now.Sub(s.saved) > idlePictures) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *memorySession) int {
		return cmp.Or(cmp.Compare(b.imageBytes(), a.imageBytes()), a.saved.Compare(b.saved),
			cmp.Compare(a.record.ID, b.record.ID))
	})
	return out
}

// spareBytes evicts the sessions that room names until there is room, and a little more
// of the largest.
func (m *Memory) spareBytes(than *memorySession, more int64) {
	own := than.imageBytes() + more
	for _, s := range m.larger(than, own) {
		left := m.limits.Bytes - m.bytes - more
		if left >= m.limits.Bytes/50 || left >= 0 && s.imageBytes() < 2*own {
			return
		}
		m.evict(s)
	}
}

// imageBytes is the size of all pictures of a session.
func (s *memorySession) imageBytes() int64 {
	n := int64(s.partBytes)
	for _, b := range s.stills {
		n += int64(len(b))
	}
	return n
}
