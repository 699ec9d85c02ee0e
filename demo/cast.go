package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/specimen"
	"visavis/words"
)

// Owners of the cast's requests, and who decided on some of them, begin like this: no
// login has such a subject.
const (
	ownedBy   = "demo:cast-"
	reviewer  = "demo:cast-reviewer"
	decideFor = 20 // draws until the own file comes
)

// Config of a Cast. Journey and Delete are required.
type Config struct {
	Journey *journey.Service
	// Delete deletes a request at once, whatever its state.
	Delete func(ctx context.Context, id string) error
	// Fonts says where fonts and portrait lie.
	Fonts  specimen.Paths
	Logger *slog.Logger
}

// Cast are the ten applicants. Make it with New; every method may be called at once.
type Cast struct {
	cfg  Config
	draw func(role) (pictures, error)

	ctx  context.Context //nolint:containedctx // of the work that Close ends
	stop context.CancelFunc
	work sync.WaitGroup

	mu   sync.Mutex
	busy bool
	err  error // of the last work
}

// New makes a Cast. Nothing is drawn before Fill.
func New(c Config) (*Cast, error) {
	if c.Journey == nil || c.Delete == nil {
		return nil, errors.New("demo: Journey and Delete are required")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Cast{cfg: c, draw: drawing(c.Fonts), ctx: ctx, stop: stop}, nil
}

// Close ends what is being done and waits for it.
func (c *Cast) Close() {
	c.stop()
	c.work.Wait()
}

// Applicant is one of the ten, as the demonstration's page shows them.
type Applicant struct {
	Name      string          `json:"name"`
	Document  string          `json:"document"` // a document.Kind
	Reference string          `json:"reference"`
	State     enrolment.State `json:"state"`
}

// State is how far the cast is.
type State struct {
	Applicants []Applicant `json:"applicants"` // those who are there, in their order
	Of         int         `json:"of"`         // all
	Busy       bool        `json:"busy"`
	Failed     bool        `json:"failed"` // the last work did not come to its end; the log says why
}

// State returns how far the cast is, a State.
func (c *Cast) State(ctx context.Context) (any, error) { return c.state(ctx) }

func (c *Cast) state(ctx context.Context) (State, error) {
	c.mu.Lock()
	s := State{Busy: c.busy, Failed: c.err != nil, Applicants: []Applicant{}}
	c.mu.Unlock()
	roles := cast(time.Now())
	s.Of = len(roles)
	for _, one := range roles {
		r, ok, err := c.request(ctx, one)
		if err != nil {
			return State{}, err
		}
		if ok {
			row, _ := one.kind.Series()
			s.Applicants = append(s.Applicants, Applicant{
				Name: r.Declared.GivenNames + " " + r.Declared.Surname, Document: string(row.Kind),
				Reference: r.Reference, State: r.State,
			})
		}
	}
	return s, nil
}

// request returns the request of a role, if there is one.
func (c *Cast) request(ctx context.Context, one role) (enrolment.Record, bool, error) {
	list, err := c.cfg.Journey.Of(ctx, ownedBy+one.id)
	if err != nil || len(list) == 0 {
		return enrolment.Record{}, false, err
	}
	return list[0], true, nil
}

// Fill makes those who are missing, in the background. While it works a second call
// changes nothing.
func (c *Cast) Fill() { c.do(c.fill) }

// Restart deletes all of them and makes them anew, in the background.
func (c *Cast) Restart() {
	c.do(func(ctx context.Context) error {
		for _, one := range cast(time.Now()) {
			r, ok, err := c.request(ctx, one)
			if err == nil && ok {
				err = c.cfg.Delete(ctx, r.ID)
			}
			if err != nil {
				return err
			}
		}
		return c.fill(ctx)
	})
}

func (c *Cast) do(work func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy || c.ctx.Err() != nil {
		return
	}
	c.busy = true
	c.work.Go(func() {
		err := work(c.ctx)
		if err != nil && c.ctx.Err() == nil {
			c.cfg.Logger.Error("the demonstration's applicants are not complete", "err", err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.busy, c.err = false, err
	})
}

// fill makes the roles that have no request. Those with a decision come first: nobody
// else's file waits then.
func (c *Cast) fill(ctx context.Context) error {
	roles := cast(time.Now())
	for _, decided := range []bool{true, false} {
		for _, one := range roles {
			if (one.to == accepted || one.to == contested) != decided {
				continue
			}
			if _, ok, err := c.request(ctx, one); err != nil || ok {
				if err != nil {
					return err
				}
				continue
			}
			if err := c.make(ctx, one); err != nil {
				return fmt.Errorf("applicant %s: %w", one.id, err)
			}
		}
	}
	return nil
}

// make takes a request to where its role ends.
func (c *Cast) make(ctx context.Context, one role) error {
	drawn, err := c.draw(one)
	if err != nil {
		return err
	}
	j, owner := c.cfg.Journey, ownedBy+one.id
	d := enrolment.Declaration{
		Surname: drawn.person.Surname, GivenNames: strings.Join(drawn.person.GivenNames, " "),
		BirthDate: drawn.person.Birth.Format(time.DateOnly),
		Email:     "cast-" + one.id + ".specimen@example.org", Mobile: fmt.Sprintf("+336399801%02s", one.id),
	}
	if one.declared != nil {
		one.declared(&d)
	}
	language := words.Find("").Tag
	r, err := j.Begin(ctx, owner, language, d, true)
	if err != nil {
		return err
	}
	if r, err = j.Consent(ctx, owner, r.ID, c.answers(language)); err != nil || one.to == begun {
		return err
	}
	if r, err = j.BeginCapture(ctx, owner, r.ID); err != nil {
		return err
	}
	for _, side := range enrolment.Sides(string(drawn.kind)) {
		still := journey.Still{Side: side, Document: string(drawn.kind), JPEG: drawn.sides[side]}
		if side != enrolment.SideSelfie {
			row, _ := one.kind.Series()
			still.Layout = string(row.Layout)
		}
		if err := j.Keep(ctx, journey.SubjectOf(r), still); err != nil {
			return err
		}
	}
	if _, err := j.FinishCapture(ctx, r.ID); err != nil {
		return err
	}
	if r, err = c.verified(ctx, r.ID); err != nil || r.State != enrolment.Review {
		return err
	}
	switch one.to {
	case accepted:
		return c.decide(ctx, r.ID, enrolment.Decide{Verdict: enrolment.Accept})
	case contested:
		err := c.decide(ctx, r.ID, enrolment.Decide{
			Verdict: enrolment.Refuse, Reason: "not-readable", Words: words.In(language).Text("staff.demo.refused"),
		})
		if err == nil {
			_, err = j.Contest(ctx, owner, r.ID, words.In(language).Text("staff.demo.contested"))
		}
		return err
	}
	return nil
}

// answers are the consents before a capture, all of them yes.
func (c *Cast) answers(language string) []enrolment.ConsentAnswer {
	var out []enrolment.ConsentAnswer
	kinds := []enrolment.ConsentKind{enrolment.Processing, enrolment.Terms, enrolment.Privacy, enrolment.Faces}
	for _, kind := range kinds {
		t := c.cfg.Journey.Text(kind, language)
		out = append(out, enrolment.ConsentAnswer{
			Kind: kind, Version: t.Version, TextHash: t.Hash, Language: t.Language, Yes: true,
		})
	}
	return out
}

// verified waits until the machine has read a request.
func (c *Cast) verified(ctx context.Context, id string) (enrolment.Record, error) {
	changed, done := c.cfg.Journey.Subscribe(id)
	defer done()
	for {
		r, err := c.cfg.Journey.Load(ctx, id)
		if err != nil || r.State != enrolment.Verifying {
			return r, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
}

// decide draws until the file comes, puts the others back and decides.
func (c *Cast) decide(ctx context.Context, id string, d enrolment.Decide) error {
	j := c.cfg.Journey
	for range decideFor {
		r, err := j.Draw(ctx, reviewer)
		if err != nil || r == nil {
			return err // whoever was faster may decide
		}
		if r.ID != id {
			if err := j.PutBack(ctx, reviewer, r.ID); err != nil {
				return err
			}
			continue
		}
		f, err := j.File(ctx, reviewer, id)
		if err != nil {
			return err
		}
		d.Checklist = map[string]bool{}
		for _, q := range f.Checklist {
			d.Checklist[q.ID] = d.Verdict == enrolment.Accept
		}
		_, err = j.Decide(ctx, reviewer, id, d)
		if errors.Is(err, store.ErrConflict) {
			return nil
		}
		return err
	}
	return nil
}
