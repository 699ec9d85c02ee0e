package trustlist

import (
	"crypto/x509"
	"testing"
	"time"
)

// Whatever a file holds, nobody is granted anything by it unless it was signed.
func FuzzParse(f *testing.F) {
	withdrawnNow := state{typeCAQC, withdrawn, "2020-01-01T00:00:00Z", forESignatures, ""}
	f.Add(sign(scheme(), unsigned(1, tomorrow, withdrawnNow)))
	f.Add([]byte(unsigned(1, tomorrow, granted("2020-01-01T00:00:00Z"))))
	f.Add([]byte(`<a xmlns="x"><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature></a>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := Parse(body, []*x509.Certificate{scheme().cert})
		if err != nil {
			return
		}
		if got, _ := l.Granted(leaf(), authority().cert, time.Now()); got {
			t.Errorf("granted by what the scheme did not sign: %s", body)
		}
	})
}
