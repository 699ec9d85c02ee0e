package testca_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"testing"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

func stampOf(t *testing.T, b *bench, sum []byte) []byte {
	t.Helper()
	return must(b.Stamp(t.Context(), sum))
}

func TestTimeStampsAreOfTheTestAuthority(t *testing.T) {
	b := newBench(t)
	sum := sha256.Sum256([]byte("a signature"))
	b.clock.move(-330 * 24 * time.Hour)
	old := must(pkcs7.Parse(stampOf(t, b, sum[:]))).GetOnlySigner()
	b.clock.move(330 * 24 * time.Hour)
	der := stampOf(t, b, sum[:])
	stamp, err := timestamp.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if stamp.HashAlgorithm != crypto.SHA256 || string(stamp.HashedMessage) != string(sum[:]) ||
		b.clock.now().Sub(stamp.Time).Abs() > time.Minute {
		t.Errorf("it is over %x at %v, want %x at %v", stamp.HashedMessage, stamp.Time, sum, b.clock.now())
	}
	signer := must(pkcs7.Parse(der)).GetOnlySigner()
	if signer == nil {
		t.Fatal("it holds no certificate")
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(b.Root())
	between.AddCert(b.Issuing())
	if _, err := signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: b.clock.now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}}); err != nil {
		t.Error(err)
	}
	again := must(pkcs7.Parse(stampOf(t, b, sum[:]))).GetOnlySigner()
	if !again.Equal(signer) {
		t.Error("the second time stamp has another certificate")
	}
	if signer.Equal(old) {
		t.Error("a certificate that ends soon was not made anew")
	}
}
