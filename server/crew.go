package server

import "sync"

// mostIdle bounds the goroutines of a crew that wait for work, with 16 kB of stack each.
const mostIdle = 64

// crew runs functions on goroutines that it keeps for the next ones: work on a message is
// deep, and a new goroutine would copy its growing stack several times. An idle socket costs
// nothing by it. Safe for concurrent use; a nil crew keeps none.
type crew struct {
	work chan func()     // unbuffered: received by who is idle
	over <-chan struct{} // closed: nobody is kept any more
	all  sync.WaitGroup  // the goroutines

	mu   sync.Mutex // guards what follows
	idle int
}

func newCrew(over <-chan struct{}) *crew { return &crew{work: make(chan func()), over: over} }

// run calls f on a goroutine that is idle, or on a new one. f says itself when it is done.
func (c *crew) run(f func()) {
	if c == nil {
		go f()
		return
	}
	select {
	case c.work <- f:
	default:
		c.all.Add(1)
		go c.serve(f)
	}
}

// serve is a goroutine of the crew: it ends when enough others are idle, or with the crew.
func (c *crew) serve(f func()) {
	defer c.all.Done()
	for f != nil {
		f()
		f = c.next()
	}
}

// next waits for work; nil if there is to be none.
func (c *crew) next() (f func()) {
	if !c.rest(1) {
		return nil
	}
	defer c.rest(-1)
	select {
	case f = <-c.work:
	case <-c.over:
	}
	return f
}

// rest counts one more or less that is idle. False if that would be too many.
func (c *crew) rest(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle+n > mostIdle {
		return false
	}
	c.idle += n
	return true
}
