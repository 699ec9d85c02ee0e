package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"visavis/testkit"
)

// TestMain lets the test program be its own worker process, and the program that scripts call.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		if err := run(context.Background(), os.Args[1:], system()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(workerChild) != "" { // it is jailed, and makes no folder for scripts
		os.Exit(m.Run())
	}
	testscript.Main(m, map[string]func(){"visavis": main})
}

// TestServeWithItsOwnCA starts the whole program with no more settings than its
// ports, trusts the root it hands out, and stops it in order.
func TestServeWithItsOwnCA(t *testing.T) {
	main, plain, debug := testkit.FreeAddress(t), testkit.FreeAddress(t), testkit.FreeAddress(t)
	log := &testkit.LogBuffer{}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"--listen=" + main, "--http-listen=" + plain, "--debug-listen=" + debug, "--data=" +
			t.TempDir(), "--workers=1", "--models=" + t.TempDir()},
			environment{getenv: func(string) string { return "" }, stdout: io.Discard, stderr: log})
	}()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	root := fetch(t, client, "http://"+plain+"/root.cer", done, log)
	if kind := root.header.Get("Content-Type"); kind != "application/x-x509-ca-cert" {
		t.Errorf("the root's type: %s", kind)
	}
	cert, err := x509.ParseCertificate(root.body)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	defer client.CloseIdleConnections()
	_, port, _ := net.SplitHostPort(main)
	for _, page := range []string{"/", "/companion", "/p", "/trust", "/readyz"} {
		if got := fetch(t, client, "https://localhost:"+port+page, done, log); got.status != http.StatusOK ||
			got.header.Get("Strict-Transport-Security") != "" {
			t.Errorf("GET %s: status %d, HSTS %q", page, got.status, got.header.Get("Strict-Transport-Security"))
		}
	}
	if got := fetch(t, client, "https://localhost:"+port+"/root.cer", done, log); !bytes.Equal(got.body, root.body) {
		t.Errorf("the root on https: status %d, %d bytes, want those of the plain listener", got.status, len(got.body))
	}
	if got := fetch(t, client, "http://"+plain+"/", done, log); got.status != http.StatusOK ||
		!strings.Contains(string(got.body), "<html") {
		t.Errorf("the help page: status %d", got.status)
	}
	help := string(fetch(t, client, "http://"+plain+"/", done, log).body)
	sheet := regexp.MustCompile(`href="(/a/[^"]+\.css)"`).FindStringSubmatch(help)
	if !strings.Contains(help, `name="viewport"`) || sheet == nil {
		t.Errorf("the help page lacks what every page has: %.300s", help)
	} else if got := fetch(t, client, "http://"+plain+sheet[1], done, log); got.status != http.StatusOK {
		t.Errorf("its stylesheet %s: status %d", sheet[1], got.status)
	}
	for from, isPlain := range map[string]bool{"http://" + plain: true, "https://localhost:" + port: false} {
		var info trustInfo
		got := fetch(t, client, from+"/trust.json", done, log)
		if err := json.Unmarshal(got.body, &info); err != nil || info.Plain != isPlain || info.Secure == "" {
			t.Errorf("%s: %s, %v", from, got.body, err)
		}
		if (info.Reach == "yes") != strings.HasPrefix(info.QR, "<svg ") || (info.QR == "") != (info.URL == "") {
			t.Errorf("%s: a code that nobody can follow, or none: %s", from, got.body)
		}
	}
	if got := fetch(t, client, "http://"+plain+"/p", done, log); got.status != http.StatusTemporaryRedirect ||
		got.header.Get("Location") != "https://127.0.0.1:"+port+"/p" {
		t.Errorf("the way to https: status %d, location %q", got.status, got.header.Get("Location"))
	}
	for _, page := range []string{"/metrics", "/debug/pprof/goroutine?debug=1"} {
		got := fetch(t, client, "http://"+debug+page, done, log)
		if got.status != http.StatusOK ||
			!strings.Contains(string(got.body), "goroutine") {
			t.Errorf("the debug listener's %s: status %d, body %.80s", page, got.status, got.body)
		}
		if page == "/metrics" {
			checkMonitoring(t, string(got.body))
		}
		if got := fetch(t, client, "https://localhost:"+port+page, done, log); got.status != http.StatusNotFound {
			t.Errorf("strangers ask for %s: status %d, want 404", page, got.status)
		}
	}
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("stop: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the program does not stop:\n%s", log)
	}
}

type fetched struct {
	status int
	header http.Header
	body   []byte
}

// fetch asks until the program answers; it may still be starting.
func fetch(t *testing.T, client *http.Client, url string, done <-chan error, log *testkit.LogBuffer) fetched {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); ; {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err == nil {
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return fetched{res.StatusCode, res.Header, b}
		}
		select {
		case ended := <-done:
			t.Fatalf("the program ended: %v\n%s", ended, log)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("GET %s: %v\n%s", url, err, log)
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	if err := run(t.Context(), []string{"dance"}, with(nil)); err == nil || !strings.Contains(err.Error(), "serve") {
		t.Errorf("error %v, want one that lists the commands", err)
	}
}
