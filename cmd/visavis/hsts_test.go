package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	"visavis/localca"
)

func TestStrictTransportWithRealCertificatesAlone(t *testing.T) {
	ca, err := localca.Open(localca.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	browsers := x509.NewCertPool() // that trust this root, as they do a public one
	browsers.AddCert(ca.Root())
	over := &tls.ConnectionState{}
	for name, tt := range map[string]struct {
		roots *x509.CertPool
		pair  *tls.Certificate
		tls   *tls.ConnectionState
		want  string
	}{
		"trusted":              {browsers, pair, over, hstsHeader},
		"made at home":         {x509.NewCertPool(), pair, over, ""},
		"the system's roots":   {nil, pair, over, ""},
		"over plain HTTP":      {browsers, pair, nil, ""},
		"no certificate":       {browsers, &tls.Certificate{}, over, ""},
		"no certificate in it": {browsers, &tls.Certificate{Certificate: [][]byte{{1, 2}}}, over, ""},
	} {
		s := &hsts{roots: tt.roots}
		s.sees(tt.pair)
		s.sees(tt.pair)
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.TLS = tt.tls
		s.with(http.NotFoundHandler()).ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
