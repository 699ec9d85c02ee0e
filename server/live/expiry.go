package live

import (
	"time"

	"visavis/pairing"
)

// nextLimit is when something of the session's runs out: its warning, or what
// pairing.Service.Expire does. Zero: nothing does. One in the past is still due:
// the record has not been told yet.
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

// expired tells whether the session's record asks for pairing.Service.Expire.
func (p *Plane) expired(sess pairing.Session, now time.Time) bool {
	if sess.State == pairing.Ended || sess.Finished || sess.ID == "" {
		return false
	}
	return !p.Service.NextExpiry(sess).After(now)
}

// warning remembers which end of a session was warned of.
type warning struct{ of time.Time }

// due tells, once for each end, that the warning is to be shown now.
func (w *warning) due(sess pairing.Session, now time.Time) bool {
	end := endOf(sess)
	if sess.Finished || end.IsZero() || end.Equal(w.of) || now.Before(end.Add(-warnBefore)) {
		return false
	}
	w.of = end
	return true
}
