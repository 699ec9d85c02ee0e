package journey

import (
	"context"
	"errors"
	"time"

	"visavis/certificate"
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
	desk := *s.cfg.Certificates.Desk
	desk.Further = s.further
	value, answer, err := desk.Advance(ctx, c.Value)
	if err != nil {
		return nothing, s.troubled(ctx, c, err), nil
	}
	if value.Visible() && c.RemindAt.IsZero() {
		c.RemindAt = value.ExpiringFrom(s.cfg.Certificates.Soon)
	}
	c.Value = value
	c.Rev++
	again := s.pause(ctx, c, answer)
	shows, due, err := s.proofDue(ctx, c)
	if err != nil {
		return nil, 0, err
	}
	return func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SaveCertificate(ctx, c); err != nil {
			return err
		}
		if shows != nil {
			if err := tx.PutProof(ctx, c.ID, shows, due); err != nil {
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

// proofDue returns the proof of a newly issued certificate, and when its seal needs
// another time stamp; nil for any other.
func (s *Service) proofDue(ctx context.Context, c store.Certificate) (body []byte, due time.Time, err error) {
	if !c.Value.Visible() {
		return nil, due, nil
	}
	r, err := s.Load(ctx, c.Enrolment)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.State != enrolment.Requested {
		return nil, due, nil // made before
	}
	if err != nil {
		return nil, due, err
	}
	if body, err = s.prove(ctx, c); err != nil {
		return nil, due, err
	}
	body, due, err = s.extend(ctx, body, s.now())
	if err != nil { // nobody waits for a time stamp: it is added when it can be had
		s.log.WarnContext(ctx, "a proof lacks time stamps", "reference", c.Value.Request.Reference, "err", err)
	}
	return body, due, nil
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
		why := c.Value.Refusal
		events = []enrolment.Event{enrolment.IssuerRefuses{Reason: why.Code, Words: why.Words}}
	}
	for _, e := range events {
		_, _, err := s.step(ctx, tx, c.Enrolment, change{by: issuing, event: e, also: s.handOver(c)})
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

// handOver has the file of an issued certificate handed over.
func (s *Service) handOver(c store.Certificate) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		if !s.cfg.Rules.Owed || !c.Value.Visible() {
			return nil
		}
		return s.cfg.Queue.Enqueue(ctx, tx, jobs.Transfer{Enrolment: c.Enrolment})
	}
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
		if err := s.handOver(c)(ctx, tx); err != nil { // it may have acknowledged the file
			return err
		}
		return s.cfg.Queue.Enqueue(ctx, tx, jobs.Certificate{ID: c.ID})
	})
}
