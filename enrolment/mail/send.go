package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"visavis/email"
)

// sendWithin bounds one conversation with the mail server; a job has two minutes.
const sendWithin = 45 * time.Second

// send hands a message to the mail server. An *undeliverable is one that trying
// again does not help.
func (m *Mailer) send(ctx context.Context, log *slog.Logger, e envelope) error {
	msg, err := m.message(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	conn, err := m.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.UpdateDeadline(sendWithin); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	// The extension is asked for where it is needed: with it, a server that hands the
	// letter on has to find it at the next one too.
	conn.SkipSMTPUTF8(!e.to.NeedsUTF8())
	if e.to.NeedsUTF8() {
		if offered, _ := conn.Extension("SMTPUTF8"); !offered {
			return &undeliverable{reason: noUTF8}
		}
	}
	if err := m.hand(conn, msg, e.to); err != nil {
		return err
	}
	log.InfoContext(ctx, "e-mail sent")
	_ = conn.Quit() // the server has accepted the message
	return nil
}

// dial returns a connection that may send.
func (m *Mailer) dial(ctx context.Context) (*smtp.Client, error) {
	client, err := m.cfg.SMTP.client()
	if err != nil {
		return nil, err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("mail: the server cannot be used: %w", err)
	}
	offered, _ := conn.Extension("SMTPUTF8")
	m.utf8.learn(offered)
	return conn, nil
}

// hand gives envelope and message. Nobody else writes the envelope: what stands in
// the header of a message is no address as RCPT TO wants it, and loses the quotes
// of a local part.
func (m *Mailer) hand(conn *smtp.Client, msg *gomail.Msg, to email.Address) error {
	if err := conn.Mail("<" + m.sender + ">"); err != nil {
		return failed("the sender", err)
	}
	if err := conn.Rcpt("<" + to.Wire() + ">"); err != nil {
		if refused, ok := errors.AsType[*textproto.Error](err); ok && refused.Code >= 500 {
			return &undeliverable{reason: refusedAddress, code: refused.Code}
		}
		return failed("the address", err)
	}
	w, err := conn.Data()
	if err != nil {
		return failed("the message", err)
	}
	if _, err := msg.WriteTo(w); err != nil {
		return failed("the message", err)
	}
	if err := w.Close(); err != nil {
		return failed("the message", err)
	}
	return nil
}

// failed is an error of the mail server without its own words: they hold the
// address.
func failed(what string, err error) error {
	if refused, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("mail: the server did not take %s (code %d)", what, refused.Code)
	}
	return fmt.Errorf("mail: %s: %w", what, err)
}

// message puts a message together: text first, HTML as its better form.
func (m *Mailer) message(e envelope) (*gomail.Msg, error) {
	page, err := e.letter.html()
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	msg.SetGenHeaderPreformatted(gomail.Header(gomail.HeaderTo), "<"+e.to.Wire()+">")
	msg.Subject(e.letter.Subject)
	msg.SetDate()
	msg.SetMessageIDWithValue(e.id)
	msg.SetGenHeader("Content-Language", e.letter.Language)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no answers from those who are away
	msg.SetBodyString(gomail.TypeTextPlain, e.letter.text())
	msg.AddAlternativeString(gomail.TypeTextHTML, page)
	for _, a := range e.attachments {
		if err := msg.AttachReader(a.name, bytes.NewReader(a.body),
			gomail.WithFileContentType(gomail.ContentType(a.mediaType))); err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
	}
	return msg, nil
}

// client is made for each message: a connection that nobody uses is closed by the
// server anyway.
func (s *SMTP) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(sendWithin),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.Host, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}),
	}
	switch s.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.Username),
			gomail.WithPassword(s.Password))
	}
	client, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return client, nil
}
