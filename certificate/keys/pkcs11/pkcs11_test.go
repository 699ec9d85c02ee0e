package pkcs11_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ThalesGroup/crypto11"
	p11 "github.com/miekg/pkcs11"

	"visavis/certificate"
	"visavis/certificate/keys"
	"visavis/certificate/keys/keystest"
	"visavis/certificate/keys/pkcs11"
	"visavis/certificate/testca"
	"visavis/testkit"
)

// softHSM is where the distributions put the module.
var softHSM = []string{
	"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
	"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
}

// newToken makes a token in a SoftHSM2 of its own. The test is skipped where there
// is none, unless VISAVIS_REQUIRE_SOFTHSM is set.
func newToken(t *testing.T) pkcs11.Config {
	t.Helper()
	module := ""
	for _, path := range softHSM {
		if _, err := os.Stat(path); err == nil {
			module = path
			break
		}
	}
	util, err := exec.LookPath("softhsm2-util")
	if module == "" || err != nil {
		testkit.Lacking(t, "VISAVIS_REQUIRE_SOFTHSM", "softhsm2 is not there: scripts/setup.sh test installs it")
	}
	dir := t.TempDir()
	tokens := filepath.Join(dir, "tokens")
	config := filepath.Join(dir, "softhsm2.conf")
	err = errors.Join(os.Mkdir(tokens, 0o700),
		os.WriteFile(config, fmt.Appendf(nil, "directories.tokendir = %s\nobjectstore.backend = file\n", tokens), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", config)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, util, "--init-token", "--free", "--label", "test", "--so-pin", "87654321",
		"--pin", "12345678").CombinedOutput()
	if err != nil {
		t.Fatalf("softhsm2-util: %v %s", err, out)
	}
	return pkcs11.Config{Module: module, Token: "test", PIN: "12345678", LockDir: dir}
}

func open(t *testing.T, c pkcs11.Config) *pkcs11.Keeper {
	t.Helper()
	k, err := pkcs11.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return k
}

func TestSoftHSM(t *testing.T) {
	c := newToken(t)
	keystest.Run(t, func(t *testing.T) keys.Keeper { return open(t, c) })
	t.Run("a key cannot be read out of the module", func(t *testing.T) { notReadable(t, c) })
	t.Run("an authority works with its keys in the module", func(t *testing.T) { authority(t, c) })
	t.Run("a wrong PIN and a missing module are said", func(t *testing.T) { refused(t, c) })
}

func notReadable(t *testing.T, c pkcs11.Config) {
	if _, err := open(t, c).Make(t.Context(), "secret"); err != nil {
		t.Fatal(err)
	}
	raw, err := crypto11.Configure(&crypto11.Config{Path: c.Module, TokenLabel: c.Token, Pin: c.PIN})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	pair, err := raw.FindKeyPair(nil, []byte("visavis secret"))
	if err != nil || pair == nil {
		t.Fatalf("the key is not in the module: %v", err)
	}
	for attribute, want := range map[crypto11.AttributeType]byte{crypto11.CkaSensitive: 1, crypto11.CkaExtractable: 0} {
		a, err := raw.GetAttribute(pair, attribute)
		if err != nil || len(a.Value) != 1 || a.Value[0] != want {
			t.Errorf("attribute %d: %v (%v), want %d", attribute, a, err, want)
		}
	}
	_, err = raw.GetAttribute(pair, crypto11.CkaValue)
	var code p11.Error
	if !errors.As(err, &code) || code != p11.CKR_ATTRIBUTE_SENSITIVE {
		t.Errorf("reading the key: %v, want the module to refuse", err)
	}
}

func authority(t *testing.T, c pkcs11.Config) {
	k := open(t, c)
	ca, err := testca.Open(t.Context(), testca.Config{Dir: t.TempDir(), Keys: k, Store: &testca.Memory{},
		BaseURL: "http://127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	csr, err := keys.Request(t.Context(), k, "subscriber")
	if err != nil {
		t.Fatal(err)
	}
	desk := &certificate.Desk{Issuer: ca, Profile: ca.Profile()}
	got, err := desk.New(certificate.Request{
		Enrolment: "e-1", Language: "fr", CSR: csr, Subject: certificate.Subject{
			GivenNames: "Maéva", Surname: "Specimen", Country: "FR"},
	})
	if err == nil {
		got, _, err = desk.Advance(t.Context(), got)
	}
	if err != nil || !got.Visible() {
		t.Errorf("%v, broken rules %v; want a certificate", err, got.Violations)
	}
}

func refused(t *testing.T, c pkcs11.Config) {
	for word, spoil := range map[string]func(*pkcs11.Config){
		"PIN":    func(c *pkcs11.Config) { c.PIN = "00000000" },
		"other":  func(c *pkcs11.Config) { c.Token = "other" },
		"/no.so": func(c *pkcs11.Config) { c.Module = "/no.so" },
	} {
		bad := c
		spoil(&bad)
		if k, err := pkcs11.Open(bad); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v, want an error with %q", err, word)
			if k != nil {
				_ = k.Close()
			}
		}
	}
}
