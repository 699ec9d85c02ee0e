package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"visavis/enrolment/journey"
	"visavis/enrolment/mail"
	"visavis/sms"
)

// smsSettings are the settings of text messages, which are off without a URL.
type smsSettings struct {
	// URL of the provider's gateway; "outbox" keeps messages in the demonstration's. Default
	// none: no text messages.
	URL, Method string
	// Header is sent with the content of AuthFile as its value.
	Header, AuthFile string
	// Body is JSON or a form, with {to}, {digits}, {text} and {sender}.
	Body, Sender string
	// Countries are the prefixes of the numbers that are written to.
	Countries string

	gateway  *sms.Gateway // nil: none
	prefixes sms.Prefixes // nil: text messages are off
}

const (
	smsOutbox = "outbox"
	// maxSMSAuth is ample for a token.
	maxSMSAuth = 8 << 10
)

func (s *smsSettings) flags(f *flag.FlagSet) {
	f.StringVar(&s.URL, "sms-url", "",
		"gateway of text messages, e.g. https://sms.example.net/messages; outbox: the demonstration's (default: none are sent)")
	f.StringVar(&s.Method, "sms-method", "POST", "POST or PUT")
	f.StringVar(&s.Header, "sms-auth-header", "Authorization", "header that authenticates this server at the gateway")
	f.StringVar(&s.AuthFile, "sms-auth-file", "", "file with that header's value, e.g. Bearer … (default: no such header)")
	f.StringVar(&s.Body, "sms-body", `{"to":"{to}","from":"{sender}","text":"{text}"}`,
		"what is sent: JSON, or a form like to={to}&from={sender}&text={text}; {digits} is {to} without its +")
	f.StringVar(&s.Sender, "sms-sender", "", "sender of text messages, as agreed with the provider")
	f.StringVar(&s.Countries, "sms-countries", "+33", "prefixes of the numbers that are written to: +33,+32")
}

// complete reads the file and refuses what cannot work.
func (s *smsSettings) complete(c *Config) (err error) {
	if s.URL == "" || !c.Enrolments.on {
		return nil
	}
	if s.prefixes, err = sms.ParsePrefixes(s.Countries); err != nil {
		return fmt.Errorf("--sms-countries: %w", err)
	}
	if s.URL == smsOutbox {
		if !c.demo() {
			return errors.New("--sms-url=outbox: only a demonstration has an outbox")
		}
		return nil
	}
	auth, err := s.auth()
	if err != nil {
		return fmt.Errorf("--sms-auth-file: %w", err)
	}
	s.gateway, err = sms.New(sms.Config{
		URL: s.URL, Method: s.Method, Header: s.Header, Secret: auth, Body: s.Body, Sender: s.Sender,
	})
	if err != nil {
		return fmt.Errorf("--sms-url, --sms-method, --sms-auth-header, --sms-body: %w", err)
	}
	if strings.Contains(s.Body, "{sender}") && s.Sender == "" {
		return errors.New("--sms-sender: required, since --sms-body has {sender}")
	}
	return nil
}

// auth is the value of the header; empty without a file.
func (s *smsSettings) auth() (string, error) {
	if s.AuthFile == "" {
		return "", nil
	}
	b, err := os.ReadFile(s.AuthFile)
	if err != nil {
		return "", err
	}
	value := strings.TrimSpace(string(b))
	if value == "" || len(b) > maxSMSAuth {
		return "", fmt.Errorf("%d bytes in %s, want 1 to %d", len(b), s.AuthFile, maxSMSAuth)
	}
	return value, nil
}

// texter hands messages over; nil: they lie in the outbox.
func (s *smsSettings) texter() mail.Texter {
	if s.gateway == nil {
		return nil
	}
	return s.gateway
}

// journey is what sends the capture's link; nil: nothing does.
func (s *smsSettings) journey(m *mail.Mailer) *journey.SMS {
	if s.prefixes == nil {
		return nil
	}
	return &journey.SMS{Send: m.TextLink, Prefixes: s.prefixes}
}
