package journey

import (
	"context"
	"strings"

	"visavis/enrolment"
	"visavis/enrolment/store"
)

// ByReference returns the enrolment that waits in person under a reference.
// store.ErrNotFound for every other: a registrar sees no file that is not theirs.
func (s *Service) ByReference(ctx context.Context, reference string) (r enrolment.Record, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		r, err = tx.LoadReference(ctx, strings.ToUpper(strings.TrimSpace(reference)))
		if err == nil && r.State != enrolment.InPerson {
			err = store.ErrNotFound
		}
		return err
	})
	return r, err
}

// RecordInPerson notes a registrar's check.
func (s *Service) RecordInPerson(ctx context.Context, subject, id string, e enrolment.RecordInPerson) (enrolment.Record, error) {
	return s.do(ctx, id, enrolment.Actor{Role: enrolment.Registrar, ID: subject}, e)
}
