package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/journey"
	"visavis/enrolment/mail"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
	"visavis/server/api"
	"visavis/server/enrolments"
)

// vars is what the texts say of this deployment.
func (c *Config) vars() texts.Vars {
	j := c.Journey
	return texts.Vars{
		Site: c.Site, Operator: j.Operator, Role: j.OperatorRole, Test: c.Issuing.Issuer == "test",
		Provider: c.Issuing.ProviderName, Contact: j.Contact,
		InPerson: j.place(), Price: j.Price, Rules: j.rules(),
	}
}

// place is where and when a registrar checks, in one line.
func (j *journeySettings) place() string {
	if j.InPersonPlace == "" || j.InPersonHours == "" {
		return j.InPersonPlace
	}
	return j.InPersonPlace + ", " + j.InPersonHours
}

// inPerson is the other way as the pages show it.
func (j *journeySettings) inPerson() enrolments.InPerson {
	return enrolments.InPerson{
		Place: j.InPersonPlace, Hours: j.InPersonHours, Directions: j.InPersonDirections, Bring: j.InPersonBring,
	}
}

// deskZone is the zone of appointments; nil: there are none.
func (j *journeySettings) deskZone() *time.Location {
	if j.desk == nil {
		return nil
	}
	return j.desk.Zone()
}

func textOf(vars texts.Vars) func(enrolment.ConsentKind, string) journey.Text {
	return func(kind enrolment.ConsentKind, language string) journey.Text {
		t := texts.Of(kind, language, vars)
		return journey.Text{Kind: t.Kind, Version: t.Version, Language: t.Language, Title: t.Title, Hash: t.Hash}
	}
}

func (e *recordPlane) mailer(c Config, vars texts.Vars, origin func() string) (*mail.Mailer, error) {
	smtp, err := mail.ParseSMTP(c.Journey.SMTP)
	if err != nil {
		return nil, fmt.Errorf("--smtp-url: %w", err)
	}
	return mail.New(mail.Config{
		Seal: func(ctx context.Context, tx *store.Tx, id string) error {
			return e.keeper.Seal(ctx, tx, id, "letter", time.Now())
		},
		AddressSecret: func(ctx context.Context, tx *store.Tx, r enrolment.Record) (digits, link string, err error) {
			return e.service.AddressSecret(ctx, tx, r)
		},
		SiteOf: func(ctx context.Context, owner string) (string, error) {
			_, site, err := e.sites.OfSubject(ctx, owner)
			if errors.Is(err, store.ErrNotFound) {
				return "", nil
			}
			return site.Name, err
		},
		OfSite: func(ctx context.Context, m jobs.SiteLetter) (mail.SiteFacts, error) {
			if m.Template == journey.LetterSigning {
				l, err := e.service.SigningLetter(ctx, m.ID)
				return mail.SiteFacts{To: l.To, Language: l.Language, Name: l.Site,
					Place: enrolments.ConfirmPath + l.Secret, Reference: l.Reference, Until: l.Until}, err
			}
			l, err := e.sites.ReadLetter(ctx, m.Template, m.ID)
			return mail.SiteFacts{
				To: l.To, Language: l.Language, Name: l.Site, Place: api.LetterPath + l.Secret, Reference: l.Code,
				Until:    l.Until,
				Endpoint: l.Endpoint, URL: l.URL, Problem: l.Problem, Since: l.Since,
			}, err
		},
		Store: e.keeper.Store, SMTP: smtp, SMS: c.SMS.texter(), Production: c.Env == "production", From: c.Journey.From,
		PublicURL: origin,
		Site:      c.Site, Operator: c.Journey.Operator, Test: c.Issuing.Issuer == "test",
		InPerson: mail.InPerson(c.Journey.inPerson()), Rules: c.Journey.rules(),
		Texts: func(language string) []texts.Text {
			var out []texts.Text
			for _, kind := range requestKinds {
				out = append(out, texts.Of(kind, language, vars))
			}
			return out
		},
		Location: c.Journey.zone, Desk: c.Journey.deskZone(),
		Count:  func(r mail.Result) { e.letters.WithLabelValues(string(r)).Inc() },
		Logger: e.log,
	})
}
