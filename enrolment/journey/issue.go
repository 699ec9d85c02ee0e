package journey

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

const (
	// askAgain is the delay before an undecided issuer is asked again, unless it gives
	// one.
	askAgain = time.Minute
	// askTroubled is the delay after an answer that needs an operator.
	askTroubled = 10 * time.Minute
	// examineAgain is the delay before a certificate that broke a rule is examined again:
	// an operator has to correct something first.
	examineAgain = time.Hour
)

// Request accepts the subscription's texts and requests the certificate.
func (s *Service) Request(ctx context.Context, subject, id string, answers []enrolment.ConsentAnswer) (enrolment.Record,
	error) {
	if err := s.checkAnswers(answers); err != nil {
		return enrolment.Record{}, err
	}
	event := enrolment.RequestCertificate{Answers: answers}
	r, err := s.Own(ctx, subject, id)
	if err != nil {
		return r, err
	}
	if s.cfg.Certificates == nil || r.State != enrolment.Confirmed { // Apply says what is wrong, or that it was done
		return s.do(ctx, id, applicant(subject), event)
	}
	c, err := s.newCertificate(ctx, r, answers)
	if err != nil {
		return r, err
	}
	return s.change(ctx, id, change{
		by: applicant(subject), event: event, also: func(ctx context.Context, tx *store.Tx) error {
			now, err := tx.Load(ctx, id) // the address may have been confirmed meanwhile
			if err != nil {
				return err
			}
			c.AddressConfirmed = now.AddressConfirmed()
			if err := tx.AddCertificate(ctx, c); err != nil {
				return err
			}
			return s.cfg.Queue.Enqueue(ctx, tx, jobs.Certificate{ID: c.ID})
		}})
}

// newCertificate makes the request for a confirmed enrolment.
func (s *Service) newCertificate(ctx context.Context, r enrolment.Record,
	answers []enrolment.ConsentAnswer) (store.Certificate, error) {
	now := s.now()
	x := *r.Extracted
	request := certificate.Request{
		Enrolment: r.ID, Reference: r.Reference,
		Subject: certificate.Subject{GivenNames: x.GivenNames, Surname: r.CertificateSurname(),
			Country: s.cfg.Certificates.Country},
		BirthDate: x.BirthDate, Email: r.Declared.Email, Mobile: r.Declared.Mobile, Language: r.Language,
		Publish: slices.ContainsFunc(answers, func(a enrolment.ConsentAnswer) bool {
			return a.Kind == enrolment.Publication && a.Yes
		}),
	}
	if r.ShowUsage {
		request.BirthSurname = x.Surname
	}
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		given, err := tx.Consents(ctx, r.ID)
		if err != nil {
			return err
		}
		request.Agreements = agreements(append(given, stored(r.ID, answers, now)...))
		request.Proofing, err = proofing(ctx, tx, r.ID)
		return err
	})
	if err != nil {
		return store.Certificate{}, err
	}
	if s.cfg.Certificates.Desk.Issuer.About().WantsKey {
		if request.CSR, err = keys.Request(ctx, s.cfg.Certificates.Keys, "subscriber "+r.ID); err != nil {
			return store.Certificate{}, err
		}
	}
	value, err := s.cfg.Certificates.Desk.New(request)
	if err != nil {
		return store.Certificate{}, err
	}
	return store.Certificate{ID: uuid.NewString(), Enrolment: r.ID, Owner: r.Owner, Rev: 1, CreatedAt: now, Value: value},
		nil
}

func agreements(given []enrolment.StoredConsent) []certificate.Agreement {
	out := make([]certificate.Agreement, len(given))
	for i, c := range given {
		out[i] = certificate.Agreement{Kind: string(c.Kind), Version: c.Version, TextHash: c.TextHash, Language: c.Language,
			Yes: c.Yes, At: c.At}
	}
	return out
}

// proofing returns how and when the identity was verified, and identifies the evidence by
// the manifest's last hash.
func proofing(ctx context.Context, tx *store.Tx, id string) (certificate.Proofing, error) {
	p := certificate.Proofing{Method: "remote"}
	log, err := tx.Transitions(ctx, id)
	if err != nil {
		return p, err
	}
	for _, t := range log {
		if t.To == enrolment.ToConfirm && t.From != t.To {
			p.At, p.Method = t.At, "remote"
			if t.Action == enrolment.ActionInPerson {
				p.Method = "in-person"
			}
		}
	}
	entries, _, err := tx.Manifest(ctx, id)
	if err == nil && len(entries) > 0 {
		p.Evidence = entries[len(entries)-1].Hash
	}
	return p, err
}

// issuing is the actor that records the issuer's answers.
var issuing = enrolment.Actor{Role: enrolment.System, ID: "issuing"}

// Issue implements jobs.Issuer: it asks the issuer for its progress and records it.
func (s *Service) Issue(ctx context.Context, id string) (jobs.Finish, time.Duration, error) {
	c, err := s.certificate(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nothing, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	value, answer, err := s.cfg.Certificates.Desk.Advance(ctx, c.Value)
	if err != nil {
		return nothing, s.troubled(ctx, c, err), nil
	}
	if value.Visible() && c.RemindAt.IsZero() {
		c.RemindAt = value.ExpiringFrom(s.cfg.Certificates.Soon)
	}
	c.Value = value
	c.Rev++
	again := s.pause(ctx, c, answer)
	shows, err := s.proofDue(ctx, c)
	if err != nil {
		return nil, 0, err
	}
	return func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SaveCertificate(ctx, c); err != nil {
			return err
		}
		if shows != nil {
			if err := tx.PutProof(ctx, c.ID, shows); err != nil {
				return err
			}
		}
		if err := s.settle(ctx, tx, c); err != nil {
			return err
		}
		return s.cfg.Keeper.Seal(ctx, tx, c.Enrolment, "certificate", s.now())
	}, again, nil
}

func nothing(context.Context, *store.Tx) error { return nil }

// troubled logs that the issuer could not be asked, and returns the delay before the next
// attempt. Attempts continue indefinitely, since a person waits.
func (s *Service) troubled(ctx context.Context, c store.Certificate, err error) time.Duration {
	reference := c.Value.Request.Reference
	if after, ok := certificate.Temporary(err); ok {
		s.log.WarnContext(ctx, "the issuer could not be asked", "reference", reference, "err", err)
		return max(after, time.Second)
	}
	s.log.ErrorContext(ctx, "the issuer answered what it should not", "reference", reference, "err", err)
	return askTroubled
}

// proofDue returns the proof of a newly issued certificate; nil for any other.
func (s *Service) proofDue(ctx context.Context, c store.Certificate) ([]byte, error) {
	if !c.Value.Visible() {
		return nil, nil
	}
	r, err := s.Load(ctx, c.Enrolment)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.State != enrolment.Requested {
		return nil, nil // made before
	}
	if err != nil {
		return nil, err
	}
	return s.prove(ctx, c)
}

// pause returns the delay before the issuer is asked again; 0 if it has decided.
func (s *Service) pause(ctx context.Context, c store.Certificate, answer certificate.Answer) time.Duration {
	switch c.Value.State(s.now(), s.cfg.Certificates.Soon) {
	case certificate.StateRequested:
		if answer.RetryAfter > 0 {
			return answer.RetryAfter
		}
		return askAgain
	case certificate.StatePutAside:
		for _, v := range c.Value.Violations { // What may hold personal data
			s.log.ErrorContext(ctx, "a certificate was put aside", "reference", c.Value.Request.Reference, "rule", v.Rule,
				"source", v.Source)
		}
		return examineAgain
	}
	return 0
}

// settle moves the enrolment to the state of its certificate.
func (s *Service) settle(ctx context.Context, tx *store.Tx, c store.Certificate) error {
	var events []enrolment.Event
	switch c.Value.State(s.now(), s.cfg.Certificates.Soon) {
	case certificate.StateValid, certificate.StateExpiring:
		events = []enrolment.Event{enrolment.Issue{Certificate: c.ID}} // the file is handed over once somebody has it
	case certificate.StateRefused:
		events = []enrolment.Event{enrolment.IssuerRefuses{Reason: c.Value.Refusal.Code}}
	}
	for _, e := range events {
		_, _, err := s.step(ctx, tx, c.Enrolment, change{by: issuing, event: e})
		var moved *enrolment.StateError
		if errors.As(err, &moved) || errors.Is(err, store.ErrNotFound) {
			return nil // noted before, or deleted since
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// AskIssuer schedules a request to the issuer about an enrolment, for example after its
// webhook call.
func (s *Service) AskIssuer(ctx context.Context, id string) error {
	return s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		c, err := tx.CertificateOf(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil // not one of ours: the provider need not send it again
		}
		if err != nil {
			return err
		}
		return s.cfg.Queue.Enqueue(ctx, tx, jobs.Certificate{ID: c.ID})
	})
}
