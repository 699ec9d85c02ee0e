// Package openssltsa runs a time stamping authority (RFC 3161) of OpenSSL's ts for tests.
package openssltsa

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Authority is one that answers until the test ends.
type Authority struct {
	URL   string // of its stamps
	Root  *x509.Certificate
	Roots *x509.CertPool // Root alone
}

// settings are OpenSSL's; %s is where the root's list of revoked certificates is.
const settings = `
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = root
[root]
database = index
crlnumber = crlnumber
default_md = sha256
default_crl_days = 2
[root_cert]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
crlDistributionPoints = URI:%s
authorityKeyIdentifier = keyid
[ts]
default_tsa = a
[a]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 2.999.1
digests = sha256
accuracy = secs:1
`

// New makes an authority with a root of its own.
func New(t testing.TB) Authority {
	t.Helper()
	a := &folder{TB: t, dir: t.TempDir()}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", a.stamp)
	mux.HandleFunc("GET /root.crl", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(a.dir, "root.der"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	a.write("tsa.cnf", fmt.Sprintf(settings, server.URL+"/root.crl"))
	a.write("serial", "01\n")
	a.write("crlnumber", "01\n")
	a.write("index", "")
	a.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
		"-subj", "/CN=TEST root", "-config", "tsa.cnf", "-extensions", "root_cert")
	a.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj",
		"/CN=TEST time stamps", "-config", "tsa.cnf")
	a.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
		"-out", "tsa.pem", "-extfile", "tsa.cnf", "-extensions", "tsa")
	a.openssl("ca", "-config", "tsa.cnf", "-gencrl", "-keyfile", "ca.key", "-cert", "ca.pem", "-out", "root.pem")
	a.openssl("crl", "-in", "root.pem", "-outform", "DER", "-out", "root.der")

	body, err := os.ReadFile(filepath.Join(a.dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(body)
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	out := Authority{URL: server.URL, Root: root, Roots: x509.NewCertPool()}
	out.Roots.AddCert(root)
	return out
}

// folder holds the authority's files.
type folder struct {
	testing.TB
	dir string
	mu  sync.Mutex // one query at a time: OpenSSL counts in a file
}

func (f *folder) write(name, body string) {
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(body), 0o600); err != nil {
		f.Fatal(err)
	}
}

func (f *folder) openssl(args ...string) {
	c := exec.CommandContext(f.Context(), "openssl", args...)
	c.Dir = f.dir
	if out, err := c.CombinedOutput(); err != nil {
		f.Fatalf("openssl %v: %v: %s", args, err, out)
	}
}

// stamp answers a query.
func (f *folder) stamp(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = os.WriteFile(filepath.Join(f.dir, "query"), body, 0o600)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	c := exec.CommandContext(r.Context(), "openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "a", "-queryfile",
		"query")
	c.Dir = f.dir
	out, err := c.Output()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(out)
}
