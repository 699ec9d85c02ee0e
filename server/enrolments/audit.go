package enrolments

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"visavis/enrolment"
	"visavis/enrolment/journey"
	"visavis/server/login"
)

const (
	// refusalsEach bounds the refused accesses recorded of one account in a
	// refusalWindow: enough to see an attempt, too few to fill the records.
	refusalsEach  = 20
	refusalWindow = time.Minute
)

// refusals counts the recorded refusals by account.
type refusals struct {
	mu    sync.Mutex
	since time.Time
	count map[string]int
}

// one reports whether one more is recorded.
func (c *refusals) one(subject string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == nil || now.Sub(c.since) > refusalWindow {
		c.since, c.count = now, map[string]int{}
	}
	c.count[subject]++
	return c.count[subject] <= refusalsEach
}

// noteRefused records an account's access to what is not its own.
func (p *Plane) noteRefused(r *http.Request, err error) {
	review, ok := errors.AsType[*enrolment.ReviewError](err)
	foreign := errors.Is(err, errRole) || errors.Is(err, enrolment.ErrNotOwner) ||
		ok && review.Problem != enrolment.NothingToDo
	who, known := p.cfg.Accounts.Account(r)
	if !foreign || !known || !p.refusals.one(who.Subject, time.Now()) {
		return
	}
	id := mux.Vars(r)["id"]
	if uuid.Validate(id) != nil {
		id = ""
	}
	what := r.Method + " " + r.URL.Path
	if route := mux.CurrentRoute(r); route != nil {
		if path, err := route.GetPathTemplate(); err == nil {
			what = r.Method + " " + path
		}
	}
	if err := p.journey.Audit(r.Context(), enrolment.Actor{Role: roleOf(who), ID: who.Subject}, journey.AuditRefused, id,
		what); err != nil {
		p.log.ErrorContext(r.Context(), "a refused access is not noted", "err", err)
	}
}

// roleOf returns the primary role of an account.
func roleOf(who login.Account) enrolment.Role {
	switch {
	case who.Has(login.Reviewer):
		return enrolment.Reviewer
	case who.Has(login.Registrar):
		return enrolment.Registrar
	case who.Has(login.Operator):
		return enrolment.Operator
	case who.Has(login.SiteStaff):
		return enrolment.SiteStaff
	}
	return enrolment.Applicant
}
