package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
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

// authority makes the key and the certificate that sign, and serve: a new one each time it starts.
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
