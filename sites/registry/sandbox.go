package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/sites"
)

// ErrLive is a verification of real people: its outcome cannot be played.
var ErrLive = errors.New("the verification is live")

// Targets are the statuses that a test may be moved to.
func Targets() []sites.Status {
	return []sites.Status{
		sites.Capturing, sites.Verifying, sites.InReview, sites.RequiresInput, sites.ToConfirm, sites.Requested,
		sites.Verified, sites.Refused, sites.InPerson,
		sites.Cancelled, sites.Expired,
	}
}

// Advance moves a site's test verification to a status, with a reason or the usual
// one, as if everybody had done their part: by the rules of the journey, with every
// event on the way. ErrLive; *sites.InvalidError; *enrolment.StateError where no way
// leads there.
func (r *Registry) Advance(ctx context.Context, site, id string, to sites.Status,
	why sites.Reason) (sites.Verification, error) {
	v, err := r.Get(ctx, site, id)
	if err != nil {
		return v, err
	}
	if v.Live {
		return v, ErrLive
	}
	if v.Status.Final() {
		return v, ErrFinal
	}
	if !slices.Contains(Targets(), to) {
		return v, &sites.InvalidError{Field: "to", Have: string(to), Want: fmt.Sprintf("one of %v", Targets())}
	}
	if err := r.play(ctx, v, to, why); err != nil {
		return v, err
	}
	r.wake(site)
	return r.load(ctx, id)
}

// AdvanceLater has a site's test verification advanced after a time by the site's clock, in the place of what was
// planned before. ErrLive; ErrFinal; *sites.InvalidError; store.ErrNotFound.
func (r *Registry) AdvanceLater(ctx context.Context, s sites.Site, id string, to sites.Status, why sites.Reason,
	after time.Duration) (v sites.Verification, err error) {
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if v, err = tx.LockVerification(ctx, id); err == nil && v.Site != s.ID {
			err = store.ErrNotFound
		}
		switch {
		case err != nil:
			return err
		case v.Live:
			return ErrLive
		case v.Status.Final():
			return ErrFinal
		case !slices.Contains(Targets(), to):
			return &sites.InvalidError{Field: "to", Have: string(to), Want: fmt.Sprintf("one of %v", Targets())}
		}
		v.Planned = &sites.Plan{To: to, Reason: why, At: r.at(s).Add(after)}
		if err := tx.SaveVerification(ctx, v); err != nil {
			return err
		}
		if r.cfg.Queue == nil {
			return nil // it comes when the site's clock is moved
		}
		return r.cfg.Queue.EnqueueAdvance(ctx, tx, v.ID)
	})
	return v, err
}

// AdvanceDue does what was planned for a test verification, if its time has come; again above zero: it is to be
// called again after that time. What the journey refuses by then is logged and forgotten.
func (r *Registry) AdvanceDue(ctx context.Context, id string) (again time.Duration, err error) {
	var plan *sites.Plan
	var v sites.Verification
	err = r.cfg.Store.InTx(ctx, func(tx *store.Tx) error {
		if v, err = tx.LockVerification(ctx, id); errors.Is(err, store.ErrNotFound) || err == nil && v.Planned == nil {
			return nil
		} else if err != nil {
			return err
		}
		s, err := tx.Site(ctx, v.Site)
		if err != nil {
			return err
		}
		if again = v.Planned.At.Sub(r.at(s)); again > 0 {
			return nil
		}
		again, plan, v.Planned = 0, v.Planned, nil
		return tx.SaveVerification(ctx, v)
	})
	if err != nil || plan == nil {
		return again, err
	}
	if _, err := r.Advance(ctx, v.Site, id, plan.To, plan.Reason); err != nil {
		r.log.WarnContext(ctx, "a planned outcome did not come", "verification", id, "to", plan.To, "err", err)
	}
	return 0, nil
}

func (r *Registry) play(ctx context.Context, v sites.Verification, to sites.Status, why sites.Reason) error {
	var err error
	judged := []enrolment.State{enrolment.Review, enrolment.Contested}
	decide := func(d enrolment.Decide) error {
		_, err := r.journey.Play(ctx, v.Enrolment, judged, enrolment.Draw{}, d)
		return err
	}
	switch to {
	case sites.Capturing:
		_, err = r.journey.Play(ctx, v.Enrolment, []enrolment.State{enrolment.Capturing})
	case sites.Verifying:
		_, err = r.journey.Play(ctx, v.Enrolment, []enrolment.State{enrolment.Verifying})
	case sites.InReview:
		_, err = r.journey.Play(ctx, v.Enrolment, judged)
	case sites.ToConfirm:
		_, err = r.journey.Play(ctx, v.Enrolment, []enrolment.State{enrolment.ToConfirm})
	case sites.InPerson:
		_, err = r.journey.Play(ctx, v.Enrolment, []enrolment.State{
			enrolment.Declared, enrolment.Consented, enrolment.Capturing}, enrolment.GoInPerson{})
	case sites.Cancelled:
		_, err = r.Cancel(ctx, v.Site, v.ID)
	case sites.Expired:
		err = r.end(ctx, v, sites.Expired, sites.Abandoned)
	case sites.RequiresInput:
		switch why {
		case sites.CaptureFailed:
			_, err = r.journey.Play(ctx, v.Enrolment, []enrolment.State{enrolment.Capturing}, enrolment.FailAttempt{
				Reason: "sandbox"})
		case sites.StepAgain:
			err = decide(enrolment.Decide{
				Verdict: enrolment.AskAgain, Again: &enrolment.Again{Step: "front", Words: "SPECIMEN"}})
		default:
			err = r.playRefusal(decide, to, why, sites.Unreadable)
		}
	case sites.Refused:
		err = r.playRefusal(decide, to, why, sites.OtherPerson)
	case sites.Requested, sites.Verified:
		err = r.playToEnd(ctx, v)
	}
	return err
}

func (r *Registry) playRefusal(decide func(enrolment.Decide) error, to sites.Status, why, usual sites.Reason) error {
	if why == "" {
		why = usual
	}
	code, ok := sites.RefusalOf(why, to == sites.RequiresInput)
	if !ok {
		return &sites.InvalidError{Field: "reason", Have: string(why), Want: "a reason of " + string(to)}
	}
	return decide(enrolment.Decide{Verdict: enrolment.Refuse, Reason: code, Words: "SPECIMEN"})
}

// playToEnd confirms the data and, where a certificate is asked for, asks for it: the
// test authority issues it, which takes a moment.
func (r *Registry) playToEnd(ctx context.Context, v sites.Verification) error {
	e, err := r.journey.Play(ctx, v.Enrolment, []enrolment.State{
		enrolment.Confirmed, enrolment.Requested, enrolment.Issued})
	if err == nil && v.Purpose == sites.Certificate && e.State == enrolment.Confirmed {
		_, err = r.journey.PlayRequest(ctx, e)
	}
	return err
}
