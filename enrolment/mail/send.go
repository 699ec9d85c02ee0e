package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// sendWithin bounds one conversation with the mail server; a job has two minutes.
const sendWithin = 45 * time.Second

// send hands a message to the mail server.
func (m *Mailer) send(ctx context.Context, log *slog.Logger, e envelope) error {
	msg, err := m.message(e)
	if err != nil {
		return err
	}
	client, err := m.cfg.SMTP.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil {
		log.InfoContext(ctx, "e-mail sent")
		return nil
	}
	if refused, ok := errors.AsType[*gomail.SendError](err); ok {
		if refused.Reason == gomail.ErrSMTPRcptTo && !refused.IsTemp() {
			log.WarnContext(ctx, "no e-mail: the mail server does not take the address", "code", refused.ErrorCode())
			return nil // for good: the person sees all of it on the page
		}
		// Its own words hold the address.
		return fmt.Errorf("mail: the server did not take the message: %s (code %d %s)", refused.Reason, refused.ErrorCode(), refused.EnhancedStatusCode())
	}
	return fmt.Errorf("mail: %s", strings.ReplaceAll(err.Error(), e.to, "the address"))
}

// message puts a message together: text first, HTML as its better form.
func (m *Mailer) message(e envelope) (*gomail.Msg, error) {
	page, err := e.letter.html()
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	if err := msg.To(e.to); err != nil {
		return nil, errors.New("mail: the address cannot be read")
	}
	msg.Subject(e.letter.Subject)
	msg.SetDate()
	msg.SetMessageIDWithValue(e.id)
	msg.SetGenHeader("Content-Language", e.letter.Language)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no answers from those who are away
	msg.SetBodyString(gomail.TypeTextPlain, e.letter.text())
	msg.AddAlternativeString(gomail.TypeTextHTML, page)
	for _, a := range e.attachments {
		if err := msg.AttachReader(a.name, bytes.NewReader(a.body), gomail.WithFileContentType(gomail.ContentType(a.mediaType))); err != nil {
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
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.Username), gomail.WithPassword(s.Password))
	}
	client, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return client, nil
}
