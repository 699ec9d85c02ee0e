package testca

import (
	"context"
	"crypto"
	"crypto/sha1" //nolint:gosec // RFC 6960 names a responder by the SHA-1 of its key; nothing is signed with it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

const (
	responderKey  = "test-ca ocsp"
	nameResponder = "TEST - REPONDEUR OCSP"
	responderLife = 30 * 24 * time.Hour
	// responderRenew is how long before its end the responder's certificate is made
	// anew: nobody can revoke it, so it is short.
	responderRenew = 10 * 24 * time.Hour
)

// oidNoCheck has nobody ask whether the responder itself was revoked (RFC 6960
// 4.2.2.2.1).
var oidNoCheck = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}

// responder signs OCSP answers in the issuing authority's name.
type responder struct {
	cert *x509.Certificate
	id   asn1.RawValue // its ResponderID, by key
}

// openResponder reads the responder's certificate, or makes it.
func (c *CA) openResponder(ctx context.Context) error {
	public, err := c.cfg.Keys.Make(ctx, responderKey)
	if err != nil {
		return fmt.Errorf("test CA: the responder's key: %w", err)
	}
	path := filepath.Join(c.cfg.Dir, "ocsp.pem")
	cert, err := readCertificate(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || !same(cert.PublicKey, public) || cert.CheckSignatureFrom(c.issuing) != nil ||
		!c.now().Before(cert.NotAfter.Add(-responderRenew)) {
		if cert, err = c.makeResponder(ctx, path, public); err != nil {
			return err
		}
	}
	bits, err := publicBits(cert.RawSubjectPublicKeyInfo)
	if err != nil {
		return fmt.Errorf("test CA: the responder's key: %w", err)
	}
	sum := sha1.Sum(bits) //nolint:gosec // as above
	hash, err := asn1.MarshalWithParams(sum[:], "explicit,tag:2")
	if err != nil {
		return fmt.Errorf("test CA: %w", err)
	}
	c.responder.Store(&responder{cert, asn1.RawValue{FullBytes: hash}})
	return nil
}

func (c *CA) makeResponder(ctx context.Context, path string, public crypto.PublicKey) (*x509.Certificate, error) {
	template := c.serviceTemplate(nameResponder, responderLife, public)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	template.ExtraExtensions = []pkix.Extension{{Id: oidNoCheck, Value: asn1.NullBytes}}
	return c.makeService(ctx, path, template, public)
}

// currentResponder returns the responder, made anew when its end is near: a server
// may run for longer than its certificate.
func (c *CA) currentResponder(ctx context.Context) (*responder, error) {
	if r := c.responder.Load(); c.now().Before(r.cert.NotAfter.Add(-responderRenew / 2)) {
		return r, nil
	}
	if err := c.openResponder(ctx); err != nil {
		return nil, err
	}
	return c.responder.Load(), nil
}
