package evidence

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
)

// The purposes of signatures, so that one kind is never accepted as another.
const (
	forManifest = "visavis manifest v1\n"
	forReceipt  = "visavis receipt v1\n"
	forProof    = "visavis proof v1\n"
	forLedger   = "visavis ledger v1\n"
)

// Signer signs manifests and receipts.
type Signer struct{ private ed25519.PrivateKey }

// OpenSigner opens the signing key's file without a passphrase; see KeyFiles.Signer.
func OpenSigner(path string) (*Signer, error) { return KeyFiles{}.Signer(path) }

// Signer opens the server's signing key (PKCS #8, PEM), or makes one.
func (k KeyFiles) Signer(path string) (*Signer, error) {
	body, err := readSecret(path, k.Passphrase, k.ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		if err := writeSecret(path, k.Passphrase, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
			true); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		body, err = readSecret(path, k.Passphrase, true) // ours, or the one that another instance stored first
		if err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		return parseSigner(body)
	}
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return parseSigner(body)
}

func parseSigner(body []byte) (*Signer, error) {
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, errors.New("signing key: the file is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("signing key: the file is not PKCS #8")
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("signing key: the key is not Ed25519")
	}
	return &Signer{private}, nil
}

// Public returns the key that verifies the signatures.
func (s *Signer) Public() ed25519.PublicKey {
	public, _ := s.private.Public().(ed25519.PublicKey)
	return public
}

// PublicPEM returns the public key in PEM.
func (s *Signer) PublicPEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(s.Public())
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePublicPEM parses the output of PublicPEM.
func ParsePublicPEM(body []byte) (ed25519.PublicKey, error) {
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, errors.New("public key: the file is not PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("public key: it is not Ed25519")
	}
	return public, nil
}

func (s *Signer) sign(purpose, text string) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(s.private, []byte(purpose+text)))
}

func signed(public ed25519.PublicKey, purpose, text, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && ed25519.Verify(public, []byte(purpose+text), raw)
}

// SignProof signs the manifest of a proof file (visavis/certificate/proof).
func (s *Signer) SignProof(manifest []byte) []byte {
	return ed25519.Sign(s.private, append([]byte(forProof), manifest...))
}

// CheckProof returns a function that verifies SignProof's signatures by this key.
func CheckProof(public ed25519.PublicKey) func(manifest, signature []byte) bool {
	return func(manifest, signature []byte) bool {
		return ed25519.Verify(public, append([]byte(forProof), manifest...), signature)
	}
}
