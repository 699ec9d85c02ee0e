package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// sealedWith is the beginning of a file encrypted with a passphrase
// (age-encryption.org/v1).
const sealedWith = "age-encryption.org/v1\n"

// workFactor of scrypt, as a power of two: a quarter of a second at each start.
const workFactor = 16

// ErrPassphrase says that a key file needs a passphrase, or another one.
var ErrPassphrase = errors.New("the passphrase of the keys is missing or is another one")

// readSecret reads a key file and decrypts it if needed. An unencrypted file is encrypted
// if there is a passphrase, unless readOnly.
func readSecret(path, passphrase string, readOnly bool) ([]byte, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(string(body), sealedWith) {
		if passphrase != "" && !readOnly {
			err = writeSecret(path, passphrase, body, false)
		}
		return body, err
	}
	if passphrase == "" {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), ErrPassphrase)
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	opened, err := age.Decrypt(bytes.NewReader(body), identity)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), ErrPassphrase)
	}
	return io.ReadAll(opened)
}

// sealed encrypts a key file's content; without a passphrase it returns it unchanged.
func sealed(body []byte, passphrase string) ([]byte, error) {
	if passphrase == "" {
		return body, nil
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(workFactor)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(body)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// writeSecret writes a file atomically, readable by its owner only. fresh refuses to
// replace an existing file.
func writeSecret(path, passphrase string, body []byte, fresh bool) error {
	body, err := sealed(body, passphrase)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already after a rename
	_, err = f.Write(body)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if fresh {
		return os.Link(f.Name(), path)
	}
	return os.Rename(f.Name(), path)
}
