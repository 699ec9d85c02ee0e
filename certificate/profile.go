package certificate

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"time"
)

// Profile describes a deployment's certificates, beyond the requirements of the
// standards.
type Profile struct {
	// Pinned are the authorities, roots or issuing ones, of which one must end every
	// chain. They come from the provider's contract or the trusted list.
	Pinned []*x509.Certificate
	// Policies are the provider's own policies for a person's qualified certificate,
	// dotted, besides QCP-n and QCP-n-qscd.
	Policies []string
	// MaxLife bounds the validity; 0 bounds it by the authority's.
	MaxLife time.Duration
	// Test is set for test certificates: they must not claim to be qualified, and need
	// 2.999 policies and TEST in the names. Hosts need not be public.
	Test bool

	form *Form // nil: the built-in one
}

// TestLife is the maximum validity of a test certificate.
const TestLife = 7 * 24 * time.Hour

// TestProfile returns the profile of a test authority.
func TestProfile(root *x509.Certificate) Profile {
	return Profile{Pinned: []*x509.Certificate{root}, MaxLife: TestLife, Test: true}
}

// Expected is the person for whom a certificate was requested, and the time of the check.
type Expected struct {
	Subject   Subject
	Email     string           // the only address that may stand in it
	PublicKey crypto.PublicKey // nil where the issuer made the key
	Now       time.Time
}

// Rule is one rule that every certificate must keep.
type Rule struct {
	Name   string // stable identifier, for records and logs
	Source string // clause of a standard
	What   string // in one sentence
	// check returns the violations: what was found, what was wanted.
	check func(*examined) []string
}

// Violation is a rule that a certificate breaks.
type Violation struct {
	Rule   string `json:"rule"`
	Source string `json:"source"`
	What   string `json:"what"` // what was found, and what was wanted
}

// String formats it for logs. It may contain parts of the certificate.
func (v Violation) String() string { return fmt.Sprintf("%s (%s): %s", v.Rule, v.Source, v.What) }

// parseRule precedes all other rules.
var parseRule = Rule{Name: "parse", Source: "RFC 5280", What: "Certificate and chain are X.509 in DER."}

// Rules returns every rule in the order of the checks.
func Rules() []Rule {
	out := []Rule{parseRule}
	for _, some := range [][]Rule{derRules, baseRules, chainRules, subjectRules, extensionRules,
		statementRules, testRules} {
		out = append(out, some...)
	}
	return out
}

// examined is a certificate during its check.
type examined struct {
	cert    *x509.Certificate
	chain   []*x509.Certificate // as sent
	subject []attribute
	qc      statements
	qcErr   error
	profile Profile
	want    Expected
}

// Check returns every rule that a certificate breaks, none if it is good. Nothing issued
// is trusted: the chain has to end at a pinned authority.
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

// authority returns the certificate that signed this one; nil if neither chain nor pinned
// authorities have it.
func (e *examined) authority() *x509.Certificate {
	for _, c := range append(append([]*x509.Certificate(nil), e.chain...), e.profile.Pinned...) {
		if e.cert.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}
