package proof

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"visavis/certificate"
	"visavis/words"
)

// readme explains the file to who finds it in some years, in each language that the
// texts are in.
func readme(c certificate.Certificate) []byte {
	var parts []string
	for _, l := range words.Having("legal") {
		parts = append(parts, readmeIn(c, l.Tag))
	}
	return []byte(strings.Join(parts, "\n\n\n") + "\n")
}

func readmeIn(c certificate.Certificate, tag string) string {
	badge := ""
	if b := c.Level.Badge(tag); b != "" {
		badge = "\n*** " + b + " ***\n"
	}
	return words.In(tag).Text("legal.proof", words.Values{"reference": c.Request.Reference, "badge": badge})
}

func marshalPublic(k ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
