package testca

import (
	"bytes"
	"crypto/x509"
	"math/big"
	"math/rand/v2"
	"testing"

	"golang.org/x/crypto/ocsp"

	"visavis/certificate/keys"
)

// Requests in which bytes were changed, added and taken away: each is answered, none
// by more than one answer of a certificate, and none ends the responder.
func TestFourThousandMutatedOCSPRequests(t *testing.T) {
	k, err := keys.OpenFiles(t.TempDir(), bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := Open(t.Context(), Config{Dir: t.TempDir(), Keys: k, Store: &Memory{}, BaseURL: "http://127.0.0.1:8080"})
	if err != nil {
		t.Fatal(err)
	}
	good, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: big.NewInt(0x7f01)}, ca.issuing, nil)
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(1, 2))
	refused, answered := 0, 0
	for range 4000 {
		request := bytes.Clone(good)
		for range 1 + chance.IntN(4) {
			at := chance.IntN(len(request))
			switch chance.IntN(4) {
			case 0:
				request[at] ^= 1 << chance.IntN(8)
			case 1:
				request[at] = byte(chance.IntN(256))
			case 2:
				request = append(request[:at:at], append([]byte{byte(chance.IntN(256))}, request[at:]...)...)
			default:
				if len(request) > 1 {
					request = append(request[:at:at], request[at+1:]...)
				}
			}
		}
		answer := ca.answerOCSP(t.Context(), request).der
		switch {
		case len(answer) == 5 && answer[0] == 0x30:
			refused++
		case len(answer) > 4<<10 || len(answer) == 0:
			t.Fatalf("%x is answered by %d bytes", request, len(answer))
		default:
			answered++
			if r, err := ocsp.ParseResponse(answer, nil); err == nil && r.Status == ocsp.Good {
				t.Errorf("%x: a certificate that was never issued is good", request)
			}
		}
	}
	if refused < 100 || answered < 100 {
		t.Errorf("%d refused, %d answered: the mutations try too little", refused, answered)
	}
}
