package keys

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// The errors.
var (
	// ErrUnknown is an id without a key.
	ErrUnknown = errors.New("there is no key of this id")
	// ErrReturned is a signer that was used after its function had returned.
	ErrReturned = errors.New("the key was given back already")
)

// Keeper holds private keys. It may be used by any number of goroutines, and by
// all instances that share what is behind it.
type Keeper interface {
	// Make returns the public half of the id's key, which it makes when there is
	// none. Of any number of calls for one id all get the same key.
	Make(ctx context.Context, id string) (crypto.PublicKey, error)
	// Public returns the public half of the id's key, ErrUnknown without one.
	Public(ctx context.Context, id string) (crypto.PublicKey, error)
	// Use lends the id's key to f. The signer answers ErrReturned once f is over.
	Use(ctx context.Context, id string, f func(crypto.Signer) error) error
	// Destroy removes the key for good; without one it does nothing.
	Destroy(ctx context.Context, id string) error
}

// Request returns a certificate request (PKCS #10, DER) that proves possession of
// the id's key, which is made when there is none. It names nobody: whom the
// certificate is for is not the key's to say.
func Request(ctx context.Context, k Keeper, id string) (der []byte, err error) {
	if _, err := k.Make(ctx, id); err != nil {
		return nil, err
	}
	err = k.Use(ctx, id, func(s crypto.Signer) error {
		der, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{}}, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("certificate request: %w", err)
	}
	return der, nil
}

// Lend gives s to f and takes it back. For implementations of Keeper.
func Lend(s crypto.Signer, f func(crypto.Signer) error) error {
	l := &lent{signer: s}
	defer l.back.Store(true)
	return f(l)
}

// lent is a signer until it is given back.
type lent struct {
	signer crypto.Signer
	back   atomic.Bool
}

func (l *lent) Public() crypto.PublicKey { return l.signer.Public() }

func (l *lent) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if l.back.Load() {
		return nil, ErrReturned
	}
	return l.signer.Sign(random, digest, opts)
}
