package testca

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"visavis/certificate"
	"visavis/certificate/keys"
)

// The ids of the authority's keys.
const (
	rootKey    = "test-ca root"
	issuingKey = "test-ca issuing"
)

// ErrProduction is a test authority in production.
var ErrProduction = errors.New(
	"test CA: it is for tests and demonstrations and refuses to start in production; set a trust service provider")

// Config of a [CA].
type Config struct {
	// Dir holds the two certificates of the authority; instances share it.
	Dir string
	// Keys holds the authority's keys.
	Keys keys.Keeper
	// Store keeps what is issued.
	Store Store
	// BaseURL is the address of the plain listener that serves [CA.Handler], as it
	// stands in certificates: http://host:port, no path.
	BaseURL string
	// Production refuses.
	Production bool
	// Life of a certificate; default and longest 7 days.
	Life time.Duration
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// CA is the authority. It implements [certificate.Issuer].
type CA struct {
	cfg     Config
	root    *x509.Certificate
	issuing *x509.Certificate

	responder atomic.Pointer[responder]

	mu      sync.Mutex          // guards what follows; not held while something is signed
	lists   map[string]list     // by file name
	answers map[[32]byte]answer // of OCSP, by digest of the request
}

// Open returns the authority of the folder, which is made now when there is none.
// An issuing certificate that names another BaseURL, or ends soon, is made anew
// with the same name and key: what was issued stays good.
func Open(ctx context.Context, cfg Config) (*CA, error) {
	if cfg.Production {
		return nil, ErrProduction
	}
	if cfg.Life == 0 {
		cfg.Life = certificate.TestLife
	}
	if cfg.Life < 0 || cfg.Life > certificate.TestLife {
		return nil, fmt.Errorf("test CA: certificates of %v, at most %v are made", cfg.Life, certificate.TestLife)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.BaseURL = strings.TrimSuffix(cfg.BaseURL, "/")
	if u, err := url.Parse(cfg.BaseURL); err != nil || u.Scheme != "http" || u.Host == "" || u.Path != "" {
		return nil, fmt.Errorf("test CA: base URL %q, want http://host:port: programs ask for revocation over plain HTTP",
			cfg.BaseURL)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	c := &CA{cfg: cfg, lists: map[string]list{}, answers: map[[32]byte]answer{}}
	if err := c.openRoot(ctx); err != nil {
		return nil, err
	}
	if err := c.openIssuing(ctx); err != nil {
		return nil, err
	}
	return c, c.openResponder(ctx)
}

// Root returns the root, which must not be changed.
func (c *CA) Root() *x509.Certificate { return c.root }

// Issuing returns the issuing authority's certificate, which must not be changed.
func (c *CA) Issuing() *x509.Certificate { return c.issuing }

// Profile returns the profile that its certificates are checked by.
func (c *CA) Profile() certificate.Profile { return certificate.TestProfile(c.root) }

// About implements [certificate.Issuer].
func (c *CA) About() certificate.About {
	return certificate.About{Name: nameIssuing, WantsKey: true, Test: true}
}

func (c *CA) now() time.Time { return c.cfg.Now().UTC() }
