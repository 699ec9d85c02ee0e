package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// reach asks a server for its first page, whatever it answers: a server that is away or
// not trusted is one error that says what to do, and not one of every scenario.
func reach(ctx context.Context, server string, config *tls.Config) error {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("-server %q: want https://host[:port]", server)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, u.JoinPath("/").String(), nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{TLSClientConfig: config.Clone()}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return unreachable(server, err)
	}
	return answer.Body.Close()
}

// unreachable is the error of a request that got no answer, with what to do next.
func unreachable(server string, err error) error {
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("%s is not trusted: %w; -ca FILE names the root to trust, -insecure trusts any", server, untrusted.Err)
	}
	return fmt.Errorf("%s cannot be reached: %w; \"make run\" or \"qa serve\" starts a server on this machine", server, err)
}
