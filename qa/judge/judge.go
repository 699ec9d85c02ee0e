// Package judge tries a client of the wire: it stands between the client and a mock
// server, does to it what networks and servers do, and holds what it says to the
// rules of docs/protocol.md, one row a rule.
package judge

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"visavis/protocol"
	"visavis/qa/proxy"
)

// Rule is one row: what a client has to do, and what it did.
type Rule struct {
	Name   string // short, such as "hello-first"
	About  string
	Seen   int      // how often there was something to judge
	Broken []string // what was wrong, in words
}

// rules are the rows in the order of a connection's life.
func rules() []*Rule {
	return []*Rule{
		{Name: "subprotocol", About: "offers visavis.v1 on its sockets"},
		{Name: "hello-first", About: "says hello before anything else"},
		{Name: "phone-has-no-cookie", About: "sends no cookie on the phone's socket"},
		{Name: "one-ticket", About: "a phone's hello has exactly one of token, code and deviceSecret"},
		{Name: "known-messages", About: "sends only messages of its role that can be read"},
		{Name: "claim-after-invitation", About: "claims after the invitation"},
		{Name: "unknown-ignored", About: "goes on after a message and a field that it does not know"},
		{Name: "old-progress-left", About: "is not moved by a progress whose rev is not newer"},
		{Name: "one-preview", About: "sends the next preview after the frame-result of the last, or after 2 s"},
		{Name: "preview-seq-grows", About: "gives each preview a seq of its own that grows"},
		{Name: "nonce", About: "puts the nonce of the standing challenge into its previews"},
		{Name: "still-as-asked", About: "sends a still under the seq, in the parts and within the bytes that were asked for"},
		{Name: "comes-back", About: "comes back after a close code that asks for it, with its device secret and the last rev"},
		{Name: "waits", About: "waits before it comes back"},
		{Name: "start-again", About: "says start again after it came back"},
		{Name: "missing-parts", About: "sends the missing parts of a still under the same seq after it came back, and no others"},
		{Name: "final-is-final", About: "does not come back after the end"},
	}
}

// Judge is a proxy's hook with what it has seen. Make it with New.
type Judge struct {
	mu    sync.Mutex // guards what follows
	rows  map[string]*Rule
	order []*Rule
	conns map[int64]*conn
	phone phone
	now   func() time.Time
}

// conn is one socket.
type conn struct {
	role    string
	greeted bool
	invited bool
}

// phone is what holds for the phone over all of its connections.
type phone struct {
	secret                 string
	rev                    int64
	waiting                uint32 // seq of the preview without an answer
	waitingAt              time.Time
	preview                uint32
	nonce                  string
	nonceSent              bool // a preview was sent since it came
	asked                  *protocol.CaptureStill
	lostAt                 time.Time // the judge ended its connection
	mustStart              bool
	missing                []int // parts; nil: not waited for
	ended                  bool
	results, cut           int
	tearing, tore, strange bool
	older                  []byte // an old progress, to be shown again
}

// New makes a judge of one client, whose desktop and phone it tries.
func New() *Judge {
	j := &Judge{rows: map[string]*Rule{}, conns: map[int64]*conn{}, order: rules(), now: time.Now}
	for _, r := range j.order {
		j.rows[r.Name] = r
	}
	return j
}

// Rules are the rows as they stand.
func (j *Judge) Rules() []Rule {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := make([]Rule, len(j.order))
	for i, r := range j.order {
		all[i] = *r
		all[i].Broken = slices.Clone(r.Broken)
	}
	return all
}

// must notes that a rule was tried.
func (j *Judge) must(name string, kept bool, format string, args ...any) {
	r := j.rows[name]
	r.Seen++
	if !kept && len(r.Broken) < 5 {
		r.Broken = append(r.Broken, fmt.Sprintf(format, args...))
	}
}

// Hook is the proxy's.
func (j *Judge) Hook(p *proxy.Passing) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if p.Conn == 0 {
		return // over HTTP nothing is tried
	}
	switch {
	case p.Kind == proxy.Opened:
		j.opened(p, p.Request)
	case p.Kind == proxy.Closed:
		if !p.ToServer && p.Role == "phone" && p.Code == 1000 {
			j.phone.ended = true
		}
	case p.ToServer && p.Kind == proxy.Text:
		j.said(p, j.conns[p.Conn])
	case p.ToServer:
		j.sent(p)
	default:
		j.answered(p, j.conns[p.Conn])
	}
}

func (j *Judge) opened(p *proxy.Passing, r *http.Request) {
	j.conns[p.Conn] = &conn{role: p.Role}
	offered := r.Header.Values("Sec-WebSocket-Protocol")
	j.must("subprotocol", slices.Contains(offered, protocol.Subprotocol), "%s offered %q", p.Role, offered)
	if p.Role != "phone" {
		return
	}
	j.must("phone-has-no-cookie", r.Header.Get("Cookie") == "", "a cookie came with /ws/phone")
	j.must("final-is-final", !j.phone.ended, "a phone's socket was opened after close 1000")
	if !j.phone.lostAt.IsZero() {
		waited := p.At.Sub(j.phone.lostAt)
		j.must("waits", waited >= 100*time.Millisecond, "came back after %s", waited.Round(time.Millisecond))
	}
}

// fromDesktop and fromPhone are what each may say.
var (
	fromDesktop = []protocol.Type{
		protocol.TypeHello, protocol.TypeRenew, protocol.TypeSetAddress, protocol.TypeSameDevice, protocol.TypeNotMyPhone,
		protocol.TypeSetLanguage, protocol.TypeExtend, protocol.TypeCancel,
	}
	fromPhone = []protocol.Type{
		protocol.TypeHello, protocol.TypeClaim, protocol.TypeChooseCode, protocol.TypeChooseDocument, protocol.TypeStart,
		protocol.TypeRetake, protocol.TypeUseAnyway, protocol.TypeSkip, protocol.TypeBeat, protocol.TypePresence,
		protocol.TypeCameraReport,
		protocol.TypeSetLanguage, protocol.TypeExtend, protocol.TypeNotMe, protocol.TypeBye,
	}
)

// said judges a text message of the client.
func (j *Judge) said(p *proxy.Passing, c *conn) {
	m, err := protocol.Decode(p.Data)
	known := fromDesktop
	if c.role == "phone" {
		known = fromPhone
	}
	j.must("known-messages", err == nil && slices.Contains(known, m.MessageType()), "%s said %.80s", c.role, p.Data)
	if err != nil {
		return
	}
	hello, greets := m.(protocol.Hello)
	if !c.greeted {
		j.must("hello-first", greets, "%s began with %s", c.role, m.MessageType())
	}
	c.greeted = true
	if c.role == "phone" {
		j.phoneSaid(m, hello, greets, c)
	}
}

func (j *Judge) phoneSaid(m protocol.Message, hello protocol.Hello, greets bool, c *conn) {
	ph := &j.phone
	if greets {
		given := 0
		for _, one := range []string{hello.Token, hello.Code, hello.DeviceSecret} {
			if one != "" {
				given++
			}
		}
		j.must("one-ticket", given == 1, "%d of token, code and deviceSecret", given)
		if ph.secret != "" {
			j.must("comes-back", hello.DeviceSecret == ph.secret && hello.Rev >= ph.rev-1 && hello.Rev > 0,
				"hello with rev %d after rev %d, own secret: %t", hello.Rev, ph.rev, hello.DeviceSecret == ph.secret)
		}
	}
	switch m.(type) {
	case protocol.Claim:
		j.must("claim-after-invitation", c.invited, "claimed before the invitation")
	case protocol.Start:
		if ph.mustStart {
			j.must("start-again", true, "")
			ph.mustStart = false
		}
	}
}

// sent judges a frame of the client.
func (j *Judge) sent(p *proxy.Passing) {
	f, err := protocol.UnpackFrame(p.Data)
	if err != nil {
		j.must("known-messages", false, "a binary message: %v", err)
		return
	}
	ph := &j.phone
	if ph.mustStart {
		j.must("start-again", false, "a frame before start")
		ph.mustStart = false
	}
	if f.Kind == protocol.Preview {
		late := p.At.Sub(ph.waitingAt) > 1900*time.Millisecond
		j.must("one-preview", ph.waiting == 0 || late, "preview %d while %d had no answer", f.Seq, ph.waiting)
		j.must("preview-seq-grows", f.Seq > ph.preview, "preview %d after %d", f.Seq, ph.preview)
		if ph.nonce != "" && ph.nonceSent { // the one before was on its way already
			j.must("nonce", f.Nonce == ph.nonce, "nonce %q, want %q", f.Nonce, ph.nonce)
		}
		ph.nonceSent = ph.nonce != ""
		ph.preview, ph.waiting, ph.waitingAt = f.Seq, f.Seq, p.At
		return
	}
	if f.Parts > 1 && !ph.tore {
		// The network is lost in the middle of a still, once: after the first part was
		// confirmed, and before another arrives.
		ph.tearing = true
		p.Drop = f.Part > 0
	}
	if f.Manual {
		return
	}
	if asked := ph.asked; asked == nil || asked.Seq != f.Seq || asked.Step != f.Step {
		j.must("still-as-asked", false, "a still of %s under %d that nobody asked for", f.Step, f.Seq)
	} else {
		j.must("still-as-asked", len(f.Data) <= asked.PartSize && f.Parts*len(f.Data) <= asked.MaxBytes+asked.PartSize,
			"part of %d bytes, of %d", len(f.Data), asked.PartSize)
	}
	if ph.missing != nil {
		j.must("missing-parts", slices.Contains(ph.missing, f.Part), "part %d was there already, missing were %v",
			f.Part, ph.missing)
		ph.missing = slices.DeleteFunc(ph.missing, func(n int) bool { return n == f.Part })
		if len(ph.missing) == 0 {
			ph.missing = nil
		}
	}
}
