//go:build chaos

package chaos

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// front passes TCP connections on to the first server that takes them, in turns, as a
// proxy in front of instances does. Its faults are those of networks.
type front struct {
	addr     string
	backends []string
	next     atomic.Int64
	life     atomic.Int64 // of a connection, in nanoseconds; 0: without end
	stuck    atomic.Bool  // nothing passes any more, and nothing is closed
	delay    atomic.Int64 // of what passes, each way, in nanoseconds; one piece in twenty waits for 300 ms more

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func newFront(t *testing.T, backends ...string) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{addr: l.Addr().String(), backends: backends, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() {
		_ = l.Close()
		f.cut()
	})
	go func() { // ends with the listener
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(conn)
		}
	}()
	return f
}

func (f *front) url() string { return "https://" + f.addr }

func (f *front) serve(conn net.Conn) {
	defer conn.Close()
	first := int(f.next.Add(1))
	for i := range f.backends {
		back, err := net.DialTimeout("tcp", f.backends[(first+i)%len(f.backends)], time.Second)
		if err != nil {
			continue
		}
		f.mu.Lock()
		f.open[conn] = struct{}{}
		f.mu.Unlock()
		defer func() {
			f.mu.Lock()
			delete(f.open, conn)
			f.mu.Unlock()
		}()
		if life := time.Duration(f.life.Load()); life > 0 {
			defer time.AfterFunc(life, func() { _ = errors.Join(conn.Close(), back.Close()) }).Stop()
		}
		var both sync.WaitGroup
		for _, way := range [][2]net.Conn{{conn, back}, {back, conn}} {
			both.Go(func() {
				f.pass(way[0], way[1])
				_ = errors.Join(conn.Close(), back.Close())
			})
		}
		both.Wait()
		return
	}
}

// resent is what TCP waits before it sends a lost segment again, at least.
const resent = 300 * time.Millisecond

// piece is what was read at once, and when it may go on.
type piece struct {
	data []byte
	due  time.Time
}

func (f *front) pass(from, to net.Conn) {
	way := make(chan piece, 1024)
	var writer sync.WaitGroup
	writer.Go(func() {
		for p := range way {
			<-time.After(time.Until(p.due)) // the fault, or no wait at all
			if _, err := to.Write(p.data); err != nil {
				_ = from.Close() // the reader ends, and so does the way
			}
		}
	})
	defer writer.Wait()
	defer close(way)
	buf := make([]byte, 32<<10)
	for n := 1; ; n++ {
		read, err := from.Read(buf)
		if f.stuck.Load() {
			for err != nil && f.stuck.Load() {
				<-time.After(10 * time.Millisecond)
			}
			continue // read and forgotten: neither side learns of it
		}
		if read > 0 {
			due := time.Now()
			if d := time.Duration(f.delay.Load()); d > 0 {
				due = due.Add(d)
				if n%20 == 0 {
					due = due.Add(resent)
				}
			}
			way <- piece{bytes.Clone(buf[:read]), due}
		}
		if err != nil {
			return
		}
	}
}

// cut closes every connection.
func (f *front) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for conn := range f.open {
		_ = conn.Close()
	}
}
