package certificate

import (
	"crypto/ecdsa"
	"crypto/x509"
	"time"
)

var chainRules = []Rule{
	{"chain", "RFC 5280, 6", "Signed by an authority whose chain ends at a pinned one.", checkChain},
	{"authority-key", "TS 119 312", "The keys of the chain are as strong as the certificate's must be.", checkAuthorityKey},
	{"authority-hash", "TS 119 312", "An ECDSA signature's hash is as long as its curve.", checkAuthorityHash},
	{"unknown-critical", "RFC 5280, 4.2", "No extension is critical that is not understood.", checkUnknownCritical},
}

func checkChain(e *examined) []string {
	if len(e.profile.Pinned) == 0 {
		return one(true, "no authority is pinned: set the provider's")
	}
	options := x509.VerifyOptions{
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(),
		CurrentTime: e.momentOfChain(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, c := range e.profile.Pinned {
		options.Roots.AddCert(c)
	}
	for _, c := range e.chain {
		options.Intermediates.AddCert(c)
	}
	leaf := *e.cert
	leaf.UnhandledCriticalExtensions = nil // a rule of its own
	if _, err := leaf.Verify(options); err != nil {
		return one(true, "%v", err)
	}
	return nil
}

// momentOfChain is the time at which the chain is verified: now, or the time of issue for
// a certificate that is not valid now, which another rule reports.
func (e *examined) momentOfChain() time.Time {
	if e.want.Now.Before(e.cert.NotBefore) || e.want.Now.After(e.cert.NotAfter) {
		return e.cert.NotBefore
	}
	return e.want.Now
}

func checkAuthorityKey(e *examined) (out []string) {
	for _, c := range e.chain {
		for _, what := range e.weakness(c.PublicKey) {
			out = append(out, c.Subject.CommonName+": "+what)
		}
	}
	return out
}

func checkAuthorityHash(e *examined) []string {
	a := e.authority()
	if a == nil {
		return nil // the chain's rule says so
	}
	k, ok := a.PublicKey.(*ecdsa.PublicKey)
	hash, known := hashOf[e.cert.SignatureAlgorithm]
	if !ok || !known {
		return nil // other rules report it
	}
	return one(hash != curveHash(k.Curve), "%v with a key on %s", e.cert.SignatureAlgorithm, k.Curve.Params().Name)
}

func checkUnknownCritical(e *examined) []string {
	var out []string
	for _, id := range e.cert.UnhandledCriticalExtensions {
		if !neverCritical(id) && !forbidden(id) {
			out = append(out, "extension "+id.String()+" is critical and not known here")
		}
	}
	return out
}
