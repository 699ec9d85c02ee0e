package testca

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"testing"

	"golang.org/x/crypto/ocsp"

	"visavis/certificate"
	"visavis/certificate/keys"
)

// Whatever is asked gets an answer that an OCSP client can read.
func FuzzOCSP(f *testing.F) {
	k, err := keys.OpenFiles(f.TempDir(), bytes.Repeat([]byte("s"), 32))
	if err != nil {
		f.Fatal(err)
	}
	ca, err := Open(f.Context(), Config{Dir: f.TempDir(), Keys: k, Store: &Memory{}, BaseURL: "http://127.0.0.1:8080"})
	if err != nil {
		f.Fatal(err)
	}
	serial := big.NewInt(0x7f01)
	e := Entry{Enrolment: "e", Serial: hex.EncodeToString(serial.Bytes()), Revocation: &certificate.Revocation{
		At: ca.now(), Reason: certificate.ReasonKey}}
	if _, err := ca.cfg.Store.Add(f.Context(), e); err != nil {
		f.Fatal(err)
	}
	for _, n := range []*big.Int{serial, big.NewInt(1)} {
		request, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: n}, ca.issuing, nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(request)
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, request []byte) {
		answer := ca.answerOCSP(t.Context(), request).der
		if len(answer) == 5 && answer[0] == 0x30 { // without an answer
			return
		}
		q, err := parseOCSP(request)
		if err != nil || len(q.ids) != 1 || hashes[q.ids[0].Hash.Algorithm.String()] == nil {
			return // the library reads one answer alone, and no other hashes
		}
		if _, err := ocsp.ParseResponse(answer, ca.issuing); err != nil {
			t.Errorf("%x is answered by %x: %v", request, answer, err)
		}
	})
}
