package testca

import (
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/digitorus/timestamp"

	"visavis/certificate"
)

const (
	stampsKey  = "test-ca stamps"
	nameStamps = "TEST - HORODATAGE NON QUALIFIE"
	stampsLife = 365 * 24 * time.Hour
	// stampsRenew is how long before its end the certificate is made anew.
	stampsRenew = 60 * 24 * time.Hour
	// stampsOff is how far its clock may be off.
	stampsOff = time.Second
)

// timeStamping is the critical extended key usage of a time stamping authority (RFC 3161, 2.3).
var timeStamping = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}}

// Stamp returns a time stamp (RFC 3161, DER) over a SHA-256 digest: for demonstrations that have
// no time stamping authority. Its time is this machine's, and proves nothing to anybody.
func (c *CA) Stamp(ctx context.Context, sum []byte) ([]byte, error) {
	cert, err := c.stampsCertificate(ctx)
	if err != nil {
		return nil, err
	}
	t := timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: sum, Time: c.now(), Policy: testPolicy,
		SerialNumber: certificate.NewSerial(), AddTSACertificate: true, Accuracy: stampsOff,
	}
	var answer []byte
	err = c.cfg.Keys.Use(ctx, stampsKey, func(s crypto.Signer) (err error) {
		answer, err = t.CreateResponseWithOpts(cert, s, crypto.SHA256)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("test CA: time stamp: %w", err)
	}
	read, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("test CA: time stamp: %w", err)
	}
	return read.RawToken, nil
}

// stampsCertificate reads the certificate of the authority that stamps, or makes it.
func (c *CA) stampsCertificate(ctx context.Context) (*x509.Certificate, error) {
	public, err := c.cfg.Keys.Make(ctx, stampsKey)
	if err != nil {
		return nil, fmt.Errorf("test CA: the key of time stamps: %w", err)
	}
	path := filepath.Join(c.cfg.Dir, "stamps.pem")
	cert, err := readCertificate(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil && same(cert.PublicKey, public) && cert.CheckSignatureFrom(c.issuing) == nil &&
		len(cert.CRLDistributionPoints) == 1 && cert.CRLDistributionPoints[0] == c.address("issuing.crl") &&
		c.now().Before(cert.NotAfter.Add(-stampsRenew)) {
		return cert, nil
	}
	usage, err := asn1.Marshal(timeStamping)
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	template := c.serviceTemplate(nameStamps, stampsLife, public)
	template.CRLDistributionPoints = []string{c.address("issuing.crl")}
	template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}
	return c.makeService(ctx, path, template, public)
}
