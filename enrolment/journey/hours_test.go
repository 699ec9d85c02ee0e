package journey

import (
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	h, err := ParseHours("mon-fri 09:00-18:00 Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, time.March, day, hour, minute, 0, 0, paris)
	}
	for _, c := range []struct{ now, opens time.Time }{
		{at(2, 8, 59), at(2, 9, 0)}, // Monday
		{at(2, 9, 0), time.Time{}},
		{at(2, 17, 59), time.Time{}},
		{at(2, 18, 0), at(3, 9, 0)},
		{at(6, 18, 0), at(9, 9, 0)},   // Friday evening
		{at(28, 12, 0), at(30, 9, 0)}, // over the change to summer time
	} {
		if got := h.Opens(c.now); !got.Equal(c.opens) {
			t.Errorf("at %s it opens %s, want %s", c.now, got, c.opens)
		}
	}
	for _, c := range []struct {
		from, to time.Time
		want     time.Duration
	}{
		{at(2, 10, 0), at(2, 10, 30), 30 * time.Minute},
		{at(2, 17, 0), at(3, 10, 0), 2 * time.Hour},
		{at(6, 17, 0), at(9, 9, 30), 90 * time.Minute},
		{at(7, 10, 0), at(8, 10, 0), 0},
		{at(3, 10, 0), at(2, 10, 0), 0},
	} {
		if got := h.Between(c.from, c.to); got != c.want {
			t.Errorf("from %s to %s somebody is there %s, want %s", c.from, c.to, got, c.want)
		}
	}
	if w := h.Week(); *w != (Week{time.Monday, time.Friday, "09:00", "18:00", "Europe/Paris"}) {
		t.Errorf("a page shows %+v", w)
	}
	if h, err := ParseHours("Sat 9:30-24:00 UTC"); err != nil ||
		*h.Week() != (Week{time.Saturday, time.Saturday, "09:30", "24:00", "UTC"}) {
		t.Errorf("a page shows %+v of one day, %v", h.Week(), err)
	}
	var always Hours
	if !always.Opens(at(7, 3, 0)).IsZero() || always.Between(at(7, 3, 0), at(7, 4, 0)) != time.Hour ||
		always.Week() != nil {
		t.Error("the zero value closes")
	}
	for _, bad := range []string{"always", "mon 9-18 Europe/Paris", "mon-fri 18:00-09:00 Europe/Paris",
		"mon-fri 09:00-18:00 Nowhere/Land", "xyz 09:00-18:00 UTC"} {
		if _, err := ParseHours(bad); err == nil {
			t.Errorf("%q was read as hours", bad)
		}
	}
}

func TestTheRangeComesFromWhatFilesTook(t *testing.T) {
	minutes := func(list ...int) (out []time.Duration) {
		for _, m := range list {
			out = append(out, time.Duration(m)*time.Minute)
		}
		return out
	}
	for _, c := range []struct {
		took     []time.Duration
		from, to time.Duration
	}{
		{minutes(3, 4, 4, 5, 5, 6, 6, 7, 8, 40), 4 * time.Minute, 40 * time.Minute},
		{minutes(0, 0, 0, 0, 0), time.Minute, 2 * time.Minute},
		{minutes(5, 5, 5, 5, 5), 5 * time.Minute, 6 * time.Minute},
	} {
		if from, to := span(c.took); from != c.from || to != c.to {
			t.Errorf("%v: between %s and %s, want %s and %s", c.took, from, to, c.from, c.to)
		}
	}
}

func TestAMobileNumberIsWrittenInternationally(t *testing.T) {
	for text, want := range map[string]string{
		"06 39 98 00 12": "+33639980012", "+33 6 39 98 00 12": "+33639980012", "0033639980012": "+33639980012",
		"+49 151 23456789": "+4915123456789", "+1 650-253-0000": "+16502530000",
		"": "", "01 23 45 67 89": "", "12": "", "call me": "", "+33 6 39 98 00 12 34 56": "",
		"06 39 98 00 1": "", "+33 06 39 98 00 1": "", "07 39 98 00 1": "", "06 39 98 00": "", "+33 (0)6 39 98 00 12": "+33639980012",
		"06/39/98/00/12": "+33639980012", "06\u200b39980012": "+33639980012", "٠٦٣٩٩٨٠٠١٢": "+33639980012",
		"０６３９９８００１２": "+33639980012", "tel:+33-6-39-98-00-12": "+33639980012", "639980012": "+33639980012",
		"+225 07 01 23 45 67": "+2250701234567", "+39 347 123 4567": "+393471234567", "6,39E+08": "",
		// As lists of contacts hand them over: between marks of direction, with spaces of every width.
		"+33\u202a639980012": "+33639980012", "\u202a+33 6 39 98 00 12\u202c": "+33639980012",
		"\u202d06\u202f39\u202f98\u202f00\u202f12\u202c": "+33639980012", "\u2066+33639980012\u2069": "+33639980012",
		"+33\u200e 6\u200939\u200998 00 12": "+33639980012", "06\ufeff39\u034f98\ufe0f0012": "+33639980012",
		"06\t39\t98\t00\t12": "+33639980012", "\u200f+212 612-345678": "+212612345678",
		"06\u200d39\u180e98\U000e00200012": "+33639980012", "\u202e2100899360": "", "\u202e+33639980012": "",
		"06\x0039980012": "", "\u202a\u202c": "", "06\u202a39980012\n0639980013": "",
		"+999 639980012": "", "112": "", "3615": "", "06 39 98 00 12 / 06 39 98 00 13": "",
	} {
		got, err := normalMobile(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
