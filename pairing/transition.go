package pairing

import (
	"errors"
	"slices"
	"time"

	"visavis/devicekey"
)

// The reasons in Session.Reason, as the protocol names them.
const (
	ReasonWrongCode        = "wrong-code"
	ReasonWrongCodeTwice   = "wrong-code-twice"
	ReasonNotMe            = "not-me"
	ReasonNotMyPhone       = "not-my-phone"
	ReasonCancelledPhone   = "cancelled-phone"
	ReasonCancelledDesktop = "cancelled-desktop"
	ReasonIdle             = "idle"
	ReasonExpired          = "expired"
	ReasonCodesOver        = "codes-over"
	ReasonTooManyStills    = "too-many-stills"
	ReasonUnsafePictures   = "unsafe-pictures"
	ReasonEnrolmentOver    = "enrolment-over"
	ReasonCodeShared       = "code-shared"
)

// The transitions below are pure: they change only their Session, from its fields, the
// arguments and the given time. A transition that refuses leaves it unchanged.

// end moves to Ended, from every state. Token and codes are revoked; the device secret
// stays so that the phone can read the reason.
func (s *Session) end(reason string, now time.Time) {
	s.State = Ended
	s.Reason = reason
	s.EndedAt = now
	s.Tokens, s.Typed = nil, nil
	s.SameDeviceHash, s.SameDeviceEnd = "", time.Time{}
	s.Comparison = ""
}

// release returns to waiting: the device secret is revoked, a new run of codes begins,
// Flow stays.
func (s *Session) release(reason string, c *Config, now time.Time) {
	s.State = Waiting
	s.Reason = reason
	s.Tokens, s.Typed = nil, nil
	s.DeviceHash, s.PhoneName, s.PhonePresence, s.PhoneCamera, s.PhoneConn = "", "", "", "", ""
	s.PhoneNetworks = nil
	s.SigningKey, s.SigningSeen = "", nil
	s.Comparison = ""
	s.SameDeviceHash, s.SameDeviceEnd, s.SameDevice = "", time.Time{}, false
	s.ClaimedAt, s.IdleAt, s.EndsAt = time.Time{}, time.Time{}, time.Time{}
	s.CodesEnd = now.Add(c.CodesLife)
}

// expire applies the passage of time and reports whether it changed anything.
func (s *Session) expire(c *Config, now time.Time) bool {
	switch s.State {
	case Comparing, Paired:
		if s.Finished {
			return false // the record goes when EndsAt comes
		}
		switch {
		case !now.Before(s.EndsAt) && !s.EndsAt.After(s.IdleAt):
			s.end(ReasonExpired, now)
		case !now.Before(s.IdleAt):
			s.end(ReasonIdle, now)
		case !now.Before(s.EndsAt):
			s.end(ReasonExpired, now)
		default:
			return false
		}
		return true
	case Scanned:
		if slices.ContainsFunc(s.Tokens, scannedAt(now)) || slices.ContainsFunc(s.Typed, scannedAt(now)) {
			return false
		}
		s.State = Waiting
		s.expireWaiting(c, now)
		return true
	case Waiting:
		return s.expireWaiting(c, now)
	}
	return false
}

func (s *Session) expireWaiting(c *Config, now time.Time) bool {
	if !now.Before(s.CodesEnd.Add(c.WaitingLife)) {
		s.end(ReasonExpired, now)
		return true
	}
	if now.Before(s.CodesEnd) || s.Reason == ReasonCodesOver {
		return false
	}
	s.Reason = ReasonCodesOver
	return true
}

// nextExpiry is when expire will next change something.
func (s *Session) nextExpiry(c *Config) time.Time {
	switch s.State {
	case Comparing, Paired:
		if s.EndsAt.Before(s.IdleAt) {
			return s.EndsAt
		}
		return s.IdleAt
	case Scanned:
		var last time.Time
		for _, k := range slices.Concat(s.Tokens, s.Typed) {
			if k.Scanned && k.ExpiresAt.After(last) {
				last = k.ExpiresAt
			}
		}
		return last
	case Waiting:
		if s.Reason == ReasonCodesOver {
			return s.CodesEnd.Add(c.WaitingLife)
		}
		return s.CodesEnd
	}
	return s.EndedAt.Add(c.EndedLife)
}

// ttl is how long the store keeps the record: past its end, so that both sides can read
// the reason.
func (s *Session) ttl(c *Config, now time.Time) time.Duration {
	var until time.Time
	switch {
	case s.State == Ended:
		until = s.EndedAt.Add(c.EndedLife)
	case s.Finished:
		until = s.EndsAt
	case s.Claimed():
		until = s.nextExpiry(c).Add(c.EndedLife)
	default:
		until = s.CodesEnd.Add(c.ScannedLife + c.WaitingLife + c.EndedLife)
	}
	return max(until.Sub(now), time.Second)
}

// showCode adds a new token and typed code, given by their hashes, before the existing
// ones.
func (s *Session) showCode(tab string, manual bool, token, typed string, c *Config, now time.Time) error {
	if s.State != Waiting {
		return ErrNotAllowed
	}
	if !now.Before(s.CodesEnd) {
		if !manual {
			return ErrNotAllowed
		}
		s.CodesEnd = now.Add(c.CodesLife)
	}
	if s.Reason == ReasonCodesOver {
		s.Reason = ""
	}
	s.Tokens = prepend(s.Tokens, Code{Hash: token, ExpiresAt: earlier(now.Add(c.TokenLife), s.CodesEnd)}, c.Grace, now)
	// An automatic renewal of the same page keeps the end of the typed code, so that somebody who is typing is not
	// cut off. A reload or the button starts afresh.
	shown := Code{Hash: typed, ExpiresAt: earlier(now.Add(c.TypedLife), s.CodesEnd)}
	if tab == s.CodeTab && !manual {
		s.Typed = before(s.Typed, shown, now)
	} else {
		s.Typed = prepend(s.Typed, shown, c.Grace, now)
	}
	s.CodeTab = tab
	return nil
}

// maxCodes bounds the codes of a record: renewals every two minutes for ten minutes, and
// a few reloads.
const maxCodes = 8

// prepend adds k before the live codes. The code shown until now lives for grace longer,
// since its QR may still be in front of a camera, but never longer than it had.
func prepend(codes []Code, k Code, grace time.Duration, now time.Time) []Code {
	codes = slices.Clone(codes)
	for i := range codes {
		old := &codes[i]
		if i == 0 && now.Before(old.ExpiresAt.Add(grace)) {
			old.ExpiresAt = now.Add(grace)
		} else {
			old.ExpiresAt = earlier(old.ExpiresAt, now.Add(grace))
		}
	}
	return before(codes, k, now)
}

// before adds k before the live codes, which keep their own expiry.
func before(codes []Code, k Code, now time.Time) []Code {
	out := []Code{k}
	for _, old := range codes {
		if now.Before(old.ExpiresAt) && len(out) < maxCodes {
			out = append(out, old)
		}
	}
	return out
}

// maxOpeners bounds the networks that may say hello with one code: two of the phone (home
// and mobile), and one by mistake. A code that more networks open has been passed on.
const maxOpeners = 3

// invite records a hello from this network with the code of this hash. ok is false if no
// live code has it. One opener too many closes all codes: shared is true.
func (s *Session) invite(typed bool, hash, from string, c *Config, now time.Time) (changed, ok, shared bool) {
	k := s.code(typed, hash, now)
	if k == nil {
		return false, false, false
	}
	if !slices.Contains(k.Openers, from) {
		if len(k.Openers) >= maxOpeners {
			s.release(ReasonCodeShared, c, now)
			return true, true, true
		}
		k.Openers, changed = append(k.Openers, from), true
	}
	if k.Scanned {
		return changed, true, false // a reload: the first hello counts, else it could be held for ever
	}
	k.Scanned = true
	if e := now.Add(c.ScannedLife); e.After(k.ExpiresAt) || !typed {
		k.ExpiresAt = e
	}
	s.State = Scanned
	s.Reason = "" // a phone is here: an earlier reason no longer applies
	return true, true, false
}

// code finds the live code of this hash, comparing all of them in constant time.
func (s *Session) code(typed bool, hash string, now time.Time) *Code {
	if s.State != Waiting && s.State != Scanned {
		return nil
	}
	codes := s.Tokens
	if typed {
		codes = s.Typed
	}
	var found *Code
	for i := range codes {
		if same(codes[i].Hash, hash) && now.Before(codes[i].ExpiresAt) {
			found = &codes[i]
		}
	}
	return found
}

// claim gives the session to the device of this hash.
func (s *Session) claim(deviceHash, sameDeviceHash string, r ClaimRequest, c *Config, now time.Time) {
	s.Tokens, s.Typed = nil, nil
	s.Reason = ""
	s.DeviceHash = deviceHash
	s.PhoneName = r.PhoneName
	s.PhonePresence, s.PhoneCamera = Present, ""
	s.PhoneConn = r.Conn
	s.PhoneNetworks = []string{r.from}
	if s.SigningKey, s.SigningSeen = r.SigningKey, nil; r.SigningKey != "" {
		s.SigningSeen = devicekey.Seen{r.Proof.Count}
	}
	s.ClaimedAt = now
	s.IdleAt = now.Add(c.IdleLife)
	s.EndsAt = now.Add(c.TotalLife)
	s.Extensions = 0
	if same(s.SameDeviceHash, sameDeviceHash) && now.Before(s.SameDeviceEnd) {
		s.State = Paired
		s.SameDevice = true
	} else {
		s.State = Comparing
		s.Comparison = comparison(c.Secret, s.DesktopHash, deviceHash)
	}
	s.SameDeviceHash, s.SameDeviceEnd = "", time.Time{}
}

// hold moves the claimed session to another connection of the phone. An empty conn, the
// HTTP fallback, changes nothing but the count of the phone's proofs.
func (s *Session) hold(conn string) error {
	if conn == "" || conn == s.PhoneConn {
		if s.SigningKey == "" {
			return errUnchanged
		}
		return nil
	}
	s.PhoneConn, s.PhonePresence = conn, Present
	return nil
}

// proved records a proof of the phone's signing key. ErrUnsigned if it is none, ErrRepeated if
// its count was taken before; nothing where the claim brought no key.
func (s *Session) proved(p devicekey.Proof, use devicekey.Use, content ...[]byte) error {
	if s.SigningKey == "" {
		return nil
	}
	seen, err := p.Check(s.SigningKey, use, s.SigningSeen, content...)
	if err != nil {
		return unsigned(err)
	}
	s.SigningSeen = seen
	return nil
}

// unsigned returns what a proof that was refused means for a session.
func unsigned(err error) error {
	switch {
	case errors.Is(err, devicekey.ErrRepeated):
		return ErrRepeated
	case err != nil:
		return ErrUnsigned
	}
	return nil
}

// maxPhoneNetworks bounds the remembered networks of a phone.
const maxPhoneNetworks = 8

// seenFrom records a network that the device secret is used from. False if it is known.
func (s *Session) seenFrom(network string) bool {
	if !s.Claimed() || slices.Contains(s.PhoneNetworks, network) {
		return false
	}
	s.PhoneNetworks = append(s.PhoneNetworks, network)
	s.PhoneNetworks = s.PhoneNetworks[max(0, len(s.PhoneNetworks)-maxPhoneNetworks):]
	return true
}

// choose answers the comparison. wrong reports a wrong code.
func (s *Session) choose(code string, c *Config, now time.Time) (wrong bool) {
	if same(s.Comparison, code) {
		s.State = Paired
		s.Comparison = ""
		s.IdleAt = now.Add(c.IdleLife)
		return false
	}
	s.WrongChoices++
	if s.WrongChoices > 1 {
		s.end(ReasonWrongCodeTwice, now)
		s.DeviceHash, s.PhoneConn, s.PhonePresence = "", "", ""
	} else {
		s.release(ReasonWrongCode, c, now)
	}
	return true
}

// extend adds time. False if all extensions are used or there is nothing to extend.
func (s *Session) extend(c *Config, now time.Time) bool {
	if !s.Claimed() || s.Extensions >= c.MaxExtensions {
		return false
	}
	s.Extensions++
	s.IdleAt = now.Add(c.IdleLife)
	s.EndsAt = s.EndsAt.Add(c.ExtendTotal)
	return true
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func scannedAt(now time.Time) func(Code) bool {
	return func(k Code) bool { return k.Scanned && now.Before(k.ExpiresAt) }
}

// renewIdle records activity.
func (s *Session) renewIdle(c *Config, now time.Time) {
	if s.Claimed() {
		s.IdleAt = now.Add(c.IdleLife)
	}
}
