package journey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
)

// addressHash names an address without keeping it.
func addressHash(address string) string {
	sum := sha256.Sum256([]byte("address " + strings.ToLower(strings.TrimSpace(address))))
	return hex.EncodeToString(sum[:])
}

// letter has a letter sent to an applicant, unless their enrolment, their account or
// their address has had as many as it may: then the audit tells.
func (s *Service) letter(ctx context.Context, tx *store.Tx, r enrolment.Record, template string) error {
	l := store.Letter{Enrolment: r.ID, Owner: r.Owner, Address: addressHash(r.Declared.Email), Template: template, At: s.now()}
	limits := s.cfg.Rules.Letters
	sent, err := tx.LettersSince(ctx, l, l.At.Add(-limits.Window))
	if err != nil {
		return err
	}
	for _, c := range []struct {
		of        string
		sent, max int
	}{
		{"template", sent.Template, limits.OfTemplate}, {"enrolment", sent.Enrolment, limits.OfEnrolment},
		{"account", sent.Owner, limits.OfAccount}, {"address", sent.Address, limits.ToAddress},
	} {
		if c.max > 0 && c.sent >= c.max {
			s.log.WarnContext(ctx, "a letter is not sent: there were too many", "reference", r.Reference, "letter", template, "of", c.of, "limit", c.max)
			return tx.AddAudit(ctx, store.Audit{
				At: s.now(), By: issuing, Action: auditLimit, Enrolment: r.ID, What: fmt.Sprintf("letter %s: %d for one %s", template, c.sent, c.of),
			})
		}
	}
	if err := tx.AddLetter(ctx, l); err != nil {
		return err
	}
	return s.cfg.Queue.Enqueue(ctx, tx, jobs.Email{Enrolment: r.ID, Template: template})
}

// letterOf is letter for a certificate, whose enrolment may be gone.
func (s *Service) letterOf(ctx context.Context, tx *store.Tx, c store.Certificate, template string) error {
	q := c.Value.Request
	return s.letter(ctx, tx, enrolment.Record{ID: c.Enrolment, Owner: c.Owner, Reference: q.Reference, Declared: enrolment.Declaration{Email: q.Email}}, template)
}

// LetterSent implements jobs.Sent: it notes that a letter went, with the job's end.
func (s *Service) LetterSent(ctx context.Context, tx *store.Tx, m jobs.Email) error {
	u, err := tx.UndeliveredOf(ctx, m.Enrolment)
	if store.OrNone(err) != nil || err == nil && u.Letter == m.Template {
		return store.OrNone(err) // the mailer gave it up, and noted that
	}
	noted, err := tx.LetterSent(ctx, m.Enrolment, m.Template, s.now())
	if err != nil || !noted {
		return err
	}
	return s.cfg.Keeper.Seal(ctx, tx, m.Enrolment, "letter", s.now())
}
