// Package lab is what a test site shows of itself to the people who test it: the /qa
// page with every live session, its messages, pictures and measured values; faults on
// demand; recordings; and a scripted camera for browsers. It knows everything that
// passes, faces too, and is refused in production.
package lab

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"visavis/protocol"
	"visavis/qa/recording"
	"visavis/server"
)

// What a lab remembers at most: beyond it, the oldest goes.
const (
	maxSessions = 30
	// maxPassings of one session, of which maxPictures keep their bytes.
	maxPassings = 4000
	maxPictures = 60
	// maxWaiting is what a socket may say before it is known whose it is.
	maxWaiting = 64
)

// Config of a Lab.
type Config struct {
	// Folder gets a recording of each session; empty: none is written.
	Folder string
	// Blur makes large squares of every picture of those recordings.
	Blur bool
	// Server returns the address that recordings name.
	Server func() string
	// Draw gives what the scripted camera sees as a JPEG; see Drawing.
	Draw   func(Scene) ([]byte, error)
	Logger *slog.Logger
}

// Lab watches a server. It is the Tap of one. Make it with New; safe for concurrent use.
type Lab struct {
	cfg   Config
	conns atomic.Int64
	busy  atomic.Int64 // analyses that are still to be answered busy

	mu       sync.Mutex // guards what follows and all sessions
	sessions []*session // the oldest first
	watchers map[chan []byte]struct{}
	cameras  map[string]*camera
	closed   bool // nobody may watch any more
}

// New makes a Lab.
func New(c Config) *Lab {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Server == nil {
		c.Server = func() string { return "" }
	}
	return &Lab{cfg: c, watchers: map[chan []byte]struct{}{}, cameras: map[string]*camera{}}
}

// wire is one socket. Its fields are guarded by the lab's mu.
type wire struct {
	lab     *Lab
	conn    int64
	role    string
	cut     func()
	session *session            // nil until it is known
	waiting []recording.Passing // what passed before
	slow    time.Duration       // what it receives is held back so long
}

// Socket implements [server.Tap].
func (l *Lab) Socket(role string, cut func()) server.Wire {
	w := &wire{lab: l, conn: l.conns.Add(1), role: role, cut: cut}
	w.passed(recording.Passing{At: time.Now(), Conn: w.conn, Role: role, Kind: recording.KindOpen, ToServer: true})
	return w
}

// Posted implements [server.Tap].
func (l *Lab) Posted(role, reference string, said []byte, binary bool, answers [][]byte) {
	if reference == "" {
		return
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sessionOf(reference)
	if len(said) > 0 {
		l.note(s, recording.Passing{At: now, Role: role, Kind: kindOf(binary), ToServer: true, Data: said})
	}
	for _, a := range answers {
		l.note(s, recording.Passing{At: now, Role: role, Kind: recording.KindText, Data: a})
	}
}

func kindOf(binary bool) string {
	if binary {
		return recording.KindBinary
	}
	return recording.KindText
}

// Received implements [server.Wire]; it waits when the socket is to be slow.
func (w *wire) Received(binary bool, data []byte) {
	w.passed(recording.Passing{At: time.Now(), Conn: w.conn, Role: w.role, Kind: kindOf(binary),
		ToServer: true, Data: data})
	w.lab.mu.Lock()
	slow := w.slow
	w.lab.mu.Unlock()
	if slow > 0 {
		time.Sleep(slow) //nolint:forbidigo // a slow socket is what was asked for
	}
}

// Sent implements [server.Wire].
func (w *wire) Sent(data []byte) {
	w.passed(recording.Passing{At: time.Now(), Conn: w.conn, Role: w.role, Kind: recording.KindText, Data: data})
}

// Ended implements [server.Wire].
func (w *wire) Ended(code protocol.CloseCode) {
	w.passed(recording.Passing{At: time.Now(), Conn: w.conn, Role: w.role, Kind: recording.KindClose, Code: code})
	w.lab.mu.Lock()
	defer w.lab.mu.Unlock()
	if s := w.session; s != nil {
		s.wires = slices.DeleteFunc(s.wires, func(other *wire) bool { return other == w })
		w.lab.settle(s)
	}
}

// passed notes what passed, once it is known of which session.
func (w *wire) passed(p recording.Passing) {
	l := w.lab
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.session == nil && p.Kind == recording.KindText && !p.ToServer {
		if r := referenceIn(p.Data); r != "" {
			w.session = l.sessionOf(r)
			w.session.wires = append(w.session.wires, w)
			for _, before := range w.waiting {
				l.note(w.session, before)
			}
			w.waiting = nil
		}
	}
	if w.session != nil {
		l.note(w.session, p)
		return
	}
	if len(w.waiting) < maxWaiting {
		w.waiting = append(w.waiting, p)
	}
}

// referenceIn is the session that a message to a client is about; empty when it names
// none.
func referenceIn(message []byte) string {
	m, err := protocol.Decode(message)
	if err != nil {
		return ""
	}
	switch m := m.(type) {
	case protocol.Welcome:
		if m.Progress != nil {
			return m.Progress.Reference
		}
	case protocol.Progress:
		return m.Reference
	}
	return ""
}

// Drain ends every page that watches, so that a server can stop.
func (l *Lab) Drain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for c := range l.watchers {
		close(c)
	}
	l.watchers = map[chan []byte]struct{}{}
	for _, c := range l.cameras {
		c.end()
	}
}

// Close ends every recording. Nothing passes any more.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, s := range l.sessions {
		errs = append(errs, s.endFile())
	}
	return errors.Join(errs...)
}
