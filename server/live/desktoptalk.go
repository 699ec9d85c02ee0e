package live

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"visavis/pairing"
	"visavis/protocol"
	"visavis/words"
)

// The first byte of live news is its kind: a message for desktops, or a desktop's signal
// that it watches.
const (
	newsDesktop   = 'd'
	newsListening = 'l'
)

// listenEvery is the interval of a desktop's signal that it watches; listenFor is how
// long the phone's side relies on it.
const (
	listenEvery = 20 * time.Second
	listenFor   = 45 * time.Second
)

// presenceEvery is how often a desktop's side checks whether the phone is alive. The
// phone's own instance notices within 9 s; this check covers the loss of that instance.
const presenceEvery = 10 * time.Second

// DesktopTalk is the conversation with one desktop tab. The reading side calls Handle,
// the writing side Event and Tick; mu guards their shared state.
type DesktopTalk struct {
	plane *Plane
	out   *Outbox
	id    string // session
	tab   string // which tab of the page this is

	mu      sync.Mutex       // never held over a call of the service
	last    *pairing.Session // shared: nobody changes it
	showing bool             // this tab shows the code
	warned  warning
	watched time.Time // when listening was last said
	again   bool      // it is to be said once more soon
	asked   time.Time // when the phone's life was last asked for
	retryAt time.Time // not before: a limit that did not move is not asked for at once again
	takeAt  time.Time // when this tab takes the code over if no other does
}

// NewDesktop starts the conversation of one tab with a session. Begin may supply the id
// later.
func (p *Plane) NewDesktop(id, tab string, out *Outbox) *DesktopTalk {
	return &DesktopTalk{plane: p, out: out, id: id, tab: tab, last: &pairing.Session{}}
}

// Handle handles one message of a desktop.
func (t *DesktopTalk) Handle(ctx context.Context, m protocol.Message) {
	ctx, cancel := context.WithTimeout(ctx, t.plane.Store)
	defer cancel()
	if err := t.answer(ctx, m); err != nil {
		t.Fail(ctx, err)
	}
}

// Fail sends an error, and ends the conversation if it is final.
func (t *DesktopTalk) Fail(ctx context.Context, err error) {
	answer, end := AnswerTo(err, RoleDesktop)
	LogFault(ctx, t.plane.Logger, err, answer)
	t.out.Put(answer)
	if end != nil {
		t.out.Close(end)
	}
}

func (t *DesktopTalk) answer(ctx context.Context, m protocol.Message) error {
	service := t.plane.Service
	var err error
	switch m := m.(type) {
	case protocol.Hello:
		return t.hello(ctx)
	case protocol.Renew:
		return t.renew(ctx, m.Manual)
	case protocol.SetLanguage:
		_, err = service.SetLanguage(ctx, t.id, words.Find(m.Language).Tag)
	case protocol.SetAddress:
		return t.setAddress(ctx, m.Origin)
	case protocol.SameDevice:
		return t.sameDevice(ctx)
	case protocol.NotMyPhone:
		return t.notMyPhone(ctx)
	case protocol.Cancel:
		_, err = service.Cancel(ctx, t.id)
	case protocol.Extend:
		_, err = service.Extend(ctx, t.id)
	default:
		return Refuse(protocol.CodeNotAllowed, "not a message of a desktop")
	}
	return err
}

// hello answers with the full state, and with a code if one is to be shown.
func (t *DesktopTalk) hello(ctx context.Context) error {
	sess, err := t.plane.Service.Load(ctx, t.id)
	if err != nil {
		return err
	}
	progress := ProgressOf(sess, RoleDesktop, t.plane.now())
	site, _ := t.plane.asker(ctx, sess.Subject)
	t.out.Put(protocol.Welcome{
		Role:       RoleDesktop,
		Site:       site,
		ServerTime: t.plane.now().UnixMilli(),
		Progress:   &progress,
		Challenge:  t.plane.Challenge,
	})
	t.mu.Lock()
	t.asked = t.plane.now()
	if sess.Rev >= t.last.Rev {
		t.last = &sess
	}
	t.mu.Unlock()
	if t.endIfOver(sess) || sess.State != pairing.Waiting {
		return nil
	}
	// Codes that are over wait for the button; progress says so.
	if err := t.showCode(ctx, false, ""); err != nil && !errors.Is(err, pairing.ErrNotAllowed) {
		return err
	}
	return nil
}

// renew gives this tab a new code. Automatic renewal is only for the tab that shows one.
func (t *DesktopTalk) renew(ctx context.Context, manual bool) error {
	if !manual {
		sess, err := t.plane.Service.Load(ctx, t.id)
		if err != nil {
			return err
		}
		if sess.State == pairing.Waiting && sess.CodeTab != "" && sess.CodeTab != t.tab && hasLiveCode(sess, t.plane.now()) {
			t.out.Put(protocol.Notice{Code: protocol.NoticeElsewhere})
			return nil
		}
	}
	return t.showCode(ctx, manual, "")
}

// notMyPhone removes the phone. Its captures are discarded, and the next phone starts
// over.
func (t *DesktopTalk) notMyPhone(ctx context.Context) error {
	sess, err := t.plane.Service.Load(ctx, t.id)
	if err != nil {
		return err
	}
	subject, flow := sess.Subject, json.RawMessage(nil)
	if subject != "" && sess.State == pairing.Paired && !sess.Finished {
		switch start, err := t.plane.Subjects.Disown(ctx, subject); {
		case errors.Is(err, ErrOver): // nothing is taken any more
			flow = sess.Flow
		case err != nil:
			return err
		default:
			subject = start.Subject
			if flow, err = t.plane.StartFlow(start); err != nil {
				return err
			}
		}
	}
	_, err = t.plane.Service.NotMyPhone(ctx, t.id, subject, flow)
	return err
}

func hasLiveCode(sess pairing.Session, now time.Time) bool {
	return slices.ContainsFunc(sess.Tokens, func(c pairing.Code) bool { return c.ExpiresAt.After(now) })
}

func (t *DesktopTalk) setAddress(ctx context.Context, origin string) error {
	if !slices.Contains(t.plane.Origins(), origin) && origin != t.plane.Origin() {
		return Refuse(protocol.CodeNotAllowed, "not one of the addresses")
	}
	if _, err := t.plane.Service.SetOrigin(ctx, t.id, origin); err != nil {
		return err
	}
	return t.showCode(ctx, true, "")
}

func (t *DesktopTalk) sameDevice(ctx context.Context) error {
	proof, _, err := t.plane.Service.SameDevice(ctx, t.id)
	if err != nil {
		return err
	}
	return t.showCode(ctx, true, proof)
}

// showCode makes a new code, since only the hash of the previous one is stored, and sends
// it to this tab alone.
func (t *DesktopTalk) showCode(ctx context.Context, manual bool, proof pairing.Token) error {
	sess, code, err := t.plane.Service.ShowCode(ctx, t.id, t.tab, manual)
	if err != nil {
		return err
	}
	origin := cmp.Or(sess.Origin, t.plane.Origin())
	url := origin + "/p#" + string(code.Token)
	svg, err := QRCode(url)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.showing, t.takeAt = true, time.Time{}
	if sess.Rev > t.last.Rev {
		known := *t.last
		known.CodeTab = sess.CodeTab
		t.last = &known
	}
	t.mu.Unlock()
	t.out.Put(protocol.Pairing{
		URL: url, TypedCode: string(code.Typed), TypedURL: origin + "/p",
		ExpiresAt: code.ExpiresAt.UnixMilli(), RenewsEnd: code.RenewsEnd.UnixMilli(),
		Origin: origin, Origins: t.plane.Origins(), Container: t.plane.Container,
		TrustURL: t.plane.TrustURL(), SameDevice: string(proof), QR: svg,
	})
	return nil
}

// Event handles news: a changed record, or live pictures and notices.
func (t *DesktopTalk) Event(ctx context.Context, ev pairing.Event) {
	if len(ev.Live) > 0 && ev.Live[0] == newsDesktop {
		t.out.PutRaw(kindOf(ev.Live[1:]), ev.Live[1:])
	}
	if ev.Session != nil {
		t.changed(ctx, ev.Session)
	}
	if ev.Gone {
		t.Fail(ctx, pairing.ErrNotFound)
	}
}

// kindOf distinguishes a live picture from a notice. Each replaces only its own kind in
// the outbox.
func kindOf(message []byte) protocol.Type {
	if bytes.HasPrefix(message, []byte(`{"type":"notice"`)) {
		return protocol.TypeNotice
	}
	return protocol.TypeLive
}

func (t *DesktopTalk) changed(ctx context.Context, sess *pairing.Session) {
	t.mu.Lock()
	if sess.Rev <= t.last.Rev {
		t.mu.Unlock()
		return
	}
	before := t.last
	t.last, t.retryAt = sess, time.Time{}
	lost := t.showing && sess.State == pairing.Waiting && sess.CodeTab != t.tab
	if sess.State != pairing.Waiting || lost {
		t.showing = false
	}
	if sess.PhoneConn != before.PhoneConn || sess.State != before.State {
		// A new phone connection has to hear that somebody watches; it may not have
		// subscribed yet, so it is said again a little later.
		t.watched, t.again = time.Time{}, true
	}
	needed := sess.State == pairing.Waiting && before.State != pairing.Waiting && before.State != ""
	if needed && sess.CodeTab != t.tab {
		t.takeAt = t.plane.now().Add(time.Second) // the tab that showed it is told first
	}
	t.mu.Unlock()
	t.out.Put(ProgressOf(*sess, RoleDesktop, t.plane.now()))
	if lost {
		t.out.Put(protocol.Notice{Code: protocol.NoticeElsewhere})
	}
	if t.endIfOver(*sess) {
		reason := cmp.Or(ProgressOf(*sess, RoleDesktop, t.plane.now()).Reason, protocol.StateDone)
		if t.plane.Metrics.end(sess.ID, reason) {
			t.plane.Logger.InfoContext(ctx, "session ended", "session", sess.Reference, "reason", reason)
		}
		return
	}
	if needed && sess.CodeTab == t.tab {
		t.takeCode(ctx)
	}
}

// takeCode shows a new code after the previous one was used up.
func (t *DesktopTalk) takeCode(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.plane.Store)
	defer cancel()
	if err := t.showCode(ctx, false, ""); err != nil && !errors.Is(err, pairing.ErrNotAllowed) {
		t.Fail(ctx, err)
	}
}

// endIfOver closes a connection whose session is over.
func (t *DesktopTalk) endIfOver(sess pairing.Session) bool {
	end := endingOf(sess)
	if end != nil {
		t.out.Close(end)
	}
	return end != nil
}

func endingOf(sess pairing.Session) *Ending {
	switch {
	case sess.Finished:
		return &Ending{Code: CloseDone, Reason: "done"}
	case sess.State == pairing.Ended:
		return &Ending{Code: protocol.CloseEnded, Reason: cmp.Or(sess.Reason, "ended")}
	}
	return nil
}

// Reference returns the session's reference for the log, or "" before it is known.
func (t *DesktopTalk) Reference() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last.Reference
}

// Follow sets the session before it is first read.
func (t *DesktopTalk) Follow(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.id = id
}
