package texts

import (
	"fmt"
	"strings"
	"time"

	"visavis/enrolment"
)

// Vars is what a deployment says in its texts. All but Site and Rules may be empty.
type Vars struct {
	Site string // name of the site
	// Operator runs the service, in the Role of … ("autorité d’enregistrement"), in
	// the language of the text. Without an operator it is a demonstration, and the
	// texts say so.
	Operator, Role string
	// Provider issues the certificates; empty: the operator does. Test says that a
	// test authority does.
	Provider string
	Test     bool
	Contact  string // for questions and for rights: e-mail or postal address
	InPerson string // place and hours of the other way
	Price    string // in words; empty: free
	// ArchiveYears is how long the provider keeps the registration file after the
	// end of the certificate; 0: as long as its policy says.
	ArchiveYears int
	// Rules are the enrolment's: attempts, review, and how long what is kept.
	Rules enrolment.Rules
}

// Demo tells whether nobody offers the service.
func (v Vars) Demo() bool { return v.Operator == "" }

// WindowHours is the span over which attempts count.
func (v Vars) WindowHours() int { return int(v.Rules.Window / time.Hour) }

// Days is how long the rule of that name keeps what it keeps.
func (v Vars) Days(rule string) int {
	for _, p := range v.Rules.Purposes() {
		if p.Rule == rule {
			return p.Days
		}
	}
	return 0
}

// who names the operator within a sentence.
func (v Vars) who(language string) string {
	switch {
	case v.Demo() && language == "en":
		return "this demonstration (no provider)"
	case v.Demo():
		return "cette démonstration (aucun prestataire)"
	case v.Role != "":
		return v.Operator + ", " + v.Role
	}
	return v.Operator
}

// issuer names who issues the certificate within a sentence.
func (v Vars) issuer(language string) string {
	switch {
	case v.Provider != "":
		return v.Provider
	case v.Test && language == "en":
		return "this service’s test authority"
	case v.Test:
		return "l’autorité d’essai de ce service"
	}
	return v.who(language)
}

// row is one line of the table of what is kept.
type row struct{ Rule, What, Why, Until string }

var frenchRules = map[string]string{
	enrolment.RuleAbandoned: "Laissée en chemin",
	enrolment.RuleVisit:     "Rendez-vous non honoré",
	enrolment.RuleCancelled: "Annulée",
	enrolment.RuleRefused:   "Refusée",
	enrolment.RuleAccepted:  "Acceptée",
	enrolment.RuleReceipt:   "Effacée",
	enrolment.RuleRegister:  "Certificat délivré",
	enrolment.RuleAudit:     "Consultée par le personnel",
	enrolment.RuleCounts:    "Comptée",
}

var englishRules = map[string]string{
	enrolment.RuleAbandoned: "Left on the way",
	enrolment.RuleVisit:     "Appointment missed",
	enrolment.RuleCancelled: "Cancelled",
	enrolment.RuleRefused:   "Refused",
	enrolment.RuleAccepted:  "Accepted",
	enrolment.RuleReceipt:   "Deleted",
	enrolment.RuleRegister:  "Certificate issued",
	enrolment.RuleAudit:     "Looked at by staff",
	enrolment.RuleCounts:    "Counted",
}

var frenchKept = map[enrolment.Kept]string{
	enrolment.KeptDeclared: "données déclarées", enrolment.KeptConsents: "réponses aux textes", enrolment.KeptEvidence: "images et lectures",
	enrolment.KeptLog: "journal", enrolment.KeptReceipt: "reçu d’effacement", enrolment.KeptRegister: "registre des certificats",
	enrolment.KeptAudit: "journal des consultations", enrolment.KeptCounts: "compte des essais et des e-mails",
}

var englishKept = map[enrolment.Kept]string{
	enrolment.KeptDeclared: "declared data", enrolment.KeptConsents: "answers to the texts", enrolment.KeptEvidence: "pictures and readings",
	enrolment.KeptLog: "log", enrolment.KeptReceipt: "receipt of deletion", enrolment.KeptRegister: "register of certificates",
	enrolment.KeptAudit: "log of who looked", enrolment.KeptCounts: "count of attempts and e-mails",
}

var frenchFrom = map[string]string{
	"last-action": "votre dernière action", "cancellation": "l’annulation", "refusal": "le refus",
	"hand-over": "la remise au prestataire", "issuing": "la délivrance du certificat", "deletion": "l’effacement",
	"certificate-end": "la fin du certificat", "entry": "la consultation", "attempt-or-letter": "l’essai ou l’e-mail",
}

var englishFrom = map[string]string{
	"last-action": "your last action", "cancellation": "the cancellation", "refusal": "the refusal",
	"hand-over": "the hand-over to the provider", "issuing": "the issuing of the certificate", "deletion": "the deletion",
	"certificate-end": "the end of the certificate", "entry": "the look", "attempt-or-letter": "the attempt or e-mail",
}

// rows is the table that retention obeys, in words.
func (v Vars) rows(language string) []row {
	var out []row
	for _, p := range v.Rules.Purposes() {
		out = append(out, rowOf(p, language))
	}
	return out
}

func rowOf(p enrolment.Purpose, language string) row {
	rules, kept, from, why := frenchRules, frenchKept, frenchFrom, p.French
	until, at := "%d jours après %s", "aussitôt après %s"
	if language == "en" {
		rules, kept, from, why = englishRules, englishKept, englishFrom, p.English
		until, at = "%d days after %s", "at once after %s"
	}
	var what []string
	for _, k := range p.What {
		what = append(what, kept[k])
	}
	r := row{Rule: rules[p.Rule], What: strings.Join(what, ", "), Why: why, Until: fmt.Sprintf(until, p.Days, from[p.From])}
	if p.Days == 0 {
		r.Until = fmt.Sprintf(at, from[p.From])
	}
	return r
}
