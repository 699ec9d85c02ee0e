package journey

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"visavis/certificate"
	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
)

// ProofType is the media type of a proof file that is made now.
const ProofType = proof.MediaType

// ProofFile is a proof as it is stored.
type ProofFile struct {
	Body            []byte
	Type, Extension string // of an older one, those of a zip
}

// prove makes the file that shows how a certificate came about: records, texts and
// reports, but no pictures, since it outlives the evidence. It runs while the evidence
// exists.
func (s *Service) prove(ctx context.Context, c store.Certificate) ([]byte, error) {
	var log []enrolment.Transition
	var given []enrolment.StoredConsent
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		if log, err = tx.Transitions(ctx, c.Enrolment); err != nil {
			return err
		}
		given, err = tx.Consents(ctx, c.Enrolment)
		return err
	})
	if err != nil {
		return nil, err
	}
	files, err := recordFiles(c.Value.Request, withoutNames(log), given)
	if err != nil {
		return nil, err
	}
	answered, err := s.answeredTexts(ctx, given)
	if err != nil {
		return nil, err
	}
	reports, err := s.reportFiles(ctx, c.Enrolment)
	if err != nil {
		return nil, err
	}
	logged, err := s.logFiles(ctx, c.Enrolment)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(files, answered, reports, logged, s.statusFiles(ctx, c))
	by := proof.Maker{Signer: s.cfg.Keeper.Signer, Seal: s.cfg.Certificates.Proofs.Seal}
	return proof.Build(ctx, c.Value, all, by, s.now())
}

// logFiles returns the place of the enrolment's chain in the log outside of the
// database.
func (s *Service) logFiles(ctx context.Context, id string) ([]proof.File, error) {
	logged, err := s.cfg.Keeper.Logged(ctx, id)
	if err != nil || logged == nil {
		return nil, err
	}
	body, err := json.MarshalIndent(logged, "", "  ")
	if err != nil {
		return nil, err
	}
	out := []proof.File{{Name: "log/head.txt", Body: []byte(logged.Note)}, {Name: "log/inclusion.json", Body: body}}
	if logged.Stamp != nil {
		out = append(out, proof.File{Name: "log/head.tst", Body: logged.Stamp})
	}
	return out, nil
}

// statusFiles returns list and OCSP answer of each certificate of the chain at issuing.
// One that cannot be had is left out: the certificate was issued all the same.
func (s *Service) statusFiles(ctx context.Context, c store.Certificate) (out []proof.File) {
	ask := s.cfg.Certificates.Proofs.Status
	if ask == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askOthersFor)
	defer cancel()
	chain := append([][]byte{c.Value.DER}, c.Value.Chain...)
	for i := range len(chain) - 1 {
		name := "certificate"
		if i > 0 {
			name = fmt.Sprintf("authority-%d", i)
		}
		one, err := statusOf(ctx, ask, chain[i], chain[i+1])
		if err != nil {
			s.log.WarnContext(ctx, "a proof lacks the status of a certificate", "reference", c.Value.Request.Reference,
				"of", name, "err", err)
		}
		if one.CRL != nil {
			out = append(out, proof.File{Name: "status/" + name + ".crl", Body: one.CRL})
		}
		if one.OCSP != nil {
			out = append(out, proof.File{Name: "status/" + name + ".ocsp", Body: one.OCSP})
		}
	}
	return out
}

func statusOf(ctx context.Context, ask func(ctx context.Context, c, issuer *x509.Certificate) (xades.Status, error),
	der, above []byte) (s xades.Status, err error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return s, err
	}
	issuer, err := x509.ParseCertificate(above)
	if err != nil {
		return s, err
	}
	return ask(ctx, c, issuer)
}

const (
	// extendAgain is the delay after a time stamp that could not be had.
	extendAgain = time.Hour
	// extendAtOnce bounds the proofs of one sweep: each waits for the authority.
	extendAtOnce = 200
	// askOthersFor bounds the wait for what others serve: the lists of a chain, and what a
	// seal lacks. Where nobody answers, as behind a firewall, both together leave a job of
	// jobs.JobTimeout the time to store what it has: nobody waits for a proof's sake.
	askOthersFor = 40 * time.Second
)

// extend adds to a proof's seal what it lacks. It returns what was had, also with an
// error.
func (s *Service) extend(ctx context.Context, body []byte, now time.Time) (out []byte, due time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, askOthersFor)
	defer cancel()
	out, due, err = proof.Extend(ctx, body, s.cfg.Certificates.Proofs.Sources, now)
	switch {
	case err != nil:
		due = now.Add(extendAgain)
	case due.IsZero():
		due = now // no authority is set: at once when there is one
	}
	return out, due, err
}

// ExtendProofs adds to the seals of proofs what is due by now: time stamps that could
// not be had before, and one over those whose authority's certificate ends. It does
// nothing where no time stamping authority is set. One that fails is put off and holds no
// other up; the errors are joined.
func (s *Service) ExtendProofs(ctx context.Context, now time.Time) error {
	if s.cfg.Certificates == nil || s.cfg.Certificates.Proofs.Sources.Stamp == nil {
		return nil
	}
	var list []store.Certificate
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ProofsDue(ctx, now, extendAtOnce)
		return err
	})
	for _, c := range list {
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		err = errors.Join(err, s.extendStored(ctx, c, now))
	}
	return err
}

func (s *Service) extendStored(ctx context.Context, c store.Certificate, at time.Time) error {
	var body []byte
	err := s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) (err error) {
		body, err = tx.Proof(ctx, c.ID)
		return err
	})
	if err != nil {
		return err
	}
	extended, due, failed := s.extend(ctx, body, at)
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		now, err := tx.Proof(ctx, c.ID)
		if err != nil || !bytes.Equal(now, body) {
			return err // another instance was quicker
		}
		if err := tx.PutProof(ctx, c.ID, extended, due); err != nil {
			return err
		}
		return s.cfg.Keeper.Seal(ctx, tx, c.Enrolment, "proof", at)
	})
	if failed != nil {
		failed = fmt.Errorf("the proof of %s: %w", c.Value.Request.Reference, failed)
	}
	return errors.Join(failed, err)
}

// recordFiles returns the request, the log and the answers.
func recordFiles(request certificate.Request, log []enrolment.Transition,
	given []enrolment.StoredConsent) ([]proof.File, error) {
	var out []proof.File
	for _, f := range []struct {
		name  string
		value any
	}{{"request", request}, {"transitions", log}, {"consents", given}} {
		body, err := json.MarshalIndent(f.value, "", "  ")
		if err != nil {
			return nil, err
		}
		out = append(out, proof.File{Name: "records/" + f.name + ".json", Body: body})
	}
	return out, nil
}

// withoutNames replaces reviewers and registrars by numbers: they are persons too, and
// the proof only has to show that two differ.
func withoutNames(log []enrolment.Transition) []enrolment.Transition {
	numbers := map[enrolment.Actor]int{}
	out := make([]enrolment.Transition, len(log))
	for i, t := range log {
		if t.By.Role == enrolment.Reviewer || t.By.Role == enrolment.Registrar {
			if numbers[t.By] == 0 {
				numbers[t.By] = len(numbers) + 1
			}
			t.By.ID = fmt.Sprintf("%s-%d", t.By.Role, numbers[t.By])
		}
		out[i] = t
	}
	return out
}

// answeredTexts returns each answered text once.
func (s *Service) answeredTexts(ctx context.Context, given []enrolment.StoredConsent) ([]proof.File, error) {
	var out []proof.File
	seen := map[string]bool{}
	for _, c := range given {
		if seen[c.TextHash] {
			continue
		}
		seen[c.TextHash] = true
		page, kept, err := texts.Kept(ctx, s.cfg.Keeper.Bucket, c.TextHash)
		if err != nil {
			return nil, err
		}
		if kept {
			out = append(out, proof.File{
				Name: fmt.Sprintf("texts/%s-%s-%s-%s.html", c.Kind, c.Language, c.Version, c.TextHash[:8]), Body: page})
		}
	}
	return out, nil
}

// reportFiles returns the machine's reports, without who decided.
func (s *Service) reportFiles(ctx context.Context, id string) ([]proof.File, error) {
	items, err := s.cfg.Keeper.Items(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []proof.File
	for _, item := range items {
		if !strings.HasPrefix(item.ID, reportPrefix) {
			continue
		}
		body, _, err := s.cfg.Keeper.Read(ctx, id, item.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, proof.File{Name: "records/" + item.ID + ".json", Body: body})
	}
	return out, nil
}

// Proof returns the proof file of a person's certificate. store.ErrNotFound if there is
// none yet.
func (s *Service) Proof(ctx context.Context, subject, id string) (c store.Certificate, f ProofFile, err error) {
	if c, err = s.Certificate(ctx, subject, id); err != nil {
		return c, f, err
	}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		f.Body, err = tx.Proof(ctx, id)
		return err
	})
	f.Type, f.Extension = proof.Form(f.Body)
	return c, f, err
}
