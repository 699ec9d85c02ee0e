package live

import (
	"time"

	"visavis/pairing"
)

// nextLimit returns the next deadline of the session: its warning, or the effect of
// pairing.Service.Expire. Zero means none. A past deadline is still due: the record was
// not updated yet.
func (p *Plane) nextLimit(sess pairing.Session, now time.Time) time.Time {
	if sess.State == pairing.Ended || sess.Finished || sess.ID == "" {
		return time.Time{}
	}
	end := endOf(sess)
	if warn := end.Add(-warnBefore); !end.IsZero() && warn.After(now) {
		return warn
	}
	return p.Service.NextExpiry(sess)
}

// expired reports whether the session's record needs pairing.Service.Expire.
func (p *Plane) expired(sess pairing.Session, now time.Time) bool {
	if sess.State == pairing.Ended || sess.Finished || sess.ID == "" {
		return false
	}
	return !p.Service.NextExpiry(sess).After(now)
}

// warning remembers which end of a session was warned of.
type warning struct{ of time.Time }

// due reports, once for each end, that the warning is to be shown now.
func (w *warning) due(sess pairing.Session, now time.Time) bool {
	end := endOf(sess)
	if sess.Finished || end.IsZero() || end.Equal(w.of) || now.Before(end.Add(-warnBefore)) {
		return false
	}
	w.of = end
	return true
}
