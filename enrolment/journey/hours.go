package journey

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are the reviewers' working hours: the same from and to on some days of the week.
// The zero value means always.
type Hours struct {
	days     [7]bool // by time.Weekday
	from, to time.Duration
	zone     *time.Location
	week     *Week
}

// Week is how a page shows Hours.
type Week struct {
	First  time.Weekday `json:"first"`
	Last   time.Weekday `json:"last"`
	Opens  string       `json:"opens"`  // 09:00
	Closes string       `json:"closes"` // 24:00 at the latest
	Zone   string       `json:"zone"`   // Europe/Paris
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours parses hours like "mon-fri 09:00-18:00 Europe/Paris". Empty means always.
func ParseHours(text string) (Hours, error) {
	if strings.TrimSpace(text) == "" {
		return Hours{}, nil
	}
	bad := fmt.Errorf("%q: want hours like mon-fri 09:00-18:00 Europe/Paris", text)
	parts := strings.Fields(text)
	if len(parts) != 3 {
		return Hours{}, bad
	}
	var h Hours
	first, last, ranged := strings.Cut(strings.ToLower(parts[0]), "-")
	if !ranged {
		last = first
	}
	a, b := slices.Index(weekdays, first), slices.Index(weekdays, last)
	if a < 0 || b < 0 {
		return Hours{}, bad
	}
	for d := a; ; d = (d + 1) % 7 {
		h.days[d] = true
		if d == b {
			break
		}
	}
	from, to, ok := strings.Cut(parts[1], "-")
	if !ok {
		return Hours{}, bad
	}
	var errs [3]error
	h.from, errs[0] = clockTime(from)
	h.to, errs[1] = clockTime(to)
	h.zone, errs[2] = time.LoadLocation(parts[2])
	if errs != [3]error{} || h.from >= h.to {
		return Hours{}, bad
	}
	onWall := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	h.week = &Week{time.Weekday(a), time.Weekday(b), onWall(h.from), onWall(h.to), h.zone.String()}
	return h, nil
}

func clockTime(text string) (time.Duration, error) {
	if text == "24:00" {
		return 24 * time.Hour, nil
	}
	t, err := time.Parse("15:04", text)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err
}

// Week returns the hours for a page; nil: always.
func (h Hours) Week() *Week { return h.week }

// day returns when the day of t opens and closes; false if it does not open.
func (h Hours) day(t time.Time) (opens, closes time.Time, ok bool) {
	t = t.In(h.zone)
	at := func(d time.Duration) time.Time { // by the clock on the wall, whatever summer time does
		return time.Date(t.Year(), t.Month(), t.Day(), int(d.Hours()), int(d.Minutes())%60, 0, 0, h.zone)
	}
	return at(h.from), at(h.to), h.days[t.Weekday()]
}

// Opens returns when reviewers are next available; zero if they are now.
func (h Hours) Opens(now time.Time) time.Time {
	if h.zone == nil {
		return time.Time{}
	}
	for i := range 8 {
		opens, closes, ok := h.day(now.In(h.zone).AddDate(0, 0, i))
		switch {
		case !ok || !now.Before(closes):
		case now.Before(opens):
			return opens
		default:
			return time.Time{}
		}
	}
	return time.Time{}
}

// Between returns the working time between two times, at most a month's.
func (h Hours) Between(from, to time.Time) time.Duration {
	if h.zone == nil {
		return max(0, to.Sub(from))
	}
	var sum time.Duration
	for i := range 32 {
		opens, closes, ok := h.day(from.In(h.zone).AddDate(0, 0, i))
		if opens.After(to) {
			break
		}
		if !ok {
			continue
		}
		if opens.Before(from) {
			opens = from
		}
		if closes.After(to) {
			closes = to
		}
		sum += max(0, closes.Sub(opens))
	}
	return sum
}
