package mail_test

import (
	"context"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/mail"
)

// People whom another site sent have no login here. Their letters name the site and lead nowhere, but for the one
// that confirms an address, whose link needs no login. Everybody else's letters keep their link.
func TestLettersToPeopleOfASiteNameIt(t *testing.T) {
	for _, tt := range []struct {
		name, owner, letter string
		link                bool
	}{
		{"of a site", "site:test:v1", "accepted", false},
		{"of a site, their certificate", "site:test:v1", "issued", false},
		{"of a site, reminded", "site:test:v1", "capture-link", false},
		{"of a site, their address", "site:test:v1", "confirm-address", true},
		{"by themselves", "demo:maeva", "accepted", true},
		{"by themselves, their certificate", "demo:maeva", "issued", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, mail.StartTLS)
			d := newDesk(t, s, "fr", func(c *mail.Config, r *enrolment.Record) {
				r.Owner = tt.owner
				if tt.letter == "confirm-address" {
					r.Address = &enrolment.ConfirmedAddress{Email: "another@example.org", Way: enrolment.ByDigits, At: t0}
				}
				c.SiteOf = func(_ context.Context, owner string) (string, error) {
					if owner == "site:test:v1" {
						return "Exemple de site", nil
					}
					return "", nil
				}
			})
			if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: tt.letter}); err != nil {
				t.Fatal(err)
			}
			all := s.messages()
			if len(all) != 1 {
				t.Fatalf("%d letters, want 1", len(all))
			}
			for kind, body := range parse(t, all[0].data).parts {
				if got := strings.Contains(body, "https://visavis.example/"); got != tt.link {
					t.Errorf("%s: a link %v, want %v:\n%s", kind, got, tt.link, body)
				}
				if got := strings.Contains(body, "Exemple de site"); got == tt.link {
					t.Errorf("%s: names the site: %v:\n%s", kind, got, body)
				}
			}
		})
	}
}
