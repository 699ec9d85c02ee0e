package live

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"time"

	"visavis/capture"
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
	ticket  pairing.Ticket
	secret  pairing.Token
	cap     *capturing // nil until claimed or resumed
	told    int64      // rev of the welcome, which has the full state
	deliver func()     // starts the delivery of events; nil once started

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

// Adopt finds the session of a request's device secret.
func (t *PhoneTalk) Adopt(ctx context.Context, secret pairing.Token) error {
	sess, err := t.plane.Service.ByDevice(ctx, secret)
	if err != nil {
		return err
	}
	if sess, err = t.seen(ctx, sess); err != nil {
		return err
	}
	t.secret = secret
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

// CatchUp adds the newest progress if the phone has not seen it.
func (t *PhoneTalk) CatchUp(seen int64) {
	if t.cap == nil {
		return
	}
	sess := t.cap.newest.Load()
	if sess == nil || sess.Rev <= max(t.told, seen) {
		return
	}
	t.out.Put(ProgressOf(*sess, RolePhone, time.Now()))
}

// exchange is what the phone and its capture have between them.
func (t *PhoneTalk) exchange() exchange { return exchange{plane: t.plane, cap: t.cap, out: t.out} }

// Handle handles one text message of a phone.
func (t *PhoneTalk) Handle(ctx context.Context, m protocol.Message) {
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
			_, err := t.plane.Service.Cancel(ctx, t.cap.id)
			return err
		})
	}
	if errors.Is(err, capture.ErrOffender) && t.cap != nil {
		t.plane.Logger.WarnContext(ctx, "session ended: its pictures stopped two workers", "session", t.Reference(), "network", t.caller.Network)
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

// stranger answers a phone that was invited and has not claimed: it may only say not-me.
func (t *PhoneTalk) stranger(ctx context.Context, m protocol.Message) error {
	switch m.(type) {
	case protocol.Beat, protocol.Presence:
		return nil
	case protocol.NotMe, protocol.Bye:
		if t.ticket == (pairing.Ticket{}) {
			return Refuse(protocol.CodeNotAllowed, "say hello first")
		}
		if _, ok := m.(protocol.Bye); ok { // this phone goes; another may use the code
			t.out.Close(&Ending{Code: protocol.CloseEnded, Reason: protocol.ReasonCancelledPhone})
			return nil
		}
		sess, err := t.plane.Service.Invite(ctx, t.ticket)
		if err != nil {
			return err
		}
		if sess, err = t.plane.Service.NotMe(ctx, sess.ID); err == nil {
			t.out.Close(endingOf(sess))
		}
		return err
	}
	return Refuse(protocol.CodeNotAllowed, "claim first")
}

// hello starts: with a ticket it answers with the invitation, with a device secret it
// resumes.
func (t *PhoneTalk) hello(ctx context.Context, m protocol.Hello) error {
	if t.cap != nil && pairing.Token(m.DeviceSecret) != t.secret {
		return Refuse(protocol.CodeNotAllowed, "this connection has its session")
	}
	if m.DeviceSecret != "" {
		return t.resume(ctx, pairing.Token(m.DeviceSecret))
	}
	t.ticket = pairing.Ticket{Token: pairing.Token(m.Token), Code: pairing.Token(m.Code), Address: t.caller.Addr}
	sess, err := t.plane.Service.Invite(ctx, t.ticket)
	if err != nil {
		return t.tellSecond(ctx, err)
	}
	if t.caller.Invited != nil {
		t.caller.Invited()
	}
	t.out.Put(protocol.Invitation{
		Site: t.plane.asker(ctx, sess.Subject), Desktop: sess.DesktopName, Place: sess.DesktopPlace,
		OpenedAt: sess.CreatedAt.UnixMilli(), Language: sess.Language,
	})
	return nil
}

// tellSecond tells the desktop of a second phone. That phone learns nothing.
func (t *PhoneTalk) tellSecond(ctx context.Context, err error) error {
	if second, ok := errors.AsType[*pairing.SecondPhoneError](err); ok {
		t.plane.Logger.InfoContext(ctx, "second phone refused")
		t.plane.tellDesktops(ctx, second.ID, protocol.Notice{Code: protocol.NoticeSecondPhone})
	}
	return err
}

// claim takes the session for this phone.
func (t *PhoneTalk) claim(ctx context.Context, m protocol.Claim) error {
	if t.cap != nil {
		return Refuse(protocol.CodeNotAllowed, "claimed already")
	}
	ticket := t.ticket
	if m.Token != "" || m.Code != "" {
		ticket = pairing.Ticket{Token: pairing.Token(m.Token), Code: pairing.Token(m.Code), Address: t.caller.Addr}
	}
	if ticket.Token == "" && ticket.Code == "" {
		return Refuse(protocol.CodeNotAllowed, "say hello first")
	}
	name := AgentName(t.caller.Agent, true)
	if model := cleanName(m.Device); model != "" {
		name = strings.TrimSuffix(model+", "+firstMatch(t.caller.Agent, browsers), ", ")
	}
	sess, secret, err := t.plane.Service.Claim(ctx, ticket, pairing.ClaimRequest{
		PhoneName: name, SameDevice: pairing.Token(m.SameDevice), Conn: t.caller.Conn, Key: pairing.Token(m.Key),
	})
	if err != nil {
		return t.tellSecond(ctx, err)
	}
	t.plane.Logger.InfoContext(ctx, "session claimed", "session", sess.Reference)
	return t.attach(ctx, sess, secret, true)
}

// resume continues where the phone with this secret was.
func (t *PhoneTalk) resume(ctx context.Context, secret pairing.Token) error {
	sess, err := t.plane.Service.Resume(ctx, secret, t.caller.Conn)
	if err != nil {
		return err
	}
	if sess, err = t.seen(ctx, sess); err != nil {
		return err
	}
	return t.attach(ctx, sess, secret, false)
}

// attach binds this conversation to its session and sends the welcome. The record is
// noted before events are delivered, so that an older event ends nothing.
func (t *PhoneTalk) attach(ctx context.Context, sess pairing.Session, secret pairing.Token, claimed bool) error {
	t.secret = secret
	var lost error
	if t.cap == nil {
		t.cap = t.plane.captures.use(sess)
		known := sess // shared from now on: it is not written again
		t.note(&known)
		sess, lost = t.subscribe(ctx, sess)
	}
	t.plane.captures.hear(t.cap)
	// The next beat comes in 4 s: a phone is not turned away for want of this one.
	t.plane.check(ctx, "beat", func() error { return t.plane.Service.Beat(ctx, sess.ID) })
	t.note(&sess)
	progress := ProgressOf(sess, RolePhone, time.Now())
	welcome := protocol.Welcome{
		Role: RolePhone, Site: t.plane.asker(ctx, sess.Subject),
		ServerTime: time.Now().UnixMilli(), Progress: &progress, Challenge: t.plane.Challenge,
	}
	if claimed {
		welcome.DeviceSecret = string(secret)
	} else {
		welcome.Still = t.unfinished(ctx, sess)
	}
	t.out.Put(welcome)
	t.told = sess.Rev
	if lost != nil { // the phone has its secret, and comes back with it
		return &Ending{Code: protocol.CloseGoingDown, Reason: "try again", Cause: lost}
	}
	if t.deliver != nil {
		t.deliver()
		t.deliver = nil
	}
	if end := t.endingOf(sess); end != nil {
		t.out.Close(end)
		return nil
	}
	if r, err := decodeState(sess.Flow); err == nil && sess.State == pairing.Paired && !sess.Finished {
		t.cap.arm(r)
	}
	return t.cap.finishLeft(ctx, sess)
}

// subscribe follows the session and then loads it again, so that no event is missed. If
// that fails, the known record serves.
func (t *PhoneTalk) subscribe(ctx context.Context, sess pairing.Session) (pairing.Session, error) {
	if t.caller.Follow == nil {
		return sess, nil
	}
	t.cap.phone.Store(t.out)
	deliver, err := t.caller.Follow(ctx, sess.ID)
	if err != nil {
		return sess, err
	}
	t.deliver = deliver
	fresh, err := t.plane.Service.Load(ctx, sess.ID)
	if err != nil {
		return sess, err
	}
	return fresh, nil
}

// unfinished returns the received parts of an unfinished upload.
func (t *PhoneTalk) unfinished(ctx context.Context, sess pairing.Session) *protocol.StillParts {
	r, err := decodeState(sess.Flow)
	if err != nil || r == nil || r.Upload == nil || r.Flow == nil {
		return nil
	}
	if step, phase, open := r.Flow.Current(); !open || string(step) != r.Upload.Step || (phase != capture.PhaseStill && !r.Upload.Manual) {
		return nil
	}
	parts, err := t.plane.Service.Parts(ctx, sess.ID, r.Upload.name())
	if err != nil || len(parts) == r.Upload.Parts {
		return nil
	}
	return &protocol.StillParts{Step: r.Upload.Step, Seq: r.Upload.Seq, Parts: r.Upload.Parts, Received: sortedKeys(parts)}
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

// chooseCode answers the comparison. A wrong code ends with this phone's last progress. A
// malformed code does not count as an attempt.
func (t *PhoneTalk) chooseCode(ctx context.Context, code string) error {
	if len(code) != 2 || strings.Trim(code, "0123456789") != "" {
		return Refuse(protocol.CodeBadMessage, "want two digits")
	}
	sess, err := t.plane.Service.ChooseCode(ctx, t.cap.id, t.secret, code)
	if errors.Is(err, pairing.ErrWrongCode) {
		t.plane.Logger.InfoContext(ctx, "wrong comparison code", "session", sess.Reference)
		t.out.Put(ProgressOf(sess, RolePhone, time.Now()))
	}
	return t.cap.saw(sess, err)
}

// draw returns an unpredictable random number in [0, n).
func draw(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil { // crypto/rand does not fail
		return 0
	}
	return int(v.Int64())
}
