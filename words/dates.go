package words

import (
	"fmt"
	"time"
)

// Day formats a day for a sentence: "9 March 2026".
func (w Words) Day(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = w.Text("dates.first")
	}
	return w.plain("dates.day", Values{"day": day, "month": w.Text(fmt.Sprintf("dates.month.%d", t.Month())),
		"year": t.Year()})
}

// Moment formats a time for a sentence, in its own zone and with the zone's name: "9
// March 2026, 09:00 UTC".
func (w Words) Moment(t time.Time) string {
	return w.plain("dates.moment", Values{"day": w.Day(t), "time": t.Format("15:04\u00a0MST")})
}

// Figures formats a day in figures: "12/02/1963".
func (w Words) Figures(t time.Time) string { return t.Format(w.Text("dates.figures")) }

// plain returns a text whose values are in its own language, so that none needs
// bidirectional isolation.
func (w Words) plain(key string, values Values) string {
	t, _, _ := w.find(key)
	return fill(t["other"], Language{}, values)
}
