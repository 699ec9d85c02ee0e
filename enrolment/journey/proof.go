package journey

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"visavis/certificate"
	"visavis/certificate/proof"
	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/enrolment/texts"
)

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
	return proof.Build(c.Value, append(append(files, answered...), reports...), s.cfg.Keeper.Signer, s.now())
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
func (s *Service) Proof(ctx context.Context, subject, id string) (c store.Certificate, body []byte, err error) {
	if c, err = s.Certificate(ctx, subject, id); err != nil {
		return c, nil, err
	}
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		body, err = tx.Proof(ctx, id)
		return err
	})
	return c, body, err
}
