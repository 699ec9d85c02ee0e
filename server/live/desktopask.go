package live

import (
	"context"
	"time"

	"visavis/pairing"
)

// CatchUp adds the newest progress if the page has not seen it.
func (t *DesktopTalk) CatchUp(ctx context.Context, seen int64) {
	sess, err := t.plane.Service.Load(ctx, t.id)
	if err != nil {
		t.Fail(ctx, err)
		return
	}
	if sess.Rev > seen {
		t.out.Put(ProgressOf(sess, RoleDesktop, time.Now()))
	}
}

// Poll answers a question for the state: what is new, and a code where this tab
// has to show another one.
func (t *DesktopTalk) Poll(ctx context.Context, seen int64) {
	sess := *t.last
	if _, err := t.plane.Service.MarkAbsent(ctx, sess.ID); err == nil && sess.Rev > seen {
		t.out.Put(ProgressOf(sess, RoleDesktop, time.Now()))
	}
	if live := t.plane.watch(sess.ID); live != nil {
		t.out.PutRaw(kindOf(live), live)
	}
	if sess.State == pairing.Waiting && sess.CodeTab == t.tab && len(sess.Tokens) == 0 {
		t.takeCode(ctx)
	}
}

// Begin reads the record after the subscription and puts it first: the page waits
// for a first event to know that the stream is not held back.
func (t *DesktopTalk) Begin(ctx context.Context) error {
	sess, err := t.plane.Service.Load(ctx, t.id)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.last, t.asked = &sess, time.Now()
	t.showing = sess.CodeTab == t.tab
	t.mu.Unlock()
	t.out.Put(ProgressOf(sess, RoleDesktop, time.Now()))
	t.endIfOver(sess)
	return nil
}

// KnownDesktop is NewDesktop for a session that was loaded already.
func (p *Plane) KnownDesktop(sess pairing.Session, tab string, out *Outbox) *DesktopTalk {
	t := p.NewDesktop(sess.ID, tab, out)
	t.last = &sess
	return t
}

// Session is the id of the session.
func (t *DesktopTalk) Session() string { return t.id }
