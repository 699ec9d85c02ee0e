package testca

import (
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"time"

	"visavis/certificate"
)

// serviceTemplate is a certificate of one of the authority's own services, within the life of
// the issuing authority that signs it.
func (c *CA) serviceTemplate(name string, life time.Duration, public crypto.PublicKey) *x509.Certificate {
	begin, end := c.within(c.now().Add(-backdate), c.now().Add(life))
	return &x509.Certificate{
		SerialNumber: certificate.NewSerial(),
		Subject:      pkix.Name{Country: []string{"FR"}, Organization: []string{organisation}, CommonName: name},
		NotBefore:    begin, NotAfter: end, BasicConstraintsValid: true, Policies: policies(),
		KeyUsage: x509.KeyUsageDigitalSignature, SubjectKeyId: keyIdentifier(public),
		IssuingCertificateURL: []string{c.address("issuing.cer")},
	}
}

// within returns the part of a time that lies in the issuing authority's.
func (c *CA) within(begin, end time.Time) (time.Time, time.Time) {
	if begin.Before(c.issuing.NotBefore) {
		begin = c.issuing.NotBefore
	}
	if end.After(c.issuing.NotAfter) {
		end = c.issuing.NotAfter
	}
	return begin, end
}

// makeService has the issuing authority sign a service's certificate, and keeps it at a path.
func (c *CA) makeService(ctx context.Context, path string, template *x509.Certificate, public crypto.PublicKey) (
	*x509.Certificate, error,
) {
	der, err := c.sign(ctx, issuingKey, template, c.issuing, public)
	if err != nil {
		return nil, err
	}
	if err := writeOver(path, certificatePEM(der)); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
