package mail

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"visavis/enrolment"
	"visavis/sms"
	"visavis/words"
)

// TextLink sends the capture's link to the declared mobile number, in the language of the
// enrolment. Nothing personal stands in it. The error is an *sms.Error where the provider did not take
// it.
func (m *Mailer) TextLink(ctx context.Context, r enrolment.Record) error {
	to, err := sms.ParseNumber(r.Declared.Mobile)
	if err != nil {
		return err
	}
	text := LinkText(r.Language, m.cfg.Site, m.cfg.PublicURL(), r.ID)
	if m.cfg.SMS != nil {
		if err := m.cfg.SMS.Send(ctx, to, text); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		m.cfg.Logger.InfoContext(ctx, "text message sent", "reference", r.Reference)
		return nil
	}
	m.outbox.add(uuid.NewString(), Message{At: time.Now(), To: string(to), Subject: "SMS", Text: text})
	m.cfg.Logger.InfoContext(ctx, "text message kept in the outbox: no gateway is set", "reference", r.Reference)
	return nil
}

// LinkText is what TextLink sends: the site, what to do, and the link to an enrolment.
func LinkText(language, site, publicURL, enrolment string) string {
	link := publicURL + "/request?id=" + enrolment
	return site + "\n" + words.In(language).Text("letters.capture-link.sms") + "\n" + link
}
