package mail_test

import (
	"fmt"
	"strings"
	"testing"

	"visavis/enrolment/mail"
)

func TestParseSMTP(t *testing.T) {
	for text, want := range map[string]string{
		"smtp://u:p%40w@mail.example.org":    "mail.example.org 587 u p@w starttls",
		"smtps://mail.example.org":           "mail.example.org 465   tls",
		"smtp+plain://localhost:2525":        "localhost 2525   plain",
		"smtp+plain://u:p@localhost":         "error without TLS",
		"smtp://":                            "error cannot be read",
		"mail.example.org":                   "error cannot be read",
		"http://mail.example.org":            "error begins with smtp://",
		"smtp://mail.example.org/path":       "error cannot be read",
		"smtp://u:secret@mail.example.org:0": "error 1 to 65535",
	} {
		s, err := mail.ParseSMTP(text)
		if wanted, bad := strings.CutPrefix(want, "error "); bad {
			if err == nil || !strings.Contains(err.Error(), wanted) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := fmt.Sprint(s.Host, " ", s.Port, " ", s.Username, " ", s.Password, " ", s.Security); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	if s, err := mail.ParseSMTP(""); s != nil || err != nil {
		t.Errorf("nothing gives %v, %v", s, err)
	}
}

func TestNewRefuses(t *testing.T) {
	d := newDesk(t, nil, "fr", nil)
	good := mail.Config{Store: d.store, PublicURL: func() string {
		return ""
	}, SMTP: &mail.SMTP{Host: "localhost", Port: 25}, From: "a@example.com"}
	for name, change := range map[string]func(*mail.Config){
		"no store":                 func(c *mail.Config) { c.Store = nil },
		"the outbox in production": func(c *mail.Config) { c.SMTP, c.Production = nil, true },
		"no sender":                func(c *mail.Config) { c.From = "" },
		"no host":                  func(c *mail.Config) { c.SMTP.Host = "" },
	} {
		c := good
		server := *good.SMTP
		c.SMTP = &server
		change(&c)
		if _, err := mail.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := mail.New(good); err != nil {
		t.Error(err)
	}
}
