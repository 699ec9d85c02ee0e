package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/localca"
	"visavis/testkit"
)

// pemFile is a certificate in a file.
func pemFile(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "EXEMPLE"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour),
		IsCA:     true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return fileWith(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

func fileWith(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Each of these ends the start with the setting's name and the fault, and never
// with a panic.
func TestABadSettingOfTheIssuerIsNamed(t *testing.T) {
	good := pemFile(t)
	provider := func(more ...string) []string {
		return append([]string{
			"--issuer=provider", "--provider-url=https://tsp.example/v1", "--provider-name=EXEMPLE",
			"--provider-authorities=" + good,
			"--provider-key-id=k", "--provider-secret=" + strings.Repeat("s", 32),
		}, more...)
	}
	jwk := fileWith(t, `{"kty":"EC","kid":"k","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",`+
		`"y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`)
	step := func(more ...string) []string {
		return append([]string{"--issuer=step", "--provider-url=https://ca.example:9000", "--provider-name=EXEMPLE",
			"--provider-authorities=" + good, "--step-provisioner=visavis", "--step-key-file=" + jwk}, more...)
	}
	softhsm := func(more ...string) []string { return append([]string{"--pkcs11-module=" + good}, more...) }
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"a trusted list that is empty":      {provider("--trust-list="+fileWith(t, ""), "--trust-list-signers="+good), []string{"--trust-list: ", "empty"}},
		"a trusted list that is no XML":     {provider("--trust-list="+fileWith(t, "hello"), "--trust-list-signers="+good), []string{"--trust-list: "}},
		"a trusted list that is not there":  {provider("--trust-list=/no/such/list.xml", "--trust-list-signers="+good), []string{"--trust-list: ", "no such file"}},
		"a trusted list without signers":    {provider("--trust-list=" + good), []string{"--trust-list-signers: ", "required"}},
		"signers that are no certificates":  {provider("--trust-list="+good, "--trust-list-signers="+fileWith(t, "x")), []string{"--trust-list-signers: ", "no certificate"}},
		"neither secret nor certificate":    {provider("--provider-secret="), []string{"--provider-cert or VISAVIS_PROVIDER_SECRET: ", "neither"}},
		"a short secret":                    {provider("--provider-secret=short"), []string{"VISAVIS_PROVIDER_SECRET: ", "5 bytes"}},
		"a secret without its id":           {provider("--provider-key-id="), []string{"--provider-key-id: ", "without the id"}},
		"a provider over http":              {provider("--provider-url=http://tsp.example"), []string{"--provider-url: ", "https"}},
		"a provider without a name":         {provider("--provider-name="), []string{"--provider-name: ", "no name"}},
		"no authorities":                    {provider("--provider-authorities="), []string{"--provider-authorities: ", "required"}},
		"authorities that are not there":    {provider("--provider-authorities=/no/such.pem"), []string{"--provider-authorities: ", "no such file"}},
		"a client certificate not there":    {provider("--provider-cert=/no/such.pem"), []string{"--provider-cert, --provider-key: "}},
		"roots that are none":               {provider("--provider-ca=" + fileWith(t, "x")), []string{"--provider-ca: "}},
		"a profile that is not there":       {provider("--certificate-profile=/no/such.yaml"), []string{"--certificate-profile: ", "no such file"}},
		"a profile with a wrong field":      {provider("--certificate-profile=" + fileWith(t, "rsaBits: 12")), []string{"--certificate-profile: ", "rsaBits"}},
		"a key for files, and no provider":  {[]string{"--provider-file-certificate=" + good, "--hand-over=operator"}, []string{"--hand-over=provider, --provider-file-certificate: ", "both"}},
		"files to a provider without a key": {provider("--hand-over=provider"), []string{"--provider-file-certificate: ", "both"}},
		"files to the test authority":       {[]string{"--hand-over=provider"}, []string{"--hand-over=provider: ", "--issuer=provider"}},
		"a scope that is none":              {provider("--provider-scope=document,portrait"), []string{"--provider-scope=", "nationality"}},
		"a level that is none":              {provider("--proofing-level=high"), []string{`--proofing-level="high": `, "extended"}},
		"a level in person that is none":    {provider("--proofing-level-in-person=high"), []string{"--proofing-level-in-person="}},
		"files to anybody":                  {provider("--hand-over=anybody"), []string{`--hand-over="anybody": `, "operator"}},
		"a key for files not there":         {provider("--provider-file-certificate=/no/such.pem"), []string{"--provider-file-certificate: ", "no such file"}},
		"a key for files on a curve":        {provider("--provider-file-certificate=" + good), []string{"--provider-file-certificate: ", "want RSA"}},
		"a module that is not there":        {softhsm("--pkcs11-module=/no/such.so"), []string{"--pkcs11-module: ", "no such file"}},
		"a module that is no library":       {softhsm(), []string{"--pkcs11-module: "}},
		"step-ca without an address":        {step("--provider-url="), []string{"--issuer=step: --provider-url ", "required"}},
		"step-ca over http":                 {step("--provider-url=http://ca.example"), []string{"--provider-url: ", "https"}},
		"step-ca without a provisioner":     {step("--step-provisioner="), []string{"--step-provisioner: ", "no provisioner"}},
		"a provisioner's public key":        {step(), []string{"--step-key-file: ", "private key"}},
		"a provisioner's key in PEM":        {step("--step-key-file=" + good), []string{"--step-key-file: ", "JWK"}},
		"a provisioner's key not there":     {step("--step-key-file=/no/such/key"), []string{"--step-key-file: ", "no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := parseConfig(append(tt.args, "--data="+t.TempDir(), "--tls=off"), with(nil))
			if err == nil {
				_, err = openEnrolments(context.WithoutCancel(t.Context()), c, make([]byte, 32), nil, &listeners{}, nil,
					slog.New(slog.DiscardHandler))
			}
			if err == nil {
				t.Fatal("it starts")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), strings.Repeat("s", 32)) {
				t.Errorf("the secret is told: %v", err)
			}
		})
	}
}

// All else of the server works: what waits is told in the log.
func TestAnEndedCertificateForFilesStopsNoStart(t *testing.T) {
	ended, _ := recipientFiles(t, time.Now().Add(-time.Hour))
	c, err := parseConfig([]string{"--issuer=provider", "--provider-url=https://tsp.example/v1", "--provider-name=EXEMPLE",
		"--provider-authorities=" + pemFile(t), "--provider-key-id=k", "--provider-secret=" + strings.Repeat("s", 32),
		"--provider-file-certificate=" + ended, "--data=" + t.TempDir(), "--tls=off"}, with(nil))
	if err != nil {
		t.Fatal(err)
	}
	var log testkit.LogBuffer
	e, err := openEnrolments(context.WithoutCancel(t.Context()), c, make([]byte, 32), nil, &listeners{}, nil,
		slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.close(); err != nil {
		t.Error(err)
	}
	if said := log.String(); !strings.Contains(said, "level=WARN") || !strings.Contains(said, "files wait") {
		t.Errorf("the log says %q, want that files wait", said)
	}
}

func TestThePINIsNoFlag(t *testing.T) {
	if _, err := parseConfig([]string{"--pkcs11-pin=1234", "--data=" + t.TempDir()}, with(nil)); err == nil ||
		!strings.Contains(err.Error(), "pkcs11-pin") {
		t.Errorf("a flag: %v, want it refused", err)
	}
	for name, tt := range map[string]struct {
		file, variable, want string
		bad                  bool
	}{
		"in the environment": {variable: "1234", want: "1234"},
		"in a file":          {file: fileWith(t, "5678\n"), want: "5678"},
		"in both":            {file: fileWith(t, "5678\r\n"), variable: "1234", want: "5678"},
		"nowhere":            {},
		"in an empty file":   {file: fileWith(t, "\n"), bad: true},
		"in a long file":     {file: fileWith(t, strings.Repeat("1", 300)), bad: true},
		"in no such file":    {file: "/no/such/pin", bad: true},
	} {
		args := []string{"--data=" + t.TempDir()}
		if tt.file != "" {
			args = append(args, "--pkcs11-pin-file="+tt.file)
		}
		c, err := parseConfig(args, with(map[string]string{"VISAVIS_PKCS11_PIN": tt.variable}))
		if (err != nil) != tt.bad || !tt.bad && c.Issuing.pin != tt.want ||
			tt.bad && !strings.Contains(err.Error(), "--pkcs11-pin-file") {
			t.Errorf("%s: %q, %v", name, c.Issuing.pin, err)
		}
	}
}

func TestNoSuiteWithCBC(t *testing.T) {
	ca, err := localca.Open(localca.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", ca.TLSConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).HandshakeContext(context.Background())
			_ = conn.Close()
		}
	}()
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root())
	shake := func(suite uint16) error {
		d := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
			CipherSuites: []uint16{suite}}}
		conn, err := d.DialContext(t.Context(), "tcp", listener.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	for _, suite := range []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
	} {
		if err := shake(suite); err == nil {
			t.Errorf("%s is spoken", tls.CipherSuiteName(suite))
		}
	}
	for _, suite := range []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256} {
		if err := shake(suite); err != nil {
			t.Errorf("%s: %v", tls.CipherSuiteName(suite), err)
		}
	}
}

func TestTheLocalRootIsForServersAlone(t *testing.T) {
	ca, err := localca.Open(localca.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root())
	for usage, good := range map[x509.ExtKeyUsage]bool{
		x509.ExtKeyUsageServerAuth: true, x509.ExtKeyUsageClientAuth: false, x509.ExtKeyUsageEmailProtection: false,
		x509.ExtKeyUsageCodeSigning: false,
	} {
		_, err := pair.Leaf.Verify(x509.VerifyOptions{
			Roots: roots, DNSName: "localhost", KeyUsages: []x509.ExtKeyUsage{usage}})
		if (err == nil) != good {
			t.Errorf("usage %d: %v, want it good: %v", usage, err, good)
		}
	}
	if u := ca.Root().ExtKeyUsage; len(u) != 1 || u[0] != x509.ExtKeyUsageServerAuth {
		t.Errorf("the root's usages are %v, want servers alone", u)
	}
}
