package identity

import (
	"time"

	"visavis/document"
)

// ValidityStatus says whether a document is within its validity.
type ValidityStatus string

// The statuses. Expired is certain; a doubt is a person's.
const (
	WithinValidity ValidityStatus = "valid"
	Expired        ValidityStatus = "expired"
	ValidityDoubt  ValidityStatus = "doubt"
)

// ValidityDoubtReason says why the validity is a doubt.
type ValidityDoubtReason string

// The reasons of a doubt.
const (
	ExpiryUnread       ValidityDoubtReason = "expiry-unread"
	ExpiryUnproved     ValidityDoubtReason = "expiry-unproved"     // in the past, but its digit is wrong
	ExpiryDiffers      ValidityDoubtReason = "expiry-differs"      // zone and print say two dates
	ExpiryImplausible  ValidityDoubtReason = "expiry-implausible"  // not as long after the issue as the series has it
	IssueUnread        ValidityDoubtReason = "issue-unread"        // no month of issue that can be
	AgeAtIssueUnproved ValidityDoubtReason = "age-at-issue-unread" // minors' cards are not prolonged
)

// Validity is until when a document is valid, by the rule of its series.
type Validity struct {
	Status ValidityStatus
	Reason ValidityDoubtReason // of a doubt
	// Until is the last day; zero when it is not known.
	Until time.Time
	// Printed is the date as printed; zero when it was not read.
	Printed time.Time
	// Prolonged: five years were added to the printed date, which the reviewer is
	// shown with Source.
	Prolonged bool
	Source    string
}

// Sources of the rules of the old French card.
const (
	sourceProlonged = "décret n° 2013-1188 du 18 décembre 2013: cartes délivrées à des majeurs du 2 janvier 2004 au 31 " +
		"décembre 2013, 5 ans de plus que la date inscrite"
	sourceOldEnd = "règlement (UE) 2019/1157 art. 5, règlement (UE) 2025/1208: fin au 3 août 2031 au plus tard"
)

var (
	prolongedFrom = time.Date(2004, time.January, 1, 0, 0, 0, 0, time.UTC)
	fifteenFrom   = time.Date(2014, time.January, 1, 0, 0, 0, 0, time.UTC)
	oldCardsEnd   = time.Date(2031, time.August, 3, 0, 0, 0, 0, time.UTC)
)

// Validity computes until when a document is valid. printed and birth are zero
// where they were not read. A printed date in the past alone never makes a
// document expired: that takes the zone's own date with its digit right, or for
// the old French card the month of issue too.
func (d Dates) Validity(s Series, m MRZ, printed, birth time.Time) Validity {
	v := Validity{Status: WithinValidity, Printed: printed, Source: s.Source}
	if s.Validity == document.ByZone {
		d.byZone(&v, m)
	} else {
		d.byIssue(&v, m, birth)
	}
	return v
}

func (v *Validity) doubt(r ValidityDoubtReason) { v.Status, v.Reason = ValidityDoubt, r }

// byZone is the rule of everything with an expiry date in its zone.
func (d Dates) byZone(v *Validity, m MRZ) {
	until, err := d.Expiry(m.ExpiryDate)
	if err != nil {
		v.doubt(ExpiryUnread)
		return
	}
	v.Until = until
	switch {
	case !v.Printed.IsZero() && !v.Printed.Equal(until):
		v.doubt(ExpiryDiffers)
	case !until.Before(d.today()):
	case digitRight(m, "expiry"):
		v.Status = Expired
	default:
		v.doubt(ExpiryUnproved)
	}
}

func digitRight(m MRZ, name string) bool {
	for _, c := range m.Checks {
		if c.Name == name {
			return c.OK
		}
	}
	return false
}

// byIssue is the rule of the French card before August 2021: ten years, fifteen
// for adults from 2014 on, and five more than printed for adults' cards of 2004 to
// 2013.
func (d Dates) byIssue(v *Validity, m MRZ, birth time.Time) {
	if v.Printed.IsZero() {
		v.doubt(ExpiryUnread)
		return
	}
	issue, err := OldCardIssue(m.IssueMonth)
	if err != nil || !digitRight(m, "number") {
		v.doubt(IssueUnread)
		return
	}
	v.Until = v.Printed
	ten, fifteen := aboutYears(issue, v.Printed, 10), aboutYears(issue, v.Printed, 15)
	adult, known := adultAt(birth, issue)
	switch {
	case !ten && !fifteen:
		v.doubt(ExpiryImplausible)
		return
	case !known && !issue.Before(prolongedFrom):
		// Before the printed day the age makes no difference.
		if v.Until.Before(d.today()) {
			v.doubt(AgeAtIssueUnproved)
		}
		return
	// Fifteen years are printed on adults' cards from 2014 on, ten on no other of
	// that time.
	case fifteen != (adult && !issue.Before(fifteenFrom)):
		v.doubt(ExpiryImplausible)
		return
	case ten && adult && !issue.Before(prolongedFrom):
		v.Until, v.Prolonged, v.Source = v.Printed.AddDate(5, 0, 0), true, sourceProlonged
	}
	if v.Until.After(oldCardsEnd) {
		v.Until, v.Source = oldCardsEnd, sourceOldEnd
	}
	if v.Until.Before(d.today()) {
		v.Status = Expired
	}
}

// aboutYears tells whether a date is so many years after a month of issue. The
// month in the zone is the one in which the card was made, at most some weeks
// from the printed day.
func aboutYears(issue, until time.Time, years int) bool {
	from, to := issue.AddDate(years, -2, 0), issue.AddDate(years, 4, 0)
	return until.After(from) && until.Before(to)
}

// adultAt tells whether somebody was of age in a month; known is false when the
// birth date was not read, or the birthday falls into that month.
func adultAt(birth, month time.Time) (adult, known bool) {
	if birth.IsZero() {
		return false, false
	}
	first := yearsBetween(birth, month) >= adultAge
	last := yearsBetween(birth, month.AddDate(0, 1, -1)) >= adultAge
	return first, first == last
}
