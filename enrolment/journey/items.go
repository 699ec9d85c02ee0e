package journey

import (
	"context"
	"strings"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

// Text returns the current text of a kind.
func (s *Service) Text(kind enrolment.ConsentKind, language string) Text {
	return s.cfg.Text(kind, language)
}

// Hours returns the reviewers' hours.
func (s *Service) Hours() Hours { return s.cfg.Hours }

// Item returns one piece of evidence. The caller checks the permission.
func (s *Service) Item(ctx context.Context, id, item string) (body []byte, mediaType string, err error) {
	body, found, err := s.cfg.Keeper.Read(ctx, id, item)
	return body, found.MediaType, err
}

// ReviewItem returns a picture or sequence of a file that the reviewer holds.
func (s *Service) ReviewItem(ctx context.Context, subject, id, item string) (body []byte, mediaType string, err error) {
	r, err := s.Held(ctx, subject, id)
	if err != nil {
		return nil, "", err
	}
	body, found, err := s.cfg.Keeper.Read(ctx, r.ID, item)
	if err == nil && found.Kind != evidence.Still && found.Kind != evidence.Sequence {
		return nil, "", store.ErrNotFound
	}
	if err == nil { // without an audit entry nothing is shown
		err = s.Audit(ctx, reviewer(subject), AuditLook, id, item)
	}
	if err != nil {
		return nil, "", err
	}
	return body, found.MediaType, nil
}

// File is a reviewer's view of the enrolment that they hold.
type File struct {
	enrolment.Record
	Report    Report
	Items     []evidence.Item // the pictures that count, then the sequences of the attempt
	Checklist []Question
	// Contest is the applicant's text against a refusal.
	Contest string
	// Previous are others' decisions on this question; none in a blind review.
	Previous []enrolment.Decision
}

// File returns the file that a reviewer holds.
func (s *Service) File(ctx context.Context, subject, id string) (File, error) {
	r, err := s.Held(ctx, subject, id)
	if err != nil {
		return File{}, err
	}
	f := File{Record: r, Checklist: checklist(r)}
	if f.Report, err = s.Report(ctx, id); err != nil {
		return File{}, err
	}
	if !r.Review.Drawn.Blind {
		f.Previous = r.Review.Decisions
	}
	if r.Review.Contested {
		if f.Contest, err = s.contest(ctx, id); err != nil {
			return File{}, err
		}
	}
	kept, err := s.cfg.Keeper.Items(ctx, id)
	if err != nil {
		return File{}, err
	}
	for _, side := range enrolment.Sides(r.Document) {
		if taken, ok := r.Taken[side]; ok {
			f.Items = append(f.Items, evidence.Item{ID: taken.Item, Kind: evidence.Still, Step: side, MediaType: "image/jpeg"})
		}
	}
	for _, item := range kept {
		if item.Kind == evidence.Sequence && strings.HasPrefix(item.ID, sequencePrefix(r)) {
			f.Items = append(f.Items, item.Item)
		}
	}
	return f, nil
}

// contest returns the text of a contest, from the log.
func (s *Service) contest(ctx context.Context, id string) (words string, err error) {
	err = s.cfg.Keeper.Store.InTx(ctx, func(tx *store.Tx) error {
		log, err := tx.Transitions(ctx, id)
		for _, t := range log {
			if t.Action == enrolment.ActionContest {
				words = t.Why
			}
		}
		return err
	})
	return words, err
}
