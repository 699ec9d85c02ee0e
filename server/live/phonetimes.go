package live

import (
	"context"
	"time"

	"visavis/pairing"
	"visavis/protocol"
)

// note keeps the newest record for the writing side and reports whether this one is
// newer.
func (t *PhoneTalk) note(sess *pairing.Session) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if sess.Rev <= t.last.Rev {
		return false
	}
	t.last, t.retry = sess, time.Time{}
	return true
}

// Event handles session events. The phone is told what it may see, and disconnected if
// the session is over or belongs to another connection.
//
// Events are delivered only after attach has set the capture and the subscription, so
// both may be read here.
func (t *PhoneTalk) Event(ctx context.Context, ev pairing.Event) {
	if ev.Gone {
		t.Fail(ctx, pairing.ErrNotFound)
		return
	}
	if len(ev.Live) > 0 && ev.Live[0] == newsListening {
		t.cap.listen()
	}
	if ev.Session == nil {
		return
	}
	t.cap.note(ev.Session)
	if !t.note(ev.Session) {
		return
	}
	t.out.Put(ProgressOf(*ev.Session, RolePhone, t.plane.now()))
	if end := t.endingOf(*ev.Session); end != nil {
		t.out.Close(end)
	}
}

// endingOf returns the ending if this phone has no more part in the session, or nil.
func (t *PhoneTalk) endingOf(sess pairing.Session) *Ending {
	switch {
	case sess.DeviceHash == "" && sess.Reason == protocol.ReasonWrongCode, sess.Reason == protocol.ReasonWrongCodeTwice:
		return &Ending{Code: protocol.CloseWrongCode, Reason: "wrong code"}
	case sess.DeviceHash == "" && sess.Reason == protocol.ReasonNotMyPhone:
		return &Ending{Code: protocol.CloseThrownOut, Reason: "thrown out"}
	case sess.State == pairing.Ended:
		return endingOf(sess)
	case sess.DeviceHash == "":
		return &Ending{Code: protocol.CloseInvalidToken, Reason: "invalid token"}
	case t.caller.Conn != "" && sess.PhoneConn != t.caller.Conn:
		return &Ending{Code: protocol.CloseReplaced, Reason: "replaced"}
	}
	return endingOf(sess)
}

// Due returns when the phone's side next has something to do, as Plane.local has it.
func (t *PhoneTalk) Due() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := t.plane.nextLimit(*t.last, t.plane.now())
	if limit.IsZero() {
		return limit
	}
	return t.plane.local(later(limit, t.retry))
}

// Tick does what is due.
func (t *PhoneTalk) Tick(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.plane.Store)
	defer cancel()
	now := t.plane.now()
	t.mu.Lock()
	sess := *t.last
	over := t.plane.expired(sess, now) && !now.Before(t.retry)
	warn := t.warned.due(sess, now)
	if over {
		t.retry = now.Add(5 * time.Second)
	}
	t.mu.Unlock()
	if over {
		t.plane.check(ctx, "expire", func() error { _, err := t.plane.Service.Expire(ctx, sess.ID); return err })
	}
	if warn {
		t.out.Put(ProgressOf(sess, RolePhone, now))
	}
}
