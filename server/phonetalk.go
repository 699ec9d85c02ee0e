package server

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
)

// phoneTalk is one phone's conversation. handle and frame belong to the reading
// side, event, tick and due to the writing side; what they share is under mu.
type phoneTalk struct {
	srv   *Server
	out   *outbox
	conn  string // this connection among the phone's; empty on the POST way
	addr  netip.Addr
	agent string
	// follow is called once the session is known, before it is read: the socket
	// subscribes here. Nil on the POST way.
	follow func(ctx context.Context, id string) error

	// Owned by the reading side.
	ticket pairing.Ticket
	secret pairing.Token
	cap    *capturing // nil until claimed or resumed
	told   int64      // rev of the welcome, which holds the whole state

	mu     sync.Mutex       // never held over a call of the service
	last   *pairing.Session // shared: nobody changes it
	warned warning
	retry  time.Time // not before: a limit that did not move is not asked for at once again
}

// handle takes one text message of a phone.
func (t *phoneTalk) handle(ctx context.Context, m protocol.Message) {
	if t.cap != nil {
		t.srv.captures.hear(t.cap)
	}
	ctx, cancel := context.WithTimeout(ctx, t.srv.cfg.Limits.Store)
	defer cancel()
	if err := t.answer(ctx, m); err != nil {
		t.fail(ctx, err)
	}
}

func (t *phoneTalk) fail(ctx context.Context, err error) {
	if errors.Is(err, ErrOver) && t.cap != nil {
		t.srv.check(ctx, "end session", func() error {
			_, err := t.srv.cfg.Service.Cancel(ctx, t.cap.id)
			return err
		})
	}
	answer, end := answerTo(err, rolePhone)
	logFault(ctx, t.srv.log, err, answer)
	t.out.put(answer)
	if end != nil {
		t.out.close(end)
	}
}

func (t *phoneTalk) answer(ctx context.Context, m protocol.Message) error {
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
		return t.srv.cfg.Service.Beat(ctx, t.cap.id)
	case protocol.Presence:
		return t.presence(ctx, m)
	case protocol.ChooseCode:
		return t.chooseCode(ctx, m.Code)
	case protocol.ChooseDocument, protocol.Start, protocol.Retake, protocol.UseAnyway, protocol.Skip:
		return t.steer(ctx, m)
	case protocol.SetLanguage:
		return t.saw(t.srv.cfg.Service.SetLanguage(ctx, t.cap.id, knownLanguage(m.Language)))
	case protocol.Extend:
		return t.saw(t.srv.cfg.Service.Extend(ctx, t.cap.id))
	case protocol.NotMe:
		return t.saw(t.srv.cfg.Service.NotMe(ctx, t.cap.id))
	case protocol.Bye:
		return t.saw(t.srv.cfg.Service.Bye(ctx, t.cap.id))
	}
	return refuse(protocol.CodeNotAllowed, "not a message of a phone")
}

// stranger answers a phone that has seen the invitation and claimed nothing: it
// may only say that this was not asked for.
func (t *phoneTalk) stranger(ctx context.Context, m protocol.Message) error {
	switch m.(type) {
	case protocol.Beat, protocol.Presence:
		return nil
	case protocol.NotMe, protocol.Bye:
		if t.ticket == (pairing.Ticket{}) {
			return refuse(protocol.CodeNotAllowed, "say hello first")
		}
		sess, err := t.srv.cfg.Service.Invite(ctx, t.ticket)
		if err != nil {
			return err
		}
		if _, ok := m.(protocol.NotMe); ok {
			_, err = t.srv.cfg.Service.NotMe(ctx, sess.ID)
		}
		if err == nil {
			t.out.close(&ending{code: protocol.CloseEnded, reason: protocol.ReasonNotMe})
		}
		return err
	}
	return refuse(protocol.CodeNotAllowed, "claim first")
}

// hello begins: with a ticket it shows who asks, with a device secret it goes on.
func (t *phoneTalk) hello(ctx context.Context, m protocol.Hello) error {
	if t.cap != nil && pairing.Token(m.DeviceSecret) != t.secret {
		return refuse(protocol.CodeNotAllowed, "this connection has its session")
	}
	if m.DeviceSecret != "" {
		return t.resume(ctx, pairing.Token(m.DeviceSecret))
	}
	t.ticket = pairing.Ticket{Token: pairing.Token(m.Token), Code: pairing.Token(m.Code), Address: t.addr}
	sess, err := t.srv.cfg.Service.Invite(ctx, t.ticket)
	if err != nil {
		return t.tellSecond(ctx, err)
	}
	t.out.put(protocol.Invitation{
		Site: t.srv.cfg.Site, Desktop: sess.DesktopName,
		OpenedAt: sess.CreatedAt.UnixMilli(), Language: sess.Language,
	})
	return nil
}

// tellSecond lets the desktop know of a second phone; who tried learns nothing.
func (t *phoneTalk) tellSecond(ctx context.Context, err error) error {
	if second, ok := errors.AsType[*pairing.SecondPhoneError](err); ok {
		t.srv.log.InfoContext(ctx, "second phone refused")
		t.srv.tellDesktops(ctx, second.ID, protocol.Notice{Code: protocol.NoticeSecondPhone})
	}
	return err
}

// claim takes the session for this phone.
func (t *phoneTalk) claim(ctx context.Context, m protocol.Claim) error {
	if t.cap != nil {
		return refuse(protocol.CodeNotAllowed, "claimed already")
	}
	ticket := t.ticket
	if m.Token != "" || m.Code != "" {
		ticket = pairing.Ticket{Token: pairing.Token(m.Token), Code: pairing.Token(m.Code), Address: t.addr}
	}
	if ticket.Token == "" && ticket.Code == "" {
		return refuse(protocol.CodeNotAllowed, "say hello first")
	}
	name := agentName(t.agent, true)
	if model := cleanName(m.Device); model != "" {
		name = strings.TrimSuffix(model+", "+firstMatch(t.agent, browsers), ", ")
	}
	sess, secret, err := t.srv.cfg.Service.Claim(ctx, ticket, pairing.ClaimRequest{
		PhoneName: name, SameDevice: pairing.Token(m.SameDevice), Conn: t.conn,
	})
	if err != nil {
		return t.tellSecond(ctx, err)
	}
	t.srv.log.InfoContext(ctx, "session claimed", "session", sess.Reference)
	return t.attach(ctx, sess, secret, true)
}

// resume goes on where the phone that holds this secret was.
func (t *phoneTalk) resume(ctx context.Context, secret pairing.Token) error {
	sess, err := t.srv.cfg.Service.Resume(ctx, secret, t.conn)
	if err != nil {
		return err
	}
	return t.attach(ctx, sess, secret, false)
}

// attach binds this conversation to its session and sends the welcome.
func (t *phoneTalk) attach(ctx context.Context, sess pairing.Session, secret pairing.Token, claimed bool) error {
	if t.cap == nil {
		t.cap = t.srv.captures.use(sess)
		if t.follow != nil {
			if err := t.follow(ctx, sess.ID); err != nil {
				return &ending{code: protocol.CloseGoingDown, reason: "try again", cause: err}
			}
			fresh, err := t.srv.cfg.Service.Load(ctx, sess.ID)
			if err != nil {
				return err
			}
			sess = fresh
		}
	}
	t.secret = secret
	t.srv.captures.hear(t.cap)
	if err := t.srv.cfg.Service.Beat(ctx, sess.ID); err != nil {
		return err
	}
	t.note(&sess)
	progress := progressOf(sess, rolePhone, time.Now())
	welcome := protocol.Welcome{
		Role: rolePhone, Choices: sess.Choices, Site: t.srv.cfg.Site,
		ServerTime: time.Now().UnixMilli(), Progress: &progress, Challenge: t.srv.cfg.Challenge,
	}
	if claimed {
		welcome.DeviceSecret = string(secret)
	} else {
		welcome.Still = t.unfinished(ctx, sess)
	}
	t.out.put(welcome)
	t.told = sess.Rev
	if end := t.endingOf(sess); end != nil {
		t.out.close(end)
		return nil
	}
	return t.finishLeft(ctx, sess)
}

// unfinished tells how far an upload got, if one was on its way.
func (t *phoneTalk) unfinished(ctx context.Context, sess pairing.Session) *protocol.StillParts {
	r, err := decodeRecord(sess.Flow)
	if err != nil || r == nil || r.Upload == nil || r.Flow == nil {
		return nil
	}
	if step, phase, open := r.Flow.Current(); !open || string(step) != r.Upload.Step || (phase != capture.PhaseStill && !r.Upload.Manual) {
		return nil
	}
	parts, err := t.srv.cfg.Service.Parts(ctx, sess.ID, r.Upload.name())
	if err != nil || len(parts) == r.Upload.Parts {
		return nil
	}
	return &protocol.StillParts{Step: r.Upload.Step, Seq: r.Upload.Seq, Parts: r.Upload.Parts, Received: sortedKeys(parts)}
}

func (t *phoneTalk) presence(ctx context.Context, m protocol.Presence) error {
	p := pairing.Present
	switch m.State {
	case "asleep":
		p = pairing.Asleep
	case "awake":
	default:
		return refuse(protocol.CodeBadMessage, "want asleep or awake")
	}
	return t.saw(t.srv.cfg.Service.Presence(ctx, t.cap.id, t.conn, p))
}

// chooseCode answers the comparison. A wrong choice is told with the last
// progress this phone gets.
func (t *phoneTalk) chooseCode(ctx context.Context, code string) error {
	sess, err := t.srv.cfg.Service.ChooseCode(ctx, t.cap.id, t.secret, code)
	if errors.Is(err, pairing.ErrWrongCode) {
		t.srv.log.InfoContext(ctx, "wrong comparison code", "session", sess.Reference)
		t.out.put(progressOf(sess, rolePhone, time.Now()))
	}
	return t.saw(sess, err)
}

// saw keeps a record that a call of the service returned.
func (t *phoneTalk) saw(sess pairing.Session, err error) error {
	if err == nil {
		t.cap.note(&sess)
	}
	return err
}

// draw returns a random number below n that nobody can foresee.
func draw(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil { // crypto/rand does not fail
		return 0
	}
	return int(v.Int64())
}
