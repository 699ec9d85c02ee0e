package certificate

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"time"
)

// Profile is what a deployment's certificates must look like, beyond what the
// standards ask of all.
type Profile struct {
	// Pinned are the authorities of which one must stand at the end of every chain:
	// roots or issuing ones, from the provider's contract or the trusted list.
	Pinned []*x509.Certificate
	// Policies are the provider's own policies that stand for a qualified
	// certificate of a person, beside QCP-n and QCP-n-qscd. In dotted form.
	Policies []string
	// MaxLife is the longest validity; 0: no longer than the authority's.
	MaxLife time.Duration
	// Test is the profile of test certificates: no word of qualified, 2.999
	// policies, TEST in the names; hosts need not be public.
	Test bool

	form *Form // nil: the built-in one
}

// TestLife is the longest life of a test certificate.
const TestLife = 7 * 24 * time.Hour

// TestProfile returns the profile of a test authority.
func TestProfile(root *x509.Certificate) Profile {
	return Profile{Pinned: []*x509.Certificate{root}, MaxLife: TestLife, Test: true}
}

// Expected is for whom a certificate was requested, and when it is looked at.
type Expected struct {
	Subject   Subject
	Email     string           // the only address that may stand in it
	PublicKey crypto.PublicKey // nil where the issuer made the key
	Now       time.Time
}

// Rule is one thing that every certificate is checked for.
type Rule struct {
	Name   string // stable, for records and logs
	Source string // where it is written
	What   string // in one sentence
	// check returns what is wrong: what was found, what was wanted.
	check func(*examined) []string
}

// Violation is a rule that a certificate breaks.
type Violation struct {
	Rule   string `json:"rule"`
	Source string `json:"source"`
	What   string `json:"what"` // what was found, and what was wanted
}

// String returns it for logs. It may hold parts of the certificate.
func (v Violation) String() string { return fmt.Sprintf("%s (%s): %s", v.Rule, v.Source, v.What) }

// parseRule is the rule before all others.
var parseRule = Rule{Name: "parse", Source: "RFC 5280", What: "Certificate and chain are X.509 in DER."}

// Rules returns every rule in the order in which they are checked.
func Rules() []Rule {
	out := []Rule{parseRule}
	for _, some := range [][]Rule{derRules, baseRules, chainRules, subjectRules, extensionRules, statementRules, testRules} {
		out = append(out, some...)
	}
	return out
}

// examined is a certificate while it is checked.
type examined struct {
	cert    *x509.Certificate
	chain   []*x509.Certificate // as sent
	subject []attribute
	qc      statements
	qcErr   error
	profile Profile
	want    Expected
}

// Check returns every rule that a certificate breaks, none when it is good. It
// trusts nothing of what was issued: the chain has to end at a pinned authority.
func Check(issued Issued, p Profile, want Expected) []Violation {
	e, err := examine(issued, p, want)
	if err != nil {
		return []Violation{{parseRule.Name, parseRule.Source, err.Error()}}
	}
	var out []Violation
	for _, rule := range Rules() {
		if _, waived := p.wanted().Waive[rule.Name]; rule.check == nil || waived {
			continue
		}
		for _, what := range rule.check(e) {
			out = append(out, Violation{rule.Name, rule.Source, what})
		}
	}
	return out
}

func examine(issued Issued, p Profile, want Expected) (*examined, error) {
	cert, err := x509.ParseCertificate(issued.Certificate)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	chain, err := parseChain(issued.Chain)
	if err != nil {
		return nil, err
	}
	e := &examined{cert: cert, chain: chain, profile: p, want: want}
	if e.subject, err = parseAttributes(cert.RawSubject); err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	e.qc, e.qcErr = parseQC(cert)
	return e, nil
}

func parseChain(ders [][]byte) ([]*x509.Certificate, error) {
	out := make([]*x509.Certificate, len(ders))
	for i, der := range ders {
		var err error
		if out[i], err = x509.ParseCertificate(der); err != nil {
			return nil, fmt.Errorf("chain, certificate %d: %w", i+1, err)
		}
	}
	return out, nil
}

// authority returns the certificate that signed this one, nil when neither chain
// nor pinned authorities have it.
func (e *examined) authority() *x509.Certificate {
	for _, c := range append(append([]*x509.Certificate(nil), e.chain...), e.profile.Pinned...) {
		if e.cert.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}
