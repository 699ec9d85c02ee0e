package certificate

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

const sourceExtensions = "EN 319 412-2, 4.3 and 4.4"

var extensionRules = []Rule{
	{"authority-key-id", sourceExtensions, "The authority's key identifier is there, and is the authority's.", checkAuthorityKeyID},
	{"key-usage", "EN 319 412-2, 4.3.2", "The key may sign commitments: nonRepudiation, alone or as type B or F.", checkKeyUsage},
	{"key-usage-kind", "RFC 8813", "Key usage is one that a key of this kind can have.", checkKeyUsageOfKind},
	{"extended-usage", "EN 319 412-2, 4.3.10", "Extended key usage is none of servers, code, time stamps or OCSP.", checkExtendedUsage},
	{"issuer", "EN 319 412-2, 4.2.3.1", "The issuer's name has country, organisation and common name.", checkIssuer},
	{"policies", sourceExtensions, "Certificate policies are there.", checkPoliciesThere},
	{"not-critical", sourceExtensions, "Policies, alternative names, extended key usage, revocation points, access and statements are not critical.", checkNotCritical},
	{"forbidden-extension", sourceExtensions, "No policy mappings, name constraints, policy constraints or inhibitAnyPolicy.", checkForbidden},
	{"ca-issuers", sourceExtensions, "The authority's certificate can be had over http or https.", checkCAIssuers},
	{"revocation", sourceExtensions, "Its revocation can be asked for: OCSP, or a list over http or ldap.", checkRevocation},
	{"public-hosts", sourceExtensions, "What the certificate names is reachable by the public.", checkPublicHosts},
}

func (e *examined) extension(id asn1.ObjectIdentifier) bool {
	for _, x := range e.cert.Extensions {
		if x.Id.Equal(id) {
			return true
		}
	}
	return false
}

func checkAuthorityKeyID(e *examined) []string {
	if !e.extension(oidAuthorityKeyID) || len(e.cert.AuthorityKeyId) == 0 {
		return one(true, "no identifier of the authority's key")
	}
	a := e.authority()
	return one(a != nil && len(a.SubjectKeyId) > 0 && !bytes.Equal(a.SubjectKeyId, e.cert.AuthorityKeyId),
		"the identifier %x of the authority's key, the authority's is %x", e.cert.AuthorityKeyId, subjectKeyOf(a))
}

// usages are the types A, B and F of EN 319 412-2, table 1.
var usages = []x509.KeyUsage{
	x509.KeyUsageContentCommitment,
	x509.KeyUsageContentCommitment | x509.KeyUsageDigitalSignature,
	x509.KeyUsageContentCommitment | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	x509.KeyUsageContentCommitment | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyAgreement,
}

func checkKeyUsage(e *examined) []string {
	if !e.extension(oidKeyUsage) {
		return one(true, "no key usage")
	}
	return one(!slices.Contains(usages, e.cert.KeyUsage), "key usage %09b, want nonRepudiation alone, or type B or F",
		e.cert.KeyUsage)
}

func subjectKeyOf(a *x509.Certificate) []byte {
	if a == nil {
		return nil
	}
	return a.SubjectKeyId
}

// checkKeyUsageOfKind refuses usages that a key of its kind cannot have (RFC 8813, 3).
func checkKeyUsageOfKind(e *examined) []string {
	u, rsa := e.cert.KeyUsage, e.cert.PublicKeyAlgorithm == x509.RSA
	return append(one(u&x509.KeyUsageKeyEncipherment != 0 && !rsa, "keyEncipherment with a key that cannot encipher"),
		one(u&x509.KeyUsageKeyAgreement != 0 && rsa, "keyAgreement with an RSA key")...)
}

func checkExtendedUsage(e *examined) (out []string) {
	for _, x := range e.cert.Extensions {
		if !x.Id.Equal(oidExtKeyUsage) {
			continue
		}
		var usages []asn1.ObjectIdentifier
		if rest, err := asn1.Unmarshal(x.Value, &usages); err != nil || len(rest) > 0 || len(usages) == 0 {
			return one(true, "extended key usage cannot be read")
		}
		for _, u := range usages {
			out = append(out, one(slices.Contains(e.profile.wanted().RefusedUsages, u.String()), "extended key usage %v", u)...)
		}
	}
	return out
}

func checkPoliciesThere(e *examined) []string {
	return one(!e.extension(oidPolicies) || len(e.cert.Policies) == 0, "no certificate policy")
}

func neverCritical(id asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc([]asn1.ObjectIdentifier{
		oidPolicies, oidSubjectAltName, oidExtKeyUsage, oidCRLPoints, oidAuthorityAccess, oidAuthorityKeyID, oidQcStatements,
	}, id.Equal)
}

func forbidden(id asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc([]asn1.ObjectIdentifier{
		oidPolicyMappings, oidNameConstraints, oidPolicyConstraints, oidInhibitAnyPolicy,
	}, id.Equal)
}

func checkNotCritical(e *examined) (out []string) {
	for _, x := range e.cert.Extensions {
		out = append(out, one(x.Critical && neverCritical(x.Id), "extension %v is critical", x.Id)...)
	}
	return out
}

func checkForbidden(e *examined) (out []string) {
	for _, x := range e.cert.Extensions {
		out = append(out, one(forbidden(x.Id), "extension %v", x.Id)...)
	}
	return out
}

// scheme returns the scheme of a URL with a host, otherwise "".
func scheme(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	return u.Scheme
}

func isHTTP(raw string) bool { return scheme(raw) == "http" || scheme(raw) == "https" }

func checkCAIssuers(e *examined) []string {
	return one(!slices.ContainsFunc(e.cert.IssuingCertificateURL, isHTTP),
		"the authority's certificate at %q, want an http or https address", e.cert.IssuingCertificateURL)
}

func checkRevocation(e *examined) []string {
	ok := slices.ContainsFunc(e.cert.CRLDistributionPoints, func(u string) bool {
		return scheme(u) == "http" || scheme(u) == "ldap"
	})
	if slices.ContainsFunc(e.cert.OCSPServer, isHTTP) {
		// A list over https is circular: its TLS certificate needs a revocation check of its own.
		return one(e.extension(oidCRLPoints) && !ok, "lists at %q, want one over http or ldap", e.cert.CRLDistributionPoints)
	}
	return one(!ok, "OCSP at %q, lists at %q; want OCSP over http, or a list over http or ldap", e.cert.OCSPServer,
		e.cert.CRLDistributionPoints)
}

func checkPublicHosts(e *examined) (out []string) {
	if e.profile.Test {
		return nil
	}
	all := slices.Concat(e.cert.IssuingCertificateURL, e.cert.OCSPServer, e.cert.CRLDistributionPoints)
	places, _ := e.qc.locations() // another rule reports what cannot be read
	for _, p := range places {
		all = append(all, p.URL)
	}
	for _, u := range all {
		out = append(out, one(!isPublic(u), "%q names no public host", u)...)
	}
	return out
}

// isPublic reports whether a URL's host could be public. It makes no network call.
func isPublic(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsGlobalUnicast() && !a.IsPrivate()
	}
	_, top, dotted := cutLast(host, ".")
	return dotted && !slices.Contains([]string{"local", "localhost", "internal", "lan", "home", "test", "example",
		"invalid", "arpa"}, top)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
