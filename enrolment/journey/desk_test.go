package journey

import (
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
)

func desk(t *testing.T, hours, closed string, minutes int) *Desk {
	t.Helper()
	d, err := ParseDesk(hours, closed, minutes, 2)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheSlotsOfADesk(t *testing.T) {
	d := desk(t, "mon-tue 09:00-10:10 Europe/Paris; tue 14:00-15:00 Europe/Paris; tue 09:30-10:30 Europe/Paris", "2026-03-09", 30)
	paris := d.Zone()
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, time.March, day, hour, minute, 0, 0, paris)
	}
	list := func(from, until time.Time) string {
		var out []string
		for _, s := range d.slots(from, until) {
			out = append(out, s.In(paris).Format("2 15:04"))
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct {
		from, until time.Time
		want        string
	}{
		// Monday 2 and Tuesday 3; what does not fit in is no slot, and two hours that overlap give each once
		{at(1, 0, 0), at(4, 0, 0), "2 09:00, 2 09:30, 3 09:00, 3 09:30, 3 10:00, 3 14:00, 3 14:30"},
		{at(2, 9, 1), at(3, 9, 30), "2 09:30, 3 09:00"},
		{at(3, 14, 0), at(3, 14, 1), "3 14:00"},
		{at(4, 0, 0), at(10, 0, 0), ""}, // Monday 9 is closed
		{at(4, 0, 0), at(10, 9, 1), "10 09:00"},
		{at(3, 14, 0), at(3, 14, 0), ""},
	} {
		if got := list(c.from, c.until); got != c.want {
			t.Errorf("from %s until %s: %q, want %q", c.from, c.until, got, c.want)
		}
	}
	// The clock on the wall counts, over the change to summer time.
	before, after := d.slots(at(24, 0, 0), at(25, 0, 0)), d.slots(at(31, 0, 0), at(32, 0, 0))
	if len(before) != len(after) || after[0].Sub(before[0]) != 7*24*time.Hour-time.Hour {
		t.Errorf("in winter %v, in summer %v", before, after)
	}
}

func TestDesksThatAreNone(t *testing.T) {
	if d, err := ParseDesk("", "", 0, 0); d != nil || err != nil {
		t.Errorf("without hours: %v, %v", d, err)
	}
	for _, c := range []struct {
		hours, closed     string
		minutes, capacity int
		want              string
	}{
		{"always", "", 20, 1, "want hours"},
		{"mon 09:00-10:00 Europe/Paris;", "", 20, 1, "semicolon"},
		{"mon 09:00-10:00 Europe/Paris; tue 09:00-10:00 Asia/Tokyo", "", 20, 1, "zone"},
		{"mon 09:00-10:00 Local", "", 20, 1, "IANA"},
		{"mon 09:00-09:10 Europe/Paris", "", 20, 1, "fits"},
		{"mon 09:00-10:00 Europe/Paris", "25/12/2026", 20, 1, "2026-12-25"},
		{"mon 09:00-10:00 Europe/Paris", "", 4, 1, "5 to 240"},
		{"mon 09:00-10:00 Europe/Paris", "", 20, 0, "1 or more"},
	} {
		d, err := ParseDesk(c.hours, c.closed, c.minutes, c.capacity)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, %v", c, d, err)
		}
	}
}

func TestASlotTakesNoMorePeopleThanAreThereAtOnce(t *testing.T) {
	d := desk(t, "mon 09:00-12:00 Europe/Paris", "", 30) // for two
	nine := time.Date(2026, time.March, 2, 9, 0, 0, 0, d.Zone())
	of := func(minutes ...int) (out []enrolment.Appointment) { // beginnings after nine, and lengths
		for i := 0; i < len(minutes); i += 2 {
			at := nine.Add(time.Duration(minutes[i]) * time.Minute)
			out = append(out, enrolment.Appointment{At: at, Minutes: minutes[i+1]})
		}
		return out
	}
	for name, c := range map[string]struct {
		booked []enrolment.Appointment
		want   int
	}{
		"nobody":                              {nil, 2},
		"one":                                 {of(0, 30), 1},
		"both":                                {of(0, 30, 0, 30), 0},
		"before and after":                    {of(-30, 30, -30, 30, 30, 30, 30, 30), 2},
		"of hours that overlap":               {of(-10, 30, 20, 30), 1},
		"of hours that overlap, at once":      {of(-10, 30, 10, 30), 0},
		"one after the other":                 {of(0, 15, 15, 15), 1},
		"of the longest slots":                {of(-239, 240, -210, 240), 0},
		"of no known length":                  {of(0, 0, 10, 0), 1},
		"more than fit since there are fewer": {of(0, 30, 0, 30, 0, 30), -1},
	} {
		if got := d.left(nine, c.booked); got != c.want {
			t.Errorf("%s: %d left, want %d", name, got, c.want)
		}
	}
}
