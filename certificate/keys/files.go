package keys

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// minSecret is the shortest secret that is taken, in bytes.
const minSecret = 32

// pemType names an encrypted key's file. Its body is a nonce of 12 bytes and the
// PKCS #8 key under AES-256-GCM, bound to the id.
const pemType = "VISAVIS ENCRYPTED KEY"

// Files keeps each key in an encrypted file of one folder. A key is decrypted for
// one use; Go gives no promise on what its memory holds afterwards, which a module
// ([visavis/certificate/keys/pkcs11]) does.
type Files struct {
	dir  string
	aead cipher.AEAD
}

// OpenFiles returns the keeper of a folder, which is made when it is not there.
// The secret is 32 bytes or more; who shares the folder shares the secret.
func OpenFiles(dir string, secret []byte) (*Files, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("keys: the secret has %d bytes, at least %d are needed", len(secret), minSecret)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "visavis private keys v1", 32)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return &Files{dir, aead}, nil
}

// Make implements [Keeper].
func (f *Files) Make(ctx context.Context, id string) (crypto.PublicKey, error) {
	public, err := f.Public(ctx, id)
	if !errors.Is(err, ErrUnknown) {
		return public, err
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	body, err := f.seal(id, private)
	if err != nil {
		return nil, err
	}
	if err := writeNew(f.path(id), body); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return f.Public(ctx, id) // ours, or the one that another instance stored first
}

// Public implements [Keeper].
func (f *Files) Public(_ context.Context, id string) (crypto.PublicKey, error) {
	private, err := f.open(id)
	if err != nil {
		return nil, err
	}
	return private.Public(), nil
}

// Use implements [Keeper].
func (f *Files) Use(_ context.Context, id string, use func(crypto.Signer) error) error {
	private, err := f.open(id)
	if err != nil {
		return err
	}
	return Lend(private, use)
}

// Destroy implements [Keeper].
func (f *Files) Destroy(_ context.Context, id string) error {
	if err := os.Remove(f.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

// path of an id: ids are anybody's text, names of files are not.
func (f *Files) path(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(f.dir, hex.EncodeToString(sum[:])+".key")
}

func (f *Files) seal(id string, private *ecdsa.PrivateKey) ([]byte, error) {
	clear8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	defer clear(clear8)
	nonce := make([]byte, f.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: f.aead.Seal(nonce, nonce, clear8, []byte(id))}), nil
}

func (f *Files) open(id string) (*ecdsa.PrivateKey, error) {
	body, err := os.ReadFile(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	block, _ := pem.Decode(body)
	if block == nil || block.Type != pemType || len(block.Bytes) < f.aead.NonceSize() {
		return nil, fmt.Errorf("keys: %s is not an encrypted key", f.path(id))
	}
	n := f.aead.NonceSize()
	clear8, err := f.aead.Open(nil, block.Bytes[:n], block.Bytes[n:], []byte(id))
	if err != nil {
		return nil, fmt.Errorf("keys: %s cannot be decrypted: it was changed, or the secret is another", f.path(id))
	}
	defer clear(clear8)
	key, err := x509.ParsePKCS8PrivateKey(clear8)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("keys: %s is not an ECDSA key", f.path(id))
	}
	return private, nil
}

// writeNew writes a file that its owner alone may read, whole or not at all, and
// never over one that is there (fs.ErrExist).
func writeNew(path string, body []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}
