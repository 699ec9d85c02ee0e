//go:build chaos && proxies

package chaos

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/testkit"
)

// proxy is a program that stands before a server, and the file of docs that sets it up.
type proxy struct {
	file string
	// command starts it in the foreground with a settings file.
	command func(file, folder string) []string
	// here says what of the file is another here: each text has to stand in it.
	here map[string]string
	env  []string
	// bounds says whether it refuses a body of 2 MB by itself.
	bounds bool
}

// proxies are those of the documents. HERE is the proxy's port, BACK the server's address,
// TLS a folder with fullchain.pem, privkey.pem and all.pem.
var proxies = map[string]proxy{
	"nginx": {
		file: "docs/proxies/nginx.conf",
		command: func(file, folder string) []string {
			return []string{
				"nginx", "-p", folder, "-e", "stderr", "-c", file, "-g", "daemon off; pid " + folder + "/pid;",
			}
		},
		here: map[string]string{
			"listen 443 ssl;": "listen HERE ssl;", "visavis.example.org": "localhost", "127.0.0.1:8443": "BACK",
			"/etc/visavis/tls": "TLS",
		},
		bounds: true,
	},
	"caddy": {
		file: "docs/proxies/Caddyfile",
		command: func(file, _ string) []string {
			return []string{"caddy", "run", "--adapter", "caddyfile", "--config", file}
		},
		here: map[string]string{
			// An admin listener each would be on one port.
			"https://visavis.example.org:443": "{\n\tadmin off\n}\nhttps://localhost:HERE", "127.0.0.1:8443": "BACK",
			"/etc/visavis/tls": "TLS",
		},
		bounds: true,
	},
	"haproxy": {
		file:    "docs/proxies/haproxy.cfg",
		command: func(file, _ string) []string { return []string{"haproxy", "-db", "-f", file} },
		here: map[string]string{
			"bind :443 ": "bind :HERE ", "127.0.0.1:8443": "BACK", "127.0.0.1:8444": "BACK",
			"maxconn 40000": "maxconn 1000", "/etc/visavis/tls": "TLS",
		},
		bounds: true,
	},
	"caddy of compose.yaml": {
		file: "docs/Caddyfile",
		command: func(file, _ string) []string {
			return []string{"caddy", "run", "--adapter", "caddyfile", "--config", file}
		},
		here: map[string]string{"one:8443 two:8443": "BACK", "skip_install_trust": "skip_install_trust\n\tadmin off"},
		env:  []string{"VISAVIS_PUBLIC_URL=https://localhost:HERE"},
	},
}

func freePort(t *testing.T) string {
	t.Helper()
	_, port, err := net.SplitHostPort(testkit.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// start runs the proxy on a port before a server until the test ends.
func (p proxy) start(t *testing.T, port, back string) {
	t.Helper()
	folder := t.TempDir()
	// The proxy may have a user of its own.
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	certificate(t, folder)
	real := strings.NewReplacer("HERE", port, "BACK", back, "TLS", folder)
	raw, err := os.ReadFile(filepath.Join(root(t), p.file))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for of, here := range p.here {
		if !strings.Contains(text, of) {
			t.Fatalf("%s does not say %q", p.file, of)
		}
		text = strings.ReplaceAll(text, of, real.Replace(here))
	}
	file := filepath.Join(folder, filepath.Base(p.file))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	line := p.command(file, folder)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	for _, set := range p.env {
		cmd.Env = append(cmd.Env, real.Replace(set))
	}
	log := &testkit.LogBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: make proxy-test installs it", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // ends with the process, below
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", line[0], tailOf(log.String(), 3000))
		}
	})
	eventually(t, line[0]+" answers", time.Minute, func() error {
		res, err := web.Get("https://localhost:" + port + "/readyz")
		if err != nil {
			return err
		}
		if readAll(res); res.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", res.StatusCode)
		}
		return nil
	})
}

// certificate writes a certificate for localhost into a folder.
func certificate(t *testing.T, folder string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, like, like, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	for name, content := range map[string][]byte{
		"fullchain.pem": chain, "privkey.pem": private, "all.pem": append(bytes.Clone(chain), private...),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// each runs a test with every proxy.
func each(t *testing.T, try func(t *testing.T, p proxy)) {
	for name, p := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			try(t, p)
		})
	}
}

// sessionsAnHour is how many sessions one address may open in TestProxies.
const sessionsAnHour = 3

// TestProxies lets people use the program through each proxy: phones over sockets and over
// event streams, a desktop's socket that is open for longer than a minute, clients told
// apart by their addresses.
func TestProxies(t *testing.T) {
	each(t, func(t *testing.T, p proxy) {
		back, port := testkit.FreeAddress(t), freePort(t)
		origin := "https://localhost:" + port
		newServer(t, back, origin, t.TempDir(), "--tls=off", "--trusted-proxies=127.0.0.1", "--enrolments=off",
			fmt.Sprint("--sessions-per-hour=", sessionsAnHour))
		p.start(t, port, back)

		judgedAfter(t, []*pairOf{newPair(t, origin)}, time.Now(), slack(time.Minute))
		overStreams(t, origin)
		byAddress(t, origin)
		open(t, origin, 65*time.Second) // longer than any proxy's default
	})
}

// overStreams pairs a phone whose sockets are blocked with such a desktop, which is told
// by an event stream that is never asked twice.
func overStreams(t *testing.T, origin string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), slack(30*time.Second))
	defer cancel()
	cfg := client.Config{Server: origin, TLS: anyCertificate(), Language: "en", NoSocket: true}
	desktop, err := client.OpenDesktop(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	await(t, ctx, desktop.Next, func(m protocol.Message) bool { _, ok := m.(protocol.Pairing); return ok })
	phone, err := client.NewPhone(cfg, desktop.Pairing().URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := phone.Open(ctx); err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	if err := phone.Send(ctx, protocol.Claim{}); err != nil {
		t.Fatal(err)
	}
	shown := await(t, ctx, desktop.Next,
		func(m protocol.Message) bool { pr, ok := m.(protocol.Progress); return ok && pr.Code != "" })
	if err := phone.Send(ctx, protocol.ChooseCode{Code: shown.(protocol.Progress).Code}); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, desktop.Next, func(m protocol.Message) bool {
		pr, ok := m.(protocol.Progress)
		return ok && pr.State == protocol.StatePaired
	})
}

// from opens a session from an address of this machine, and returns the answer's status.
func from(t *testing.T, origin, address, forged string) int {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	_, port, _ := strings.Cut(strings.TrimPrefix(origin, "https://"), ":")
	transport := &http.Transport{
		TLSClientConfig: anyCertificate(), DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return d.DialContext(ctx, "tcp4", "127.0.0.1:"+port)
		},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, origin+"/api/sessions", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", origin)
	req.Header.Set("Content-Type", "application/json")
	if forged != "" {
		req.Header.Set("X-Forwarded-For", forged)
	}
	res, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	readAll(res)
	return res.StatusCode
}

// byAddress uses up what one address may open: neither a forged header gives it more, nor
// does another address get less.
func byAddress(t *testing.T, origin string) {
	t.Helper()
	for range sessionsAnHour {
		if got := from(t, origin, "127.0.0.2", ""); got != http.StatusOK {
			t.Fatalf("a session of 127.0.0.2: status %d", got)
		}
	}
	for _, forged := range []string{"", "127.0.0.9", "127.0.0.9, 127.0.0.1"} {
		if got := from(t, origin, "127.0.0.2", forged); got != http.StatusTooManyRequests {
			t.Errorf("one session too many, with X-Forwarded-For %q: status %d, want 429", forged, got)
		}
	}
	if got := from(t, origin, "127.0.0.3", ""); got != http.StatusOK {
		t.Errorf("a session of 127.0.0.3: status %d, want 200", got)
	}
}

// open keeps a desktop's socket open for so long.
func open(t *testing.T, origin string, long time.Duration) {
	t.Helper()
	desktop, err := client.OpenDesktop(t.Context(), client.Config{Server: origin, TLS: anyCertificate(), Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	for {
		e, err := desktop.Next(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			return
		}
		if err != nil || e.Ended {
			t.Fatalf("a desktop's socket ended before %s: code %d, %v, %v", long, e.Code, e.Err, err)
		}
	}
}

// TestProxiesPassOn looks at what comes to the server: the host that was asked for, one
// address, and bodies of the size that the protocol has but no larger ones.
func TestProxiesPassOn(t *testing.T) {
	each(t, func(t *testing.T, p proxy) {
		type seen struct {
			host, forwarded string
			body            int
		}
		came := make(chan seen, 10)
		back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/readyz" {
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // the proxy gave the body up
			}
			came <- seen{r.Host, strings.Join(r.Header.Values("X-Forwarded-For"), ", "), len(body)}
		}))
		defer back.Close()
		port := freePort(t)
		p.start(t, port, strings.TrimPrefix(back.URL, "http://"))
		post := func(size int) int {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://localhost:"+port+"/api/phone",
				bytes.NewReader(make([]byte, size)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Forwarded-For", "203.0.113.7")
			res, err := web.Do(req)
			if err != nil {
				return 0 // cut off while it sent
			}
			readAll(res)
			return res.StatusCode
		}
		const largest = 600 << 10 // 512 kB of a picture with their header, and some
		if status := post(largest); status != http.StatusOK {
			t.Fatalf("a body of %d bytes: status %d", largest, status)
		}
		got := <-came
		if got.host != "localhost:"+port {
			t.Errorf("Host %s, want localhost:%s", got.host, port)
		}
		if got.forwarded != "127.0.0.1" {
			t.Errorf("X-Forwarded-For %q, want the client's address and nothing that it said", got.forwarded)
		}
		if got.body != largest {
			t.Errorf("%d bytes came, want %d", got.body, largest)
		}
		if status := post(2 << 20); p.bounds && status == http.StatusOK {
			t.Errorf("a body of 2 MB: status 200, want 413")
		}
		if p.bounds && len(came) != 0 {
			t.Errorf("a body of 2 MB came to the server")
		}
	})
}
