package enrolments

import (
	"time"

	"visavis/certificate"
)

// certificatePage is a certificate as a page that people read, print and keep.
func (p *Plane) certificatePage(r *request) (any, error) {
	c, err := p.visible(r)
	if err != nil {
		return nil, err
	}
	language := r.language()
	v := p.certificateOf(c, language)
	i := 0
	if language == "en" {
		i = 1
	}
	day := func(t time.Time) string { return t.UTC().Format("02.01.2006 15:04 UTC") }
	rows := [][2]string{
		{pageWords["subject"][i], v.Subject},
		{pageWords["issuer"][i], v.Issuer},
		{pageWords["level"][i], v.Title},
		{pageWords["state"][i], stateWords[v.State][i]},
		{pageWords["from"][i], day(v.From)},
		{pageWords["until"][i], day(v.Until)},
		{pageWords["serial"][i], v.Serial},
		{"SHA-256", v.SHA256},
	}
	if !v.RevokedAt.IsZero() {
		rows = append(rows, [2]string{pageWords["revoked"][i], day(v.RevokedAt)})
	}
	body, err := plainPage{Language: language, Title: pageWords["title"][i], Badge: v.Badge, Facts: rows}.html()
	return bytesAnswer{mediaType: "text/html; charset=utf-8", body: body}, err
}

// pageWords and stateWords are French, English.
var (
	pageWords = map[string][2]string{
		"title":   {"Certificat de signature", "Signature certificate"},
		"subject": {"Titulaire", "Subject"}, "issuer": {"Émetteur", "Issuer"}, "level": {"Niveau", "Level"}, "state": {"État", "State"},
		"from": {"Valide du", "Valid from"}, "until": {"Valide jusqu’au", "Valid until"}, "serial": {"Numéro de série", "Serial number"},
		"revoked": {"Révoqué le", "Revoked on"},
	}
	stateWords = map[certificate.State][2]string{
		certificate.StateRequested: {"en cours", "under way"}, certificate.StateValid: {"valide", "valid"},
		certificate.StateExpiring: {"expire bientôt", "expires soon"}, certificate.StateExpired: {"expiré", "expired"},
		certificate.StateRevoked: {"révoqué", "revoked"}, certificate.StateRefused: {"refusé", "refused"},
	}
)
