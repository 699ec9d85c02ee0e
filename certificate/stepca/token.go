package stepca

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// tokenLife is how long a token counts.
const tokenLife = 5 * time.Minute

// token allows one call about a subject. With a CSR it allows that one alone.
func (c *Client) token(path, subject string, csr []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm(c.cfg.Key), Key: c.cfg.Key},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("step-ca: the provisioner's key: %w", err)
	}
	now := c.now()
	claims := jwt.Claims{
		Issuer: c.cfg.Provisioner, Subject: subject, Audience: jwt.Audience{c.base.JoinPath(path).String()},
		ID: uuid.NewString(), IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
		Expiry: jwt.NewNumericDate(now.Add(tokenLife)),
	}
	build := jwt.Signed(signer).Claims(claims)
	if csr != nil {
		sum := sha256.Sum256(csr)
		build = build.Claims(map[string]any{
			"cnf": map[string]string{"x5rt#S256": base64.RawURLEncoding.EncodeToString(sum[:])},
		})
	}
	return build.Serialize()
}

// algorithm is the key's own, or the usual one of its kind.
func algorithm(key jose.JSONWebKey) jose.SignatureAlgorithm {
	if key.Algorithm != "" {
		return jose.SignatureAlgorithm(key.Algorithm)
	}
	switch k := key.Key.(type) {
	case *rsa.PrivateKey:
		return jose.RS256
	case ed25519.PrivateKey:
		return jose.EdDSA
	case *ecdsa.PrivateKey:
		switch k.Curve {
		case elliptic.P384():
			return jose.ES384
		case elliptic.P521():
			return jose.ES512
		}
	}
	return jose.ES256
}
