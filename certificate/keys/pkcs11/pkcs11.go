// Package pkcs11 keeps private keys in a PKCS #11 module: a hardware security
// module, a smart card, or SoftHSM. A key is made in the module, marked sensitive
// and not extractable, and never enters this process.
package pkcs11

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ThalesGroup/crypto11"
	"golang.org/x/sys/unix"

	"visavis/certificate/keys"
)

// Config says which module, and which token of it.
type Config struct {
	Module string // path of the module's library, such as /usr/lib/softhsm/libsofthsm2.so
	Token  string // label of the token
	PIN    string // of the token's user
	// LockDir is a folder that all instances of one machine share. PKCS #11 cannot
	// make a key unless it is there: instances take turns by a lock of this folder's.
	// Instances on different machines must not make the key of one id at once.
	LockDir string
}

// Keeper is a [keys.Keeper] whose keys are in a module.
type Keeper struct {
	context *crypto11.Context
	lock    string
}

// Open logs in to a token. The caller closes the keeper.
func Open(c Config) (*Keeper, error) {
	if _, err := os.Stat(c.Module); err != nil {
		return nil, fmt.Errorf("PKCS #11: the module: %w", err)
	}
	if err := os.MkdirAll(c.LockDir, 0o700); err != nil {
		return nil, fmt.Errorf("PKCS #11: %w", err)
	}
	opened, err := crypto11.Configure(&crypto11.Config{Path: c.Module, TokenLabel: c.Token, Pin: c.PIN})
	if err != nil {
		return nil, fmt.Errorf("PKCS #11: token %q of %s: %w", c.Token, c.Module, err)
	}
	sum := sha256.Sum256([]byte(c.Module + "\n" + c.Token))
	return &Keeper{opened, filepath.Join(c.LockDir, "pkcs11-"+hex.EncodeToString(sum[:8])+".lock")}, nil
}

// Close logs out.
func (k *Keeper) Close() error { return k.context.Close() }

// Make implements [keys.Keeper].
func (k *Keeper) Make(ctx context.Context, id string) (crypto.PublicKey, error) {
	// The look-up waits for the lock, too: a module may fail to make a key while another session of this process
	// reads.
	unlock, err := k.takeTurns()
	if err != nil {
		return nil, err
	}
	defer unlock()
	public, err := k.Public(ctx, id)
	if !errors.Is(err, keys.ErrUnknown) {
		return public, err
	}
	s, err := k.context.GenerateECDSAKeyPairWithLabel(name(id), []byte("visavis "+id), elliptic.P256())
	if err != nil {
		return nil, fmt.Errorf("PKCS #11: making a key: %w", err)
	}
	return s.Public(), nil
}

// takeTurns waits for the lock of all instances on this machine.
func (k *Keeper) takeTurns() (unlock func(), err error) {
	f, err := os.OpenFile(k.lock, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("PKCS #11: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("PKCS #11: %w", err)
	}
	return func() { f.Close() }, nil // closing unlocks
}

// name is the key's id in the module (CKA_ID), of a length that all modules take.
func name(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:]
}

func (k *Keeper) find(id string) (crypto11.Signer, error) {
	found, err := k.context.FindKeyPairs(name(id), nil)
	if err != nil {
		return nil, fmt.Errorf("PKCS #11: finding a key: %w", err)
	}
	switch len(found) {
	case 0:
		return nil, keys.ErrUnknown
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("PKCS #11: %d keys of the id %q: they were made on several machines at once; "+
		"delete all but one", len(found), id)
}

// Public implements [keys.Keeper].
func (k *Keeper) Public(_ context.Context, id string) (crypto.PublicKey, error) {
	s, err := k.find(id)
	if err != nil {
		return nil, err
	}
	return s.Public(), nil
}

// Use implements [keys.Keeper].
func (k *Keeper) Use(_ context.Context, id string, f func(crypto.Signer) error) error {
	s, err := k.find(id)
	if err != nil {
		return err
	}
	return keys.Lend(s, f)
}

// Destroy implements [keys.Keeper].
func (k *Keeper) Destroy(_ context.Context, id string) error {
	s, err := k.find(id)
	if errors.Is(err, keys.ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.Delete(); err != nil {
		return fmt.Errorf("PKCS #11: deleting a key: %w", err)
	}
	return nil
}
