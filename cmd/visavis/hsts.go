package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync"
	"time"
)

// hstsHeader has browsers speak TLS alone with this host for two years. Its
// subdomains are not ours to bind.
const hstsHeader = "max-age=63072000"

// hsts tells browsers never to come without TLS again, once the certificate in use
// is one that they trust: with the local root, or with a certificate that somebody
// made at home, nobody could come back when it is gone.
type hsts struct {
	roots *x509.CertPool // nil: the system's

	mu    sync.Mutex // guards what follows
	known string     // the certificate that was looked at last
	real  bool
}

// sees is told of the certificate in use.
func (s *hsts) sees(pair *tls.Certificate) {
	if len(pair.Certificate) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if leaf := string(pair.Certificate[0]); leaf != s.known {
		s.known, s.real = leaf, trusted(pair, s.roots)
	}
}

func trusted(pair *tls.Certificate, roots *x509.CertPool) bool {
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return false
	}
	between := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(c)
		}
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: time.Now()})
	return err == nil
}

func (s *hsts) on() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.real
}

// with adds the header to every answer.
func (s *hsts) with(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil && s.on() {
			w.Header().Set("Strict-Transport-Security", hstsHeader)
		}
		next.ServeHTTP(w, r)
	})
}
