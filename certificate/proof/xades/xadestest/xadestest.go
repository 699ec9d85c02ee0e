// Package xadestest has a root, a seal and a time stamping authority for tests. Nothing
// of it is served: its Sources answer directly.
package xadestest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"sync/atomic"
	"time"

	"github.com/digitorus/timestamp"

	"visavis/certificate/proof/xades"
)

// ErrDown is the answer of an authority that is out of order.
var ErrDown = errors.New("the authority is out of order")

// Authorities are a root with what it issued. All keys are ECDSA on P-256.
type Authorities struct {
	Root *x509.Certificate
	Seal xades.Seal
	// Stamps is the time stamping authority's certificate.
	Stamps *x509.Certificate
	// Now is the clock of time stamps and lists.
	Now func() time.Time
	// Down makes every request fail.
	Down atomic.Bool
	// Revoked are listed in the next list.
	Revoked []*x509.Certificate

	root, seal, stamps *ecdsa.PrivateKey
	serial             atomic.Int64
}

// lists is where the certificates say that their list is.
const lists = "http://localhost/test-root.crl"

// begun is when the certificates begin: a test's clock may be far back.
var begun = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// New makes authorities. The certificates of seal and stamps end a year from now, the
// root's in ten. Any number of goroutines may use them; Now and Revoked are set before.
func New(now time.Time) (*Authorities, error) {
	a := &Authorities{Now: func() time.Time { return now }}
	var err error
	for _, k := range []**ecdsa.PrivateKey{&a.root, &a.seal, &a.stamps} {
		if *k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, err
		}
	}
	root := &x509.Certificate{
		Subject: pkix.Name{CommonName: "TEST root of seals", Organization: []string{"Visavis TEST"}, Country: []string{"FR"}},
		IsCA:    true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		NotBefore: begun, NotAfter: now.AddDate(10, 0, 0),
	}
	if a.Root, err = a.issue(root, root, &a.root.PublicKey); err != nil {
		return nil, err
	}
	seal, err := a.issue(&x509.Certificate{
		Subject:  pkix.Name{CommonName: "TEST seal", Organization: []string{"Visavis TEST"}, Country: []string{"FR"}},
		KeyUsage: x509.KeyUsageContentCommitment, NotBefore: begun, NotAfter: now.AddDate(1, 0, 0),
		CRLDistributionPoints: []string{lists}, BasicConstraintsValid: true,
	}, a.Root, &a.seal.PublicKey)
	if err != nil {
		return nil, err
	}
	a.Seal = xades.Seal{Chain: []*x509.Certificate{seal, a.Root},
		Use: func(_ context.Context, f func(crypto.Signer) error) error { return f(a.seal) }}
	return a, a.RenewStamps(now)
}

// RenewStamps gives the time stamping authority a certificate that ends a year from now.
func (a *Authorities) RenewStamps(now time.Time) error {
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		return err
	}
	a.Stamps, err = a.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "TEST time stamps", Organization: []string{"Visavis TEST"},
			Country: []string{"FR"}},
		KeyUsage: x509.KeyUsageDigitalSignature, NotBefore: begun, NotAfter: now.AddDate(1, 0, 0),
		ExtraExtensions:       []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}},
		CRLDistributionPoints: []string{lists}, BasicConstraintsValid: true,
	}, a.Root, &a.stamps.PublicKey)
	return err
}

func (a *Authorities) issue(c, parent *x509.Certificate, key crypto.PublicKey) (*x509.Certificate, error) {
	c.SerialNumber = big.NewInt(a.serial.Add(1))
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, a.root)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Sources answers from the authorities.
func (a *Authorities) Sources() xades.Sources {
	return xades.Sources{Stamp: a.stamp, Others: []*x509.Certificate{a.Root}, Status: a.status}
}

func (a *Authorities) stamp(_ context.Context, sum []byte) ([]byte, error) {
	if a.Down.Load() {
		return nil, ErrDown
	}
	t := timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: sum, Time: a.Now().UTC(), SerialNumber: big.NewInt(a.serial.Add(1)),
		Policy: asn1.ObjectIdentifier{2, 999, 1}, AddTSACertificate: true, Accuracy: time.Second,
	}
	answer, err := t.CreateResponseWithOpts(a.Stamps, a.stamps, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	read, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, err
	}
	return read.RawToken, nil
}

func (a *Authorities) status(_ context.Context, _, _ *x509.Certificate) (xades.Status, error) {
	if a.Down.Load() {
		return xades.Status{}, ErrDown
	}
	list := &x509.RevocationList{
		Number: big.NewInt(a.serial.Add(1)), ThisUpdate: a.Now(), NextUpdate: a.Now().AddDate(0, 0, 7),
	}
	for _, c := range a.Revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: a.Now().Add(-time.Minute)})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.Root, a.root)
	return xades.Status{CRL: der}, err
}
