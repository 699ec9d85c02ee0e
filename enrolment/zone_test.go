package enrolment

import (
	"errors"
	"testing"
	"time"
)

func TestAZoneIsOneOfTheIANADatabase(t *testing.T) {
	for _, name := range []string{
		"", "Local", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe/Paris\x00", "+02:00",
		"Europe//Paris", "Europe/./Paris", "right/Europe/Paris", "posix/Europe/Paris", "localtime",
	} {
		if zone, err := ParseZone(name); err == nil {
			t.Errorf("%q is %v, want an error", name, zone)
		}
		var bad *ValueError
		_, err := DefaultRules(faceThreshold).Apply(newRecord(), applicant, TellZone{name}, t0)
		if !errors.As(err, &bad) || bad.Field != "zone" {
			t.Errorf("telling %q: %v, want a *ValueError of zone", name, err)
		}
	}
	for _, name := range []string{
		"UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "Etc/GMT+1", "NZ-CHAT",
	} {
		if _, err := ParseZone(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestATimeIsInTheApplicantsZone(t *testing.T) {
	at := time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)
	tokyo, err := ParseZone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]string{"Europe/Paris": "2 00:30 CEST", "": "2 07:30 JST", "gone": "2 07:30 JST"} {
		if got := (Record{Zone: zone}).In(at, tokyo).Format("2 15:04 MST"); got != want {
			t.Errorf("in %q: %s, want %s", zone, got, want)
		}
	}
}
