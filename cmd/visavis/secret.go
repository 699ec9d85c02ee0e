package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secret is the key that all instances share, or this one's own.
func (c *Config) secret() ([]byte, error) {
	key, err := c.key()
	if err != nil || len(key) > 0 {
		return key, err
	}
	return ownSecret(c.Data)
}

// ownSecret is the key of an instance that shares it with nobody: made at the
// first start, kept in the data folder, readable by its owner alone.
func ownSecret(data string) ([]byte, error) {
	name := filepath.Join(data, "secret")
	b, err := os.ReadFile(name)
	if err == nil {
		key, err := hex.DecodeString(strings.TrimSpace(string(b)))
		if err != nil || len(key) < 32 {
			return nil, fmt.Errorf("%s: want 32 bytes or more in hex", name)
		}
		return key, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--data: %w: want a folder that this user may read and write", err)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("--data: %w: want a folder that this user may read and write", err)
	}
	if err := os.WriteFile(name, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("--data: %w: want a folder that this user may read and write", err)
	}
	return key, nil
}
