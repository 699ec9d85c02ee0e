package live

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"visavis/capture"
	"visavis/devicekey"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/words"
)

// Caller identifies a phone's connection.
type Caller struct {
	Conn  string // one connection of the phone; empty on the HTTP fallback
	Agent string // its User-Agent
	Addr  netip.Addr
	// Network shares the analysis' time as one: the address, or the household around it.
	Network netip.Prefix
	// Follow is called once the session is known, before it is loaded: the socket
	// subscribes here. The returned function is called after the welcome and starts the
	// delivery of events. Nil on the HTTP fallback.
	Follow func(ctx context.Context, id string) (deliver func(), err error)
	// Invited is called when the phone has shown a claimable code. Nil on the HTTP
	// fallback.
	Invited func()
}

// PhoneTalk is the conversation with one phone: its identity and its session. Previews,
// stills and steering handle the capture. The reading side calls Handle and Binary, the
// writing side Event, Tick and Due; mu guards their shared state.
type PhoneTalk struct {
	plane  *Plane
	out    *Outbox
	caller Caller

	// Owned by the reading side.
	ticket pairing.Ticket
	secret pairing.Token
	key    string // the claim's signing key, or empty
	// unproved: adopted for a picture whose signature has not been checked.
	unproved bool
	// repeated: adopted for a text that was taken before. It has no effect again.
	repeated bool
	cap      *capturing // nil until claimed or resumed
	told     int64      // rev of the welcome, which has the full state
	deliver  func()     // starts the delivery of events; nil once started

	mu     sync.Mutex       // never held over a call of the service
	last   *pairing.Session // shared: nobody changes it
	warned warning
	retry  time.Time // not before: a limit that did not move is not asked for at once again
}

// NewPhone starts the conversation with a phone. Leave ends it.
func (p *Plane) NewPhone(out *Outbox, from Caller) *PhoneTalk {
	return &PhoneTalk{plane: p, out: out, caller: from, last: &pairing.Session{}}
}

// Leave releases what the conversation holds, after its last call.
func (t *PhoneTalk) Leave() {
	if t.cap != nil {
		t.cap.phone.CompareAndSwap(t.out, nil)
		t.plane.captures.done(t.cap)
	}
}

// Reference returns the session's reference for the log, or "" before it is known.
func (t *PhoneTalk) Reference() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last.Reference
}

// Posted is a text message that a phone posted.
type Posted struct {
	Text    []byte // the request's body
	Message protocol.Message
	Proof   devicekey.Proof // of the claim's signing key; its zero value is none
}

// Adopt finds the session of a request's device secret. A text has to carry a proof of the
// claim's signing key, if that brought one; a text that was taken before, as a browser may send
// it again, gets the newest progress alone. The count of a text is stored before its effect: the
// other way round who heard a text could have its effect repeated meanwhile. An instance that is
// killed between the two loses that effect, as one that was never sent; the page still shows the
// state before it. A picture has its own signature: p is nil then, and nothing of the session is
// told before Binary has checked it.
func (t *PhoneTalk) Adopt(ctx context.Context, secret pairing.Token, p *Posted) error {
	sess, err := t.plane.Service.ByDevice(ctx, secret)
	if err != nil {
		return err
	}
	if p != nil {
		_, beat := p.Message.(protocol.Beat) // has no effect that a second one would double
		counted, err := t.plane.Service.Posted(ctx, sess, p.Proof, p.Text, !beat)
		switch {
		case errors.Is(err, pairing.ErrRepeated):
			t.repeated = true
		case errors.Is(err, pairing.ErrUnsigned):
			t.unsigned(ctx, sess.ID)
			return pairing.ErrUnsigned
		case err != nil:
			return err
		default:
			sess = counted
		}
	}
	if sess, err = t.seen(ctx, sess); err != nil {
		return err
	}
	t.secret, t.key, t.unproved = secret, sess.SigningKey, sess.SigningKey != "" && p == nil
	t.cap = t.plane.captures.use(sess)
	t.cap.listen() // without a subscription nobody says whether a desktop watches
	t.note(&sess)
	return nil
}

// seen tells the desktop if the device secret is used from a new network.
func (t *PhoneTalk) seen(ctx context.Context, sess pairing.Session) (pairing.Session, error) {
	sess, fresh, err := t.plane.Service.SeenFrom(ctx, sess, t.caller.Addr)
	if fresh {
		t.plane.Logger.InfoContext(ctx, "phone on another network", "session", sess.Reference)
		t.plane.tellDesktops(ctx, sess.ID, protocol.Notice{Code: protocol.NoticePhoneMoved})
	}
	return sess, err
}

// CatchUp adds the newest progress if the phone has not seen it, and has shown that it is it.
func (t *PhoneTalk) CatchUp(seen int64) {
	if t.cap == nil || t.unproved {
		return
	}
	sess := t.cap.newest.Load()
	if sess == nil || sess.Rev <= max(t.told, seen) {
		return
	}
	t.out.Put(ProgressOf(*sess, RolePhone, t.plane.now()))
}

// exchange is what the phone and its capture have between them.
func (t *PhoneTalk) exchange() exchange { return exchange{plane: t.plane, cap: t.cap, out: t.out} }

// Handle handles one text message of a phone.
func (t *PhoneTalk) Handle(ctx context.Context, m protocol.Message) {
	if t.repeated {
		return
	}
	if t.cap != nil {
		t.plane.captures.hear(t.cap)
		ctx = t.asks(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, t.plane.Store)
	defer cancel()
	defer t.out.Hold()() // news of what the message changes may come before its answer
	if err := t.answer(ctx, m); err != nil {
		t.Fail(ctx, err)
	}
}

// Fail sends an error, and ends the conversation if it is final. The answer precedes the
// close frame, even if the session's end is noticed first.
func (t *PhoneTalk) Fail(ctx context.Context, err error) {
	defer t.out.Hold()()
	if errors.Is(err, ErrOver) && t.cap != nil {
		t.plane.check(ctx, "end session", func() error {
			_, err := t.plane.Service.EnrolmentOver(ctx, t.cap.id)
			return err
		})
	}
	if errors.Is(err, capture.ErrOffender) && t.cap != nil {
		t.plane.Logger.WarnContext(ctx, "session ended: its pictures stopped two workers", "session", t.Reference(),
			"network", t.caller.Network)
		t.plane.check(ctx, "end session", func() error { return t.cap.unsafe(ctx) })
	}
	answer, end := AnswerTo(err, RolePhone)
	LogFault(ctx, t.plane.Logger, err, answer)
	t.out.Put(answer)
	if end != nil {
		t.out.Close(end)
	}
}

func (t *PhoneTalk) answer(ctx context.Context, m protocol.Message) error {
	switch m := m.(type) {
	case protocol.Hello:
		return t.hello(ctx, m)
	case protocol.Claim:
		return t.claim(ctx, m)
	}
	if t.cap == nil {
		return t.stranger(ctx, m)
	}
	switch m := m.(type) {
	case protocol.Beat:
		return t.plane.Service.Beat(ctx, t.cap.id)
	case protocol.Presence:
		return t.presence(ctx, m)
	case protocol.ChooseCode:
		return t.chooseCode(ctx, m.Code)
	case protocol.Start:
		if err := t.camera(ctx, ""); err != nil {
			return err
		}
		return steering{t.exchange()}.steer(ctx, m)
	case protocol.CameraReport:
		report, err := reportOf(m)
		if err != nil || !t.plane.Challenge { // without challenges cameras are made up for tests
			return err
		}
		return t.cap.reported(ctx, report)
	case protocol.ChooseDocument, protocol.Retake, protocol.UseAnyway, protocol.Skip:
		return steering{t.exchange()}.steer(ctx, m)
	case protocol.SetLanguage:
		return t.cap.saw(t.plane.Service.SetLanguage(ctx, t.cap.id, words.Find(m.Language).Tag))
	case protocol.Extend:
		return t.cap.saw(t.plane.Service.Extend(ctx, t.cap.id))
	case protocol.NotMe:
		return t.cap.saw(t.plane.Service.NotMe(ctx, t.cap.id))
	case protocol.Bye:
		return t.cap.saw(t.plane.Service.Bye(ctx, t.cap.id))
	}
	return Refuse(protocol.CodeNotAllowed, "not a message of a phone")
}

func (t *PhoneTalk) presence(ctx context.Context, m protocol.Presence) error {
	p := pairing.Present
	switch m.State {
	case "asleep":
		p = pairing.Asleep
	case "awake":
	default:
		return Refuse(protocol.CodeBadMessage, "want asleep or awake")
	}
	switch c := pairing.Camera(m.Camera); c {
	case "":
	case pairing.CameraDenied:
		if err := t.camera(ctx, c); err != nil {
			return err
		}
	default:
		return Refuse(protocol.CodeBadMessage, "camera: want denied, or nothing")
	}
	return t.cap.saw(t.plane.Service.Presence(ctx, t.cap.id, t.caller.Conn, p))
}

// camera records why the phone's camera does not start, for the desktop; empty: it did.
func (t *PhoneTalk) camera(ctx context.Context, c pairing.Camera) error {
	return t.cap.saw(t.plane.Service.Camera(ctx, t.cap.id, t.caller.Conn, c))
}
