package testca_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/testca"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// clock is the real one, moved.
type clock struct {
	mu    sync.Mutex
	moved time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.moved)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += d
}

// bench is an authority that is served, and what is needed to ask it.
type bench struct {
	*testca.CA
	keys  keys.Keeper
	desk  *certificate.Desk
	clock *clock
	url   string
}

// openIn opens an authority on a folder and a store, as after a restart.
func openIn(t *testing.T, dir string, store testca.Store, url string, c *clock) *bench {
	t.Helper()
	k := must(keys.OpenFiles(filepath.Join(dir, "keys"), bytes.Repeat([]byte("s"), 32)))
	ca := must(testca.Open(t.Context(), testca.Config{
		Dir: dir, Keys: k, Store: store, BaseURL: url, Now: c.now,
	}))
	return &bench{ca, k, &certificate.Desk{Issuer: ca, Profile: ca.Profile(), Now: c.now}, c, url}
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	b := openIn(t, t.TempDir(), &testca.Memory{}, "http://"+server.Listener.Addr().String(), &clock{})
	server.Config.Handler = b.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return b
}

func (b *bench) request(t *testing.T, enrolment string) certificate.Request {
	t.Helper()
	return certificate.Request{
		Enrolment: enrolment, Reference: "ABC234", Email: "maeva@specimen.fr", Language: "fr",
		Subject: certificate.Subject{GivenNames: "Maéva Louise", Surname: "Specimen", Country: "FR"},
		CSR:     must(keys.Request(t.Context(), b.keys, "subscriber "+enrolment)),
	}
}

func (b *bench) issue(t *testing.T, enrolment string) certificate.Certificate {
	t.Helper()
	c, _, err := b.desk.Advance(t.Context(), must(b.desk.New(b.request(t, enrolment))))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *bench) revoke(t *testing.T, c certificate.Certificate, r certificate.Reason) certificate.Certificate {
	t.Helper()
	return must(b.desk.Revoke(t.Context(), c, r))
}

// write puts a file where openssl finds it.
func write(t *testing.T, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pemOf(ders ...[]byte) []byte {
	var out []byte
	for _, der := range ders {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return out
}

// openssl runs it and returns what it wrote, and whether it was content.
func openssl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "openssl", args...).CombinedOutput()
	return string(out), err
}
