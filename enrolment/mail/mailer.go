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

// Mail implements jobs.Mailer.
func (m *Mailer) Mail(ctx context.Context, job int64, e jobs.Email) error {
	var r enrolment.Record
	err := m.cfg.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if r, err = tx.Load(ctx, e.Enrolment); errors.Is(err, store.ErrNotFound) {
			r, err = ofCertificate(ctx, tx, e.Enrolment)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted in the meantime, with its address
	}
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if e.Template == deletedLetter {
		return errors.New("mail: only retention tells of a deletion")
	}
	if e.Template == "expiring" && !m.closesSoon(r) {
		return nil // the person came back before this was sent
	}
	f := m.facts(r)
	var attached []attachment
	if e.Template == "terms" && m.cfg.Texts != nil {
		f.Texts = m.cfg.Texts(language(r))
		attached = attachedTexts(f.Texts)
	}
	return m.write(ctx, r, e.Template, fmt.Sprintf("%s.%d", e.Template, job), f, attached)
}

// ofCertificate is what a letter needs of an enrolment that is gone, from its
// certificate, which outlives it.
func ofCertificate(ctx context.Context, tx *store.Tx, id string) (enrolment.Record, error) {
	c, err := tx.CertificateOf(ctx, id)
	if err != nil {
		return enrolment.Record{}, err
	}
	q := c.Value.Request
	return enrolment.Record{
		ID: id, Reference: q.Reference, Owner: c.Owner, Language: q.Language, State: enrolment.Issued, Certificate: c.ID,
		Declared: enrolment.Declaration{Surname: q.Subject.Surname, GivenNames: q.Subject.GivenNames, Email: q.Email},
	}, nil
}

// closesSoon tells whether a reminder still makes sense.
func (m *Mailer) closesSoon(r enrolment.Record) bool {
	until := m.cfg.Rules.ExpiresAt(r)
	return !until.IsZero() && time.Until(until) <= 2*24*time.Hour
}

// Deleted tells that an enrolment was deleted, under which rule, with the signed
// receipt. r is the record as it was before.
func (m *Mailer) Deleted(ctx context.Context, r enrolment.Record, rule string, receipt []byte) error {
	f := m.facts(r)
	f.Until, f.Why, f.Register = "", deletionReason(rule, language(r)), r.Certificate != ""
	name := map[string]string{"fr": "recu-effacement-", "en": "receipt-of-deletion-"}[language(r)]
	return m.write(ctx, r, deletedLetter, deletedLetter+"."+r.ID, f,
		[]attachment{{name + r.Reference + ".json", "application/json", receipt}})
}

func (m *Mailer) write(ctx context.Context, r enrolment.Record, name, id string, f facts, attached []attachment) error {
	l, place, err := read(name, language(r), f)
	if err != nil {
		return err
	}
	log := m.cfg.Logger.With("letter", name, "reference", r.Reference)
	to, err := email.Parse(r.Declared.Email)
	if err != nil {
		return m.undelivered(ctx, log, r, name, &undeliverable{reason: noAddress})
	}
	l.Greeting, l.Footer = greeting(r), m.footer(r)
	if l.Action != "" {
		if place == "" {
			place = "/request?id=" + r.ID
		}
		l.Link = m.cfg.PublicURL() + place
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

func (m *Mailer) facts(r enrolment.Record) facts {
	f := facts{Reference: r.Reference, InPerson: m.cfg.InPerson, Test: m.cfg.Test}
	if until := m.cfg.Rules.ExpiresAt(r); !until.IsZero() {
		f.Until = date(until.In(m.cfg.Location), language(r))
	}
	if r.Again != nil {
		f.Step = stepWords(r.Again.Step, language(r))
	}
	return f
}

// footer says who writes, and what nobody will ever ask for.
func (m *Mailer) footer(r enrolment.Record) []string {
	by := m.cfg.Operator
	if language(r) == "en" {
		if by == "" {
			by = "demonstration, no provider"
		}
		return []string{
			m.cfg.Site + " – " + by, "Reference " + r.Reference,
			"We never ask for a code, a password or a picture of your document by e-mail.",
		}
	}
	if by == "" {
		by = "démonstration, aucun prestataire"
	}
	return []string{
		m.cfg.Site + " – " + by, "Référence " + r.Reference,
		"Nous ne demandons jamais de code, de mot de passe ni de photo de votre pièce par e-mail.",
	}
}

// greeting uses given names that look like names: whoever typed something else
// would have us send it.
func greeting(r enrolment.Record) string {
	hello := "Bonjour"
	if language(r) == "en" {
		hello = "Hello"
	}
	name := strings.Join(strings.Fields(r.Declared.GivenNames), " ")
	if len(name) > 100 || identity.CheckName(name) != nil {
		return hello + ","
	}
	return hello + " " + name + ","
}

func attachedTexts(all []texts.Text) []attachment {
	var out []attachment
	for _, t := range all {
		out = append(out, attachment{fmt.Sprintf("%s-v%s-%s.html", t.Kind, t.Version, t.Language), "text/html; charset=utf-8", t.HTML})
	}
	return out
}

func language(r enrolment.Record) string {
	if r.Language == "en" {
		return "en"
	}
	return "fr"
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

// date writes a time as people read it, with its zone.
func date(t time.Time, language string) string {
	if language == "en" {
		return t.Format("2 January 2006, 15:04 MST")
	}
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d à %s", day, frenchMonths[t.Month()-1], t.Year(), t.Format("15:04 MST"))
}

// stepWords names a step within a sentence; words for one that is new.
func stepWords(step, language string) string {
	words := map[string][2]string{
		"document-front": {"la photo du recto de votre pièce", "the picture of the front of your document"},
		"document-back":  {"la photo du verso de votre pièce", "the picture of the back of your document"},
		"front":          {"la photo du recto de votre pièce", "the picture of the front of your document"},
		"back":           {"la photo du verso de votre pièce", "the picture of the back of your document"},
		"selfie":         {"la photo de votre visage", "the picture of your face"},
	}
	w, known := words[step]
	if !known {
		w = [2]string{"une photo", "one picture"}
	}
	if language == "en" {
		return w[1]
	}
	return w[0]
}

// deletionReason says why in half a sentence.
func deletionReason(rule, language string) string {
	w := map[string][2]string{
		enrolment.RuleAbandoned: {"parce qu’elle attendait depuis trop longtemps", "because it had waited for too long"},
		enrolment.RuleVisit:     {"parce que le rendez-vous n’a pas eu lieu", "because the appointment did not take place"},
		enrolment.RuleCancelled: {"parce que vous l’avez annulée", "because you cancelled it"},
		enrolment.RuleRefused:   {"parce que le délai pour contester le refus est passé", "because the time to contest the refusal is over"},
		enrolment.RuleAccepted:  {"parce que le dossier est maintenant chez le prestataire", "because the file is now with the provider"},
		enrolment.RuleRequest:   {"comme vous l’avez demandé", "as you asked"},
	}[rule]
	if language == "en" {
		return w[1]
	}
	return w[0]
}
