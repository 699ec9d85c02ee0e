package mail

import (
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/words"
)

// An appointment is an entry of its own time, which keeps the person busy; the next letter changes the same entry.
func TestTheFileOfAnAppointment(t *testing.T) {
	at := time.Date(2026, 3, 9, 10, 30, 0, 0, time.FixedZone("CET", 3600))
	f := facts{words: words.In("fr"), Reference: "ABC234", Until: at.AddDate(0, 0, 20), InPerson: InPerson{Place: "ici"},
		Appointment: at, AppointmentEnds: at.Add(20 * time.Minute)}
	a, err := calendar(enrolment.Record{ID: "1", Reference: "ABC234", Rev: 7},
		letter{Language: "fr", Subject: "Votre visite"}, f, organizer{"Visavis", "a@example.org"}, at.AddDate(0, 0, -5))
	if err != nil {
		t.Fatal(err)
	}
	file := strings.ReplaceAll(string(a.body), "\r\n ", "")
	for _, want := range []string{
		"DTSTART:20260309T093000Z", "DTEND:20260309T095000Z", "TRANSP:OPAQUE", "SEQUENCE:7", "UID:1\r\n",
	} {
		if !strings.Contains(file, want) {
			t.Errorf("no %s in\n%s", want, file)
		}
	}
	if strings.Contains(file, "VALUE=DATE:") {
		t.Errorf("whole days too:\n%s", file)
	}
}

// What programs read is as RFC 5545 has it: lines of at most 75 octets that end with
// CRLF, and no line of the operator's words that is taken for one of the file.
func TestTheFileOfACalendarIsInItsForm(t *testing.T) {
	now := time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC)
	paris := time.FixedZone("CET", 3600)
	f := facts{words: words.In("fr"), Reference: "ABC234", Until: time.Date(2026, 3, 9, 0, 10, 0, 0, paris),
		InPerson: InPerson{
			Place: strings.Repeat("é", 200) + "\r\nEND:VEVENT\r\nBEGIN:VALARM", Hours: "lundi, mardi; mercredi\\jeudi",
			Directions: "a\nb",
		}}
	a, err := calendar(enrolment.Record{ID: "1", Reference: "ABC234"}, letter{Language: "fr", Subject: "Votre visite"}, f,
		organizer{`Visa"vis, démo; x`, "a@example.org"}, now)
	if err != nil || a.name != "ABC234.ics" || !strings.HasPrefix(a.mediaType, "text/calendar;") {
		t.Fatalf("%s %s: %v", a.name, a.mediaType, err)
	}
	file := string(a.body)
	lines := strings.Split(strings.TrimSuffix(file, "\r\n"), "\r\n")
	for _, line := range lines {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	if lines[0] != "BEGIN:VCALENDAR" || lines[len(lines)-1] != "END:VCALENDAR" ||
		strings.Count(file, "\r\nEND:VEVENT") != 1 || strings.Contains(file, "\r\nBEGIN:VALARM") {
		t.Errorf("not one entry:\n%s", file)
	}
	unfolded := strings.ReplaceAll(file, "\r\n ", "")
	for _, want := range []string{
		// the day of the place, not the machine's
		"DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260310", "DTSTAMP:20260302T233000Z",
		`lundi\, mardi\; mercredi\\jeudi`, "METHOD:PUBLISH",
		`ORGANIZER;CN=Visavis démo x:mailto:a@example.org`,
	} {
		if !strings.Contains(unfolded, want) {
			t.Errorf("no %s in\n%s", want, unfolded)
		}
	}
}
