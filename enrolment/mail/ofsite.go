package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/email"
	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/words"
)

// SiteFacts are what a site's letter says. With To empty nothing is sent.
type SiteFacts struct {
	To, Language string
	Name         string // of the site
	// Of a link: where it leads on this server, such as /v#SECRET, until when, and the request's reference.
	Place, Reference string
	Until            time.Time
	// Of an endpoint that fails: its id and address, since when, and the last failure.
	Endpoint, URL, Problem string
	Since                  time.Time
}

var _ jobs.SiteMailer = (*Mailer)(nil)

// MailSite implements jobs.SiteMailer. A letter with a link goes to the address that the site gave, which need not be
// confirmed: its greeting names nobody, and its link is for one browser.
func (m *Mailer) MailSite(ctx context.Context, job int64, s jobs.SiteLetter) error {
	if m.cfg.OfSite == nil || !forms[s.Template].ofSite {
		return fmt.Errorf("mail: no letter %q of a site", s.Template)
	}
	about, err := m.cfg.OfSite(ctx, s)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	log := m.cfg.Logger.With("letter", s.Template, "about", s.ID)
	if about.To == "" {
		log.InfoContext(ctx, "a letter is needed no more")
		return nil
	}
	to, err := email.Parse(about.To)
	if err != nil {
		log.WarnContext(ctx, "a letter was not sent: its address cannot be read")
		return nil //nolint:nilerr // trying again would not read it either
	}
	f := facts{words: words.In(about.Language), Reference: about.Reference, Site: about}
	f.Site.Since = about.Since.In(m.cfg.Location)
	if !about.Until.IsZero() {
		f.Until = about.Until.In(m.cfg.Location)
	}
	l, _, err := read(s.Template, f)
	if err != nil {
		return err
	}
	w := words.In(l.Language)
	l.Greeting, l.Footer = greeting(enrolment.Record{}, w), m.footer(enrolment.Record{Reference: about.Reference}, w)
	if l.Action != "" {
		l.Link = m.cfg.PublicURL() + about.Place
	}
	e := envelope{to: to, id: fmt.Sprintf("%s.%d@%s", s.Template, job, domain(m.from.Address)), letter: l}
	send := m.send
	if m.cfg.SMTP == nil {
		send = m.keep
	}
	err = send(ctx, log, e)
	if gone, ok := errors.AsType[*undeliverable](err); ok {
		log.WarnContext(ctx, "a letter cannot be delivered", "why", gone.Error())
		m.cfg.Count(gone.reason)
		return nil
	}
	if err != nil {
		m.cfg.Count(unavailable)
		return err
	}
	m.cfg.Count(Sent)
	return nil
}
