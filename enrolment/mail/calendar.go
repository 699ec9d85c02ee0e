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

// calendar is the letter as an entry for a calendar (RFC 5545): the appointment, or without
// one whole days from the letter's to the one on which the enrolment closes, which keep
// nobody busy. A letter that is sent again changes the same entry.
func calendar(r enrolment.Record, l letter, f facts, site string, now time.Time) (attachment, error) {
	f.Calendar = false // the entry does not speak of itself
	said, _, err := read(inPersonLetter, f)
	if err != nil {
		return attachment{}, err
	}
	c := ics.NewCalendar()
	c.SetProductId("-//" + site + "//" + l.Language)
	c.SetMethod(ics.MethodPublish)
	e := c.AddEvent(r.ID)
	e.SetDtStampTime(now)
	e.SetSequence(int(r.Rev)) // a calendar keeps the entry with the highest
	if f.Appointment.IsZero() {
		e.SetAllDayStartAt(now.In(f.Until.Location()))
		e.SetAllDayEndAt(f.Until.AddDate(0, 0, 1)) // the first day after it
		e.SetTimeTransparency(ics.TransparencyTransparent)
	} else {
		e.SetStartAt(f.Appointment)
		e.SetEndAt(f.AppointmentEnds)
		e.SetTimeTransparency(ics.TransparencyOpaque)
	}
	language := &ics.KeyValues{Key: string(ics.ParameterLanguage), Value: []string{l.Language}}
	e.SetSummary(l.Subject, language)
	e.SetLocation(plain(f.InPerson.Place))
	lines := said.Paragraphs
	if l.Link != "" {
		lines = append(lines, l.Link)
		e.SetURL(l.Link)
	}
	e.SetDescription(plain(strings.Join(append(lines, l.Footer...), "\n\n")), language)
	var out strings.Builder
	if err := c.SerializeTo(&out, ics.WithNewLineWindows); err != nil {
		return attachment{}, fmt.Errorf("mail: calendar: %w", err)
	}
	return attachment{r.Reference + ".ics", "text/calendar; charset=utf-8; method=PUBLISH", []byte(out.String())}, nil
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
