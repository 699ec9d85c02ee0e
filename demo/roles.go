package demo

import (
	"time"

	"visavis/enrolment"
	"visavis/specimen"
)

// role is one applicant of the cast: what their document is, and where their request is
// to stand.
type role struct {
	id   string
	kind specimen.Kind
	seed uint64
	// shown changes the person before the document is drawn, declared what they declare.
	shown    func(specimen.Person) specimen.Person
	declared func(*enrolment.Declaration)
	// spoilt is the condition of the front's picture.
	spoilt specimen.Condition
	to     end
}

// end is where a request of the cast stands.
type end string

// The ends. Each request gets there by the journey's own rules.
const (
	waits     end = "review"    // waits for a reviewer
	refusedBy end = "machine"   // the machine refused what is certain
	accepted  end = "accepted"  // a reviewer accepted it
	contested end = "contested" // refused by a reviewer, and contested
	begun     end = "begun"     // before the pictures
)

// cast has ten applicants: most wait for the reviewer, each for another reason.
func cast(now time.Time) []role {
	expired := func(p specimen.Person) specimen.Person {
		return p.With(specimen.Details{Issued: now.AddDate(-11, 0, 0)})
	}
	return []role{
		{id: "1", kind: specimen.IdentityCard, seed: 101, to: waits},
		{id: "2", kind: specimen.Passport, seed: 102, to: waits},
		{id: "3", kind: specimen.ResidencePermit, seed: 103, to: waits},
		{id: "4", kind: specimen.OldFrenchCard, seed: 104, to: waits},
		{id: "5", kind: specimen.IdentityCard, seed: 105, declared: oneNameMore, to: waits},
		{id: "6", kind: specimen.Passport, seed: 106, declared: dayMistyped, to: waits},
		{id: "7", kind: specimen.IdentityCard, seed: 107, shown: expired, to: refusedBy},
		{id: "8", kind: specimen.Passport, seed: 108, to: accepted},
		{id: "9", kind: specimen.IdentityCard, seed: 109, spoilt: specimen.Glare, to: contested},
		{id: "10", kind: specimen.ResidencePermit, seed: 110, to: begun},
	}
}

// oneNameMore declares a given name that the document does not have.
func oneNameMore(d *enrolment.Declaration) { d.GivenNames += " Lise" }

// dayMistyped declares a birth date that is a day off.
func dayMistyped(d *enrolment.Declaration) { d.BirthDate = nextDay(d.BirthDate) }

// nextDay returns the day after a date like 1990-07-13, as somebody mistypes it.
func nextDay(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}
