package enrolments

import (
	"net/http"

	"visavis/server/login"
	"visavis/words"
)

// me returns the account and the operator.
func (p *Plane) me(w http.ResponseWriter, r *http.Request) {
	who, ok := p.cfg.Accounts.Account(r)
	if !ok {
		p.Refuse(w, r, errLogin)
		return
	}
	review := "required"
	if p.journey.Rules().NoReview {
		review = "none"
	}
	writeJSON(w, http.StatusOK, struct {
		Account  login.Account     `json:"account"`
		Demo     bool              `json:"demo"`
		Operator map[string]string `json:"operator"`
		Price    string            `json:"price"`
		Review   string            `json:"review"`
		Issuer   map[string]bool   `json:"issuer"`
		InPerson bool              `json:"inPerson"` // there is a place where a registrar checks
		SMS      bool              `json:"sms"`      // the capture's link can go to mobile numbers
	}{who, p.cfg.Demo, p.operator(languageOf(r)), p.cfg.Price, review, map[string]bool{"test": p.cfg.TestIssuer},
		p.cfg.InPerson.Place != "", p.journey.SendsTexts()})
}

// operator returns who runs this server, also as a sentence.
func (p *Plane) operator(language string) map[string]string {
	o := p.cfg.Operator
	w := words.In(language)
	text := w.Text("pages.demo")
	if o.Name != "" {
		name := o.Name
		if o.Role != "" {
			name += ", " + o.Role
		}
		text = w.Text("pages.operated-by", words.Values{"operator": name})
	}
	return map[string]string{"name": o.Name, "role": o.Role, "text": text}
}
