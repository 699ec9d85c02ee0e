package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"visavis/server"
)

const (
	// healthURL is an address to ask: that of an instance without settings.
	healthURL = "https://127.0.0.1:8443/readyz"
	// healthTimeout is below the usual patience of a supervisor, 10 s.
	healthTimeout = 5 * time.Second
)

// healthTarget is what is asked when nothing else is said: this machine, at the
// port and in the scheme that the environment gives the server, which in a
// container is the same for both.
func healthTarget(env environment) string {
	if target := env.getenv(variable("health-url")); target != "" {
		return target
	}
	scheme, port := "https", "8443"
	if env.getenv(variable("tls")) == "off" {
		scheme = "http"
	}
	if _, p, err := net.SplitHostPort(env.getenv(variable("listen"))); err == nil && p != "" {
		port = p
	}
	return scheme + "://" + net.JoinHostPort("127.0.0.1", port) + "/readyz"
}

// healthcheck asks the instance on this machine whether it is ready.
func healthcheck(ctx context.Context, args []string, env environment) error {
	f := flag.NewFlagSet("healthcheck", flag.ContinueOnError)
	f.SetOutput(env.stderr)
	target := healthTarget(env)
	f.StringVar(&target, "url", target, "address to ask: /readyz (ready for people) or /healthz (the process answers)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("healthcheck: unexpected argument %q", f.Arg(0))
	}
	return runHealthcheck(ctx, target)
}

// runHealthcheck asks the address and returns nil when it answers within 5 s with 200, or that its store is full,
// else an error that says what it answered. Redirects are not followed.
func runHealthcheck(ctx context.Context, target string) error {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return errors.New("healthcheck: want an address like " + healthURL)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	client := &http.Client{
		Transport:     healthTransport(u.Hostname()),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 300))
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	if answer.StatusCode == http.StatusServiceUnavailable && full(said) {
		return nil
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("healthcheck: not ready: %s %s", answer.Status, strings.TrimSpace(string(said)))
	}
	return nil
}

// full tells whether an instance is well and only has no room for new sessions: restarted, it would lose those that it
// has, which is what a flood is for.
func full(said []byte) bool {
	var answer struct {
		Status string `json:"status"`
	}
	return json.Unmarshal(said, &answer) == nil && answer.Status == server.StatusFull
}

// healthTransport never goes through a proxy. Only to this very machine it does
// not ask who signed the certificate: the local CA's root need not be installed
// here, and who can answer on the loopback is on the machine already.
func healthTransport(host string) *http.Transport {
	t := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if !isLoopback(host) {
		return t
	}
	t.TLSClientConfig.InsecureSkipVerify = true //nolint:gosec // loopback alone, see above
	// The certificate is not checked here, so the address that a name resolves to has to be loopback as well.
	dialer := &net.Dialer{}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if to, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !to.IP.IsLoopback() {
			return nil, errors.Join(fmt.Errorf("%s is not on this machine", host), conn.Close())
		}
		return conn, nil
	}
	return t
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
