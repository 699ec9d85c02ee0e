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
	document, nationality := has(certificate.ScopeDocument) && r.Document.Type != "", has(certificate.ScopeNationality)
	if document || nationality {
		report, err := s.Report(ctx, r.Enrolment)
		if err != nil {
			return r, err
		}
		for _, read := range report.Readings {
			switch {
			case document && read.Field == "number":
				r.Document.Number = read.Value
			case document && read.Field == "expiry":
				r.Document.Expiry = read.Value
			case nationality && read.Field == "nationality":
				r.Nationality = read.Value
			}
		}
	}
	if !has(certificate.ScopeOfficer) {
		return r, nil
	}
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		log, err := tx.Transitions(ctx, r.Enrolment)
		for _, t := range log {
			if t.To == enrolment.ToConfirm && t.From != t.To { // the last one counts, as in proofing
				r.Proofing.Officer = officerOf(t.By)
			}
		}
		return err
	})
	return r, err
}

// officerOf names who of the staff acted; empty for the machine.
func officerOf(by enrolment.Actor) string {
	if by.Role == enrolment.Reviewer || by.Role == enrolment.Registrar {
		return by.ID
	}
	return ""
}
