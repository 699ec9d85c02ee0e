package xades

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"time"
)

// Seal is a key with its certificates.
type Seal struct {
	// Chain is the key's certificate and those above it, the root at the end.
	Chain []*x509.Certificate
	// Use lends the key to f.
	Use func(ctx context.Context, f func(crypto.Signer) error) error
}

const (
	// minRSA is the least length of an RSA key, in bits.
	minRSA = 2048
	// half is the length of each number of an ECDSA signature on P-256, in bytes.
	half = 32
)

// methodOf returns the signature method of a certificate's key: ECDSA on P-256, or RSA.
func methodOf(c *x509.Certificate) (string, error) {
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return methodECDSA, nil
		}
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSA {
			return methodRSA, nil
		}
	}
	return "", fmt.Errorf("the seal's key is of another kind: want ECDSA on P-256, or RSA of %d bits or more", minRSA)
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)
	plainType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)
)

// acceptable refuses a file's name or type that would have to be escaped.
func acceptable(name, kind string) error {
	if !plainName.MatchString(name) {
		return fmt.Errorf("the name %q: want a path of letters, digits and -._/ alone", name)
	}
	if !plainType.MatchString(kind) {
		return fmt.Errorf("%s: the media type %q: want one in lower case without parameters", name, kind)
	}
	return nil
}

// Sign signs files at level B. The order of the files is part of what is signed.
func Sign(ctx context.Context, files []File, seal Seal, now time.Time) (*Signature, error) {
	if len(files) == 0 || len(seal.Chain) == 0 {
		return nil, errors.New("xades: nothing to sign, or no certificate to sign with")
	}
	method, err := methodOf(seal.Chain[0])
	if err != nil {
		return nil, fmt.Errorf("xades: %w", err)
	}
	s := &Signature{method: method, claimed: now.UTC().Format(time.RFC3339)}
	for _, c := range seal.Chain {
		s.chain = append(s.chain, c.Raw)
	}
	seen := map[string]bool{}
	for _, f := range files {
		if err := acceptable(f.Name, f.Type); err != nil {
			return nil, fmt.Errorf("xades: %w", err)
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("xades: the file %s is there twice", f.Name)
		}
		seen[f.Name] = true
		sum := sha256.Sum256(f.Body)
		s.files = append(s.files, reference{f.Name, f.Type, sum[:]})
	}
	info, err := s.info()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(info)
	err = seal.Use(ctx, func(k crypto.Signer) (err error) {
		s.value, err = k.Sign(rand.Reader, sum[:], crypto.SHA256)
		return err
	})
	if err == nil && method == methodECDSA {
		s.value, err = fixed(s.value)
	}
	if err == nil {
		err = s.verify()
	}
	if err != nil {
		return nil, fmt.Errorf("xades: %w", err)
	}
	return s, nil
}

// fixed turns an ECDSA signature of X.509 (DER) into one of XML: both numbers, 32
// bytes each.
func fixed(der []byte) ([]byte, error) {
	var n struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &n); err != nil || len(rest) > 0 {
		return nil, errors.New("the seal's key made no ECDSA signature")
	}
	if n.R.BitLen() > 8*half || n.S.BitLen() > 8*half {
		return nil, errors.New("the seal's key made a signature of another length")
	}
	out := make([]byte, 2*half)
	n.R.FillBytes(out[:half])
	n.S.FillBytes(out[half:])
	return out, nil
}

// verify checks the signature value with the certificate's key.
func (s *Signature) verify() error {
	c, err := x509.ParseCertificate(s.chain[0])
	if err != nil {
		return err
	}
	if method, err := methodOf(c); err != nil {
		return err
	} else if method != s.method {
		return errors.New("the signature is of another kind of key than the certificate's")
	}
	info, err := s.info()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(info)
	good := false
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		good = len(s.value) == 2*half &&
			ecdsa.Verify(k, sum[:], new(big.Int).SetBytes(s.value[:half]), new(big.Int).SetBytes(s.value[half:]))
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], s.value) == nil
	}
	if !good {
		return errors.New("the signature does not verify with the certificate's key")
	}
	return nil
}
