package worker

import (
	"cmp"
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
// within that. It is a node of hierarchical fair queueing: the account is served first
// whose next request would end first if each had its share of a worker to itself, and an
// idle one gains no credit. By ends, not by beginnings: a phone with small frames does not
// wait for a round of everybody's large ones.
type account struct {
	parent   *account
	key      any
	weight   time.Duration
	least    time.Duration // charged for a request, however little it cost
	start    time.Duration // virtual time at which its next request starts
	now      time.Duration // virtual time among its children: the start of the one served last
	most     time.Duration // the latest start among its children, which is their virtual time once all are idle
	children map[any]*account
	waiting  []*ticket     // of a leaf, oldest first
	pending  int           // tickets below it that wait
	running  int           // tickets below it that are served
	usual    time.Duration // what its last requests cost; 0 of a new account
}

// expected is the cost of the account's next request: what its last ones cost, of a
// new account what is usual around it.
func (a *account) expected() time.Duration {
	for ; a != nil; a = a.parent {
		if a.usual > 0 {
			return a.usual
		}
	}
	return 0
}

// ordinary is what a preview is charged at least within its class. Phones whose previews cost less have as many
// verdicts as each other, not as much time: by time alone, under five times the load, those of dear
// previews had a tenth of the others' verdicts.
const ordinary = 20 * time.Millisecond

// charge is the virtual time that a request of this cost takes of the account.
func (a *account) charge(cost time.Duration) time.Duration { return max(cost, a.least) / a.weight }

// finish is the virtual time at which the account's next request ends, served at its share.
func (a *account) finish() time.Duration { return a.start + a.charge(a.expected()) }

// ticket is one request in the queue.
type ticket struct {
	account *account // leaf
	class   class
	long    bool // counted as such while it is served
	grant   chan *child
	guess   time.Duration // charged when it was served
}

// fairQueue decides which request the next free worker takes. The Pool's lock guards it.
type fairQueue struct {
	root account
	// maximum of long requests served at once while previews are being sent: one worker stays free for these
	mostLong int
	long     int
	now      func() time.Time
	preview  time.Time // when the last one was asked for that is not long
}

// previewMemory is how long after the last preview a worker is reserved for previews; a
// phone sends five a second.
const previewMemory = 5 * time.Second

// dear is the worker time from which on a session's previews are long: nobody else's five a
// second go on while such frames have every worker. Ordinary ones cost 5 to 60 ms.
const dear = 100 * time.Millisecond

// isLong reports whether a leaf's next request takes many times an ordinary preview's time:
// a still, a reading, or a preview of a session whose last ones did; a new session is as
// its network.
func (a *account) isLong(c class) bool {
	return c != classPreview || cmp.Or(a.usual, a.parent.usual) > dear
}

func newFairQueue(workers int) fairQueue {
	return fairQueue{root: account{weight: 1}, mostLong: max(1, workers-1), now: time.Now}
}

func (a *account) child(key any, weight, least time.Duration) *account {
	c := a.children[key]
	if c == nil {
		if a.children == nil {
			a.children = map[any]*account{}
		}
		c = &account{parent: a, key: key, weight: weight, least: least}
		a.children[key] = c
	}
	return c
}

// join adds a request to the queue.
func (q *fairQueue) join(c class, who capture.Asker) *ticket {
	least := time.Duration(0)
	if c == classPreview {
		least = ordinary
	}
	leaf := q.root.child(c, weights[c], 0).child(who.Network, 1, least).child(who.Session, 1, least)
	if !leaf.isLong(c) {
		q.preview = q.now()
	}
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

// previews is the number of previews that wait.
func (q *fairQueue) previews() int {
	if a := q.root.children[classPreview]; a != nil {
		return a.pending
	}
	return 0
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

// best returns the leaf below an account that is served next; nil if none waits. short
// leaves long requests out.
func (a *account) best(short bool) *account {
	if len(a.waiting) > 0 {
		if short && a.isLong(a.waiting[0].class) {
			return nil
		}
		return a
	}
	var first, leaf *account
	for _, c := range a.children {
		if c.pending == 0 || first != nil && c.finish() >= first.finish() {
			continue
		}
		if found := c.best(short); found != nil {
			first, leaf = c, found
		}
	}
	return leaf
}

// next returns the request that a free worker serves now, or nil.
func (q *fairQueue) next() *ticket {
	a := q.root.best(q.long >= q.mostLong && q.now().Sub(q.preview) < previewMemory)
	if a == nil {
		return nil
	}
	t := a.waiting[0]
	a.waiting = a.waiting[1:]
	if t.long = a.isLong(t.class); t.long {
		q.long++
	}
	t.guess = a.expected()
	for n := a; n != nil; n = n.parent {
		n.pending--
		n.running++
		if n.parent != nil {
			n.parent.now = max(n.parent.now, n.start)
			n.start += n.charge(t.guess)
		}
	}
	return t
}

// done charges the actual cost of a served request.
func (q *fairQueue) done(t *ticket, cost time.Duration) {
	if t.long {
		q.long--
	}
	for a := t.account; a != nil; a = a.parent {
		a.running--
		a.usual = cmp.Or((3*a.expected()+cost)/4, 1)
		if a.parent != nil {
			a.start += a.charge(cost) - a.charge(t.guess)
			a.parent.most = max(a.parent.most, a.start)
		}
		if a.pending == 0 && a.running == 0 {
			a.now = max(a.now, a.most) // the busy period is over: all debts are cleared
		}
	}
	q.forget(t.account)
}

// Accounts that owe nothing are kept for what their requests usually cost: keptNetworks
// of a class, keptSessions of a network. From sweepFrom on all of them are dropped at
// once; above mostIdle, also those that owe something.
const (
	keptNetworks = 200
	keptSessions = 16
	sweepFrom    = 256
	mostIdle     = 4096
)

// idle reports whether nothing below an account waits or is served: then nobody there owes
// anything, and it may go with all of them.
func (a *account) idle() bool { return a.pending == 0 && a.running == 0 }

// forget drops an account that owes nothing where there are many, and its parents if they
// are empty.
func (q *fairQueue) forget(a *account) {
	for ; a.parent != nil && a.parent != &q.root && a.idle(); a = a.parent {
		siblings, kept := a.parent.children, keptSessions
		if a.parent.parent == &q.root {
			kept = keptNetworks
		}
		if a.start <= a.parent.now && len(siblings) > kept || len(siblings) > mostIdle {
			delete(siblings, a.key)
			continue
		}
		if len(siblings) > sweepFrom {
			maps.DeleteFunc(siblings, func(_ any, c *account) bool { return c.idle() && c.start <= c.parent.now })
		}
	}
}
