package pairing

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"time"

	"visavis/devicekey"
	"visavis/limits"
)

// ClaimRequest describes the phone that claims.
type ClaimRequest struct {
	PhoneName  string // "iPhone, Safari"
	SameDevice Token  // the proof of SameDevice, or empty
	Conn       string // the phone's connection; empty on the POST way
	// Key, made by the phone, becomes the device secret. It makes the claim repeatable if
	// the answer was lost. A Key that is not a token of 32 bytes is ignored.
	Key Token
	// SigningKey is the phone's public key, as devicekey.Text, or empty. Proof shows that
	// the phone has the private one; a repeated claim needs a newer one.
	SigningKey string
	Proof      devicekey.Proof

	from string // the ticket's network, as records store it
}

// Invite answers the hello of a phone's page. It claims nothing: the session becomes
// scanned, and its code can be claimed for Config.ScannedLife from the first hello on.
//
// A code opened from more than three networks has been passed on. It is closed, and the
// session waits again with Reason code-shared.
//
// ErrInvalid (perhaps a *SecondPhoneError) if it cannot be claimed; ErrRateLimited.
func (v *Service) Invite(ctx context.Context, t Ticket) (Session, error) {
	if err := v.limitTicket(ctx, t, limits.Invites, v.cfg.InvitesPer10Min); err != nil {
		return Session{}, err
	}
	closed, from := false, v.opener(t.Address)
	s, err := v.redeem(ctx, t, func(s *Session, typed bool, hash string, now time.Time) error {
		changed, ok, shared := s.invite(typed, hash, from, &v.cfg, now)
		closed = shared
		switch {
		case !ok:
			return deadTicket(s)
		case !changed:
			return errUnchanged
		}
		return nil
	})
	if err == nil && closed {
		return Session{}, ErrInvalid
	}
	return s, err
}

// opener is the stored form of a network: long enough to tell four apart.
func (v *Service) opener(a netip.Addr) string {
	return hex.EncodeToString(keyed(v.cfg.Secret, "opener", limits.NetworkOf(a).String())[:6])
}

// Claim takes the session for this phone and returns it with the device secret. Of
// concurrent claims exactly one wins. The state becomes comparing, or paired if the claim
// came from the desktop's own browser. Idempotent with a Key: the claim of the phone that
// won gives the same session again.
//
// ErrInvalid (perhaps a *SecondPhoneError, as for a repeated claim without a new proof of its
// signing key), ErrRateLimited, an error of package devicekey if key and proof do not fit.
func (v *Service) Claim(ctx context.Context, t Ticket, r ClaimRequest) (Session, Token, error) {
	if err := v.limitTicket(ctx, t, limits.Claims, v.cfg.ClaimsPer10Min); err != nil {
		return Session{}, "", err
	}
	if r.SigningKey != "" {
		if _, err := r.Proof.Check(r.SigningKey, devicekey.Claim, nil); err != nil {
			return Session{}, "", err
		}
	}
	r.from = v.whereabouts(t.Address)
	secret := newToken()
	if r.Key.plausible() {
		secret = r.Key
	}
	var sameDevice string
	if r.SameDevice != "" {
		sameDevice = r.SameDevice.hash()
	}
	indexed := false
	s, err := v.redeem(ctx, t, func(s *Session, typed bool, hash string, now time.Time) error {
		if s.code(typed, hash, now) == nil {
			if secret == r.Key && s.Claimed() && same(s.DeviceHash, secret.hash()) &&
				s.proved(r.Proof, devicekey.Claim) == nil {
				return s.hold(r.Conn)
			}
			return deadTicket(s)
		}
		// The index comes first: a stored claim is found by its device from the
		// start. The loser of a race leaves an index entry to the winner's record.
		if !indexed {
			if err := v.store.PutIndex(ctx, indexDevice+secret.hash(), s.ID, v.cfg.claimedLife()); err != nil {
				return err
			}
			indexed = true
		}
		s.claim(secret.hash(), sameDevice, r, &v.cfg, now)
		return nil
	})
	if err != nil {
		return Session{}, "", err
	}
	return s, secret, nil
}

// whereabouts is the stored form of a phone's location in the network: the widest network
// around its address, which stays the same while its address changes.
func (v *Service) whereabouts(a netip.Addr) string {
	tiers := limits.Tiers(a)
	return hex.EncodeToString(keyed(v.cfg.Secret, "whereabouts", tiers[len(tiers)-1].Net.String())[:6])
}

// SeenFrom records the network from which a claimed session's device secret is used, and
// reports whether it is new to the session: the phone has moved, or its secret was
// stolen.
func (v *Service) SeenFrom(ctx context.Context, s Session, a netip.Addr) (Session, bool, error) {
	from, fresh := v.whereabouts(a), false
	if !s.Claimed() || slices.Contains(s.PhoneNetworks, from) {
		return s, false, nil
	}
	s, err := v.update(ctx, s.ID, func(s *Session, _ time.Time) error {
		if fresh = s.seenFrom(from); !fresh {
			return errUnchanged
		}
		return nil
	})
	return s, fresh && err == nil, err
}

// ByDevice returns the session that the device holds, also if it has ended, as long as
// the record is kept. ErrInvalid.
func (v *Service) ByDevice(ctx context.Context, secret Token) (Session, error) {
	if !secret.plausible() {
		return Session{}, ErrInvalid
	}
	hash := secret.hash()
	s, err := v.find(ctx, indexDevice+hash)
	if errors.Is(err, ErrNotFound) || err == nil && !same(s.DeviceHash, hash) {
		return Session{}, ErrInvalid
	}
	return s, err
}

// Posted checks a text that the phone of s posted, and its proof. What changes nothing (a beat)
// need not be counted; else the session remembers the count. ErrUnsigned; ErrRepeated if the text
// was taken before. A session that has ended remembers nothing more.
func (v *Service) Posted(
	ctx context.Context, s Session, proof devicekey.Proof, text []byte, counts bool,
) (Session, error) {
	if s.SigningKey == "" {
		return s, nil
	}
	if !counts {
		_, err := proof.Check(s.SigningKey, devicekey.Post, nil, text)
		return s, unsigned(err)
	}
	hash := s.DeviceHash
	return v.update(ctx, s.ID, func(s *Session, _ time.Time) error {
		if !same(s.DeviceHash, hash) {
			return ErrInvalid
		}
		if err := s.proved(proof, devicekey.Post, text); err != nil {
			return err
		}
		if s.State == Ended {
			return errUnchanged
		}
		return nil
	})
}

// Resume makes conn the only live connection of the device's session and so replaces an
// earlier one. An empty conn (the HTTP fallback) replaces nothing. An ended session is
// returned unchanged. ErrInvalid; with the session, ErrUnsigned if its claim brought a
// signing key that the proof is not of.
func (v *Service) Resume(ctx context.Context, secret Token, conn string, proof devicekey.Proof) (Session, error) {
	s, err := v.ByDevice(ctx, secret)
	if err != nil {
		return Session{}, err
	}
	hash, id := secret.hash(), s.ID
	s, err = v.update(ctx, id, func(s *Session, now time.Time) error {
		if !same(s.DeviceHash, hash) {
			return ErrInvalid
		}
		if err := s.proved(proof, devicekey.Hello); err != nil {
			return err
		}
		if s.State == Ended || conn == "" && s.PhonePresence == Present && s.SigningKey == "" {
			return errUnchanged
		}
		if conn != "" {
			s.PhoneConn = conn
		}
		s.PhonePresence = Present
		s.renewIdle(&v.cfg, now)
		return nil
	})
	if errors.Is(err, ErrUnsigned) {
		return Session{ID: id}, err
	}
	return s, err
}

// ChooseCode answers the comparison for the device. With ErrWrongCode the device secret
// is revoked and the returned Session is waiting again (Reason wrong-code) or, the second
// time, ended (wrong-code-twice). ErrNotAllowed if no comparison is open, ErrInvalid for
// another device's secret.
func (v *Service) ChooseCode(ctx context.Context, id string, secret Token, code string) (Session, error) {
	hash, wrong := secret.hash(), false
	s, err := v.update(ctx, id, func(s *Session, now time.Time) error {
		switch {
		case !same(s.DeviceHash, hash):
			return ErrInvalid
		case s.State != Comparing:
			return ErrNotAllowed
		}
		wrong = s.choose(code, &v.cfg, now)
		return nil
	})
	if err == nil && wrong {
		err = ErrWrongCode
	}
	return s, err
}

// NotMe ends the session at once from the phone, even if unclaimed: the person did not
// ask for it.
func (v *Service) NotMe(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonNotMe)
}

// Bye ends the session from the phone: the person cancelled.
func (v *Service) Bye(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonCancelledPhone)
}

// TooManyStills ends the session: a side has used all its stills.
func (v *Service) TooManyStills(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonTooManyStills)
}

// UnsafePictures ends the session: its pictures crashed the analysis again.
func (v *Service) UnsafePictures(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonUnsafePictures)
}

// EnrolmentOver ends the session: its enrolment was cancelled, refused or goes on
// otherwise, and takes no more pictures.
func (v *Service) EnrolmentOver(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonEnrolmentOver)
}

// Presence records the visibility of the phone's page. A replaced connection is ignored;
// an empty conn is the HTTP fallback.
func (v *Service) Presence(ctx context.Context, id, conn string, p Presence) (Session, error) {
	return v.update(ctx, id, func(s *Session, _ time.Time) error {
		if !s.Claimed() || s.PhonePresence == p || conn != "" && conn != s.PhoneConn {
			return errUnchanged
		}
		s.PhonePresence = p
		return nil
	})
}

// Camera records why the phone's camera does not start, or with an empty c that it did.
// A replaced connection is ignored; an empty conn is the HTTP fallback.
func (v *Service) Camera(ctx context.Context, id, conn string, c Camera) (Session, error) {
	return v.update(ctx, id, func(s *Session, _ time.Time) error {
		if !s.Claimed() || s.PhoneCamera == c || conn != "" && conn != s.PhoneConn {
			return errUnchanged
		}
		s.PhoneCamera = c
		return nil
	})
}

// Beat records a heartbeat of the phone and marks an absent phone as present.
func (v *Service) Beat(ctx context.Context, id string) error {
	if err := v.store.Beat(ctx, id, v.cfg.BeatLife); err != nil {
		return err
	}
	s, err := v.store.Load(ctx, id)
	if err != nil || s.PhonePresence != Absent {
		return err
	}
	_, err = v.update(ctx, id, func(s *Session, _ time.Time) error {
		if !s.Claimed() || s.PhonePresence != Absent {
			return errUnchanged
		}
		s.PhonePresence = Present
		return nil
	})
	return err
}

// MarkAbsent records that the phone is no longer heard, unless another instance hears it.
// A sleeping phone stays asleep.
func (v *Service) MarkAbsent(ctx context.Context, id string) (Session, error) {
	alive, err := v.store.Alive(ctx, id)
	if err != nil {
		return Session{}, err
	}
	return v.update(ctx, id, func(s *Session, _ time.Time) error {
		if alive || !s.Claimed() || s.PhonePresence != Present {
			return errUnchanged
		}
		s.PhonePresence = Absent
		return nil
	})
}

// UpdateFlow changes the capture's state by fn, which gets the stored state (nil at
// first) and returns the new one. fn may run several times and must not keep its
// argument. The idle limit is renewed. If the bytes are unchanged, only the idle limit is
// stored, at most every Config.IdleEvery. An error of fn is returned and nothing is
// stored. ErrNotAllowed if not paired, or if device is not the Session.DeviceHash.
func (v *Service) UpdateFlow(ctx context.Context, id, device string,
	fn func(flow json.RawMessage) (json.RawMessage, error)) (Session, error) {
	return v.update(ctx, id, func(s *Session, now time.Time) error {
		if s.State != Paired || s.DeviceHash != device {
			return ErrNotAllowed
		}
		flow, err := fn(s.Flow)
		if err != nil {
			return err
		}
		if flow, err = compact(flow); err != nil {
			return err
		}
		if string(flow) == string(s.Flow) && s.IdleAt.Sub(now) > v.cfg.IdleLife-v.cfg.IdleEvery {
			return errUnchanged
		}
		s.Flow = flow
		s.renewIdle(&v.cfg, now)
		return nil
	})
}
