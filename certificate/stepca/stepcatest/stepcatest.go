// Package stepcatest makes the folder of an authority that step-ca runs, for tests.
package stepcatest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Provisioner is the name of the authority's JWK provisioner.
const Provisioner = "visavis"

// policy of what it issues: of the enterprise number for documentation (RFC 5612).
const policy = "1.3.6.1.4.1.32473.1.1"

// Authority is what a client of the authority needs.
type Authority struct {
	Config        string // path of step-ca's own settings
	Root, Issuing *x509.Certificate
	Key           jose.JSONWebKey // private, of the provisioner
}

// Write makes an authority in an empty folder, which answers at an address (host:port)
// and issues by a template of examples/step. Beside step-ca's files stand root.crt and
// provisioner.jwk for the client.
func Write(folder, address, template string) (a Authority, err error) {
	root, rootKey, err := authority("EXEMPLE RACINE", 1, nil, nil)
	if err != nil {
		return a, err
	}
	issuing, issuingKey, err := authority("EXEMPLE AC", 0, root, rootKey)
	if err != nil {
		return a, err
	}
	provisioner, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return a, err
	}
	a = Authority{Config: filepath.Join(folder, "ca.json"), Root: root, Issuing: issuing,
		Key: jose.JSONWebKey{Key: provisioner, KeyID: "visavis-1", Algorithm: "ES256", Use: "sig"}}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(issuingKey)
	if err != nil {
		return a, err
	}
	jwk, err := json.Marshal(a.Key)
	if err != nil {
		return a, err
	}
	config, err := json.MarshalIndent(a.settings(folder, address, template), "", "\t")
	if err != nil {
		return a, err
	}
	for name, body := range map[string][]byte{
		"root.crt": pemOf("CERTIFICATE", root.Raw), "ca.crt": pemOf("CERTIFICATE", issuing.Raw),
		"ca.key": pemOf("PRIVATE KEY", pkcs8), "provisioner.jwk": jwk, "ca.json": config,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), body, 0o600); err != nil {
			return a, err
		}
	}
	return a, nil
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// settings are step-ca's: no extension of its own, and a list of revoked certificates.
func (a Authority) settings(folder, address, template string) map[string]any {
	file := func(name string) string { return filepath.Join(folder, name) }
	return map[string]any{
		"root": file("root.crt"), "crt": file("ca.crt"), "key": file("ca.key"), "address": address,
		"dnsNames": []string{"127.0.0.1", "localhost"},
		"db":       map[string]any{"type": "bbolt", "dataSource": file("db")},
		"crl":      map[string]any{"enabled": true, "generateOnRevoke": true},
		"authority": map[string]any{"provisioners": []any{map[string]any{
			"type": "JWK", "name": Provisioner, "key": a.Key.Public(),
			"claims": map[string]any{"maxTLSCertDuration": "26280h", "defaultTLSCertDuration": "8760h",
				"disableSmallstepExtensions": true},
			"options": map[string]any{"x509": map[string]any{"templateFile": template, "templateData": map[string]any{
				"policies": []string{policy}, "issuer": "http://ca.example.org/ca.cer", "crl": "http://ca.example.org/ca.crl",
			}}},
		}}},
	}
}

// authority makes one that a parent signed, or itself without a parent. below is how many
// authorities may follow it.
func authority(name string, below int, parent *x509.Certificate, by crypto.Signer) (
	*x509.Certificate, *ecdsa.PrivateKey, error,
) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(5, 0, 0), IsCA: true,
		BasicConstraintsValid: true, MaxPathLen: below, MaxPathLenZero: below == 0,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		Subject:  pkix.Name{CommonName: name, Organization: []string{"EXEMPLE"}, Country: []string{"FR"}},
	}
	if parent == nil {
		parent, by = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}
