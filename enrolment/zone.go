package enrolment

import (
	"fmt"
	"time"
	_ "time/tzdata" // a container may have no zones of its own
)

// ParseZone returns the time zone of a name of the IANA database, such as "Europe/Paris".
func ParseZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" { // the server's own zone is no applicant's
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
