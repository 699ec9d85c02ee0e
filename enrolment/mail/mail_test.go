package mail_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/mail"
	"visavis/enrolment/texts"
	"visavis/words"
)

func TestEveryLetterArrives(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	for _, language := range []string{"fr", "en"} {
		d := newDesk(t, s, language, nil)
		greeting := map[string]string{"fr": "Bonjour Maéva Claire,", "en": "Hello Maéva Claire,"}[language]
		// it goes before any other
		letters := slices.DeleteFunc(mail.Letters(), func(name string) bool { return name == "confirm-address" })
		for i, name := range letters {
			if err := d.Mail(t.Context(), int64(i+1), jobs.Email{Enrolment: d.record.ID, Template: name}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all := s.messages()
			got := all[len(all)-1]
			if got.to != address || got.from != "signature@example.com" || got.user != user || !got.tls {
				t.Errorf("%s: to %s, from %s, user %q, TLS %v", name, got.to, got.from, got.user, got.tls)
			}
			p := parse(t, got.data)
			if want := fmt.Sprintf("<%s.%d@example.com>", name, i+1); p.header.Get("Message-ID") != want {
				t.Errorf("Message-ID %q, want %q", p.header.Get("Message-ID"), want)
			}
			if p.header.Get("Auto-Submitted") != "auto-generated" || p.header.Get("Content-Language") != language ||
				p.subject(t) == "" || p.header.Get("Date") == "" {
				t.Errorf("%s: header %v", name, p.header)
			}
			link := "https://visavis.example/request?id=" + d.record.ID
			if name == "issued" || name == "revoked" || name == "certificate-expiring" {
				link = "https://visavis.example/signature"
			}
			if name == "visit-cancelled" { // the file is TestACancelledVisitLeavesTheCalendar's
				if p.parts["ABC234.ics"] == "" {
					t.Errorf("%s: no file", name)
				}
				delete(p.parts, "ABC234.ics")
			}
			for kind, body := range p.parts {
				if !strings.Contains(body, greeting) || strings.Count(body, link) != 1 || !strings.Contains(body, "ABC234") {
					t.Errorf("%s %s: no greeting, link or reference:\n%s", name, kind, body)
				}
				if strings.Contains(body, "<no value>") || strings.Contains(body, "{{") {
					t.Errorf("%s %s: a template's rest:\n%s", name, kind, body)
				}
				noSecrets(t, name, body, given)
			}
			if len(p.parts) != 2 || !strings.Contains(p.parts["text/html"], `<html lang="`+language+`">`) ||
				strings.Contains(p.parts["text/plain"], "<") {
				t.Errorf("%s: parts %v", name, p.parts)
			}
		}
		noSecrets(t, "the log", d.log.String())
		if n := strings.Count(d.log.String(), "e-mail sent"); n != len(letters) {
			t.Errorf("%d lines of the log, want %d", n, len(letters))
		}
	}
}

func TestTheNamesOfTheContract(t *testing.T) {
	want := "accepted again capture-link certificate-expiring confirm-address expiring in-person issued received " +
		"refused revoked terms visit-cancelled"
	if got := strings.Join(mail.Letters(), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheWayOfEachServer(t *testing.T) {
	for _, security := range []mail.Security{mail.TLS, mail.Plain} {
		s := newServer(t, security)
		d := newDesk(t, s, "fr", nil)
		if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "received"}); err != nil ||
			len(s.messages()) != 1 {
			t.Errorf("%s: %v, %d messages", security, err, len(s.messages()))
		}
	}
}

func TestTheSameJobTwiceIsOneMessage(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	d := newDesk(t, s, "fr", nil)
	for range 2 {
		if err := d.Mail(t.Context(), 42, jobs.Email{Enrolment: d.record.ID, Template: "received"}); err != nil {
			t.Fatal(err)
		}
	}
	all := s.messages()
	if a, b := parse(t, all[0].data).header.Get("Message-ID"), parse(t, all[1].data).header.Get("Message-ID"); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

// What goes wrong: whether the job is tried again, and that nothing personal is said.
func TestServersThatWillNot(t *testing.T) {
	tests := map[string]struct {
		security mail.Security
		change   func(*server)
		retry    bool
	}{
		"a server without TLS":              {mail.Plain, func(s *server) { s.smtp.Security, s.smtp.Username = mail.StartTLS, "" }, true},
		"a certificate of somebody else":    {mail.StartTLS, func(s *server) { _, s.smtp.RootCAs = selfSigned(t) }, true},
		"a wrong password":                  {mail.StartTLS, func(s *server) { s.smtp.Password = "wrong" }, true},
		"no such mailbox":                   {mail.StartTLS, func(s *server) { s.rcpt = refusal(550) }, false},
		"a mailbox that is full for now":    {mail.StartTLS, func(s *server) { s.rcpt = refusal(452) }, true},
		"nobody listens":                    {mail.StartTLS, func(s *server) { s.smtp.Port = 1 }, true},
		"a server that speaks in the clear": {mail.Plain, func(s *server) { s.smtp.Security = mail.TLS }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, tt.security)
			tt.change(s)
			d := newDesk(t, s, "fr", nil)
			err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "received"})
			if (err != nil) != tt.retry || len(s.messages()) != 0 {
				t.Errorf("error %v, %d messages", err, len(s.messages()))
			}
			noSecrets(t, "error and log", fmt.Sprint(err, d.log))
			if !tt.retry && !strings.Contains(d.log.String(), "reason=refused code=550") {
				t.Errorf("log: %s", d.log)
			}
		})
	}
}

func refusal(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 2, 1}, Message: "<" + address +
		"> will not"}
}

func TestNobodyToWriteTo(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	d := newDesk(t, s, "fr", nil)
	if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: "gone", Template: "received"}); err != nil {
		t.Errorf("a deleted enrolment: %v", err)
	}
	for _, bad := range []string{"", "nobody", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org"} {
		d := newDesk(t, s, "fr", func(_ *mail.Config, r *enrolment.Record) { r.Declared.Email = bad })
		if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "received"}); err != nil {
			t.Errorf("%q is tried again: %v", bad, err)
		}
		if strings.Contains(d.log.String(), "example.org") {
			t.Errorf("log: %s", d.log)
		}
	}
	if n := len(s.messages()); n != 0 {
		t.Errorf("%d messages", n)
	}
	for _, name := range []string{"nothing", "deleted", ""} {
		if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: name}); err == nil {
			t.Errorf("the letter %q is sent", name)
		}
	}
}

func TestANameThatIsNoneIsNotSent(t *testing.T) {
	for _, name := range []string{"", "http://evil.example/", "Win 1000 €", "<b>Maéva</b>", strings.Repeat("Ab ", 50),
		"Maéva\r\nBcc: x"} {
		d := newDesk(t, nil, "fr", func(_ *mail.Config, r *enrolment.Record) { r.Declared.GivenNames = name })
		if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "received"}); err != nil {
			t.Fatal(err)
		}
		if got := d.Outbox()[0].Text; !strings.HasPrefix(got, "Bonjour,\n") {
			t.Errorf("%q: %.60q", name, got)
		}
	}
}

func TestTheTermsAreAttached(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	of := func(language string) []texts.Text {
		vars := texts.Vars{Site: "Visavis", Rules: enrolment.DefaultRules(0.4)}
		return []texts.Text{texts.Of(enrolment.Subscription, language, vars), texts.Of(enrolment.Archive, language, vars)}
	}
	d := newDesk(t, s, "en", func(c *mail.Config, _ *enrolment.Record) { c.Texts = of })
	if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "terms"}); err != nil {
		t.Fatal(err)
	}
	p := parse(t, s.messages()[0].data)
	for _, text := range of("en") {
		if got := p.parts[fmt.Sprintf("%s-v%s-en.html", text.Kind, text.Version)]; got != string(text.HTML) {
			t.Errorf("%s: %d bytes attached, want the %d that are shown", text.Kind, len(got), len(text.HTML))
		}
		for _, kind := range []string{"text/plain", "text/html"} { // the file is what its hash is of; nobody reads one
			if strings.Contains(p.parts[kind], text.Hash) || !strings.Contains(p.parts[kind], text.Title) {
				t.Errorf("%s: its title is not in %s, or its hash is", text.Kind, kind)
			}
		}
	}
}

func TestDeleted(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	for language, want := range map[string]string{"fr": "comme vous l’avez demandé", "en": "as you asked"} {
		d := newDesk(t, s, language, nil)
		if err := d.Deleted(t.Context(), d.record, enrolment.RuleRequest, []byte(`{"body":"x"}`)); err != nil {
			t.Fatal(err)
		}
		all := s.messages()
		p := parse(t, all[len(all)-1].data)
		name := map[string]string{"fr": "recu-effacement-ABC234.json", "en": "receipt-of-deletion-ABC234.json"}[language]
		if p.parts[name] != `{"body":"x"}` || !strings.Contains(p.parts["text/plain"], want) ||
			strings.Contains(p.parts["text/plain"], "https://") {
			t.Errorf("%s: %v", language, p.parts)
		}
		noSecrets(t, "the log", d.log.String())
	}
}

func TestLettersSayUntilWhenAndWhat(t *testing.T) {
	for language, want := range map[string]map[string]string{
		"fr": {"expiring": "9\u202fmars 2026 à 09:00\u00a0UTC", "again": "du recto", "issued": "TEST", "in-person": "1 place de l’Exemple"},
		"en": {"expiring": "9\u00a0March 2026, 09:00\u00a0UTC", "again": "the front", "issued": "TEST", "in-person": "1 place de l’Exemple"},
	} {
		d := newDesk(t, nil, language, func(_ *mail.Config, r *enrolment.Record) {
			r.Again = &enrolment.Again{Step: "document-front", Words: "secret words"}
		})
		for name, words := range want {
			if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: name}); err != nil {
				t.Fatal(err)
			}
			got := d.Outbox()[0]
			if !strings.Contains(got.Text, words) || !strings.Contains(got.HTML, words) ||
				strings.Contains(got.Text, "secret words") {
				t.Errorf("%s: no %q in\n%s", name, words, got.Text)
			}
		}
	}
}

func TestOutbox(t *testing.T) {
	d := newDesk(t, nil, "fr", func(c *mail.Config, _ *enrolment.Record) { c.From = "" })
	for job := range int64(205) {
		for range 2 { // a job that is done again is no second message
			if err := d.Mail(t.Context(), job, jobs.Email{Enrolment: d.record.ID, Template: "received"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := d.Mail(t.Context(), 1000, jobs.Email{Enrolment: d.record.ID, Template: "refused"}); err != nil {
		t.Fatal(err)
	}
	all := d.Outbox()
	if len(all) != 200 || all[0].Subject != "Votre demande n’a pas été acceptée" || all[0].To != address ||
		all[1].Subject == all[0].Subject || !strings.Contains(all[0].Text, "démonstration, aucun prestataire") {
		t.Errorf("%d messages, the newest %+v", len(all), all[0])
	}
	noSecrets(t, "the log", d.log.String())
}

// A letter is whole and in one language, whatever it is about.
func TestEveryLetterInEveryLanguage(t *testing.T) {
	for _, l := range words.Languages() {
		seen := map[string]string{}
		for _, step := range []string{"document-front", "document-back", "selfie", "a-new-step"} {
			d := newDesk(t, nil, l.Tag, func(c *mail.Config, r *enrolment.Record) {
				r.Again = &enrolment.Again{Step: step}
				c.Texts = func(language string) []texts.Text {
					return []texts.Text{texts.Of(enrolment.Terms, language,
						texts.Vars{Site: "Visavis", Rules: enrolment.DefaultRules(0.4)})}
				}
			})
			for i, name := range mail.Letters() {
				if err := d.Mail(t.Context(), int64(i), jobs.Email{Enrolment: d.record.ID, Template: name}); err != nil {
					t.Fatal(err)
				}
				got := d.Outbox()[0]
				if regexp.MustCompile(`letters\.|[{}]`).MatchString(got.Subject+got.Text) || got.Subject == "" {
					t.Errorf("%s %s: a key or a name without a value:\n%s\n%s", l.Tag, name, got.Subject, got.Text)
				}
				for _, part := range []string{`<html lang="` + l.Tag + `">`, `lang="` + l.Tag + `" dir="` + l.Dir + `"`} {
					if !strings.Contains(got.HTML, part) {
						t.Errorf("%s %s: no %s", l.Tag, name, part)
					}
				}
				own := l.Tag == "fr" || l.Tag == "en"
				if name == "terms" && strings.Contains(got.Text, words.In(l.Tag).Text("letters.terms.language")) == own {
					t.Errorf("%s: want it said that the texts are in French and English, "+
						"where they are not in the reader's language:\n%s", l.Tag, got.Text)
				}
				if l.Dir == "rtl" && !strings.Contains(got.Text, "\u2068Maéva Claire\u2069") {
					t.Errorf("%s %s: the name is not isolated: %q", l.Tag, name, got.Text)
				}
				if name == "again" {
					seen[got.Text] = step
				}
			}
		}
		if len(seen) != 4 {
			t.Errorf("%s: %d letters for four steps", l.Tag, len(seen))
		}
	}
}

// A time in a letter is that of the clock on its reader's wall, whatever the server's is.
func TestTimesAreInTheZoneOfTheReader(t *testing.T) {
	s := newServer(t, mail.StartTLS)
	for zone, name := range map[string]string{"Asia/Tokyo": "JST", "": "UTC", "No/Where": "UTC"} {
		var until time.Time
		d := newDesk(t, s, "fr", func(c *mail.Config, r *enrolment.Record) {
			r.Zone, r.State, r.LastAction = zone, enrolment.Consented, time.Now()
			until = c.Rules.ExpiresAt(*r).UTC()
		})
		if err := d.Mail(t.Context(), 1, jobs.Email{Enrolment: d.record.ID, Template: "capture-link"}); err != nil {
			t.Fatal(err)
		}
		if name == "JST" {
			until = until.Add(9 * time.Hour)
		}
		all := s.messages()
		want := until.Format("15:04\u00a0") + name
		if text := parse(t, all[len(all)-1].data).parts["text/plain"]; !strings.Contains(text, want) ||
			!strings.Contains(text, words.In("fr").Day(until)) {
			t.Errorf("zone %q: no %q in\n%s", zone, want, text)
		}
	}
}
