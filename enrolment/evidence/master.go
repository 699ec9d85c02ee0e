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

// Master wraps the keys of enrolments. Safe for concurrent use. Instances that share a
// store share the file.
type Master struct {
	path  string
	files KeyFiles

	mu     sync.RWMutex
	handle *keyset.Handle
	aead   tink.AEAD
	read   [sha256.Size]byte // of the file as last loaded; zero before
}

// KeyFiles says how key files are read and written.
type KeyFiles struct {
	// Passphrase encrypts them. Empty: only the file mode protects them.
	Passphrase string
	// ReadOnly does not encrypt files that no passphrase encrypted yet.
	ReadOnly bool
}

// OpenMaster opens the master key's file without a passphrase; see KeyFiles.Master.
func OpenMaster(path string) (*Master, error) { return KeyFiles{}.Master(path) }

// Master opens the master key's file, or makes one.
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
		body, err = readSecret(path, k.Passphrase, true) // ours, or the one that another instance stored first
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

// refresh loads a key set that another instance rotated.
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

// write writes the key set atomically. fresh refuses to replace an existing file.
func (m *Master) write(handle *keyset.Handle, fresh bool) error {
	var body bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&body)); err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	return writeSecret(m.path, m.files.Passphrase, body.Bytes(), fresh)
}

// Rotate makes a new key for wrapping; the old ones still unwrap. Instances that share
// the file load it before they wrap.
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

// Retire removes the old keys. Call Keeper.Rewrap first.
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

// wrap returns the storable form of a key, bound to its enrolment.
func (m *Master) wrap(key *keyset.Handle, enrolment string) (string, error) {
	if err := m.refresh(); err != nil { // a key that was retired meanwhile is not used
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
	key, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(body)), m.primitive(),
		[]byte(enrolment))
	if err != nil && m.refresh() == nil { // rotated since
		key, err = keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(body)), m.primitive(),
			[]byte(enrolment))
	}
	if err != nil {
		return nil, fmt.Errorf("unwrapping a key: %w", err)
	}
	return key, nil
}
