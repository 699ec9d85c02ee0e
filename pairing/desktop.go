package pairing

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"visavis/limits"
)

// OpenRequest describes the desktop that opens a session.
type OpenRequest struct {
	DesktopName  string // "Firefox, Windows"
	DesktopPlace string // "Lyon, France"; empty if unknown
	Language     string // BCP 47 tag of the pages, such as "fr"
	Origin       string // the address that the link carries
	Address      netip.Addr
	// Reference is what people and logs call the session by: that of what it is for. Empty
	// to draw one.
	Reference string
	// Subject says what the session is for; Flow is the initial state of its capture.
	// Both are opaque here and may be empty.
	Subject string
	Flow    json.RawMessage
}

// Open makes a session. The returned Token is the desktop's secret, for the cookie.
// ErrRateLimited if the address opened too many.
func (v *Service) Open(ctx context.Context, r OpenRequest) (Session, Token, error) {
	if err := v.count(ctx, limits.Sessions, sharers(r.Address, v.cfg.SessionsPerHour)); err != nil {
		return Session{}, "", err
	}
	flow, err := compact(r.Flow)
	if err != nil {
		return Session{}, "", fmt.Errorf("open session: %w", err)
	}
	now := v.clock()
	secret := newToken()
	s := Session{
		ID:           uuid.NewString(),
		Reference:    cmp.Or(r.Reference, randomString(referenceAlphabet, referenceLength)),
		Rev:          1,
		State:        Waiting,
		CreatedAt:    now,
		CodesEnd:     now.Add(v.cfg.CodesLife),
		Language:     r.Language,
		DesktopHash:  secret.hash(),
		DesktopName:  r.DesktopName,
		DesktopPlace: r.DesktopPlace,
		Origin:       r.Origin,
		Subject:      r.Subject,
		Flow:         flow,
		Networks:     v.holders(r.Address),
	}
	if err := v.store.Create(ctx, s, s.ttl(&v.cfg, now)); err != nil {
		return Session{}, "", fmt.Errorf("open session: %w", err)
	}
	if err := v.store.PutIndex(ctx, indexDesktop+s.DesktopHash, s.ID, v.cfg.desktopLife()); err != nil {
		return Session{}, "", fmt.Errorf("open session: %w", err)
	}
	return s, secret, nil
}

// ByDesktop returns the session of the cookie's secret, also if it has ended, as long as
// the record is kept. ErrNotFound.
func (v *Service) ByDesktop(ctx context.Context, secret Token) (Session, error) {
	if !secret.plausible() {
		return Session{}, ErrNotFound
	}
	hash := secret.hash()
	s, err := v.find(ctx, indexDesktop+hash)
	if err != nil {
		return Session{}, err
	}
	if !same(s.DesktopHash, hash) {
		return Session{}, ErrNotFound
	}
	return s, nil
}

// ShownCode is a code for the desktop to show. The Service does not keep it.
type ShownCode struct {
	Token     Token     // for the link's fragment
	Typed     Token     // 8 letters
	ExpiresAt time.Time // when the page renews it
	RenewsEnd time.Time // when renewal by itself stops
}

// ShowCode makes a new token and typed code, shown in the given tab. The previous token
// works for Config.Grace longer. So does the previous typed code, unless the same tab
// renews automatically: then it keeps its own expiry.
//
// ErrNotAllowed if a phone has scanned or claimed, or if the time for codes is over and
// manual is false (Session.Reason is then codes-over). ErrRateLimited.
func (v *Service) ShowCode(ctx context.Context, id, tab string, manual bool) (Session, ShownCode, error) {
	if err := v.count(ctx, limits.Codes, []counted{{id, v.cfg.CodesPer10Min}}); err != nil {
		return Session{}, ShownCode{}, err
	}
	token, typed := newToken(), newTyped()
	tokenHash, typedHash := token.hash(), v.typedHash(typed)
	s, err := v.update(ctx, id, func(s *Session, now time.Time) error {
		return s.showCode(tab, manual, tokenHash, typedHash, &v.cfg, now)
	})
	if err != nil {
		return s, ShownCode{}, err
	}
	// The indexes live as long as a session that one of these codes opens may be
	// claimed, so that a second phone that comes later is noticed.
	life := v.cfg.CodesLife + v.cfg.ScannedLife + v.cfg.TotalLife
	if err := errors.Join(
		v.store.PutIndex(ctx, indexToken+tokenHash, id, life),
		v.store.PutIndex(ctx, indexTyped+typedHash, id, v.cfg.TypedLife+v.cfg.ScannedLife),
		v.store.PutIndex(ctx, indexDesktop+s.DesktopHash, id, v.cfg.desktopLife()),
	); err != nil {
		return s, ShownCode{}, fmt.Errorf("show code: %w", err)
	}
	return s, ShownCode{Token: token, Typed: typed, ExpiresAt: s.Tokens[0].ExpiresAt, RenewsEnd: s.CodesEnd}, nil
}

// SetOrigin changes the address that the link carries.
func (v *Service) SetOrigin(ctx context.Context, id, origin string) (Session, error) {
	return v.update(ctx, id, func(s *Session, _ time.Time) error {
		if s.State == Ended {
			return ErrNotAllowed
		}
		if s.Origin == origin {
			return errUnchanged
		}
		s.Origin = origin
		return nil
	})
}

// SetLanguage changes the language of both pages.
func (v *Service) SetLanguage(ctx context.Context, id, language string) (Session, error) {
	return v.update(ctx, id, func(s *Session, _ time.Time) error {
		if s.Language == language {
			return errUnchanged
		}
		s.Language = language
		return nil
	})
}

// SameDevice returns a proof for the storage of the desktop's browser. A claim that
// brings it within Config.SameDeviceLife needs no comparison. ErrNotAllowed if a phone
// has claimed.
func (v *Service) SameDevice(ctx context.Context, id string) (Token, Session, error) {
	proof := newToken()
	s, err := v.update(ctx, id, func(s *Session, now time.Time) error {
		if s.State != Waiting && s.State != Scanned {
			return ErrNotAllowed
		}
		s.SameDeviceHash = proof.hash()
		s.SameDeviceEnd = now.Add(v.cfg.SameDeviceLife)
		return nil
	})
	if err != nil {
		return "", s, err
	}
	return proof, s, nil
}

// NotMyPhone removes the phone: its device secret is revoked and the session waits again
// with Reason not-my-phone. The phone's captures are discarded. subject and flow are for
// the next phone, as in OpenRequest. ErrNotAllowed if no phone holds the session or the
// capture is done.
func (v *Service) NotMyPhone(ctx context.Context, id, subject string, flow json.RawMessage) (Session, error) {
	flow, err := compact(flow)
	if err != nil {
		return Session{}, fmt.Errorf("not my phone: %w", err)
	}
	return v.update(ctx, id, func(s *Session, now time.Time) error {
		if !s.Claimed() || s.Finished {
			return ErrNotAllowed
		}
		if s.State == Paired { // before that, nothing is captured
			s.Subject, s.Flow = subject, flow
		}
		s.release(ReasonNotMyPhone, &v.cfg, now)
		return nil
	})
}

// Cancel ends the session from the desktop. It does nothing to an ended or finished
// session.
func (v *Service) Cancel(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonCancelledDesktop)
}

// endBecause ends a session that is neither ended nor finished.
func (v *Service) endBecause(ctx context.Context, id, reason string) (Session, error) {
	return v.update(ctx, id, func(s *Session, now time.Time) error {
		if s.State == Ended || s.Finished {
			return errUnchanged
		}
		s.end(reason, now)
		return nil
	})
}

// Extend renews the idle limit and adds Config.ExtendTotal to the total time, at most
// Config.MaxExtensions times. ErrNotAllowed after that, or before the claim.
func (v *Service) Extend(ctx context.Context, id string) (Session, error) {
	return v.update(ctx, id, func(s *Session, now time.Time) error {
		if !s.extend(&v.cfg, now) {
			return ErrNotAllowed
		}
		return nil
	})
}

// Finish marks the capture as done. Both sides can read the record until EndsAt.
func (v *Service) Finish(ctx context.Context, id string) (Session, error) {
	return v.update(ctx, id, func(s *Session, _ time.Time) error {
		if s.State != Paired {
			return ErrNotAllowed
		}
		if s.Finished {
			return errUnchanged
		}
		s.Finished = true
		return nil
	})
}

// typedHash is the stored form of a typed code, an HMAC: the code is too short for a
// plain hash.
func (v *Service) typedHash(code Token) string {
	return hex.EncodeToString(keyed(v.cfg.Secret, "typed", string(code)))
}
