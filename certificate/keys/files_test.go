package keys_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"visavis/certificate/keys"
	"visavis/certificate/keys/keystest"
)

var secret = bytes.Repeat([]byte("s"), 32)

func openFiles(t *testing.T, dir string, secret []byte) *keys.Files {
	t.Helper()
	f, err := keys.OpenFiles(dir, secret)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	keystest.Run(t, func(t *testing.T) keys.Keeper { return openFiles(t, dir, secret) })
}

func TestAKeyFileIsItsOwnersAndHoldsNoKeyInClear(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, dir, secret)
	if _, err := f.Make(t.Context(), "../../etc/passwd"); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("the folder holds %v (%v), want one file", names, err)
	}
	info, err := os.Stat(names[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
	}
	body, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParsePKCS8PrivateKey(body); err == nil || strings.Contains(string(body), "PRIVATE") {
		t.Error("the key lies there in clear")
	}
}

func TestAKeyIsBoundToItsSecretAndItsId(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, dir, secret)
	for _, id := range []string{"one", "two"} {
		if _, err := f.Make(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	other := openFiles(t, dir, bytes.Repeat([]byte("x"), 32))
	if _, err := other.Public(t.Context(), "one"); err == nil || !strings.Contains(err.Error(), "secret") {
		t.Errorf("with another secret: %v, want it refused", err)
	}
	if _, err := other.Make(t.Context(), "one"); err == nil {
		t.Error("with another secret a key was made over the one that is there")
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.key"))
	if err := os.Rename(names[0], names[1]); err != nil { // one passes itself off as two
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two"} {
		err := f.Use(t.Context(), id, func(crypto.Signer) error { return nil })
		if err == nil {
			t.Errorf("key %s is usable after its file was put under another's name", id)
		} else if errors.Is(err, keys.ErrUnknown) {
			continue // the one that was moved away
		}
	}
}

func TestAShortSecretIsRefused(t *testing.T) {
	if _, err := keys.OpenFiles(t.TempDir(), []byte("short")); err == nil || !strings.Contains(err.Error(), "32") {
		t.Errorf("got %v, want the length that is needed", err)
	}
}
