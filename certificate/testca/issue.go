package testca

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"

	"visavis/certificate"
)

// Request implements [certificate.Issuer]. It is answered at once: issued.
func (c *CA) Request(ctx context.Context, r certificate.Request) (certificate.Answer, error) {
	r, public, key, err := r.Keyed()
	if err != nil {
		return certificate.Answer{}, err
	}
	digest, err := certificate.RequestDigest(struct { // stored: its form stays
		Subject certificate.Subject
		Key     []byte
	}{r.Subject, key})
	if err != nil {
		return certificate.Answer{}, err
	}
	e, err := c.cfg.Store.ByEnrolment(ctx, r.Enrolment)
	if errors.Is(err, ErrNotFound) {
		e, err = c.issue(ctx, r, public, digest)
	}
	if err != nil {
		return certificate.Answer{}, err
	}
	if e.Request != digest {
		return certificate.Answer{}, certificate.ErrOther
	}
	return certificate.IssuedAnswer(e.Revocation), nil
}

// issue makes a certificate and keeps it. What cannot be kept was not issued.
func (c *CA) issue(ctx context.Context, r certificate.Request, public crypto.PublicKey, digest string) (Entry, error) {
	template := c.template(r)
	template.SubjectKeyId = keyIdentifier(public)
	der, err := c.sign(ctx, issuingKey, template, c.issuing, public)
	if err != nil {
		return Entry{}, err
	}
	return c.cfg.Store.Add(ctx, Entry{
		Enrolment: r.Enrolment, Request: digest, Serial: hex.EncodeToString(template.SerialNumber.Bytes()),
		DER: der, Chain: [][]byte{c.issuing.Raw, c.root.Raw}, NotAfter: template.NotAfter,
	})
}

// keyIdentifier is method 1 of RFC 7093; nil for a key that cannot be certified.
func keyIdentifier(public crypto.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil
	}
	key, err := publicBits(der)
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(key)
	return sum[:20]
}

// publicBits returns the key without its algorithm.
func publicBits(der []byte) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	_, err := asn1.Unmarshal(der, &info)
	return info.Key.RightAlign(), err
}

func (c *CA) template(r certificate.Request) *x509.Certificate {
	start := c.now().Add(-backdate)
	begin, end := c.within(start, start.Add(c.cfg.Life))
	return &x509.Certificate{
		SerialNumber: certificate.NewSerial(), Subject: pkix.Name{ExtraNames: subjectOf(r)}, NotBefore: begin, NotAfter: end,
		KeyUsage: x509.KeyUsageContentCommitment, BasicConstraintsValid: true, Policies: policies(),
		IssuingCertificateURL: []string{c.address("issuing.cer")}, OCSPServer: []string{c.address("ocsp")},
		CRLDistributionPoints: []string{c.address("issuing.crl")},
	}
}

// testMark stands behind the name of everybody who has a test certificate.
const testMark = " TEST"

// subjectOf names the person; the common name says TEST, and so does the serial number.
func subjectOf(r certificate.Request) []pkix.AttributeTypeAndValue {
	if r.Subject.SerialNumber == "" {
		r.Subject.SerialNumber = "TEST-" + r.Opaque("visavis test subject")
	}
	return r.Attributes(testMark)
}

// Status implements [certificate.Issuer].
func (c *CA) Status(ctx context.Context, enrolment string) (certificate.Answer, error) {
	e, err := c.cfg.Store.ByEnrolment(ctx, enrolment)
	if errors.Is(err, ErrNotFound) {
		return certificate.Answer{}, certificate.ErrUnknown
	}
	return certificate.IssuedAnswer(e.Revocation), err
}

// Certificate implements [certificate.Issuer].
func (c *CA) Certificate(ctx context.Context, enrolment string) (certificate.Issued, error) {
	e, err := c.cfg.Store.ByEnrolment(ctx, enrolment)
	if errors.Is(err, ErrNotFound) {
		return certificate.Issued{}, certificate.ErrNotIssued
	}
	return certificate.Issued{Certificate: e.DER, Chain: e.Chain}, err
}

// Revoke implements [certificate.Issuer]. It counts from the next answer on.
func (c *CA) Revoke(ctx context.Context, enrolment string, reason certificate.Reason) (certificate.Answer, error) {
	if _, ok := reason.Code(); !ok {
		return certificate.Answer{}, fmt.Errorf("test CA: %q is no reason; want one of %v", reason, certificate.Reasons())
	}
	e, err := c.cfg.Store.Revoke(ctx, enrolment, certificate.Revocation{At: c.now(), Reason: reason})
	if errors.Is(err, ErrNotFound) {
		return certificate.Answer{}, certificate.ErrUnknown
	}
	return certificate.IssuedAnswer(e.Revocation), err
}
