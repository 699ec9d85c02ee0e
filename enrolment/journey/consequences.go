package journey

import (
	"slices"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
)

// The letters of transitions: names of the mailer's templates.
const (
	letterAddress  = "confirm-address"
	letterLink     = "capture-link"
	letterReceived = "received"
	letterAccepted = "accepted"
	letterRefused  = "refused"
	letterAgain    = "again"
	letterInPerson = "in-person"
	letterNoVisit  = "visit-cancelled"
	letterTerms    = "terms"
	letterIssued   = "issued"
	letterRevoked  = "revoked"
	letterExpiring = "certificate-expiring"
)

// consequences returns the job and the letter of a transition; nil and empty if there are
// none.
func consequences(r enrolment.Record, e enrolment.Event) (job jobs.Job, template string) {
	if r.State == enrolment.Verifying && r.Last.Action == enrolment.ActionFinish {
		job = jobs.Verification{Enrolment: r.ID}
	}
	switch r.Last.Action {
	case enrolment.ActionDecide, enrolment.ActionInPerson, enrolment.ActionIssue:
		job = jobs.Stamp{}
	}
	return job, letterOf(r, e)
}

// letterOf returns the template of a transition's letter, or "".
func letterOf(r enrolment.Record, e enrolment.Event) string {
	if d, ok := e.(enrolment.Decide); ok && d.Verdict == enrolment.AskAgain {
		return letterAgain
	}
	switch r.Last.Action {
	case enrolment.ActionBook, enrolment.ActionGiveBack:
		return letterInPerson // with the new time, for the same entry of a calendar
	}
	if r.Last.From == r.Last.To {
		return ""
	}
	if r.Last.From == enrolment.InPerson && r.Last.By.Role == enrolment.Applicant && r.AddressConfirmed() {
		return letterNoVisit // who never got the first letter has nothing in a calendar
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

// stillSays reports whether a delayed letter is still true.
func stillSays(r enrolment.Record, template string) bool {
	switch template {
	case letterLink:
		return slices.Contains([]enrolment.State{enrolment.Declared, enrolment.Consented, enrolment.Capturing}, r.State)
	case letterReceived:
		return slices.Contains([]enrolment.State{enrolment.Verifying, enrolment.Review, enrolment.Contested}, r.State)
	case letterAccepted:
		return r.State == enrolment.ToConfirm
	case letterRefused:
		return r.State == enrolment.Refused
	case letterAgain:
		return r.Again != nil
	case letterInPerson:
		return r.State == enrolment.InPerson
	case letterTerms:
		return slices.Contains([]enrolment.State{enrolment.Confirmed, enrolment.Requested, enrolment.Issued}, r.State)
	}
	return true // of a certificate: what it says stays so
}
