package localca

import (
	"bytes"
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
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files of the folder: each a certificate and its key, in PEM.
const (
	rootFile = "root.pem"
	leafFile = "leaf.pem"
)

// keyPair is a certificate and its key.
type keyPair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (p *keyPair) tls() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

// openRoot reads the root, or makes it when there is none or it has run out. Of
// several processes that make it at once one wins, and all use its root.
func openRoot(path string) (*keyPair, error) {
	p, err := readPair(path)
	switch {
	case err == nil && time.Now().Before(p.cert.NotAfter):
		return p, nil
	case err == nil:
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w (remove the file to have a new root made, which phones must trust anew)", err)
	}
	p, err = newRoot(time.Now())
	if err != nil {
		return nil, err
	}
	temp, err := writeTemp(path, p)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temp) }()
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readPair(path)
}

func newRoot(now time.Time) (*keyPair, error) {
	name, err := os.Hostname()
	if err != nil {
		name = "this machine"
	}
	return sign(nil, &x509.Certificate{
		// The name tells two machines' roots apart in a phone's settings.
		Subject:   pkix.Name{Organization: []string{"Visavis"}, CommonName: "Visavis local root, " + name},
		NotBefore: now.Add(-backdate),
		NotAfter:  now.Add(rootLife),
		KeyUsage:  x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		// What it signs is good for servers alone: not for e-mail, code or documents.
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         permittedNames,
		PermittedIPRanges:           networks(),
	})
}

func newLeaf(root *keyPair, hosts []string, now time.Time) (*keyPair, error) {
	leaf := &x509.Certificate{
		Subject:   pkix.Name{Organization: []string{"Visavis"}, CommonName: "Visavis on this network"},
		NotBefore: now.Add(-backdate),
		// One second less: both ends count.
		NotAfter:              now.Add(leafLife - backdate - time.Second),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if leaf.NotAfter.After(root.cert.NotAfter) {
		leaf.NotAfter = root.cert.NotAfter
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, h)
		}
	}
	return sign(root, leaf)
}

// sign makes a key for the template and signs it by the parent, or by itself.
func sign(parent *keyPair, template *x509.Certificate) (*keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	// 127 random bits, never zero: RFC 5280 wants a positive number of 20 bytes at most.
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	if parent == nil {
		parent = &keyPair{cert: template, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, &key.PublicKey, parent.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &keyPair{cert: cert, key: key}, nil
}

// readPair reads a file of writePair and takes it from everybody but its owner.
func readPair(path string) (*keyPair, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err != nil {
			return nil, err
		}
	}
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: key is %T, want ECDSA", filepath.Base(path), pair.PrivateKey)
	}
	return &keyPair{cert: pair.Leaf, key: key}, nil
}

// writePair stores a pair so that a reader sees the old or the new one, whole.
func writePair(path string, p *keyPair) error {
	temp, err := writeTemp(path, p)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}

// writeTemp writes the pair into a file beside path that only the owner reads.
func writeTemp(path string, p *keyPair) (name string, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	for _, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: p.cert.Raw}, {Type: "PRIVATE KEY", Bytes: der}} {
		if err := pem.Encode(&b, block); err != nil {
			return "", err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
