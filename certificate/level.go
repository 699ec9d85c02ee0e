package certificate

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"visavis/words"
)

// Level is what a certificate is. It is computed, see [LevelOf].
type Level string

// The levels.
const (
	LevelTest       Level = "test"
	LevelElectronic Level = "electronic"
	LevelQualified  Level = "qualified"
)

// Trust tells what a trusted list says about an authority.
type Trust interface {
	// Granted tells whether the authority was a granted service that issues
	// qualified certificates for signatures (CA/QC) at that time, and the list makes no
	// exception of the leaf. It fails when the list cannot be relied on, because it is
	// out of date for example.
	Granted(leaf, authority *x509.Certificate, at time.Time) (bool, error)
}

// LevelOf computes what may be said of a certificate under a profile: as the
// function, with the provider's own policies beside those of EN 319 411-2.
func (p Profile) LevelOf(cert *x509.Certificate, chain []*x509.Certificate, trust Trust) Level {
	return levelUnder(cert, chain, trust, p.Policies)
}

// LevelOf computes what may be said of a certificate whose chain was verified: its
// issuer first. A test certificate is one that carries, or whose issuer carries, a
// policy of the arc for examples (2.999). It is qualified if it has a policy QCP-n
// or QCP-n-qscd, says that it is qualified and for electronic signatures, and if a
// certificate of its chain was granted on the trusted list when it was issued
// (ETSI TS 119 615). Without a list nothing is qualified.
func LevelOf(cert *x509.Certificate, chain []*x509.Certificate, trust Trust) Level {
	return levelUnder(cert, chain, trust, nil)
}

func levelUnder(cert *x509.Certificate, chain []*x509.Certificate, trust Trust, own []string) Level {
	if isTest(cert) || len(chain) > 0 && isTest(chain[0]) {
		return LevelTest
	}
	qc, err := parseQC(cert)
	if err != nil || trust == nil || !qc.claims() || len(qc.types()) != 1 || !qc.types()[0].Equal(oidTypeESign) ||
		!hasPolicy(cert, policyQCPn) && !hasPolicy(cert, policyQCPnQSCD) && !slices.ContainsFunc(own, func(p string) bool { return hasPolicy(cert, p) }) {
		return LevelElectronic
	}
	for _, authority := range chain {
		if granted, err := trust.Granted(cert, authority, cert.NotBefore); err == nil && granted {
			return LevelQualified
		}
	}
	return LevelElectronic
}

// OnDevice tells whether a certificate says that its key lies in a qualified
// device (QCP-n-qscd with QcSSCD).
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

// Title returns the level for people, in the language that fits a tag best.
func (l Level) Title(language string) string {
	return words.In(language).Text("certificate.level." + string(l))
}

// Badge returns what stands wherever a certificate appears, in files too. Empty
// where nothing has to be said.
func (l Level) Badge(language string) string {
	if l != LevelTest {
		return ""
	}
	return words.In(language).Text("certificate.badge.test")
}
