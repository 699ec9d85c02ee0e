package journey

import (
	"context"
	"fmt"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// The actions of the audit, besides the transitions, which are logged separately.
const (
	AuditLook    = "look"    // at a picture, or at a person's data
	AuditLogin   = "login"   // successful
	AuditConsole = "console" // something was changed for a site
	AuditRefused = "refused" // somebody asked for what is not theirs
	auditLimit   = "limit"   // something was left out because it was done too often
)

// Audit records an action or its refusal. id is empty if it concerns no enrolment. what
// must not contain an applicant's name.
func (s *Service) Audit(ctx context.Context, by enrolment.Actor, action, id, what string) error {
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error { return s.audit(ctx, tx, by, action, id, what) })
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Audits returns recorded actions, the newest first: those about a site's verifications,
// or all if site is empty. before is the last id of the previous page.
func (s *Service) Audits(ctx context.Context, site, before string, limit int) (list []store.AuditEntry, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		list, err = tx.AuditsBefore(ctx, site, before, limit)
		return err
	})
	return list, err
}

// refusalsEvery is how often a limit's refusal of the same thing is recorded: who asks again and again does not fill
// the log.
const refusalsEvery = time.Hour

// auditRefusal records that a limit left something out, unless that was recorded less than refusalsEvery ago. It
// reports whether it did; the enrolment is to be sealed then.
func (s *Service) auditRefusal(
	ctx context.Context, tx *store.Tx, by enrolment.Actor, id, what string,
) (recorded bool, err error) {
	a := store.Audit{At: s.now(), By: by, Action: auditLimit, Enrolment: id, What: what}
	known, err := tx.AuditedSince(ctx, a, a.At.Add(-refusalsEvery))
	if err != nil || known {
		return false, err
	}
	return true, tx.AddAudit(ctx, a)
}

// audit records it as the last change of the enrolment in a transaction.
func (s *Service) audit(ctx context.Context, tx *store.Tx, by enrolment.Actor, action, id, what string) error {
	if err := tx.AddAudit(ctx, store.Audit{At: s.now(), By: by, Action: action, Enrolment: id, What: what}); err != nil {
		return err
	}
	if id == "" {
		return nil
	}
	return s.cfg.Keeper.Seal(ctx, tx, id, action, s.now())
}
