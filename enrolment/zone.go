package enrolment

import (
	"fmt"
	"regexp"
	"time"
	_ "time/tzdata" // a container may have no zones of its own
)

// zoneName is the form of the names there. The machine's folder of zones has others, such as
// right/…, whose clocks count leap seconds, and every path has more than one name.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$`)

// ParseZone returns the time zone of a name of the IANA database, such as "Europe/Paris".
func ParseZone(name string) (*time.Location, error) {
	if !zoneName.MatchString(name) || name == "Local" { // the server's own zone is no applicant's
		return nil, fmt.Errorf("%q: want a time zone of the IANA database, such as Europe/Paris", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q: want a time zone of the IANA database, such as Europe/Paris", name)
	}
	return zone, nil
}

// In returns a time in the applicant's zone, or in another one if none is known.
func (r Record) In(t time.Time, otherwise *time.Location) time.Time {
	if zone, err := ParseZone(r.Zone); err == nil {
		return t.In(zone)
	}
	return t.In(otherwise)
}
