package server

import (
	"context"
	"time"

	"visavis/pairing"
	"visavis/protocol"
)

// note keeps the newest record for the writing side; true when this one is newer.
func (t *phoneTalk) note(sess *pairing.Session) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if sess.Rev <= t.last.Rev {
		return false
	}
	t.last, t.retry = sess, time.Time{}
	return true
}

// event takes news of the session: the phone gets what it may see of it, and
// leaves when the session is over or belongs to another connection.
//
// Events come only after attach has set the capture and handed the subscription
// over, so it may be read here.
func (t *phoneTalk) event(_ context.Context, ev pairing.Event) {
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
	t.out.put(progressOf(*ev.Session, rolePhone, time.Now()))
	if end := t.endingOf(*ev.Session); end != nil {
		t.out.close(end)
	}
}

// endingOf tells whether this phone has nothing more to do with the session.
func (t *phoneTalk) endingOf(sess pairing.Session) *ending {
	switch {
	case sess.DeviceHash == "" && sess.Reason == protocol.ReasonWrongCode, sess.Reason == protocol.ReasonWrongCodeTwice:
		return &ending{code: protocol.CloseWrongCode, reason: "wrong code"}
	case sess.DeviceHash == "" && sess.Reason == protocol.ReasonNotMyPhone:
		return &ending{code: protocol.CloseThrownOut, reason: "thrown out"}
	case sess.State == pairing.Ended:
		return endingOf(sess)
	case sess.DeviceHash == "":
		return &ending{code: protocol.CloseInvalidToken, reason: "invalid token"}
	case t.conn != "" && sess.PhoneConn != t.conn:
		return &ending{code: protocol.CloseReplaced, reason: "replaced"}
	}
	return endingOf(sess)
}

// due is when the phone's side has something to do by itself.
func (t *phoneTalk) due() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	limit := t.srv.nextLimit(*t.last, time.Now())
	if limit.IsZero() {
		return limit
	}
	return later(limit, t.retry)
}

// tick does what is due.
func (t *phoneTalk) tick(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.srv.cfg.Limits.Store)
	defer cancel()
	now := time.Now()
	t.mu.Lock()
	sess := *t.last
	over := t.srv.expired(sess, now) && !now.Before(t.retry)
	warn := t.warned.due(sess, now)
	if over {
		t.retry = now.Add(5 * time.Second)
	}
	t.mu.Unlock()
	if over {
		t.srv.check(ctx, "expire", func() error { _, err := t.srv.cfg.Service.Expire(ctx, sess.ID); return err })
	}
	if warn {
		t.out.put(progressOf(sess, rolePhone, now))
	}
}
