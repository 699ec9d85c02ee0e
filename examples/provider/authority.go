package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"strings"
	"time"
)

// certify makes the certificate; the person's key stays in the provider's device, here nowhere.
func (p *provider) certify(o order) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	common := strings.TrimSpace(o.Subject.GivenNames + " " + o.Subject.Surname)
	name := pkix.Name{Country: []string{o.Subject.Country}, CommonName: common}
	for last, value := range map[int]string{42: o.Subject.GivenNames, 4: o.Subject.Surname} {
		if value != "" {
			name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: []int{2, 5, 4, last}, Value: value})
		}
	}
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: serial(), Subject: name, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().AddDate(0, 0, 7),
		KeyUsage: x509.KeyUsageContentCommitment, BasicConstraintsValid: true, Policies: []x509.OID{policy},
		IssuingCertificateURL: []string{"http://example.com/ca.cer"}, OCSPServer: []string{"http://example.com/ocsp"},
	}, p.ca, key.Public(), p.key)
}

var policy, _ = x509.OIDFromInts([]uint64{0, 4, 0, 2042, 1, 1}) // NCP

func serial() *big.Int { n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); return n }

// The files of the authority: its certificate, which Visavis is given, and its key.
const authorityFile, keyFile = "authority.pem", "authority.key"

// keep reads the authority that an earlier start wrote into a folder, so that whoever trusts it goes on; where there is
// none it makes one and writes it. It overwrites nothing.
func (p *provider) keep(folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	certificate, noCertificate := root.ReadFile(authorityFile)
	key, noKey := root.ReadFile(keyFile)
	if errors.Is(noCertificate, fs.ErrNotExist) && errors.Is(noKey, fs.ErrNotExist) {
		if err := p.authority(); err != nil {
			return err
		}
		return p.write(root)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err = errors.Join(noCertificate, noKey, err); err == nil {
		p.ca = pair.Leaf
		var ours bool
		if p.key, ours = pair.PrivateKey.(*ecdsa.PrivateKey); !ours || !p.ca.IsCA || time.Now().After(p.ca.NotAfter) {
			err = errors.New("they are no authority of this mock, or it has ended")
		}
	}
	if err != nil {
		return fmt.Errorf("%s and %s in %q cannot be used, and are not overwritten: move them away for a new authority, "+
			"or start in another folder: %w", authorityFile, keyFile, folder, err)
	}
	return nil
}

func (p *provider) write(root *os.Root) error {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		name, kind string
		der        []byte
		mode       os.FileMode
	}{{keyFile, "PRIVATE KEY", der, 0o600}, {authorityFile, "CERTIFICATE", p.ca.Raw, 0o644}} {
		f, err := root.OpenFile(one.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, one.mode)
		if err != nil {
			return err
		}
		if err := errors.Join(pem.Encode(f, &pem.Block{Type: one.kind, Bytes: one.der}), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// authority makes the key and the certificate that sign, and serve.
func (p *provider) authority() (err error) {
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	name := pkix.Name{Country: []string{"FR"}, Organization: []string{"SPECIMEN"}, CommonName: "SPECIMEN, worth nothing"}
	template := &x509.Certificate{SerialNumber: serial(), Subject: name, DNSNames: []string{"localhost"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, p.key.Public(), p.key)
	if err == nil {
		p.ca, err = x509.ParseCertificate(der)
	}
	return err
}
