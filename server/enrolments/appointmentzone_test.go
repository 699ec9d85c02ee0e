package enrolments

import (
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
)

// A browser refuses to format a time in a zone that it does not know, and the page stops: the
// machine's own zone is "Local" here. An appointment may outlive the desk's hours.
func TestTheZoneOfAnAppointmentIsOneThatBrowsersKnow(t *testing.T) {
	tokyo, err := enrolment.ParseZone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	machine := time.FixedZone("Local", 3600) // as time.Local names itself where no TZ is set
	booked := enrolment.Appointment{At: time.Now().Add(time.Hour), Minutes: 20}
	for _, c := range []struct {
		location *time.Location
		told     string
		want     string
	}{
		{tokyo, "", "Asia/Tokyo"}, {tokyo, "Europe/Paris", "Asia/Tokyo"}, {time.UTC, "Europe/Paris", "UTC"},
		{machine, "Europe/Paris", "Europe/Paris"}, {machine, "", "UTC"}, {machine, "gone", "UTC"},
	} {
		p := &Plane{cfg: Config{Location: c.location}, journey: &journey.Service{}}
		shown := p.appointmentOf(enrolment.Record{Zone: c.told, Appointment: &booked})
		if shown.Zone != c.want {
			t.Errorf("letters in %s, the browser in %q: %q, want %q", c.location, c.told, shown.Zone, c.want)
		}
	}
}
