package texts

import (
	"time"

	"visavis/enrolment"
	"visavis/words"
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
func (v Vars) who(w words.Words) string {
	switch {
	case v.Demo():
		return w.Text("legal.who.demo")
	case v.Role != "":
		return v.Operator + ", " + v.Role
	}
	return v.Operator
}

// issuer names who issues the certificate within a sentence.
func (v Vars) issuer(w words.Words) string {
	switch {
	case v.Provider != "":
		return v.Provider
	case v.Test:
		return w.Text("legal.issuer.test")
	}
	return v.who(w)
}

// row is one line of the table of what is kept.
type row struct{ Rule, What, Why, Until string }

// rows is the table that retention obeys, in words.
func (v Vars) rows(w words.Words) []row {
	var out []row
	for _, p := range v.Rules.Purposes() {
		out = append(out, rowOf(p, w))
	}
	return out
}

func rowOf(p enrolment.Purpose, w words.Words) row {
	var what []string
	for _, k := range p.What {
		what = append(what, w.Text("legal.kept."+string(k)))
	}
	until := "legal.until"
	if p.Days == 0 {
		until = "legal.at-once"
	}
	return row{
		Rule: w.Text("legal.rule." + p.Rule), What: w.List(what), Why: w.Text("privacy.why." + p.Why()),
		Until: w.Text(until, words.Values{"n": p.Days, "from": w.Text("legal.from." + p.From)}),
	}
}
