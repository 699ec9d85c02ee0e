package stepca

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"visavis/certificate"
)

// Config of a [Client].
type Config struct {
	// Name is the authority's, for people.
	Name string
	// URL is where the authority answers: https, such as https://ca.example:9000.
	URL string
	// Roots sign its server certificate; nil: the system's.
	Roots *x509.CertPool
	// Provisioner is the name of a JWK provisioner of the authority, and Key its private
	// key, which signs a token for each call.
	Provisioner string
	Key         jose.JSONWebKey
	// Authorities sign the authority's list of revoked certificates.
	Authorities []*x509.Certificate
	Store       Store
	// Life of a certificate; 0 leaves it to the authority.
	Life time.Duration
	// Timeout of one call. Default 20 s.
	Timeout time.Duration
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Client is a [certificate.Issuer]. Safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client

	mu   sync.Mutex // guards what follows; held while a list is read
	list list
}

// SettingError is a field of [Config] that cannot be.
type SettingError struct {
	Field string // of Config
	what  string
}

// Error implements error. It holds no secret.
func (e *SettingError) Error() string { return "step-ca: " + e.what }

// New returns a client. It asks nobody yet.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(cfg.URL, "/"))
	switch {
	case err != nil || base.Scheme != "https" || base.Host == "":
		return nil, &SettingError{"URL", fmt.Sprintf("URL %q, want https://host:port", cfg.URL)}
	case cfg.Name == "":
		return nil, &SettingError{"Name", "no name, which people are told"}
	case cfg.Provisioner == "":
		return nil, &SettingError{"Provisioner", "no provisioner, whose key signs what is asked"}
	case cfg.Key.IsPublic() || !cfg.Key.Valid() || cfg.Key.KeyID == "":
		return nil, &SettingError{"Key", "want the provisioner's private key, with its id (kid)"}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 20 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Client{cfg: cfg, base: base, http: &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.Roots}, Proxy: http.ProxyFromEnvironment,
			ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute,
		},
		Timeout:       cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if _, err := c.token(pathSign, "", nil); err != nil {
		return nil, &SettingError{"Key", fmt.Sprintf("a key that signs nothing with the algorithm %q", algorithm(cfg.Key))}
	}
	return c, nil
}

// About implements [certificate.Issuer].
func (c *Client) About() certificate.About {
	return certificate.About{Name: c.cfg.Name, WantsKey: true}
}

func (c *Client) now() time.Time { return c.cfg.Now().UTC() }

// StatusError is an answer of the authority that is none of success.
type StatusError struct {
	Code    int
	Message string // the authority's, short
}

// Error implements error.
func (e *StatusError) Error() string { return fmt.Sprintf("step-ca: status %d: %s", e.Code, e.Message) }

// maxAnswer bounds an answer, in bytes. A list of revoked certificates is the longest.
const maxAnswer = 16 << 20

// post calls a path with a body in JSON and reads the answer into out. A
// *certificate.TemporaryError says that there was none.
func (c *Client) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("step-ca: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("step-ca: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.do(r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("step-ca: %s answered no JSON: %w", path, err)
	}
	return nil
}

// do sends a request and returns the answer's body.
func (c *Client) do(r *http.Request) ([]byte, error) {
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, &certificate.TemporaryError{Err: err}
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, &certificate.TemporaryError{Err: err} // cut off
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("step-ca: an answer of more than %d bytes", maxAnswer)
	case answer.StatusCode >= 200 && answer.StatusCode < 300:
		return body, nil
	}
	failure := &StatusError{Code: answer.StatusCode}
	var problem struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &problem) == nil {
		failure.Message = fmt.Sprintf("%.200s", problem.Message)
	}
	if answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests ||
		answer.StatusCode == http.StatusRequestTimeout {
		return nil, &certificate.TemporaryError{Err: failure}
	}
	return nil, failure
}

func isStatus(err error, code int) bool {
	status, ok := errors.AsType[*StatusError](err)
	return ok && status.Code == code
}
