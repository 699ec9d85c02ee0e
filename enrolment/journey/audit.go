package journey

import (
	"context"
	"fmt"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// What the audit names, beside the transitions, which are an audit of their own.
const (
	AuditLook    = "look"    // at a picture, or at a person's data
	AuditLogin   = "login"   // successful
	AuditRefused = "refused" // somebody asked for what is not theirs
	auditLimit   = "limit"   // something was left out because it was done too often
)

// Audit notes what somebody did or was refused; enrolment is empty where it is about
// none. what holds no name of an applicant.
func (s *Service) Audit(ctx context.Context, by enrolment.Actor, action, id, what string) error {
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error { return s.audit(ctx, tx, by, action, id, what) })
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// audit notes it in a transaction that changes nothing else of the enrolment after it.
func (s *Service) audit(ctx context.Context, tx *store.Tx, by enrolment.Actor, action, id, what string) error {
	if err := tx.AddAudit(ctx, store.Audit{At: s.now(), By: by, Action: action, Enrolment: id, What: what}); err != nil {
		return err
	}
	if id == "" {
		return nil
	}
	return s.cfg.Keeper.Seal(ctx, tx, id, action, s.now())
}
