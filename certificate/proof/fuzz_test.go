package proof_test

import (
	"testing"

	"visavis/certificate/proof"
	"visavis/certificate/proof/xades"
)

// Whatever a file holds, it does not verify unless the server signed it.
func FuzzVerify(f *testing.F) {
	f.Add([]byte("PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	body, err := proof.Build(f.Context(), issue(f.Context(), f), files(), maker(newSigner()), now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := proof.Verify(body, func([]byte, []byte) bool { return false }, xades.Roots{})
		if err == nil && r.OK() {
			t.Error("it verifies though nobody signed it")
		}
	})
}
