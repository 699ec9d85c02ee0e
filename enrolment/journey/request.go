package journey

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

// Request accepts the subscription's texts and requests the certificate.
func (s *Service) Request(
	ctx context.Context, subject, id string, answers []enrolment.ConsentAnswer,
) (enrolment.Record, error) {
	if err := s.checkAnswers(answers); err != nil {
		return enrolment.Record{}, err
	}
	event := enrolment.RequestCertificate{Answers: answers}
	r, err := s.Own(ctx, subject, id)
	if err != nil {
		return r, err
	}
	if s.cfg.Certificates == nil || r.State != enrolment.Confirmed { // Apply returns the error, or no change
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
		Scope: s.cfg.Certificates.Scope,
	}
	if !r.ByRegistrar() {
		request.Document.Type = r.Document
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
		request.Proofing.Level = s.cfg.Certificates.Level[request.Proofing.Method]
		return err
	})
	if err != nil {
		return store.Certificate{}, err
	}
	if s.cfg.Certificates.Desk.Issuer.About().WantsKey {
		if request.CSR, err = keys.Request(ctx, s.cfg.Certificates.Keys, subscriberKey(r.ID)); err != nil {
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

// subscriberKey is the id of the key of an enrolment's certificate.
func subscriberKey(enrolment string) string { return "subscriber " + enrolment }

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
