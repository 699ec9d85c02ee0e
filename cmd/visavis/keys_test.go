package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
)

func TestKeysAreNotRotatedBesideARunningServer(t *testing.T) {
	r := storage{Data: t.TempDir()}
	env := environment{getenv: func(string) string { return "" }, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	if err := r.complete(env); err != nil {
		t.Fatal(err)
	}
	k, done, err := r.open(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if err := k.Store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, err := r.use(t.Context(), k, false)
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.use(t.Context(), k, false)
	if err != nil {
		t.Fatalf("a second instance: %v", err)
	}
	first()
	if err := rotateMaster(t.Context(), &r, env); !errors.Is(err, errRunning) {
		t.Errorf("beside a running server: %v", err)
	}
	second()
	if err := rotateMaster(t.Context(), &r, env); err != nil {
		t.Errorf("with nobody there: %v", err)
	}
}

func TestAnotherSecretLosesNoKey(t *testing.T) {
	dir := t.TempDir()
	first, err := subscriberSecret(dir, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	second, err := subscriberSecret(dir, bytes.Repeat([]byte{2}, 32))
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("another secret gives another key: %v", err)
	}
	if other, err := subscriberSecret(filepath.Join(t.TempDir()), bytes.Repeat([]byte{2}, 32)); err != nil ||
		bytes.Equal(first, other) {
		t.Errorf("two deployments share a key: %v", err)
	}
}
