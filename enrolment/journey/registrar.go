package journey

import (
	"context"
	"strings"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// ByReference returns the enrolment that waits in person under a reference.
// store.ErrNotFound for every other: a registrar sees no file that is not theirs,
// a reviewer none that no registrar has seen.
func (s *Service) ByReference(ctx context.Context, reference string, by enrolment.Actor) (r enrolment.Record, err error) {
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

// RecordInPerson notes the check of a registrar, or of the reviewer who is the
// second person.
func (s *Service) RecordInPerson(ctx context.Context, by enrolment.Actor, id string, e enrolment.RecordInPerson) (enrolment.Record, error) {
	return s.do(ctx, id, by, e)
}
