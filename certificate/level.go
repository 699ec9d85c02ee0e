package certificate

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"visavis/words"
)

// Level says what a certificate counts as. [Profile.LevelOf] computes it.
type Level string

// The levels.
const (
	LevelTest       Level = "test"
	LevelElectronic Level = "electronic"
	LevelQualified  Level = "qualified"
)

// Trust answers from a trusted list.
type Trust interface {
	// Granted reports whether the authority was at that time a granted service for
	// qualified certificates for signatures (CA/QC), and whether the list makes no
	// exception for the leaf. It fails if the list is unusable, for example out of date.
	Granted(leaf, authority *x509.Certificate, at time.Time) (bool, error)
}

// LevelOf computes the level of a certificate with a verified chain, issuer first. It is
// a test certificate if it or its issuer has a policy of the arc for examples (2.999). It
// is qualified if it has the policy QCP-n or QCP-n-qscd (EN 319 411-2) or one of the provider's
// own, its statements say qualified and for nothing but electronic signatures, and a certificate
// of its chain was granted on the trusted list at the time of issue (ETSI TS 119 615). Without a
// list nothing is qualified.
func (p Profile) LevelOf(cert *x509.Certificate, chain []*x509.Certificate, trust Trust) Level {
	if isTest(cert) || len(chain) > 0 && isTest(chain[0]) {
		return LevelTest
	}
	qc, err := parseQC(cert)
	if err != nil || trust == nil || !qc.claims() || len(qc.find(oidQcCC)) > 0 || !qc.forSignatures() ||
		!hasPolicy(cert, policyQCPn) && !hasPolicy(cert, policyQCPnQSCD) &&
			!slices.ContainsFunc(p.Policies, func(own string) bool { return hasPolicy(cert, own) }) {
		return LevelElectronic
	}
	for _, authority := range chain {
		if granted, err := trust.Granted(cert, authority, cert.NotBefore); err == nil && granted {
			return LevelQualified
		}
	}
	return LevelElectronic
}

// OnDevice reports whether a certificate says that its key is in a qualified device
// (QCP-n-qscd with QcSSCD).
func OnDevice(cert *x509.Certificate) bool {
	qc, err := parseQC(cert)
	return err == nil && len(qc.find(oidQcSSCD)) > 0 && hasPolicy(cert, policyQCPnQSCD)
}

func isTest(cert *x509.Certificate) bool {
	for _, p := range cert.Policies {
		if strings.HasPrefix(p.String()+".", exampleArc) {
			return true
		}
	}
	return false
}

// Title returns the level for display, in the language that fits the tag best.
func (l Level) Title(language string) string {
	return words.In(language).Text("certificate.level." + string(l))
}

// Badge returns the mark shown wherever a certificate appears, in files too. Empty if
// none is needed.
func (l Level) Badge(language string) string {
	if l != LevelTest {
		return ""
	}
	return words.In(language).Text("certificate.badge.test")
}
