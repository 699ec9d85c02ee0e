package journey

import (
	"github.com/riverqueue/river"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
)

// The letters that a transition sends: names of the mailer's templates.
const (
	letterLink     = "capture-link"
	letterReceived = "received"
	letterAccepted = "accepted"
	letterRefused  = "refused"
	letterAgain    = "again"
	letterInPerson = "in-person"
	letterTerms    = "terms"
	letterIssued   = "issued"
	letterRevoked  = "revoked"
	letterExpiring = "certificate-expiring"
)

// follow are the jobs that a transition asks for.
func follow(r enrolment.Record, e enrolment.Event) []river.JobArgs {
	var out []river.JobArgs
	if r.State == enrolment.Verifying && r.Last.Action == enrolment.ActionFinish {
		out = append(out, jobs.Verification{Enrolment: r.ID})
	}
	if name := letter(r, e); name != "" {
		out = append(out, jobs.Email{Enrolment: r.ID, Template: name})
	}
	return out
}

// letter is what the applicant is told of a transition by e-mail; empty: nothing.
func letter(r enrolment.Record, e enrolment.Event) string {
	if d, ok := e.(enrolment.Decide); ok && d.Verdict == enrolment.AskAgain {
		return letterAgain
	}
	if r.Last.From == r.Last.To {
		return ""
	}
	switch r.Last.To {
	case enrolment.Consented:
		if r.Last.Action == enrolment.ActionConsent {
			return letterLink
		}
	case enrolment.Verifying:
		return letterReceived
	case enrolment.ToConfirm:
		return letterAccepted
	case enrolment.Refused:
		return letterRefused
	case enrolment.InPerson:
		return letterInPerson
	case enrolment.Confirmed:
		return letterTerms // in durable form, before anything is ticked
	case enrolment.Issued:
		return letterIssued
	}
	return ""
}
