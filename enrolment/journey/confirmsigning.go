package journey

import (
	"context"
	"crypto/subtle"
	"errors"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/words"
)

// signingTries is how often the digits may be typed, as when a phone is paired.
const signingTries = 2

// ConfirmSigning confirms with the digits of the desktop; repeated it changes nothing. The
// second wrong answer ends the request; what is not two digits is none, whatever became of
// the request.
func (s *Service) ConfirmSigning(ctx context.Context, secret, typed string) (store.Signing, error) {
	digits := words.Digits(typed)
	if len(digits) != 2 {
		return store.Signing{}, &SigningError{Problem: SigningForm}
	}
	return s.decide(ctx, byLink(secret), func(q *store.Signing) (string, error) {
		right := subtle.ConstantTimeCompare([]byte(digits), []byte(s.SigningDigits(*q))) == 1
		switch {
		case q.State == store.SigningRefused, !s.now().Before(q.ExpiresAt):
			return "", &SigningError{Problem: SigningOver}
		case q.State != store.SigningWaits && right:
			return "", nil
		case q.State != store.SigningWaits:
			return "", &SigningError{Problem: SigningOver}
		case right:
			q.State, q.DecidedAt, q.ExpiresAt = store.SigningConfirmed, s.now(), s.now().Add(confirmWithin)
			return AuditSignConfirmed, nil
		}
		if q.Wrong++; q.Wrong < signingTries {
			return "", nil
		}
		q.State, q.DecidedAt = store.SigningRefused, s.now()
		return AuditSignRefused, nil
	}, digits)
}

// RefuseSigning ends a request from the phone; repeated it changes nothing.
func (s *Service) RefuseSigning(ctx context.Context, secret string) (store.Signing, error) {
	return s.decide(ctx, byLink(secret), s.refuse, "")
}

// CancelSigning ends a person's request from the desktop; repeated it changes nothing.
func (s *Service) CancelSigning(ctx context.Context, subject, id string) (store.Signing, error) {
	return s.decide(ctx, ofOwner(subject, id), s.refuse, "")
}

func (s *Service) refuse(q *store.Signing) (string, error) {
	switch q.State {
	case store.SigningRefused:
		return "", nil
	case store.SigningWaits, store.SigningConfirmed:
		q.State, q.DecidedAt = store.SigningRefused, s.now()
		return AuditSignRefused, nil
	}
	return "", &SigningError{Problem: SigningOver}
}

// finder finds a request.
type finder func(ctx context.Context, tx *store.Tx) (store.Signing, error)

func byLink(secret string) finder {
	return func(ctx context.Context, tx *store.Tx) (store.Signing, error) {
		q, err := tx.SigningByLink(ctx, linkHash(secret))
		if err == nil && q.State == store.SigningBegun { // nothing is asked for yet
			err = store.ErrNotFound
		}
		return q, err
	}
}

func ofOwner(subject, id string) finder {
	return func(ctx context.Context, tx *store.Tx) (store.Signing, error) {
		q, err := tx.Signing(ctx, id)
		if err == nil && q.Owner != subject {
			err = enrolment.ErrNotOwner
		}
		return q, err
	}
}

// decide changes a request in one transaction, with its entry in the audit. typed are the
// digits of a confirmation: a wrong try is stored, and then told.
func (s *Service) decide(
	ctx context.Context, find finder, change func(*store.Signing) (action string, err error), typed string,
) (q store.Signing, err error) {
	for range tries {
		err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
			if q, err = find(ctx, tx); err != nil {
				return err
			}
			before := q
			action, err := change(&q)
			if err != nil || q == before {
				return err
			}
			q.Rev++
			if err := tx.SaveSigning(ctx, q); err != nil {
				return err
			}
			if action == "" {
				return nil
			}
			return s.audit(ctx, tx, bySigner(q), action, q.Enrolment, "document "+q.SHA256)
		})
		if !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if err == nil && typed != "" && q.Wrong > 0 && typed != s.SigningDigits(q) {
		return q, &SigningError{Problem: SigningWrong, Left: signingTries - q.Wrong}
	}
	return q, err
}
