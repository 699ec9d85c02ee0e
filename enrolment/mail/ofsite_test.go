package mail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/mail"
	"visavis/words"
)

func TestLettersOfASite(t *testing.T) {
	about := map[string]mail.SiteFacts{
		"site-link": {
			To: address, Name: "Exemple <de> site", Place: "/v#ver_1.secret", Reference: "BCDFGH",
			Until: t0.Add(24 * time.Hour),
		},
		"signing": {
			To: address, Name: "Exemple <de> site", Place: "/v#ver_1.secret", Reference: "BCDFGH",
			Until: t0.Add(15 * time.Minute),
		},
		"endpoint-failing": {
			To: "dev@example.org", Name: "Exemple <de> site", Endpoint: "end_1", URL: "https://www.example.org/hook?a=1&b=2",
			Problem: "answered 502", Since: t0,
		},
	}
	s := newServer(t, mail.StartTLS)
	var facts mail.SiteFacts
	d := newDesk(t, s, words.Tags()[0], func(c *mail.Config, _ *enrolment.Record) {
		c.OfSite = func(_ context.Context, m jobs.SiteLetter) (mail.SiteFacts, error) {
			if m.ID != "id-7" {
				return mail.SiteFacts{}, errors.New("of something else")
			}
			return facts, nil
		}
	})
	for _, language := range words.Tags() {
		for name := range about {
			t.Run(language+" "+name, func(t *testing.T) {
				facts = about[name]
				facts.Language = language
				before := len(s.messages())
				if err := d.MailSite(t.Context(), 7, jobs.SiteLetter{Template: name, ID: "id-7"}); err != nil {
					t.Fatal(err)
				}
				all := s.messages()[before:]
				if len(all) != 1 || all[0].to != facts.To {
					t.Fatalf("letters %+v, want one to %s", all, facts.To)
				}
				for kind, body := range parse(t, all[0].data).parts {
					if strings.Contains(body, "{") || strings.Contains(body, given) ||
						strings.Contains(body, "letters.") {
						t.Errorf("%s: a hole, a key or a name:\n%s", kind, body)
					}
					wanted := []string{"https://visavis.example/v#ver_1.secret", "BCDFGH"}
					if name == "endpoint-failing" {
						wanted = []string{"end_1", "answered 502"}
					}
					for _, want := range wanted {
						if !strings.Contains(body, want) {
							t.Errorf("%s: does not say %q:\n%s", kind, want, body)
						}
					}
				}
			})
		}
	}
	if log := d.log.String(); strings.Contains(log, "secret") || strings.Contains(log, address) {
		t.Errorf("the log has what it should not:\n%s", log)
	}
}

func TestALetterOfASiteThatCannotGo(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	s.rcpt = &smtp.SMTPError{Code: 550, Message: "no such user"}
	facts := mail.SiteFacts{To: address, Name: "Exemple", Place: "/v#x", Until: t0}
	d := newDesk(t, s, words.Tags()[0], func(c *mail.Config, _ *enrolment.Record) {
		c.OfSite = func(context.Context, jobs.SiteLetter) (mail.SiteFacts, error) { return facts, nil }
	})
	letter := jobs.SiteLetter{Template: "site-link", ID: "id-7"}
	if err := d.MailSite(t.Context(), 1, letter); err != nil ||
		!strings.Contains(d.log.String(), "cannot be delivered") {
		t.Errorf("refused for good: %v\n%s", err, d.log)
	}
	facts.To = "no address"
	if err := d.MailSite(t.Context(), 2, letter); err != nil {
		t.Errorf("no address: %v", err)
	}
	facts.To = ""
	if err := d.MailSite(t.Context(), 3, letter); err != nil {
		t.Errorf("needed no more: %v", err)
	}
	if len(s.messages()) != 0 {
		t.Errorf("letters went: %+v", s.messages())
	}
	if err := d.MailSite(t.Context(), 4, jobs.SiteLetter{Template: "accepted", ID: "id-7"}); err == nil {
		t.Error("a letter about an enrolment went as one of a site")
	}
	if err := d.Mail(t.Context(), 5, jobs.Email{Enrolment: d.record.ID, Template: "site-link"}); err == nil {
		t.Error("a letter of a site went as one about an enrolment")
	}
}
