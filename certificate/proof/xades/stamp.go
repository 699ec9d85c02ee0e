package xades

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// token is a time stamp that was read.
type token struct {
	at     time.Time
	sum    []byte
	signer *x509.Certificate
	others []*x509.Certificate // those in it, the signer's too
}

// readToken reads a time stamp (RFC 3161, DER) over these bytes and checks its
// signature.
func readToken(der, over []byte) (token, error) {
	t, err := readStamp(der)
	if err == nil && !bytes.Equal(t.sum, digest(over)) {
		err = errors.New("time stamp: it is of something else")
	}
	return t, err
}

// readStamp reads a time stamp over any bytes.
func readStamp(der []byte) (t token, err error) {
	stamp, err := timestamp.Parse(der)
	if err != nil {
		return t, fmt.Errorf("time stamp: %w", err)
	}
	if stamp.HashAlgorithm != crypto.SHA256 {
		return t, errors.New("time stamp: it is not over a SHA-256 digest")
	}
	signed, err := pkcs7.Parse(der)
	if err != nil {
		return t, fmt.Errorf("time stamp: %w", err)
	}
	if err := signed.Verify(); err != nil {
		return t, fmt.Errorf("time stamp: %w", err)
	}
	signer := signed.GetOnlySigner()
	if signer == nil {
		return t, errors.New("time stamp: it does not hold its authority's certificate")
	}
	return token{stamp.Time, stamp.HashedMessage, signer, signed.Certificates}, nil
}

// validAt tells whether a time lies within a certificate's life.
func validAt(c *x509.Certificate, at time.Time) bool {
	return !at.Before(c.NotBefore) && !at.After(c.NotAfter)
}

// issuerOf returns the certificate of who issued this one; nil if it is not among
// these. A root's is its own.
func issuerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, one := range append([]*x509.Certificate{c}, among...) {
		if bytes.Equal(one.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(one) == nil {
			return one
		}
	}
	return nil
}

// selfSigned tells a certificate that its own key signed, which nobody revokes.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) &&
		c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

func digest(of []byte) []byte {
	sum := sha256.Sum256(of)
	return sum[:]
}
