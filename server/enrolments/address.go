package enrolments

import (
	"net/http"

	"visavis/enrolment/journey"
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

// addressWords say why an address is not confirmed: French, English.
var addressWords = map[journey.AddressProblem][2]string{
	journey.AddressWrong: {"Ce n’est pas le code de la dernière lettre.", "This is not the code of the newest letter."},
	journey.AddressForm:  {"Saisissez les six chiffres de la lettre.", "Type the six digits of the letter."},
	journey.AddressExpired: {
		"Ce code ou ce lien ne vaut plus\u202f: il a déjà servi, il a expiré, ou une lettre plus récente le remplace.",
		"This code or link counts no more: it was used, it expired, or a newer letter takes its place.",
	},
	journey.AddressUsedUp: {"Trop d’essais avec ce code. Demandez-en un nouveau.", "Too many tries with this code. Ask for a new one."},
}
