package journey

import (
	"context"
	"slices"

	"visavis/certificate"
	"visavis/enrolment"
	"visavis/enrolment/store"
)

// further is certificate.Desk's: what the issuer's agreement with the operator covers,
// read from the encrypted evidence and the log as long as they are there. None of it is
// stored with the request, which outlives them.
func (s *Service) further(ctx context.Context, r certificate.Request) (certificate.Request, error) {
	has := func(scope certificate.Scope) bool { return slices.Contains(r.Scope, scope) }
	if has(certificate.ScopeDocument) && r.Document.Type != "" || has(certificate.ScopeNationality) {
		report, err := s.Report(ctx, r.Enrolment)
		if err != nil {
			return r, err
		}
		for _, read := range report.Readings {
			switch {
			case read.Field == "number" && r.Document.Type != "" && has(certificate.ScopeDocument):
				r.Document.Number = read.Value
			case read.Field == "expiry" && r.Document.Type != "" && has(certificate.ScopeDocument):
				r.Document.Expiry = read.Value
			case read.Field == "nationality" && has(certificate.ScopeNationality):
				r.Nationality = read.Value
			}
		}
	}
	if !has(certificate.ScopeOfficer) {
		return r, nil
	}
	return r, s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		log, err := tx.Transitions(ctx, r.Enrolment)
		for _, t := range log {
			if t.To == enrolment.ToConfirm && t.From != t.To { // the last one counts, as in proofing
				r.Proofing.Officer = officerOf(t.By)
			}
		}
		return err
	})
}

// officerOf names who of the staff acted; empty for the machine.
func officerOf(by enrolment.Actor) string {
	if by.Role == enrolment.Reviewer || by.Role == enrolment.Registrar {
		return by.ID
	}
	return ""
}
