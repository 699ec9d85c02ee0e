package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"visavis/certificate"
)

// Config of a [Client]. At least one of Certificate and Secret is needed.
type Config struct {
	// Name is the provider's, for people.
	Name string
	// URL is where the paths begin: https, such as https://api.provider.eu/v1.
	URL string
	// Certificate is ours for mutual TLS; nil: none.
	Certificate *tls.Certificate
	// Roots sign the provider's server certificate; nil: the system's.
	Roots *x509.CertPool
	// KeyID and Secret sign every request (RFC 9421, hmac-sha256); the secret has 32
	// bytes or more. Empty: not signed.
	KeyID  string
	Secret []byte
	// Timeout of one attempt. Default 20 s.
	Timeout time.Duration
	// Attempts of one call before it is given back as temporary. Default 4.
	Attempts int
	// Backoff before the second attempt; it doubles, with jitter, up to 10 s. Default
	// 500 ms.
	Backoff time.Duration
}

// Client is a [certificate.Issuer].
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
}

// SettingError is a field of [Config] that cannot be.
type SettingError struct {
	Field string // of Config
	what  string
}

// Error implements error. It holds no secret.
func (e *SettingError) Error() string { return "provider: " + e.what }

// New returns a client. It asks nobody yet.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(cfg.URL, "/"))
	if err != nil || base.Scheme != "https" || base.Host == "" {
		return nil, &SettingError{"URL", fmt.Sprintf("URL %q, want https://host/path", cfg.URL)}
	}
	if cfg.Name == "" {
		return nil, &SettingError{"Name", "no name, which people are told"}
	}
	if cfg.Certificate == nil && len(cfg.Secret) == 0 {
		return nil, &SettingError{"Secret", "neither a client certificate nor a secret: the provider could not know who asks"}
	}
	if n := len(cfg.Secret); n > 0 && n < minSecret {
		return nil, &SettingError{"Secret", fmt.Sprintf("a secret of %d bytes, want %d or more", n, minSecret)}
	}
	if len(cfg.Secret) > 0 && cfg.KeyID == "" {
		return nil, &SettingError{"KeyID", "a secret without the id of its key"}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 20 * time.Second
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = 4
	}
	if cfg.Backoff == 0 {
		cfg.Backoff = 500 * time.Millisecond
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots}
	if cfg.Certificate != nil {
		settings.Certificates = []tls.Certificate{*cfg.Certificate}
	}
	return &Client{cfg, base, &http.Client{
		// On a connection that was kept, net/http repeats a request by itself, with the
		// same nonce, which a provider must take for a replay.
		Transport: &http.Transport{TLSClientConfig: settings, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		Timeout:   cfg.Timeout,
		// A redirect would carry the request's signature, and a person's data, elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// About implements [certificate.Issuer].
func (c *Client) About() certificate.About { return certificate.About{Name: c.cfg.Name} }

// Request implements [certificate.Issuer].
func (c *Client) Request(ctx context.Context, r certificate.Request) (certificate.Answer, error) {
	r = r.Normal()
	if err := r.Validate(); err != nil {
		return certificate.Answer{}, err
	}
	body, err := json.Marshal(r)
	if err != nil {
		return certificate.Answer{}, fmt.Errorf("provider: %w", err)
	}
	got, err := c.send(ctx, call{method: http.MethodPost, path: []string{"requests"}, body: body, key: r.Enrolment})
	if is(err, http.StatusConflict) {
		return certificate.Answer{}, certificate.ErrOther
	}
	if err != nil {
		return certificate.Answer{}, err
	}
	return readStatus(got, r.Enrolment)
}

// Status implements [certificate.Issuer].
func (c *Client) Status(ctx context.Context, enrolment string) (certificate.Answer, error) {
	got, err := c.send(ctx, call{method: http.MethodGet, path: []string{"requests", enrolment}})
	if is(err, http.StatusNotFound) {
		return certificate.Answer{}, certificate.ErrUnknown
	}
	if err != nil {
		return certificate.Answer{}, err
	}
	return readStatus(got, enrolment)
}

// Certificate implements [certificate.Issuer].
func (c *Client) Certificate(ctx context.Context, enrolment string) (certificate.Issued, error) {
	got, err := c.send(ctx, call{method: http.MethodGet, path: []string{"requests", enrolment, "certificate"}})
	if is(err, http.StatusNotFound) || is(err, http.StatusConflict) {
		return certificate.Issued{}, certificate.ErrNotIssued
	}
	if err != nil {
		return certificate.Issued{}, err
	}
	return readCertificates(got)
}

// Revoke implements [certificate.Issuer].
func (c *Client) Revoke(ctx context.Context, enrolment string, reason certificate.Reason) (certificate.Answer, error) {
	if _, ok := reason.Code(); !ok {
		return certificate.Answer{}, fmt.Errorf("provider: %q is no reason; want one of %v", reason, certificate.Reasons())
	}
	body, err := json.Marshal(map[string]certificate.Reason{"reason": reason})
	if err != nil {
		return certificate.Answer{}, fmt.Errorf("provider: %w", err)
	}
	got, err := c.send(ctx, call{method: http.MethodPost, path: []string{"requests", enrolment, "revocation"}, body: body,
		key: enrolment + " revocation"})
	switch {
	case is(err, http.StatusNotFound):
		return certificate.Answer{}, certificate.ErrUnknown
	case is(err, http.StatusConflict):
		return certificate.Answer{}, certificate.ErrNotIssued
	case err != nil:
		return certificate.Answer{}, err
	}
	return readStatus(got, enrolment)
}

// readCertificates reads a chain in PEM, the person's certificate first.
func readCertificates(body []byte) (certificate.Issued, error) {
	var out certificate.Issued
	for {
		var block *pem.Block
		if block, body = pem.Decode(body); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return out, &AnswerError{"a PEM block " + block.Type + " among certificates"}
		}
		if out.Certificate == nil {
			out.Certificate = block.Bytes
		} else {
			out.Chain = append(out.Chain, block.Bytes)
		}
	}
	if out.Certificate == nil {
		return out, &AnswerError{"no certificate in PEM"}
	}
	return out, nil
}

// readAll reads a body of at most maxAnswer bytes.
func readAll(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = &AnswerError{fmt.Sprintf("more than %d bytes", maxAnswer)}
	}
	return body, err
}
