package journey

import (
	"context"
	"strings"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// ByReference returns the in-person enrolment of a reference. store.ErrNotFound
// otherwise: a registrar sees no other files, and a reviewer only those that a registrar
// has seen.
func (s *Service) ByReference(ctx context.Context, reference string,
	by enrolment.Actor) (r enrolment.Record, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		r, err = tx.LoadReference(ctx, strings.ToUpper(strings.TrimSpace(reference)))
		if err == nil && (r.State != enrolment.InPerson || by.Role == enrolment.Reviewer && r.Visit == nil) {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, tx, by, AuditLook, r.ID, "declared data")
	})
	return r, err
}

// RecordInPerson records the check of a registrar, or of the reviewer who is the second
// person.
func (s *Service) RecordInPerson(ctx context.Context, by enrolment.Actor, id string,
	e enrolment.RecordInPerson) (enrolment.Record, error) {
	return s.do(ctx, id, by, e)
}
