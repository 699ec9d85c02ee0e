package enrolments

import "net/http"

// castState answers with the demonstration's applicants. They are nobody, so everybody
// may see them.
func (p *Plane) castState(w http.ResponseWriter, r *http.Request) {
	state, err := p.cfg.Cast.State(r.Context())
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, state)
}

// castDoes starts what the cast does in the background, and answers with its state.
func (p *Plane) castDoes(do func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		do()
		p.castState(w, r)
	}
}
