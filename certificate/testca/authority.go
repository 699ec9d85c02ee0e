package testca

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"visavis/certificate"
)

// What the authority calls itself.
const (
	nameRoot     = "TEST - RACINE NON QUALIFIEE"
	nameIssuing  = "TEST - AC NON QUALIFIEE"
	organisation = "EXEMPLE DE TEST"
)

const (
	rootLife    = 10 * 365 * 24 * time.Hour
	issuingLife = 5 * 365 * 24 * time.Hour
	// renewBefore is how long before its end the issuing certificate is made anew.
	renewBefore = 60 * 24 * time.Hour
	// backdate helps programs whose clock is behind.
	backdate = time.Minute
)

// testPolicy stands in everything: an arc that belongs to nobody (ITU-T X.660).
var testPolicy = asn1.ObjectIdentifier{2, 999, 1, 1}

// policies are what crypto/x509 writes.
func policies() []x509.OID {
	oid, err := x509.OIDFromASN1OID(testPolicy)
	if err != nil {
		panic(err) // a constant
	}
	return []x509.OID{oid}
}

func (c *CA) openRoot(ctx context.Context) error {
	path := filepath.Join(c.cfg.Dir, "root.pem")
	cert, err := readCertificate(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := c.makeRoot(ctx, path); err != nil {
			return err
		}
		cert, err = readCertificate(path) // ours, or the one that another instance stored first
	}
	if err != nil {
		return err
	}
	public, err := c.cfg.Keys.Public(ctx, rootKey)
	if err != nil {
		return fmt.Errorf("test CA: the root's key: %w", err)
	}
	if !same(cert.PublicKey, public) {
		return fmt.Errorf("test CA: %s is not of the root's key: folder and keys do not belong together", path)
	}
	if !c.now().Before(cert.NotAfter) {
		return fmt.Errorf("test CA: the root has expired: remove %s and the keys, a new one will be made", c.cfg.Dir)
	}
	c.root = cert
	return nil
}

func same(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

func (c *CA) makeRoot(ctx context.Context, path string) error {
	public, err := c.cfg.Keys.Make(ctx, rootKey)
	if err != nil {
		return fmt.Errorf("test CA: the root's key: %w", err)
	}
	template := c.authorityTemplate(nameRoot, rootLife)
	template.MaxPathLen = 1
	der, err := c.sign(ctx, rootKey, template, template, public)
	if err != nil {
		return err
	}
	return writeOnce(path, certificatePEM(der))
}

func (c *CA) openIssuing(ctx context.Context) error {
	public, err := c.cfg.Keys.Make(ctx, issuingKey)
	if err != nil {
		return fmt.Errorf("test CA: the issuing key: %w", err)
	}
	path := filepath.Join(c.cfg.Dir, "issuing.pem")
	cert, err := readCertificate(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && c.goodIssuing(cert, public) {
		c.issuing = cert
		return nil
	}
	template := c.authorityTemplate(nameIssuing, issuingLife)
	template.MaxPathLenZero = true
	template.Policies = policies()
	template.IssuingCertificateURL = []string{c.address("root.cer")}
	template.CRLDistributionPoints = []string{c.address("root.crl")}
	if template.NotAfter.After(c.root.NotAfter) {
		template.NotAfter = c.root.NotAfter
	}
	der, err := c.sign(ctx, rootKey, template, c.root, public)
	if err != nil {
		return err
	}
	if err := writeOver(path, certificatePEM(der)); err != nil {
		return err
	}
	c.issuing, err = x509.ParseCertificate(der)
	return err
}

func (c *CA) goodIssuing(cert *x509.Certificate, public crypto.PublicKey) bool {
	return same(cert.PublicKey, public) && cert.CheckSignatureFrom(c.root) == nil &&
		slices.Equal(cert.CRLDistributionPoints, []string{c.address("root.crl")}) &&
		c.now().Before(cert.NotAfter.Add(-renewBefore))
}

func (c *CA) address(name string) string { return c.cfg.BaseURL + Prefix + name }

func (c *CA) authorityTemplate(name string, life time.Duration) *x509.Certificate {
	now := c.now()
	return &x509.Certificate{
		SerialNumber: certificate.NewSerial(),
		Subject:      pkix.Name{Country: []string{"FR"}, Organization: []string{organisation}, CommonName: name},
		NotBefore:    now.Add(-backdate), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true,
	}
}

// sign makes a certificate with one of the authority's keys.
func (c *CA) sign(ctx context.Context, key string, template, parent *x509.Certificate,
	public crypto.PublicKey) (der []byte, err error) {
	err = c.cfg.Keys.Use(ctx, key, func(s crypto.Signer) error {
		der, err = x509.CreateCertificate(rand.Reader, template, parent, public, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	return der, nil
}

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func readCertificate(path string) (*x509.Certificate, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, fmt.Errorf("test CA: %s is not PEM", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("test CA: %s: %w", path, err)
	}
	return cert, nil
}
