package server

import (
	"context"
	"time"

	"visavis/pairing"
	"visavis/protocol"
)

// due is when the desktop's side has something to do by itself.
func (t *desktopTalk) due() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last.ID == "" || t.last.State == pairing.Ended {
		return time.Time{}
	}
	var at time.Time
	if limit := t.srv.nextLimit(*t.last, time.Now()); !limit.IsZero() {
		at = later(limit, t.retryAt)
	}
	if t.last.DeviceHash != "" {
		at = earlier(at, t.watched.Add(listenEvery))
	}
	if t.last.DeviceHash != "" && t.last.PhonePresence == pairing.Present {
		at = earlier(at, t.asked.Add(presenceEvery))
	}
	return earlier(at, t.takeAt)
}

// tick does what is due.
func (t *desktopTalk) tick(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.srv.cfg.Limits.Store)
	defer cancel()
	now := time.Now()
	t.mu.Lock()
	sess := *t.last
	listen := sess.DeviceHash != "" && !now.Before(t.watched.Add(listenEvery))
	ask := sess.DeviceHash != "" && sess.PhonePresence == pairing.Present && !now.Before(t.asked.Add(presenceEvery))
	take := !t.takeAt.IsZero() && !now.Before(t.takeAt)
	over := t.srv.expired(sess, now) && !now.Before(t.retryAt)
	warn := t.warned.due(sess, now)
	if listen {
		t.watched = now
		if t.again {
			t.again, t.watched = false, now.Add(time.Second-listenEvery)
		}
	}
	if ask {
		t.asked = now
	}
	if take {
		t.takeAt = time.Time{}
	}
	if over {
		t.retryAt = now.Add(5 * time.Second)
	}
	t.mu.Unlock()
	if listen {
		t.srv.listen(ctx, t.id)
	}
	if ask {
		t.srv.check(ctx, "mark absent", func() error { _, err := t.srv.cfg.Service.MarkAbsent(ctx, t.id); return err })
	}
	switch {
	case !take || sess.State != pairing.Waiting:
	case !hasLiveCode(sess, now):
		t.takeCode(ctx)
	case sess.CodeTab != t.tab:
		t.out.put(protocol.Notice{Code: protocol.NoticeElsewhere})
	}
	if over {
		t.srv.check(ctx, "expire", func() error { _, err := t.srv.cfg.Service.Expire(ctx, t.id); return err })
	}
	if warn {
		t.out.put(progressOf(sess, roleDesktop, now))
	}
}

// earlier is the earlier of two times; a zero one is no time.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
