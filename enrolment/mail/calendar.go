package mail

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"visavis/enrolment"
)

// hasCalendar tells whether there is a place to go to and a day until which.
func hasCalendar(f facts, now time.Time) bool {
	return f.InPerson.Place != "" && f.Until.After(now)
}

// organizer is whose entries they are: programs match a cancellation by it too.
type organizer struct{ name, address string }

// entry begins an entry for a calendar (RFC 5545). Those of one enrolment are the same one, of
// which a calendar keeps the one with the highest sequence.
func entry(method ics.Method, r enrolment.Record, l letter, by organizer, now time.Time) (*ics.Calendar, *ics.VEvent) {
	c := ics.NewCalendar()
	c.SetProductId("-//" + by.name + "//" + l.Language)
	c.SetMethod(method)
	e := c.AddEvent(r.ID)
	e.SetDtStampTime(now)
	e.SetSequence(int(r.Rev))
	e.SetSummary(l.Subject, &ics.KeyValues{Key: string(ics.ParameterLanguage), Value: []string{l.Language}})
	e.SetOrganizer(by.address, ics.WithCN(unquoted(by.name)))
	return c, e
}

// attached is a calendar as the file of a letter.
func attached(c *ics.Calendar, method ics.Method, r enrolment.Record) (attachment, error) {
	var out strings.Builder
	if err := c.SerializeTo(&out, ics.WithNewLineWindows); err != nil {
		return attachment{}, fmt.Errorf("mail: calendar: %w", err)
	}
	return attachment{
		r.Reference + ".ics", "text/calendar; charset=utf-8; method=" + string(method), []byte(out.String()),
	}, nil
}

// cancellation takes the entry of a visit out of a calendar (RFC 5546, 3.2.5). The facts have
// the appointment that was booked last.
func cancellation(r enrolment.Record, l letter, f facts, by organizer, now time.Time) (attachment, error) {
	c, e := entry(ics.MethodCancel, r, l, by, now)
	e.SetStatus(ics.ObjectStatusCancelled)
	// Some programs refuse a file without a beginning.
	if f.Appointment.IsZero() {
		e.SetAllDayStartAt(now)
	} else {
		e.SetStartAt(f.Appointment)
	}
	return attached(c, ics.MethodCancel, r)
}

// calendar is the letter as an entry for a calendar: the appointment, or without
// one whole days from the letter's to the one on which the enrolment closes, which keep
// nobody busy. A letter that is sent again changes the same entry.
func calendar(r enrolment.Record, l letter, f facts, by organizer, now time.Time) (attachment, error) {
	f.Calendar = false // the entry does not speak of itself
	said, _, err := read(inPersonLetter, f)
	if err != nil {
		return attachment{}, err
	}
	c, e := entry(ics.MethodPublish, r, l, by, now)
	if f.Appointment.IsZero() {
		e.SetAllDayStartAt(now.In(f.Until.Location()))
		e.SetAllDayEndAt(f.Until.AddDate(0, 0, 1)) // the first day after it
		e.SetTimeTransparency(ics.TransparencyTransparent)
	} else {
		e.SetStartAt(f.Appointment)
		e.SetEndAt(f.AppointmentEnds)
		e.SetTimeTransparency(ics.TransparencyOpaque)
	}
	e.SetLocation(plain(f.InPerson.Place))
	lines := said.Paragraphs
	if l.Link != "" {
		lines = append(lines, l.Link)
		e.SetURL(l.Link)
	}
	e.SetDescription(plain(strings.Join(append(lines, l.Footer...), "\n\n")),
		&ics.KeyValues{Key: string(ics.ParameterLanguage), Value: []string{l.Language}})
	return attached(c, ics.MethodPublish, r)
}

// unquoted is a name as the value of a parameter: without the characters that would need
// quotes (RFC 5545, 3.2), which the library escapes instead.
func unquoted(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`";:,\`, r) {
			return -1
		}
		return r
	}, name)
}

// plain is a text whose lines end as the library escapes them, without other
// characters that control.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}
