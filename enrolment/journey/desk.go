package journey

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"visavis/enrolment"
)

// Desk is when registrars receive people: slots of one length in weekly hours.
type Desk struct {
	hours    []Hours
	length   time.Duration
	capacity int
	closed   map[string]bool // days, as 2006-01-02
}

// ahead is how far slots are offered: enough to choose from, and less than a request waits
// for a visit.
const ahead = 28 * 24 * time.Hour

// longest is the most that a slot may last, in minutes.
const longest = 240

// ParseDesk parses weekly hours like "mon-fri 09:00-12:00 Europe/Paris; wed 14:00-17:00
// Europe/Paris", all in one zone, and days like "2026-12-25, 2027-01-01" without any.
// minutes is the length of a slot, capacity how many people one takes. Without hours there
// is no desk: nil.
func ParseDesk(hours, closed string, minutes, capacity int) (*Desk, error) {
	if strings.TrimSpace(hours) == "" {
		return nil, nil //nolint:nilnil // a setting
	}
	if minutes < 5 || minutes > longest || capacity < 1 {
		return nil, fmt.Errorf("slots of %d minutes for %d: want 5 to %d minutes, for 1 or more", minutes, capacity, longest)
	}
	d := &Desk{length: time.Duration(minutes) * time.Minute, capacity: capacity, closed: map[string]bool{}}
	for text := range strings.SplitSeq(hours, ";") {
		h, err := ParseHours(text)
		switch {
		case err != nil:
			return nil, err
		case h.zone == nil:
			return nil, errors.New("hours are missing beside a semicolon")
		case h.to-h.from < d.length:
			return nil, fmt.Errorf("%q: no slot of %d minutes fits in", strings.TrimSpace(text), minutes)
		case len(d.hours) > 0 && h.zone.String() != d.Zone().String():
			return nil, fmt.Errorf("%q: want the zone of the others, %s", strings.TrimSpace(text), d.Zone())
		}
		if _, err := enrolment.ParseZone(strings.Fields(text)[2]); err != nil {
			return nil, err // "Local" is no name to a browser
		}
		d.hours = append(d.hours, h)
	}
	for day := range strings.FieldsFuncSeq(closed, func(r rune) bool { return r == ',' || r == ' ' }) {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, fmt.Errorf("%q: want days like 2026-12-25, by commas", day)
		}
		d.closed[day] = true
	}
	return d, nil
}

// Zone is that of the clock on the desk's wall.
func (d *Desk) Zone() *time.Location { return d.hours[0].zone }

// slots returns the starts of a range, whose end is outside, in their order and each once.
func (d *Desk) slots(from, until time.Time) []time.Time {
	var out []time.Time
	day := from.In(d.Zone())
	for i := 0; ; i++ {
		noon := time.Date(day.Year(), day.Month(), day.Day()+i, 12, 0, 0, 0, d.Zone())
		if noon.Add(-24 * time.Hour).After(until) {
			return out
		}
		if d.closed[noon.Format(time.DateOnly)] {
			continue
		}
		var today []time.Time
		for _, h := range d.hours {
			opens, closes, ok := h.day(noon)
			for at := opens; ok && !at.Add(d.length).After(closes); at = at.Add(d.length) {
				if !at.Before(from) && at.Before(until) {
					today = append(today, at.UTC())
				}
			}
		}
		slices.SortFunc(today, time.Time.Compare)
		out = append(out, slices.Compact(today)...)
	}
}

// left returns how many more people a slot takes beside appointments, by their beginning.
// Those of hours that overlap, and those from when slots had another length, count too.
func (d *Desk) left(at time.Time, booked []enrolment.Appointment) int {
	byStart := func(a enrolment.Appointment, t time.Time) int { return a.At.Compare(t) }
	first, _ := slices.BinarySearchFunc(booked, at.Add(-longest*time.Minute), byStart)
	booked = booked[first:]
	most, ends := there(booked, at), at.Add(d.length)
	for _, a := range booked {
		if !a.At.Before(ends) {
			break
		}
		if a.At.After(at) { // there are never more than when one of them begins
			most = max(most, there(booked, a.At))
		}
	}
	return d.capacity - most
}

// there returns how many appointments a moment lies in.
func there(booked []enrolment.Appointment, at time.Time) (n int) {
	for _, a := range booked {
		if a.At.After(at) {
			break
		}
		if a.At.Equal(at) || a.Until().After(at) {
			n++
		}
	}
	return n
}
