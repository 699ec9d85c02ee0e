package pairing

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"visavis/limits"
)

// Ticket leads a phone to a session. Exactly one of the link's token and the typed code
// is set.
type Ticket struct {
	Token   Token
	Code    Token
	Address netip.Addr
}

// limitTicket counts the ticket and refuses it over the limit.
func (v *Service) limitTicket(ctx context.Context, t Ticket, l limits.Limit, most int) error {
	if err := v.count(ctx, l, sharers(t.Address, most)); err != nil {
		return err
	}
	if t.Code == "" {
		return nil
	}
	if err := v.count(ctx, limits.Typed, sharers(t.Address, v.cfg.TypedPer10Min)); err != nil {
		return err
	}
	for l, of := range v.missers(t.Address) {
		for _, c := range of {
			n, err := v.store.Counted(ctx, v.counter(l, c.of))
			if err != nil {
				return err
			}
			if n >= int64(c.most) {
				return limited(l)
			}
		}
	}
	return nil
}

// missers are the networks that share the limits of wrong typed codes.
func (v *Service) missers(a netip.Addr) map[limits.Limit][]counted {
	return map[limits.Limit][]counted{
		limits.TypedMisses: sharers(a, v.cfg.TypedMissesPerHour),
		limits.TypedPaused: {{"", v.cfg.TypedMissesPer10Min}},
	}
}

// redeem finds the session of a ticket and updates it. Every invalid ticket gives the
// same ErrInvalid; a wrong typed code counts as a miss.
func (v *Service) redeem(ctx context.Context, t Ticket,
	fn func(s *Session, typed bool, hash string, now time.Time) error) (Session, error) {
	key, hash, ok := v.ticketKey(t)
	if !ok {
		return Session{}, ErrInvalid
	}
	typed := t.Code != ""
	id, err := v.store.FindIndex(ctx, key)
	var s Session
	if err == nil {
		s, err = v.update(ctx, id, func(s *Session, now time.Time) error { return fn(s, typed, hash, now) })
	}
	if errors.Is(err, ErrNotFound) {
		err = ErrInvalid
	}
	if typed && errors.Is(err, ErrInvalid) {
		if missErr := v.miss(ctx, t.Address); missErr != nil {
			return Session{}, missErr
		}
	}
	if err != nil {
		return Session{}, err
	}
	return s, nil
}

// ticketKey returns the index key of a ticket and its hash in the record.
func (v *Service) ticketKey(t Ticket) (key, hash string, ok bool) {
	switch {
	case t.Token != "" && t.Code == "":
		hash = t.Token.hash()
		return indexToken + hash, hash, t.Token.plausible()
	case t.Code != "" && t.Token == "":
		code, ok := normalTyped(t.Code)
		hash = v.typedHash(code)
		return indexTyped + hash, hash, ok
	}
	return "", "", false
}

// miss counts a wrong typed code, for its address and in total.
func (v *Service) miss(ctx context.Context, a netip.Addr) error {
	var errs []error
	for l, of := range v.missers(a) {
		for _, c := range of {
			_, err := v.store.Count(ctx, v.counter(l, c.of), l.Per())
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// deadTicket returns the error for a ticket of s that is no longer valid.
func deadTicket(s *Session) error {
	if s.Claimed() {
		return &SecondPhoneError{ID: s.ID}
	}
	return ErrInvalid
}
