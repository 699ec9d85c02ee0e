package mail

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
	"visavis/sms"
)

// Config is what a Mailer needs. Store and PublicURL are required, From with SMTP.
type Config struct {
	Store *store.Store
	// Seal lists a change of an enrolment's rows in its chain; nil: nobody does.
	Seal func(ctx context.Context, tx *store.Tx, enrolment string) error
	// AddressSecret returns what the letter that confirms an address asks back; empty
	// where none is open. nil: there are no such letters.
	AddressSecret func(ctx context.Context, tx *store.Tx, r enrolment.Record) (digits, link string, err error)
	// SiteOf returns the name of the site that sent an enrolment's owner here. Empty for people
	// who came by themselves.
	// People whom a site sent have no login here. Letters to them name the site and carry no
	// link. nil: no site sends people.
	SiteOf func(ctx context.Context, owner string) (name string, err error)
	// OfSite returns what a site's letter says. nil: sites send none.
	OfSite func(ctx context.Context, m jobs.SiteLetter) (SiteFacts, error)
	// SMTP sends; nil: the demonstration's outbox.
	SMTP *SMTP
	// SMS hands text messages to a provider; nil: they lie in the outbox too.
	SMS Texter
	// Production refuses the outbox.
	Production bool
	// From is the sender, "Visavis <signature@example.org>".
	From string
	// PublicURL returns the address that links begin with, without a slash at its end.
	PublicURL func() string
	// Site names the site, Operator who runs it; without an operator the letters say
	// that it is a demonstration. Test says that certificates are a test authority's.
	Site, Operator string
	Test           bool
	// InPerson is where the other way is; without a place it is not offered.
	InPerson InPerson
	// Desk is the zone of appointments; nil: people come without one.
	Desk *time.Location
	// Rules tell until when an enrolment waits.
	Rules enrolment.Rules
	// Texts returns what the letter "terms" has attached; nil: nothing.
	Texts func(language string) []texts.Text
	// Location is the zone of times in letters to people whose browser named none. Default
	// time.Local.
	Location *time.Location
	// Count is told how each letter ended, for the operator's metrics; nil: nobody is.
	Count func(Result)
	// Logger gets what happens; nil: nothing is logged.
	Logger *slog.Logger
}

// Texter sends one text message; *sms.Gateway is one.
type Texter interface {
	Send(ctx context.Context, to sms.Number, text string) error
}

// InPerson is where and when a registrar checks, how to get there and what to bring
// beside the document, in the operator's words.
type InPerson struct {
	Place, Hours, Directions, Bring string
}

func (c *Config) complete() (from *mail.Address, err error) {
	switch {
	case c.Store == nil || c.PublicURL == nil:
		return nil, errors.New("mail: Store and PublicURL are required")
	case c.SMTP == nil && c.Production:
		return nil, errors.New("mail: the outbox is for demonstrations: set the mail server")
	case c.SMTP == nil && c.From == "":
		c.From = "Visavis <no-reply@example.org>"
	}
	if from, err = mail.ParseAddress(c.From); err != nil {
		return nil, errors.New("mail: the sender's address (--mail-from) cannot be read, want one like: Visavis <signature@example.org>")
	}
	if c.SMTP != nil {
		if err := c.SMTP.check(); err != nil {
			return nil, err
		}
	}
	if c.Seal == nil {
		c.Seal = func(context.Context, *store.Tx, string) error { return nil }
	}
	if c.Count == nil {
		c.Count = func(Result) {}
	}
	if c.Location == nil {
		c.Location = time.Local
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return from, nil
}

// Security is how the connection to the mail server is protected.
type Security string

// The ways.
const (
	StartTLS Security = "starttls" // the default; without it nothing is sent
	TLS      Security = "tls"      // from the first byte on
	Plain    Security = "plain"    // for a server on this machine
)

// SMTP is a mail server.
type SMTP struct {
	Host     string
	Port     int
	Username string
	Password string
	Security Security
	// RootCAs are whom the server's certificate has to come from; nil: the system's.
	RootCAs *x509.CertPool
}

// ParseSMTP reads smtp://user:password@host:587 (STARTTLS is a must),
// smtps://host:465 (TLS from the first byte) and smtp+plain://localhost:25 (no TLS,
// and so no password). Ports default to those. The empty text gives nil.
func ParseSMTP(text string) (*SMTP, error) {
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("mail: the server's URL cannot be read, want one like " +
			"smtp://user:password@mail.example.org:587")
	}
	s := &SMTP{Host: u.Hostname(), Username: u.User.Username()}
	s.Password, _ = u.User.Password()
	switch u.Scheme {
	case "smtp":
		s.Security, s.Port = StartTLS, 587
	case "smtps":
		s.Security, s.Port = TLS, 465
	case "smtp+plain":
		s.Security, s.Port = Plain, 25
	default:
		return nil, errors.New("mail: the server's URL begins with smtp://, smtps:// or smtp+plain://")
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("mail: the server's port is no number")
		}
	}
	return s, s.check()
}

func (s *SMTP) check() error {
	switch {
	case s.Host == "" || s.Port < 1 || s.Port > 65535:
		return errors.New("mail: the server's host and a port from 1 to 65535 are required")
	case s.Security != "" && s.Security != StartTLS && s.Security != TLS && s.Security != Plain:
		return errors.New("mail: the security is starttls, tls or plain")
	case s.Security == Plain && s.Username != "":
		return errors.New("mail: a password is never sent without TLS")
	}
	return nil
}
