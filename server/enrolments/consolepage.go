package enrolments

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"visavis/sites"
)

// number reads a number of the query, or returns the usual one.
func number(r *request, name string, usual, least, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, &sites.InvalidError{Field: name, Have: text, Want: fmt.Sprintf("%d to %d", least, most)}
	}
	return n, nil
}

// consolePage is the number of rows of a page.
const consolePage = 50

// cursor names the last row of a page: its time and id.
func cursor(at time.Time, id string) string { return strconv.FormatInt(at.UnixNano(), 10) + "." + id }

func (r *request) cursor() (at time.Time, id string, err error) {
	text := r.URL.Query().Get("cursor")
	if text == "" {
		return at, "", nil
	}
	nano, id, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(nano, 10, 64)
	if err != nil || !ok || id == "" {
		return at, "", &sites.InvalidError{Field: "cursor", Have: text, Want: "the cursor of the page before"}
	}
	return time.Unix(0, n), id, nil
}
