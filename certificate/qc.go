package certificate

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
)

// Object identifiers: extensions (RFC 5280), statements (EN 319 412-5), policies
// (EN 319 411-2), subject attributes (X.520).
var (
	oidQcStatements = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidPkixQCv2     = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 11, 2}
	oidETSI         = asn1.ObjectIdentifier{0, 4, 0, 1862, 1}
	oidQcCompliance = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}
	oidQcLimit      = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 2}
	oidQcRetention  = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 3}
	oidQcSSCD       = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4}
	oidQcPDS        = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 5}
	oidQcType       = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}
	oidQcCC         = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 7}
	oidQcQSCDLaw    = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 9}
	oidIdentMethod  = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 8}
	oidTypeESign    = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 1}
	oidNaturalID    = asn1.ObjectIdentifier{0, 4, 0, 194121, 1, 1}

	oidSubjectAltName    = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidBasicConstraints  = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidKeyUsage          = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidNameConstraints   = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidCRLPoints         = asn1.ObjectIdentifier{2, 5, 29, 31}
	oidPolicies          = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidPolicyMappings    = asn1.ObjectIdentifier{2, 5, 29, 33}
	oidAuthorityKeyID    = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidPolicyConstraints = asn1.ObjectIdentifier{2, 5, 29, 36}
	oidExtKeyUsage       = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidInhibitAnyPolicy  = asn1.ObjectIdentifier{2, 5, 29, 54}
	oidAuthorityAccess   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 1}

	oidCommonName   = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidSurname      = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidSerialNumber = asn1.ObjectIdentifier{2, 5, 4, 5}
	oidCountry      = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidGivenName    = asn1.ObjectIdentifier{2, 5, 4, 42}
	oidPseudonym    = asn1.ObjectIdentifier{2, 5, 4, 65}
	oidEmail        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
)

// Policies of EN 319 411-2, and the arc for examples (ITU-T X.660).
const (
	policyQCPn     = "0.4.0.194112.1.0"
	policyQCPnQSCD = "0.4.0.194112.1.2"
	policyQCArc    = "0.4.0.194112."
	exampleArc     = "2.999."
)

// statement is one qcStatement (RFC 3739).
type statement struct {
	ID   asn1.ObjectIdentifier
	Info asn1.RawValue `asn1:"optional"`
}

type statements []statement

// parseQC returns the qcStatements of a certificate, none if it has none.
func parseQC(cert *x509.Certificate) (statements, error) {
	for _, e := range cert.Extensions {
		if e.Id.Equal(oidQcStatements) {
			var out statements
			rest, err := asn1.Unmarshal(e.Value, &out)
			if err == nil && len(rest) > 0 {
				err = errors.New("something follows the statements")
			}
			if err != nil {
				return nil, fmt.Errorf("qcStatements: %w", err)
			}
			return out, nil
		}
	}
	return nil, nil
}

func (s statements) find(id asn1.ObjectIdentifier) (out []statement) {
	for _, one := range s {
		if one.ID.Equal(id) {
			out = append(out, one)
		}
	}
	return out
}

// claims reports whether the certificate claims to be qualified.
func (s statements) claims() bool { return len(s.find(oidQcCompliance)) > 0 }

// forSignatures reports whether the purpose is electronic signatures alone. That is so for
// a certificate without QcType too (EN 319 412-5, 4.2.3); the authority's entry on the
// trusted list decides for what it counts.
func (s statements) forSignatures() bool {
	types := s.types()
	return len(s.find(oidQcType)) == 0 || len(types) == 1 && types[0].Equal(oidTypeESign)
}

// types returns the purposes of QcType.
func (s statements) types() (out []asn1.ObjectIdentifier) {
	for _, one := range s.find(oidQcType) {
		var types []asn1.ObjectIdentifier
		if rest, err := asn1.Unmarshal(one.Info.FullBytes, &types); err == nil && len(rest) == 0 {
			out = append(out, types...)
		}
	}
	return out
}

// location is the address of a disclosure statement in one language (QcPDS).
type location struct {
	URL      string `asn1:"ia5"`
	Language string `asn1:"printable"`
}

// locations returns the locations in QcPDS.
func (s statements) locations() (out []location, err error) {
	for _, one := range s.find(oidQcPDS) {
		var some []location
		if rest, err := asn1.Unmarshal(one.Info.FullBytes, &some); err != nil || len(rest) > 0 {
			return nil, errors.New("QcPDS is no sequence of URL and language")
		}
		out = append(out, some...)
	}
	return out, nil
}

func hasPolicy(cert *x509.Certificate, oid string) bool {
	for _, p := range cert.Policies {
		if p.String() == oid {
			return true
		}
	}
	return false
}
