package worker

import (
	"maps"
	"slices"
	"time"

	"visavis/capture"
)

// class is a kind of work. Each class has its own share of the workers' time when others
// wait too.
type class int

const (
	classPreview class = iota // a person watches the answer
	classStill                // a person holds the card still
	classReading              // jobs, which may take seconds
	classes
)

// weights are the shares of the classes.
var weights = [classes]time.Duration{4, 3, 2}

// account counts the worker time of a class, of a network within it or of a session
// within that. It is a node of hierarchical start-time fair queueing: the account that
// used least is served first, and an idle one gains no credit.
type account struct {
	parent   *account
	key      any
	weight   time.Duration
	start    time.Duration // virtual time at which its next request starts
	now      time.Duration // virtual time among its children: the start of the one served last
	most     time.Duration // the latest start among its children, which is their virtual time once all are idle
	children map[any]*account
	waiting  []*ticket // of a leaf, oldest first
	pending  int       // tickets below it that wait
	running  int       // tickets below it that are served
	usual    time.Duration
}

// ticket is one request in the queue.
type ticket struct {
	account *account // leaf
	class   class
	grant   chan *child
	guess   time.Duration // charged when it was served
}

// fairQueue decides which request the next free worker takes. The Pool's lock guards it.
type fairQueue struct {
	root account
	// maximum of stills and readings served at once while previews are being sent: one worker stays free for these
	mostLong int
	long     int
	now      func() time.Time
	preview  time.Time // when the last one was asked for
}

// previewMemory is how long after the last preview a worker is reserved for previews; a
// phone sends five a second.
const previewMemory = 5 * time.Second

// long reports whether requests of the class may take many times a preview's time.
func long(key any) bool { return key == classStill || key == classReading }

func newFairQueue(workers int) fairQueue {
	return fairQueue{root: account{weight: 1}, mostLong: max(1, workers-1), now: time.Now}
}

func (a *account) child(key any, weight time.Duration) *account {
	c := a.children[key]
	if c == nil {
		if a.children == nil {
			a.children = map[any]*account{}
		}
		c = &account{parent: a, key: key, weight: weight}
		a.children[key] = c
	}
	return c
}

// join adds a request to the queue.
func (q *fairQueue) join(c class, who capture.Asker) *ticket {
	if c == classPreview {
		q.preview = q.now()
	}
	leaf := q.root.child(c, weights[c]).child(who.Network, 1).child(who.Session, 1)
	t := &ticket{account: leaf, class: c, grant: make(chan *child, 1)}
	leaf.waiting = append(leaf.waiting, t)
	for a := leaf; a != nil; a = a.parent {
		if a.pending == 0 && a.parent != nil {
			a.start = max(a.start, a.parent.now)
		}
		a.pending++
	}
	return t
}

// leave removes a request that was not served; false if it was.
func (q *fairQueue) leave(t *ticket) bool {
	i := slices.Index(t.account.waiting, t)
	if i < 0 {
		return false
	}
	t.account.waiting = slices.Delete(t.account.waiting, i, i+1)
	for a := t.account; a != nil; a = a.parent {
		a.pending--
	}
	q.forget(t.account)
	return true
}

// next returns the request that a free worker serves now, or nil.
func (q *fairQueue) next() *ticket {
	full := q.long >= q.mostLong && q.now().Sub(q.preview) < previewMemory
	a := &q.root
	for len(a.waiting) == 0 {
		var best *account
		for _, c := range a.children {
			if c.pending > 0 && !(full && long(c.key)) && (best == nil || c.start < best.start) {
				best = c
			}
		}
		if best == nil {
			return nil
		}
		a = best
	}
	t := a.waiting[0]
	a.waiting = a.waiting[1:]
	if long(t.class) {
		q.long++
	}
	t.guess = a.usual
	for n := a; n != nil; n = n.parent {
		n.pending--
		n.running++
		if n.parent != nil {
			n.parent.now = max(n.parent.now, n.start)
			n.start += t.guess / n.weight
		}
	}
	return t
}

// done charges the actual cost of a served request.
func (q *fairQueue) done(t *ticket, cost time.Duration) {
	if long(t.class) {
		q.long--
	}
	t.account.usual = (3*t.account.usual + cost) / 4
	for a := t.account; a != nil; a = a.parent {
		a.running--
		if a.parent != nil {
			a.start += (cost - t.guess) / a.weight
			a.parent.most = max(a.parent.most, a.start)
		}
		if a.pending == 0 && a.running == 0 {
			a.now = max(a.now, a.most) // the busy period is over: nobody owes anything
		}
	}
	q.forget(t.account)
}

// From sweepFrom accounts on, those that owe nothing are dropped; above mostIdle, also
// those that do.
const (
	sweepFrom = 256
	mostIdle  = 4096
)

func (a *account) idle() bool { return a.pending == 0 && a.running == 0 && len(a.children) == 0 }

// forget drops an account that owes nothing, and its parents if they are empty.
func (q *fairQueue) forget(a *account) {
	for ; a.parent != nil && a.parent != &q.root && a.idle(); a = a.parent {
		siblings := a.parent.children
		if a.start <= a.parent.now || len(siblings) > mostIdle {
			delete(siblings, a.key)
			continue
		}
		if len(siblings) > sweepFrom {
			maps.DeleteFunc(siblings, func(_ any, c *account) bool { return c.idle() && c.start <= c.parent.now })
		}
		return
	}
}
