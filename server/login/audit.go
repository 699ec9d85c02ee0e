package login

import "net/http"

// Event is something about a login that is kept for whoever looks later.
type Event struct {
	// What is login, login-failed, logout, logout-everywhere or logout-provider.
	What    string
	Subject string // of the account; empty where it is not known
	Role    string // by which the account is known first; empty where it is not known
	Problem Problem
}

// role is the role by which the account is known first.
func (a Account) role() string {
	switch {
	case a.Has(Reviewer):
		return Reviewer
	case a.Has(Registrar):
		return Registrar
	case a.Has(Operator):
		return Operator
	case a.Has(SiteStaff):
		return SiteStaff
	}
	return Applicant
}

// audit tells of an event, once. The log has it in any case.
func (l *Login) audit(r *http.Request, e Event) {
	l.log.InfoContext(r.Context(), "login event", "what", e.What, "problem", string(e.Problem))
	if l.cfg.Audit != nil {
		l.cfg.Audit(r, e)
	}
}
