package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// certificateFor writes a certificate of a name for a time, and its key.
func certificateFor(t *testing.T, name string, from, until time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for path, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: raw},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestDoctorChecksWhatProductionNeeds(t *testing.T) {
	now := time.Now()
	const name = "companion.example"
	certificate := func(name string, from, until time.Time) func(*doctorConfig) {
		return func(c *doctorConfig) { c.TLSCert, c.TLSKey = certificateFor(t, name, from, until) }
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	filesUntil := func(end time.Time) func(c *doctorConfig) {
		return func(c *doctorConfig) { c.FileCertificate, _ = recipientFiles(t, end) }
	}
	for what, test := range map[string]struct {
		change func(c *doctorConfig)
		line   string
	}{
		"a good certificate": {certificate(name, now.Add(-time.Hour), now.AddDate(0, 2, 0)),
			`ok +certificate +for companion.example until 20`},
		"one of another name": {certificate("other.example", now.Add(-time.Hour), now.AddDate(0, 2, 0)),
			`missing +certificate +x509: .*other.example`},
		"one for an address that is not set": {func(c *doctorConfig) {
			c.PublicURL = ""
			c.TLSCert, c.TLSKey = certificateFor(t, name, now.Add(-time.Hour), now.AddDate(0, 2, 0))
		}, `ok +certificate +for companion.example until 20`},
		"one that has ended": {certificate(name, now.AddDate(0, -2, 0), now.Add(-time.Hour)),
			`missing +certificate +it ended on`},
		"one that has not begun": {certificate(name, now.Add(time.Hour), now.AddDate(0, 2, 0)),
			`missing +certificate +it begins on`},
		"one that ends soon": {certificate(name, now.Add(-time.Hour), now.AddDate(0, 0, 5)),
			`advice +certificate +it ends on`},
		"one that is not there": {func(c *doctorConfig) { c.TLSCert, c.TLSKey = file+".pem", file },
			`missing +certificate +open .*no such file`},
		"a provider's key for files": {filesUntil(now.AddDate(0, 2, 0)), `ok +hand over +files are encrypted .* until 20`},
		"one of which the end is near": {filesUntil(now.AddDate(0, 0, 5)),
			`advice +hand over +the provider's certificate for files ends on 20`},
		"one past its end":            {filesUntil(now.Add(-time.Hour)), `missing +hand over +handover: the certificate ended on 20`},
		"one in a file that has none": {func(c *doctorConfig) { c.FileCertificate = file }, `missing +hand over +.*no certificate`},
		"room on the disk": {func(c *doctorConfig) { c.Places, c.LeastFree = []string{t.TempDir()}, 1 },
			`ok +disks +.*GB free or more`},
		"a full disk": {func(c *doctorConfig) { c.Places, c.LeastFree = []string{t.TempDir()}, 1<<62 },
			`advice +disks +.*GB are free for .*, want 4611686018`},
		"a file in place of a folder": {func(c *doctorConfig) { c.Places = []string{t.TempDir(), file} },
			`missing +disks +.*file cannot be written to`},
		"keys in the clear": {func(c *doctorConfig) { c.Production, c.Keys = true, "/keys" },
			`advice +keys +whoever reads /keys reads every picture`},
		"protected keys": {func(c *doctorConfig) { c.Production, c.Keys, c.KeysProtected = true, "/keys", true },
			`ok +keys +with a passphrase`},
		"open files": {func(c *doctorConfig) { c.Production = true }, `(ok|advice) +open files +[0-9]+ open files`},
		"a clock that is kept": {func(c *doctorConfig) { c.Synchronised = func() (bool, error) { return true, nil } },
			`ok +time +synchronised`},
		"one that is not": {func(c *doctorConfig) { c.Synchronised = func() (bool, error) { return false, nil } },
			`advice +time +the kernel says that it is not`},
		"one that cannot be asked": {func(c *doctorConfig) {
			c.Synchronised = func() (bool, error) { return false, errors.ErrUnsupported }
		}, `advice +time +whether it is synchronised cannot be asked`},
	} {
		t.Run(what, func(t *testing.T) {
			cfg := wellConfig(t)
			cfg.PublicURL = "https://" + name + ":8443"
			test.change(&cfg)
			var out strings.Builder
			err := runDoctor(t.Context(), &out, cfg)
			if !regexp.MustCompile(`(?m)^`+test.line).MatchString(out.String()) ||
				errors.Is(err, errDoctor) != strings.HasPrefix(test.line, "missing") {
				t.Errorf("%v, want a line %q, got:\n%s", err, test.line, out.String())
			}
		})
	}
}

func TestDoctorLooksAtEveryFolderOfThisMachine(t *testing.T) {
	env := environment{getenv: func(string) string { return "" }, stderr: io.Discard}
	c, err := parseConfig([]string{"--data=/d", "--evidence-url=/e", "--log-url=s3://log?region=eu", "--keys=/k",
		"--database-url=/r/visavis.db"}, env)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.localPlaces(), " "); got != "/d /e /k /r" {
		t.Errorf("%s, want /d /e /k /r", got)
	}
}

// The list for production marks what the doctor checks with the names of its lines.
func TestTheListForProductionNamesTheDoctorsChecks(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "## Before people come")
	list, _, _ = strings.Cut(list, "\n## ")
	var names []string
	for _, c := range checks(doctorConfig{}) {
		names = append(names, c.name)
	}
	marked := 0
	for _, row := range regexp.MustCompile(`(?m)^\| [A-Z][^|(]*\(([^)|]*)\) \|`).FindAllStringSubmatch(list, -1) {
		for _, name := range regexp.MustCompile("`([a-z ]+)`").FindAllStringSubmatch(row[1], -1) {
			if marked++; !slices.Contains(names, name[1]) {
				t.Errorf("the list for production names the check %q, the doctor has %q", name[1], names)
			}
		}
	}
	if marked < 12 {
		t.Errorf("%d checks are named, want 12 or more", marked)
	}
}
