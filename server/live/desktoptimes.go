package live

import (
	"context"
	"time"

	"visavis/pairing"
	"visavis/protocol"
)

// Due returns when the desktop's side next has something to do, as Plane.local has it.
func (t *DesktopTalk) Due() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last.ID == "" || t.last.State == pairing.Ended {
		return time.Time{}
	}
	var at time.Time
	if limit := t.plane.nextLimit(*t.last, t.plane.now()); !limit.IsZero() {
		at = later(limit, t.retryAt)
	}
	if t.last.DeviceHash != "" {
		at = earlier(at, t.watched.Add(listenEvery))
	}
	if t.last.DeviceHash != "" && t.last.PhonePresence == pairing.Present {
		at = earlier(at, t.asked.Add(presenceEvery))
	}
	return t.plane.local(earlier(at, t.takeAt))
}

// Tick does what is due.
func (t *DesktopTalk) Tick(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.plane.Store)
	defer cancel()
	now := t.plane.now()
	t.mu.Lock()
	sess := *t.last
	listen := sess.DeviceHash != "" && !now.Before(t.watched.Add(listenEvery))
	ask := sess.DeviceHash != "" && sess.PhonePresence == pairing.Present && !now.Before(t.asked.Add(presenceEvery))
	take := !t.takeAt.IsZero() && !now.Before(t.takeAt)
	over := t.plane.expired(sess, now) && !now.Before(t.retryAt)
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
		t.plane.listen(ctx, t.id)
	}
	if ask {
		t.plane.check(ctx, "mark absent", func() error { _, err := t.plane.Service.MarkAbsent(ctx, t.id); return err })
	}
	switch {
	case !take || sess.State != pairing.Waiting:
	case !hasLiveCode(sess, now):
		t.takeCode(ctx)
	case sess.CodeTab != t.tab:
		t.out.Put(protocol.Notice{Code: protocol.NoticeElsewhere})
	}
	if over {
		t.plane.check(ctx, "expire", func() error { _, err := t.plane.Service.Expire(ctx, t.id); return err })
	}
	if warn {
		t.out.Put(ProgressOf(sess, RoleDesktop, now))
	}
}

// earlier returns the earlier of two times, ignoring zero ones.
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
