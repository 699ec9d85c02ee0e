package mail_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/mail"
	"visavis/enrolment/store"
	"visavis/words"
)

// visited is where registrars check, in words that a file of a calendar has to mark.
var visited = mail.InPerson{
	Place: "1 place de l’Exemple, 35000 Rennes; bâtiment B", Hours: "du lundi au vendredi, 9 h – 12 h",
	Directions: "Métro « République »\r\nEND:VEVENT, puis à gauche", Bring: "un justificatif de domicile",
}

func (d *desk) visitLetter(t *testing.T, s *server) parsed {
	t.Helper()
	if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "in-person"}); err != nil {
		t.Fatal(err)
	}
	all := s.messages()
	return parse(t, all[len(all)-1].data)
}

func TestTheLetterOfAVisitSaysWhereWhenAndUntilWhen(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	var until time.Time
	for _, language := range words.Languages() {
		d := newDesk(t, s, language.Tag, func(c *mail.Config, r *enrolment.Record) {
			c.InPerson = visited
			r.State, r.LastAction = enrolment.InPerson, time.Now().Add(-24*time.Hour)
			until = c.Rules.ExpiresAt(*r).UTC()
		})
		p := d.visitLetter(t, s)
		for _, want := range []string{visited.Place, visited.Hours, "Métro « République »", visited.Bring,
			d.record.Reference} {
			if !strings.Contains(p.parts["text/plain"], want) {
				t.Errorf("%s: no %q in\n%s", language.Tag, want, p.parts["text/plain"])
			}
		}
		file := p.parts[d.record.Reference+".ics"]
		c, err := ics.ParseCalendar(strings.NewReader(file))
		if err != nil || len(c.Events()) != 1 || len(c.Events()[0].Components) != 0 {
			t.Fatalf("%s: %v\n%s", language.Tag, err, file)
		}
		e := c.Events()[0]
		for property, want := range map[ics.ComponentProperty]string{
			ics.ComponentPropertyUniqueId: d.record.ID, ics.ComponentPropertySummary: p.subject(t),
			ics.ComponentPropertyLocation: visited.Place,
			ics.ComponentPropertyTransp:   "TRANSPARENT", ics.ComponentPropertyUrl: "https://visavis.example/request?id=" +
				d.record.ID,
			ics.ComponentPropertyDtEnd: until.AddDate(0, 0, 1).Format("20060102"),
		} {
			if got := e.GetProperty(property); got == nil || got.Value != want {
				t.Errorf("%s: %s is %+v, want %q", language.Tag, property, got, want)
			}
		}
		start, err := e.GetAllDayStartAt()
		if err != nil || start.After(time.Now()) || time.Since(start) > 50*time.Hour {
			t.Errorf("%s: begins %v (%v)", language.Tag, start, err)
		}
		about := e.GetProperty(ics.ComponentPropertyDescription).Value
		calendar := words.In(language.Tag).Text("letters.in-person.calendar")
		if !strings.Contains(about, visited.Hours) || !strings.Contains(about, visited.Bring) ||
			strings.Contains(about, calendar) {
			t.Errorf("%s: described as %q", language.Tag, about)
		}
		if !strings.Contains(p.parts["text/plain"], calendar) {
			t.Errorf("%s: the letter does not speak of its file", language.Tag)
		}
		noSecrets(t, "the calendar", file)
	}
}

func TestTheLetterOfAnAppointmentSaysWhenByTheClockThere(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	tokyo, err := enrolment.ParseZone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range words.Languages() {
		w := words.In(language.Tag)
		at := time.Now().AddDate(0, 0, 3).Truncate(time.Minute)
		for booked, want := range map[bool][]string{
			false: {w.Text("letters.in-person.appointment.choose"), visited.Hours, w.Text("letters.in-person.calendar")},
			true: {
				w.Moment(at.In(tokyo)), w.Text("letters.in-person.appointment.change"),
				w.Text("letters.in-person.appointment.calendar"),
			},
		} {
			d := newDesk(t, s, language.Tag, func(c *mail.Config, r *enrolment.Record) {
				c.InPerson, c.Desk = visited, tokyo
				r.State, r.LastAction, r.Zone = enrolment.InPerson, time.Now(), "Europe/Paris"
				if booked {
					r.Appointment = &enrolment.Appointment{At: at, Minutes: 20}
				}
			})
			p := d.visitLetter(t, s)
			for _, line := range want {
				if line == "" || !strings.Contains(p.parts["text/plain"], line) {
					t.Errorf("%s, booked %v: no %q in\n%s", language.Tag, booked, line, p.parts["text/plain"])
				}
			}
			file := p.parts[d.record.Reference+".ics"]
			if got := strings.Contains(file, "DTSTART:"+at.UTC().Format("20060102T150405Z")); got != booked {
				t.Errorf("%s, booked %v: the file\n%s", language.Tag, booked, file)
			}
			if booked && strings.Contains(p.parts["text/plain"], visited.Hours) {
				t.Errorf("%s: the hours of who comes without one", language.Tag)
			}
		}
	}
}

func TestWithoutAPlaceOrADayNothingIsAttached(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	for name, change := range map[string]func(*mail.Config, *enrolment.Record){
		"no place": func(c *mail.Config, r *enrolment.Record) {
			c.InPerson = mail.InPerson{}
			r.State, r.LastAction = enrolment.InPerson, time.Now()
		},
		"over": func(c *mail.Config, r *enrolment.Record) {
			c.InPerson = visited
			r.State, r.LastAction = enrolment.InPerson, time.Now().AddDate(-1, 0, 0)
		},
	} {
		p := newDesk(t, s, "fr", change).visitLetter(t, s)
		if file, attached := p.parts["ABC234.ics"]; attached ||
			strings.Contains(p.parts["text/plain"], words.In("fr").Text("letters.in-person.calendar")) {
			t.Errorf("%s: attached %q to\n%s", name, file, p.parts["text/plain"])
		}
	}
}

// Who comes no more has the entry taken out of their calendar: the same one, with the next number. The appointment of
// an earlier visit says nothing of this one.
func TestACancelledVisitLeavesTheCalendar(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	at := time.Now().UTC().AddDate(0, 0, 3).Truncate(time.Minute)
	for _, language := range words.Languages() {
		for _, booked := range []bool{true, false} {
			w := words.In(language.Tag)
			d := newDesk(t, s, language.Tag, func(c *mail.Config, r *enrolment.Record) {
				c.InPerson, c.Desk = visited, time.UTC
				r.State, r.LastAction = enrolment.InPerson, time.Now()
				if booked {
					r.Appointment = &enrolment.Appointment{At: at, Minutes: 20}
				}
			})
			entry := func(p parsed) *ics.VEvent {
				t.Helper()
				c, err := ics.ParseCalendar(strings.NewReader(p.parts[d.record.Reference+".ics"]))
				if err != nil || len(c.Events()) != 1 {
					t.Fatalf("%s: %v in\n%s", language.Tag, err, p.parts["text/plain"])
				}
				return c.Events()[0]
			}
			before := entry(d.visitLetter(t, s))
			d.leave(t, booked, at)
			n := len(s.messages())
			letter := func(template string) {
				t.Helper()
				if err := d.Mail(t.Context(), 2, jobs.Email{Enrolment: d.record.ID, Template: template}); err != nil {
					t.Fatal(err)
				}
			}
			letter("in-person") // one that waited for the mail server
			if len(s.messages()) != n {
				t.Errorf("%s: told to come after all", language.Tag)
			}
			letter("visit-cancelled")
			all := s.messages()
			p := parse(t, all[len(all)-1].data)
			file := p.parts[d.record.Reference+".ics"]
			after := entry(p)
			start := "DTSTART:" + at.Format("20060102T150405Z")
			for _, want := range []string{"METHOD:CANCEL", "STATUS:CANCELLED", "UID:" + d.record.ID, "DTSTAMP:"} {
				if !strings.Contains(file, want) || strings.Contains(file, start) != booked {
					t.Errorf("%s, booked %v: no %q in\n%s", language.Tag, booked, want, file)
				}
			}
			of := func(e *ics.VEvent, p ics.ComponentProperty) string {
				if got := e.GetProperty(p); got != nil {
					return got.Value
				}
				return ""
			}
			first, err := strconv.Atoi(of(before, ics.ComponentPropertySequence))
			second, err2 := strconv.Atoi(of(after, ics.ComponentPropertySequence))
			if err != nil || err2 != nil || second <= first {
				t.Errorf("%s: sequence %d after %d", language.Tag, second, first)
			}
			if by := of(after, ics.ComponentPropertyOrganizer); by == "" || by != of(before, ics.ComponentPropertyOrganizer) {
				t.Errorf("%s: organizer %q", language.Tag, by)
			}
			text := p.parts["text/plain"]
			for _, key := range []string{"body", "calendar", "action"} {
				if want := w.Text("letters.visit-cancelled." + key); !strings.Contains(text, want) {
					t.Errorf("%s: no %q in\n%s", language.Tag, want, text)
				}
			}
			if !strings.Contains(string(all[len(all)-1].data), "method=CANCEL") || p.subject(t) !=
				w.Text("letters.visit-cancelled.subject") {
				t.Errorf("%s: %s", language.Tag, p.subject(t))
			}
		}
	}
}

// leave stores that the applicant goes back to the phone.
func (d *desk) leave(t *testing.T, booked bool, at time.Time) {
	t.Helper()
	err := d.store.InTx(t.Context(), func(tx *store.Tx) error {
		step := func(from, to enrolment.State, action enrolment.Action, why string) error {
			d.record.Rev++
			d.record.State, d.record.Appointment = to, nil
			d.record.Last = enrolment.Transition{Seq: d.record.Rev, From: from, To: to, Action: action, At: time.Now(), Why: why,
				By: enrolment.Actor{Role: enrolment.Applicant, ID: d.record.Owner}}
			return tx.Save(t.Context(), d.record)
		}
		err := step(enrolment.InPerson, enrolment.InPerson, enrolment.ActionBook, at.Format(time.RFC3339))
		if !booked {
			err = errors.Join(err, step(enrolment.InPerson, enrolment.Declared, enrolment.ActionGoRemote, ""),
				step(enrolment.Declared, enrolment.InPerson, enrolment.ActionGoInPerson, ""))
		}
		if err != nil {
			return err
		}
		return step(enrolment.InPerson, enrolment.Declared, enrolment.ActionGoRemote, "")
	})
	if err != nil {
		t.Fatal(err)
	}
}
