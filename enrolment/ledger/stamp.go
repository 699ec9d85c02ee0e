package ledger

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"

	"visavis/outgoing"
)

// Authority is a time stamping authority (RFC 3161, over HTTP).
type Authority struct {
	URL    string
	Client *http.Client // nil: the default one, with a time limit
	// Roots are the trusted roots of the authority's certificate; nil: any.
	Roots *x509.CertPool
}

const (
	// stampWithin bounds one request.
	stampWithin = 30 * time.Second
	// maxToken bounds a token with its chain, in bytes.
	maxToken = 1 << 20
)

// Stamp requests a time stamp over a head.
func (a *Authority) Stamp(ctx context.Context, h Head) (Stamp, error) {
	sum := sha256.Sum256([]byte(h.Text()))
	token, err := a.Token(ctx, sum[:])
	return Stamp{Head: h, Token: token}, err
}

// Token requests a time stamp over a SHA-256 digest. It returns the TimeStampToken, DER.
func (a *Authority) Token(ctx context.Context, sum []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	request := timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum, Nonce: nonce, Certificates: true}
	body, err := request.Marshal()
	if err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	answer, err := outgoing.Question{Client: a.Client, URL: a.URL, Type: "application/timestamp-query", Body: body,
		Within: stampWithin, Most: maxToken}.Ask(ctx)
	if err != nil {
		return nil, fmt.Errorf("time stamp: %w", err)
	}
	t, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("time stamp: the authority's answer: %w", err)
	}
	if t.Nonce == nil || t.Nonce.Cmp(nonce) != 0 {
		return nil, errors.New("time stamp: the answer is to another request")
	}
	_, _, err = checkToken(t.RawToken, sum, a.Roots)
	return t.RawToken, err
}

// Check returns when and by whom a head was stamped. With roots, the authority's
// certificate has to chain to one of them and be for time stamping.
func (s Stamp) Check(roots *x509.CertPool) (at time.Time, by string, err error) {
	sum := sha256.Sum256([]byte(s.Head.Text()))
	return checkToken(s.Token, sum[:], roots)
}

func checkToken(token, sum []byte, roots *x509.CertPool) (at time.Time, by string, err error) {
	t, err := timestamp.Parse(token)
	if err != nil {
		return at, "", fmt.Errorf("time stamp: %w", err)
	}
	if t.HashAlgorithm != crypto.SHA256 || !bytes.Equal(t.HashedMessage, sum) {
		return at, "", errors.New("time stamp: it is of something else")
	}
	p7, err := pkcs7.Parse(token)
	if err != nil {
		return at, "", fmt.Errorf("time stamp: %w", err)
	}
	if err := p7.Verify(); err != nil {
		return at, "", fmt.Errorf("time stamp: %w", err)
	}
	signer := p7.GetOnlySigner()
	if signer == nil {
		return at, "", errors.New("time stamp: it does not hold its authority's certificate")
	}
	if roots == nil {
		return t.Time, signer.Subject.String(), nil
	}
	others := x509.NewCertPool()
	for _, c := range p7.Certificates {
		others.AddCert(c)
	}
	_, err = signer.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: others, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return at, "", fmt.Errorf("time stamp: %w", err)
	}
	return t.Time, signer.Subject.String(), nil
}
