package enrolments

import (
	"net/http"
)

// confirmAddress takes the digits of a letter.
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

// confirmByLink takes what stands in a letter's link, from whoever opened it: the
// letter is read in another browser often. Opening the page confirms nothing, since
// mail servers open every link; its button asks this.
func (p *Plane) confirmByLink(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Token string `json:"token"`
	}
	req := &request{Request: r}
	err := req.decode(&body)
	if err == nil {
		err = p.journey.ConfirmAddressByLink(r.Context(), body.Token)
	}
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"confirmed": true})
}
