package pairing

import (
	"context"
	"errors"

	"visavis/limits"
)

// SecondPhoneError says that a ticket is invalid because another phone holds the session
// ID. It matches ErrInvalid: the second phone learns no more, but the desktop is told.
type SecondPhoneError struct{ ID string }

func (e *SecondPhoneError) Error() string { return ErrInvalid.Error() + ": claimed by another phone" }

// Is makes it match ErrInvalid.
func (e *SecondPhoneError) Is(target error) bool { return target == ErrInvalid }

// TellsSecondPhone reports whether a session's desktop is to be told now of a second phone,
// and counts that. A desktop is told Config.SecondPhonesPerMin times a minute at most, so that
// somebody with a code or a secret cannot flood its screen. If the store fails, it is told.
func (v *Service) TellsSecondPhone(ctx context.Context, id string) bool {
	return !errors.Is(v.count(ctx, limits.SecondPhones, []counted{{id, v.cfg.SecondPhonesPerMin}}), ErrRateLimited)
}
