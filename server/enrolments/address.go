package enrolments

import (
	"context"
	"net/http"
)

// confirmAddress takes the digits from a letter.
func (p *Plane) confirmAddress(r *request) (any, error) {
	var body struct {
		Digits string `json:"digits"`
	}
	if err := r.decode(&body); err != nil {
		return nil, err
	}
	e, err := p.journey.ConfirmAddress(r.Context(), r.who.Subject, r.id(), body.Digits)
	return p.after(r, e, err)
}

// byLink takes the secret of a letter's link, from any browser, since a letter is often
// read in another one. Opening the page says nothing, because mail servers open every
// link; one of its two buttons calls this.
func (p *Plane) byLink(say func(ctx context.Context, token string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Token string `json:"token"`
		}
		req := &request{Request: r}
		err := req.decode(&body)
		if err == nil {
			err = say(r.Context(), body.Token)
		}
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, map[string]bool{"done": true})
	}
}
