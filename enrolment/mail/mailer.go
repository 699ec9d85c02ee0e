package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"visavis/email"
	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
	"visavis/identity"
	"visavis/words"
)

// Mailer writes to applicants. Make it with New.
type Mailer struct {
	cfg    Config
	from   *mail.Address
	sender string // the bare address of from, as the wire wants it
	utf8   extension
	outbox outbox
}

var _ jobs.Mailer = (*Mailer)(nil)

// New makes a Mailer.
func New(c Config) (*Mailer, error) {
	from, err := c.complete()
	if err != nil {
		return nil, err
	}
	sender := from.Address
	if a, err := email.Parse(sender); err == nil {
		sender = a.Wire() // else it is of this network: the operator knows
		from.Address = sender
	}
	return &Mailer{cfg: c, from: from, sender: sender}, nil
}

// attachment is a file that goes with a message.
type attachment struct {
	name, mediaType string
	body            []byte
}

// envelope is a message on its way.
type envelope struct {
	to          email.Address
	id          string // the Message-ID without its brackets
	letter      letter
	attachments []attachment
}

// asked is what a letter that a job asks for is about.
type asked struct {
	record       enrolment.Record
	digits, link string    // of the letter that asks to confirm the address
	held         bool      // until the address is confirmed, or for ever
	booked       time.Time // the appointment before the visit was given up; zero: none
}

// Mail implements jobs.Mailer.
func (m *Mailer) Mail(ctx context.Context, job int64, e jobs.Email) error {
	a, err := m.look(ctx, e)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted in the meantime, with its address
	}
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if e.Template == deletedLetter || forms[e.Template].ofSite {
		return fmt.Errorf("mail: %q is no letter about an enrolment that a job may send", e.Template)
	}
	if m.overtaken(a.record, e) {
		return nil
	}
	if a.held || e.Template == addressLetter && a.digits == "" {
		m.cfg.Logger.InfoContext(ctx, "a letter waits until its address is confirmed, or is needed no more", "letter",
			e.Template, "reference", a.record.Reference)
		return nil
	}
	f, attached := m.filled(a, e.Template)
	return m.write(ctx, a.record, e.Template, fmt.Sprintf("%s.%d", e.Template, job), f, attached)
}

// look reads what a letter is about. Before its address is confirmed, only the letter that asks for that is sent: any
// other one is held.
func (m *Mailer) look(ctx context.Context, e jobs.Email) (a asked, err error) {
	err = m.cfg.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		a = asked{}
		if a.record, _, err = tx.LoadForLetters(ctx, e.Enrolment); err != nil {
			return err
		}
		switch confirmed := a.record.AddressConfirmed(); {
		case confirmed && e.Template == noVisitLetter:
			a.booked, err = bookedLast(ctx, tx, a.record.ID)
			return err
		case confirmed:
			return nil
		case e.Template == addressLetter && m.cfg.AddressSecret != nil:
			a.digits, a.link, err = m.cfg.AddressSecret(ctx, tx, a.record)
			return err
		}
		a.held = true // the address was corrected since it was asked for, or nobody waits for it
		return tx.HoldLetter(ctx, e.Enrolment, e.Template)
	})
	return a, err
}

// overtaken tells whether the person came back, or decided otherwise, before a letter was sent.
func (m *Mailer) overtaken(r enrolment.Record, e jobs.Email) bool {
	switch e.Template {
	case "expiring":
		return !e.Early && !m.closesSoon(r)
	case inPersonLetter:
		return gaveUpVisit(r)
	case noVisitLetter:
		return r.State == enrolment.InPerson
	}
	return false
}

// filled returns the facts that a letter names, and the files that go with it.
func (m *Mailer) filled(a asked, template string) (f facts, attached []attachment) {
	f = m.facts(a.record)
	if a.digits != "" {
		f.Digits, f.Token = a.digits, a.record.ID+"."+a.link
	}
	switch template {
	case "terms":
		if m.cfg.Texts != nil {
			f.Texts = m.cfg.Texts(f.words.Language().Tag)
			attached = attachedTexts(f.Texts)
		}
	case inPersonLetter:
		f.Calendar = hasCalendar(f, time.Now())
	case noVisitLetter:
		f.Calendar = f.InPerson.Place != ""
		if !a.booked.IsZero() {
			f.Appointment = a.booked.In(m.deskZone())
		}
	}
	return f, attached
}

// gaveUpVisit tells whether an applicant who was to come in person does not any more.
func gaveUpVisit(r enrolment.Record) bool {
	return r.Last.From == enrolment.InPerson && r.Last.To != enrolment.InPerson && r.Last.By.Role == enrolment.Applicant
}

// bookedLast is the appointment that an enrolment had when it last left a visit; zero: none. Each visit begins
// without one.
func bookedLast(ctx context.Context, tx *store.Tx, id string) (at time.Time, err error) {
	list, err := tx.Transitions(ctx, id)
	for _, one := range list {
		switch one.Action {
		case enrolment.ActionBook:
			at, _ = time.Parse(time.RFC3339, one.Why) // what Book wrote
		case enrolment.ActionGiveBack, enrolment.ActionGoInPerson:
			at = time.Time{}
		}
	}
	return at, err
}

// closesSoon tells whether a reminder still makes sense.
func (m *Mailer) closesSoon(r enrolment.Record) bool {
	until := m.cfg.Rules.ExpiresAt(r)
	return !until.IsZero() && time.Until(until) <= 2*24*time.Hour
}

// Deleted tells that an enrolment was deleted, under which rule, with the signed
// receipt. r is the record as it was before. An address that was never confirmed is
// not written to.
func (m *Mailer) Deleted(ctx context.Context, r enrolment.Record, rule string, receipt []byte) error {
	if !r.AddressConfirmed() {
		m.cfg.Logger.InfoContext(ctx, "a deletion is not told: the address was never confirmed", "reference", r.Reference)
		return nil
	}
	f := m.facts(r)
	f.Until, f.Why, f.Register = time.Time{}, rule, r.Certificate != ""
	name := f.words.Text("letters.deleted.file") + r.Reference + ".json"
	return m.write(ctx, r, deletedLetter, deletedLetter+"."+r.ID, f, []attachment{{name, "application/json", receipt}})
}

func (m *Mailer) write(ctx context.Context, r enrolment.Record, name, id string, f facts, attached []attachment) error {
	l, place, err := read(name, f)
	if err != nil {
		return err
	}
	log := m.cfg.Logger.With("letter", name, "reference", r.Reference)
	to, err := email.Parse(r.Declared.Email)
	if err != nil {
		return m.undelivered(ctx, log, r, name, &undeliverable{reason: noAddress})
	}
	l.Greeting, l.Footer = greeting(r, words.In(l.Language)), m.footer(r, words.In(l.Language))
	if name == addressLetter { // the owner of the address is unknown: no personal data
		l.Greeting = greeting(enrolment.Record{}, words.In(l.Language))
	}
	if err := m.sentBySite(ctx, r, name, &l); err != nil {
		return err
	}
	if l.Action != "" {
		if place == "" {
			place = "/request?id=" + r.ID
		}
		if f.Token != "" {
			place += "#" + f.Token
		}
		l.Link = m.cfg.PublicURL() + place
	}
	if f.Calendar {
		file := calendar
		if name == noVisitLetter {
			file = cancellation
		}
		entry, err := file(r, l, f, organizer{m.cfg.Site, m.from.Address}, time.Now())
		if err != nil {
			return err
		}
		attached = append(attached, entry)
	}
	e := envelope{to: to, id: id + "@" + domain(m.from.Address), letter: l, attachments: attached}
	if m.cfg.SMTP == nil {
		err = m.keep(ctx, log, e)
	} else {
		err = m.send(ctx, log, e)
	}
	if err != nil {
		return m.undelivered(ctx, log, r, name, err)
	}
	return m.delivered(ctx, r)
}

// sentBySite puts the site in the place of a link that its person has no login for. The letter that confirms an
// address keeps its link, which needs none.
func (m *Mailer) sentBySite(ctx context.Context, r enrolment.Record, name string, l *letter) error {
	if m.cfg.SiteOf == nil || name == addressLetter || l.Action == "" {
		return nil
	}
	site, err := m.cfg.SiteOf(ctx, r.Owner)
	if err != nil {
		return fmt.Errorf("mail: the site of a letter: %w", err)
	}
	if site != "" {
		l.Action, l.ActionLine = "", ""
		l.Paragraphs = append(l.Paragraphs, words.In(l.Language).Text("letters.site", words.Values{"site": site}))
	}
	return nil
}

func (m *Mailer) facts(r enrolment.Record) facts {
	f := facts{words: words.In(r.Language), Reference: r.Reference, InPerson: m.cfg.InPerson, Test: m.cfg.Test}
	if until := m.cfg.Rules.ExpiresAt(r); !until.IsZero() {
		f.Until = r.In(until, m.cfg.Location)
	}
	if f.Booking = m.cfg.Desk != nil; r.Appointment != nil {
		f.Appointment, f.AppointmentEnds = r.Appointment.At.In(m.deskZone()), r.Appointment.Until()
	}
	if r.Again != nil {
		f.Step = r.Again.Step
	}
	return f
}

// deskZone is the zone of an appointment: that of the clock on the wall where it is.
func (m *Mailer) deskZone() *time.Location {
	if m.cfg.Desk != nil {
		return m.cfg.Desk
	}
	return m.cfg.Location
}

// footer says who writes, and what nobody will ever ask for.
func (m *Mailer) footer(r enrolment.Record, w words.Words) []string {
	by := m.cfg.Operator
	if by == "" {
		by = w.Text("letters.demo")
	}
	out := []string{m.cfg.Site + " – " + by}
	if r.Reference != "" {
		out = append(out, w.Text("letters.reference", words.Values{"reference": r.Reference}))
	}
	return append(out, w.Text("letters.warning"))
}

// greeting uses given names that look like names: whoever typed something else
// would have us send it.
func greeting(r enrolment.Record, w words.Words) string {
	name := strings.Join(strings.Fields(r.Declared.GivenNames), " ")
	if len(name) > 100 || identity.CheckName(name) != nil {
		return w.Text("letters.greeting.plain")
	}
	return w.Text("letters.greeting", words.Values{"name": name})
}

func attachedTexts(all []texts.Text) []attachment {
	var out []attachment
	for _, t := range all {
		out = append(out, attachment{fmt.Sprintf("%s-v%s-%s.html", t.Kind, t.Version, t.Language),
			"text/html; charset=utf-8", t.HTML})
	}
	return out
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
