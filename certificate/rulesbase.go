package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"
)

// aheadMax is how far an issuer's clock may be ahead.
const aheadMax = 5 * time.Minute

var baseRules = []Rule{
	{"version", "RFC 5280, 4.1.2.1", "The version is 3.", checkVersion},
	{"serial", "RFC 5280, 4.1.2.2", "The serial number is positive and has at most 20 octets.", checkSerial},
	{"end-entity", "RFC 5280, 4.2.1.9", "The certificate is not an authority's.", checkEndEntity},
	{"signature-algorithm", "TS 119 312", "Signed with SHA-256, 384 or 512 and RSA, ECDSA or Ed25519.", checkSignatureAlgorithm},
	{"key", "TS 119 312", "The key is ECDSA on P-256, P-384 or P-521, RSA of as many bits as the profile says, or Ed25519.", checkKey},
	{"public-key", "own", "The key is the one that was requested.", checkPublicKey},
	{"validity", "RFC 5280, 4.1.2.5", "The certificate is valid now.", checkValidity},
	{"life", "own", "The validity is no longer than the profile says.", checkLife},
	{"validity-in-authority", "EN 319 411-1", "The validity lies within the issuing authority's.", checkWithinAuthority},
}

func one(wrong bool, format string, args ...any) []string {
	if !wrong {
		return nil
	}
	return []string{fmt.Sprintf(format, args...)}
}

func checkVersion(e *examined) []string {
	return one(e.cert.Version != 3, "version %d, want 3", e.cert.Version)
}

func checkSerial(e *examined) []string {
	// With the bit of its sign a number of 160 bits needs 21 octets.
	n := e.cert.SerialNumber
	return one(n.Sign() <= 0 || n.BitLen() > 159, "serial number %v with %d bits, want 1 to 159", n, n.BitLen())
}

func checkEndEntity(e *examined) []string {
	path := !e.cert.IsCA && (e.cert.MaxPathLen > 0 || e.cert.MaxPathLenZero)
	for _, x := range e.cert.Extensions {
		var basic struct {
			IsCA bool `asn1:"optional"`
			Path int  `asn1:"optional,default:-1"`
		}
		if x.Id.Equal(oidBasicConstraints) {
			if _, err := asn1.Unmarshal(x.Value, &basic); err == nil && basic.Path >= 0 {
				path = true
			}
		}
	}
	return append(one(e.cert.IsCA, "basicConstraints says that it is an authority's"),
		one(path, "basicConstraints with a length of path")...)
}

// hashOf are the accepted signature algorithms.
var hashOf = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.SHA256WithRSA: crypto.SHA256, x509.SHA384WithRSA: crypto.SHA384, x509.SHA512WithRSA: crypto.SHA512,
	x509.SHA256WithRSAPSS: crypto.SHA256, x509.SHA384WithRSAPSS: crypto.SHA384, x509.SHA512WithRSAPSS: crypto.SHA512,
	x509.ECDSAWithSHA256: crypto.SHA256, x509.ECDSAWithSHA384: crypto.SHA384, x509.ECDSAWithSHA512: crypto.SHA512,
	x509.PureEd25519: 0,
}

func checkSignatureAlgorithm(e *examined) []string {
	_, ok := hashOf[e.cert.SignatureAlgorithm]
	return one(!ok, "signed with %v, want SHA-256, 384 or 512 with RSA, ECDSA or Ed25519", e.cert.SignatureAlgorithm)
}

func checkKey(e *examined) []string { return e.weakness(e.cert.PublicKey) }

// weakness returns what is wrong with a key.
func (e *examined) weakness(key crypto.PublicKey) []string {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return one(curveHash(k.Curve) == 0, "ECDSA on %s, want P-256, P-384 or P-521", k.Curve.Params().Name)
	case *rsa.PublicKey:
		f := e.profile.wanted()
		least := f.RSABits
		if !e.cert.NotBefore.After(f.LegacyUntil) {
			least = min(f.RSABits, f.LegacyRSABits)
		}
		return append(one(k.N.BitLen() < least, "RSA of %d bits, want %d or more", k.N.BitLen(), least),
			one(k.E < 1<<16, "RSA exponent %d, want more than %d", k.E, 1<<16)...)
	case ed25519.PublicKey:
		return nil
	}
	return one(true, "a key of type %T, want ECDSA, RSA or Ed25519", key)
}

// curveHash returns the hash of a curve's strength; 0 for a curve that is not accepted.
func curveHash(c elliptic.Curve) crypto.Hash {
	switch c {
	case elliptic.P256():
		return crypto.SHA256
	case elliptic.P384():
		return crypto.SHA384
	case elliptic.P521():
		return crypto.SHA512
	}
	return 0
}

// Warnings returns, for the operator, what is accepted for now and will not be later.
func Warnings(cert *x509.Certificate, p Profile) []string {
	k, ok := cert.PublicKey.(*rsa.PublicKey)
	f := p.wanted()
	if !ok {
		return nil
	}
	return one(k.N.BitLen() < f.RSABits, "an RSA key of %d bits, which is accepted in certificates until %s only",
		k.N.BitLen(), f.LegacyUntil.Format(time.DateOnly))
}

func checkPublicKey(e *examined) []string {
	if e.want.PublicKey == nil {
		return nil
	}
	k, ok := e.cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return one(!ok || !k.Equal(e.want.PublicKey), "another key than the one that was requested")
}

func checkValidity(e *examined) []string {
	now, c := e.want.Now, e.cert
	return append(one(now.After(c.NotAfter), "expired at %s, it is %s", c.NotAfter.Format(time.RFC3339),
		now.Format(time.RFC3339)),
		one(now.Add(aheadMax).Before(c.NotBefore), "valid from %s on, it is %s", c.NotBefore.Format(time.RFC3339),
			now.Format(time.RFC3339))...)
}

func checkLife(e *examined) []string {
	life, limit := e.cert.NotAfter.Sub(e.cert.NotBefore), e.profile.MaxLife
	return append(one(life <= 0, "it ends before it begins"),
		one(limit > 0 && life > limit, "valid for %v, at most %v are accepted", life, limit)...)
}

func checkWithinAuthority(e *examined) []string {
	a := e.authority()
	if a == nil {
		return nil // the chain's rule says so
	}
	return append(one(e.cert.NotAfter.After(a.NotAfter), "ends at %s, its authority at %s",
		e.cert.NotAfter.Format(time.RFC3339), a.NotAfter.Format(time.RFC3339)),
		one(e.cert.NotBefore.Before(a.NotBefore), "begins at %s, its authority at %s", e.cert.NotBefore.Format(time.RFC3339),
			a.NotBefore.Format(time.RFC3339))...)
}
