package handover

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
)

// Decrypt opens a message as its recipient does.
func Decrypt(der []byte, to *x509.Certificate, key *rsa.PrivateKey) ([]byte, error) {
	var m message
	rest, err := asn1.Unmarshal(der, &m)
	if err != nil {
		return nil, err
	}
	one := m.Content.Recipients[0]
	if len(rest) > 0 || !bytes.Equal(one.Recipient.Issuer.FullBytes, to.RawIssuer) ||
		one.Recipient.Serial.Cmp(to.SerialNumber) != 0 {
		return nil, errors.New("it is for somebody else")
	}
	content, err := rsa.DecryptOAEP(sha256.New(), nil, key, one.Key, nil)
	if err != nil {
		return nil, err
	}
	var p gcmParameters
	if _, err := asn1.Unmarshal(m.Content.Content.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(content)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, p.Nonce, append(bytes.Clone(m.Content.Content.Content), m.Content.MAC...), nil)
}
