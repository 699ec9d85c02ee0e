package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Master wraps the keys of enrolments. It may be used by any number of goroutines;
// instances that share a store share the file.
type Master struct {
	path  string
	files KeyFiles

	mu     sync.RWMutex
	handle *keyset.Handle
	aead   tink.AEAD
	read   [sha256.Size]byte // of the file that was taken over last; zero before
}

// KeyFiles is how key files are read and written.
type KeyFiles struct {
	// Passphrase seals them; empty: they are protected by their mode alone.
	Passphrase string
	// ReadOnly leaves files as they are that no passphrase sealed yet.
	ReadOnly bool
}

// OpenMaster reads the master key's file without a passphrase; see KeyFiles.Master.
func OpenMaster(path string) (*Master, error) { return KeyFiles{}.Master(path) }

// Master reads the master key's file, and makes one where there is none.
func (k KeyFiles) Master(path string) (*Master, error) {
	m := &Master{path: path, files: k}
	body, err := readSecret(path, k.Passphrase, k.ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
		if err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
		if err := m.write(handle, true); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		body, err = readSecret(path, k.Passphrase, true) // ours, or that of who was faster
		if err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
		return m, m.use(body)
	}
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return m, m.use(body)
}

// refresh takes over a key set that somebody else rotated since.
func (m *Master) refresh() error {
	raw, err := os.ReadFile(m.path)
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	m.mu.Lock()
	same := m.read == sha256.Sum256(raw)
	m.read = sha256.Sum256(raw)
	m.mu.Unlock()
	if same {
		return nil
	}
	body, err := readSecret(m.path, m.files.Passphrase, true)
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	return m.use(body)
}

func (m *Master) use(body []byte) error {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(body)))
	if err != nil {
		return errors.New("master key: the file cannot be read as a key set")
	}
	return m.set(handle)
}

func (m *Master) set(handle *keyset.Handle) error {
	a, err := aead.New(handle)
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.handle, m.aead = handle, a
	return nil
}

// write puts the key set into the file, whole or not at all; fresh refuses to
// replace one that is there.
func (m *Master) write(handle *keyset.Handle, fresh bool) error {
	var body bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&body)); err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	return writeSecret(m.path, m.files.Passphrase, body.Bytes(), fresh)
}

// Rotate makes a new key the one that wraps from now on; the old ones still
// unwrap. An instance that shares the file takes the new one over before it wraps.
func (m *Master) Rotate() error {
	m.mu.RLock()
	manager := keyset.NewManagerFromHandle(m.handle)
	m.mu.RUnlock()
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	return m.replace(manager)
}

// Retire removes the old keys. Call Keeper.Rewrap before.
func (m *Master) Retire() error {
	m.mu.RLock()
	info := m.handle.KeysetInfo()
	manager := keyset.NewManagerFromHandle(m.handle)
	m.mu.RUnlock()
	for _, k := range info.GetKeyInfo() {
		if k.GetKeyId() == info.GetPrimaryKeyId() {
			continue
		}
		if err := manager.Delete(k.GetKeyId()); err != nil {
			return fmt.Errorf("master key: %w", err)
		}
	}
	return m.replace(manager)
}

func (m *Master) replace(manager *keyset.Manager) error {
	handle, err := manager.Handle()
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	if err := m.write(handle, false); err != nil {
		return err
	}
	return m.set(handle)
}

func (m *Master) primitive() tink.AEAD {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.aead
}

// wrap makes of a key what may be stored; bound to its enrolment.
func (m *Master) wrap(key *keyset.Handle, enrolment string) (string, error) {
	if err := m.refresh(); err != nil { // never with a key that was retired since
		return "", err
	}
	var body bytes.Buffer
	if err := key.WriteWithAssociatedData(keyset.NewBinaryWriter(&body), m.primitive(), []byte(enrolment)); err != nil {
		return "", fmt.Errorf("wrapping a key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(body.Bytes()), nil
}

func (m *Master) unwrap(wrapped, enrolment string) (*keyset.Handle, error) {
	body, err := base64.StdEncoding.DecodeString(wrapped)
	if err != nil {
		return nil, fmt.Errorf("unwrapping a key: %w", err)
	}
	key, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(body)), m.primitive(), []byte(enrolment))
	if err != nil && m.refresh() == nil { // rotated since
		key, err = keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(body)), m.primitive(), []byte(enrolment))
	}
	if err != nil {
		return nil, fmt.Errorf("unwrapping a key: %w", err)
	}
	return key, nil
}
