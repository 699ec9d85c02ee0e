package live

import (
	"context"

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
		t.out.Put(ProgressOf(sess, RoleDesktop, t.plane.now()))
	}
}

// Poll answers a poll with the news, and with a new code if this tab has to show one.
func (t *DesktopTalk) Poll(ctx context.Context, seen int64) {
	sess := *t.last
	if _, err := t.plane.Service.MarkAbsent(ctx, sess.ID); err == nil && sess.Rev > seen {
		t.out.Put(ProgressOf(sess, RoleDesktop, t.plane.now()))
	}
	if live := t.plane.watch(sess.ID); live != nil {
		t.out.PutRaw(kindOf(live), live)
	}
	if sess.State == pairing.Waiting && sess.CodeTab == t.tab && len(sess.Tokens) == 0 {
		t.takeCode(ctx)
	}
}

// Begin loads the record after the subscription and sends it first. The page treats a
// missing first event as a sign of a buffering proxy.
func (t *DesktopTalk) Begin(ctx context.Context) error {
	sess, err := t.plane.Service.Load(ctx, t.id)
	if err != nil {
		return err
	}
	t.mu.Lock()
	t.last, t.asked = &sess, t.plane.now()
	t.showing = sess.CodeTab == t.tab
	t.mu.Unlock()
	t.out.Put(ProgressOf(sess, RoleDesktop, t.plane.now()))
	t.endIfOver(sess)
	return nil
}

// KnownDesktop is NewDesktop for a session that is already loaded.
func (p *Plane) KnownDesktop(sess pairing.Session, tab string, out *Outbox) *DesktopTalk {
	t := p.NewDesktop(sess.ID, tab, out)
	t.last = &sess
	return t
}

// Session returns the session's id.
func (t *DesktopTalk) Session() string { return t.id }
