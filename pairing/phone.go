package pairing

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"time"

	"visavis/limits"
)

// ClaimRequest says who claims.
type ClaimRequest struct {
	PhoneName  string // "iPhone, Safari"
	SameDevice Token  // the proof of SameDevice, or empty
	Conn       string // the phone's connection; empty on the POST way
	// Key, made by the phone, becomes the device secret: a claim whose answer was
	// lost can be repeated, or resumed. One that is no token of 32 bytes is ignored.
	Key Token

	from string // the network of the ticket, as a record has it
}

// Invite answers the hello of a phone's page. It claims nothing: the session is
// scanned now, and this code can be claimed for Config.ScannedLife from the first
// hello on.
//
// A code that more than three networks open was passed on: it is closed, the session
// waits again with Reason code-shared.
//
// ErrInvalid (perhaps a *SecondPhoneError) for whatever cannot be claimed,
// ErrRateLimited.
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

// opener is what a record keeps of a network: enough to tell four apart.
func (v *Service) opener(a netip.Addr) string {
	return hex.EncodeToString(keyed(v.cfg.Secret, "opener", limits.NetworkOf(a).String())[:6])
}

// Claim takes the session for this phone and returns it with the device secret.
// Of any number of claims at the same moment one wins. The state is comparing
// then, or paired when the claim came from the desktop's own browser. Idempotent
// with a key: the claim of the phone that won gives the same session again.
//
// ErrInvalid (perhaps a *SecondPhoneError), ErrRateLimited.
func (v *Service) Claim(ctx context.Context, t Ticket, r ClaimRequest) (Session, Token, error) {
	if err := v.limitTicket(ctx, t, limits.Claims, v.cfg.ClaimsPer10Min); err != nil {
		return Session{}, "", err
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
			if secret == r.Key && s.Claimed() && same(s.DeviceHash, secret.hash()) {
				return s.hold(r.Conn)
			}
			return deadTicket(s)
		}
		// The index comes first: a stored claim is found by its device from the
		// start. Who loses the race leaves one that leads to another's record.
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

// whereabouts is what a record keeps of where a phone is: the widest network around its address, since a phone keeps
// that while its address changes.
func (v *Service) whereabouts(a netip.Addr) string {
	tiers := limits.Tiers(a)
	return hex.EncodeToString(keyed(v.cfg.Secret, "whereabouts", tiers[len(tiers)-1].Net.String())[:6])
}

// SeenFrom notes where the device secret of a claimed session is used, and tells whether it is a network that the
// session has not seen yet: the phone has moved, or its secret is in other hands.
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

// ByDevice returns the session that the device holds, ended ones too as long as
// they are kept. ErrInvalid.
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

// Resume makes conn the one live connection of the device's session; an earlier
// one has been replaced then. An empty conn (the POST way) leaves it alone. An
// ended session is returned as it is. ErrInvalid.
func (v *Service) Resume(ctx context.Context, secret Token, conn string) (Session, error) {
	s, err := v.ByDevice(ctx, secret)
	if err != nil {
		return Session{}, err
	}
	hash := secret.hash()
	return v.update(ctx, s.ID, func(s *Session, now time.Time) error {
		if !same(s.DeviceHash, hash) {
			return ErrInvalid
		}
		if s.State == Ended || conn == "" && s.PhonePresence == Present {
			return errUnchanged
		}
		if conn != "" {
			s.PhoneConn = conn
		}
		s.PhonePresence = Present
		s.renewIdle(&v.cfg, now)
		return nil
	})
}

// ChooseCode answers the comparison for the device. With ErrWrongCode the device
// secret is dead and the returned Session is waiting again (Reason wrong-code) or,
// the second time, ended (wrong-code-twice). ErrNotAllowed when nothing is being
// compared, ErrInvalid for another's secret.
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

// NotMe ends the session at once from the phone, whoever holds it: the person did
// not ask for it.
func (v *Service) NotMe(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonNotMe)
}

// Bye ends the session from the phone: the person cancelled.
func (v *Service) Bye(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonCancelledPhone)
}

// TooManyStills ends the session: a side has no still left.
func (v *Service) TooManyStills(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonTooManyStills)
}

// UnsafePictures ends the session: pictures of its phone stopped the analysis again.
func (v *Service) UnsafePictures(ctx context.Context, id string) (Session, error) {
	return v.endBecause(ctx, id, ReasonUnsafePictures)
}

// Presence notes what the phone's page says of itself. What a connection says that
// has been replaced does not count; an empty conn is the POST way.
func (v *Service) Presence(ctx context.Context, id, conn string, p Presence) (Session, error) {
	return v.update(ctx, id, func(s *Session, _ time.Time) error {
		if !s.Claimed() || s.PhonePresence == p || conn != "" && conn != s.PhoneConn {
			return errUnchanged
		}
		s.PhonePresence = p
		return nil
	})
}

// Beat notes that the phone lives, and brings an absent one back.
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

// MarkAbsent notes that the phone is not heard any more, unless another instance
// hears it. One that said it sleeps stays asleep.
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

// UpdateFlow changes the capture's state by fn, which gets what is stored (nil at
// first) and returns what shall be. fn may run several times and must not keep
// its argument. The idle limit is renewed; unchanged bytes store nothing but that,
// and that at most every Config.IdleEvery. An error of fn is returned and nothing
// stored. ErrNotAllowed when not paired, or with another phone than device, which is
// a Session.DeviceHash.
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
