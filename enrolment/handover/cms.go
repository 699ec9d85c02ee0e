package handover

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// minRSA is the least length of a recipient's key, in bits.
const minRSA = 2048

// ErrEnded is a recipient's certificate past its end: nothing is encrypted to its key until the
// next one is set.
var ErrEnded = errors.New("handover: the certificate ended")

// CheckRecipient refuses a certificate whose key cannot receive encrypted files. ErrEnded if
// only its validity is the reason.
func CheckRecipient(c *x509.Certificate, now time.Time) error {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok:
		return fmt.Errorf("handover: the key is %s, want RSA: a key of another kind cannot be encrypted to",
			c.PublicKeyAlgorithm)
	case key.N.BitLen() < minRSA:
		return fmt.Errorf("handover: an RSA key of %d bits, want %d or more", key.N.BitLen(), minRSA)
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageKeyEncipherment == 0:
		return errors.New("handover: the certificate is not for encryption: want the key usage keyEncipherment")
	case now.After(c.NotAfter):
		return fmt.Errorf("%w on %s", ErrEnded, c.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// The object identifiers of a message.
var (
	oidAuthEnveloped = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 23}
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidOAEP          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 7}
	oidMGF1          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidAES256GCM     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 46}
)

// message is a ContentInfo with AuthEnvelopedData (RFC 5083). The kept libraries of CMS
// write EnvelopedData alone, which nothing authenticates.
type message struct {
	Type    asn1.ObjectIdentifier
	Content authEnveloped `asn1:"explicit,tag:0"`
}

type authEnveloped struct {
	Version    int
	Recipients []keyTransport `asn1:"set"`
	Content    encryptedContent
	MAC        []byte
}

// keyTransport is a KeyTransRecipientInfo (RFC 5652, 6.2.1).
type keyTransport struct {
	Version   int
	Recipient issuerAndSerial
	Algorithm pkix.AlgorithmIdentifier
	Key       []byte
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type encryptedContent struct {
	Type      asn1.ObjectIdentifier
	Algorithm pkix.AlgorithmIdentifier
	Content   []byte `asn1:"tag:0"`
}

// gcmParameters are those of RFC 5084, 3.2.
type gcmParameters struct {
	Nonce []byte
	Tag   int
}

// oaepParameters are those of RFC 4055, 4.1.
type oaepParameters struct {
	Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0"`
	Mask pkix.AlgorithmIdentifier `asn1:"explicit,tag:1"`
}

// encrypt returns a message in DER that the certificate's key opens: AES-256-GCM, its key
// encrypted by RSAES-OAEP with SHA-256.
func encrypt(body []byte, to *x509.Certificate) ([]byte, error) {
	public, ok := to.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("handover: want an RSA key")
	}
	key, nonce := make([]byte, 32), make([]byte, 12)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	_, _ = rand.Read(nonce)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	sealed := gcm.Seal(nil, nonce, body, nil)
	end := len(sealed) - gcm.Overhead()
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key, nil)
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	hash := pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}
	mask, err := algorithm(oidMGF1, hash)
	if err != nil {
		return nil, err
	}
	oaep, err := algorithm(oidOAEP, oaepParameters{hash, mask})
	if err != nil {
		return nil, err
	}
	content, err := algorithm(oidAES256GCM, gcmParameters{nonce, gcm.Overhead()})
	if err != nil {
		return nil, err
	}
	out, err := asn1.Marshal(message{oidAuthEnveloped, authEnveloped{
		Recipients: []keyTransport{{
			Recipient: issuerAndSerial{asn1.RawValue{FullBytes: bytes.Clone(to.RawIssuer)}, to.SerialNumber},
			Algorithm: oaep, Key: wrapped,
		}},
		Content: encryptedContent{oidData, content, sealed[:end]},
		MAC:     sealed[end:],
	}})
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	return out, nil
}

// algorithm is an AlgorithmIdentifier with parameters.
func algorithm(id asn1.ObjectIdentifier, parameters any) (pkix.AlgorithmIdentifier, error) {
	der, err := asn1.Marshal(parameters)
	if err != nil {
		return pkix.AlgorithmIdentifier{}, fmt.Errorf("handover: %w", err)
	}
	return pkix.AlgorithmIdentifier{Algorithm: id, Parameters: asn1.RawValue{FullBytes: der}}, nil
}
