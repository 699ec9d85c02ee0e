package pades

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"visavis/certificate/proof/xades"
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCert   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // v2, RFC 5035
	oidTimeStamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSA         = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2} // with SHA-256
)

// attribute is an attribute of CMS with one value.
func attribute(oid asn1.ObjectIdentifier, value func(*cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(der.SET, value)
	})
	return b.BytesOrPanic() // fixed shapes: only a nil OID could fail
}

// signedAttributes are what is signed (RFC 5652, 5.3): kind and digest of the document, and the
// certificate. PAdES has the time in the PDF. The key signs them as a SET.
func signedAttributes(sum [sha256.Size]byte, cert *x509.Certificate) []byte {
	own := sha256.Sum256(cert.Raw)
	list := [][]byte{
		attribute(oidContentType, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) }),
		attribute(oidMessageDigest, func(b *cryptobyte.Builder) { b.AddASN1OctetString(sum[:]) }),
		attribute(oidSigningCert, func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1OctetString(own[:]) }) // SHA-256 is the default
				})
			})
		}),
	}
	slices.SortFunc(list, bytes.Compare)
	return bytes.Join(list, nil)
}

// asSet is the form of attributes that is signed.
func asSet(attributes []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(der.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
	return b.BytesOrPanic()
}

// signature is a CMS signature over a digest: its value, and what it is of.
type signature struct {
	chain      []*x509.Certificate
	attributes []byte
	value      []byte
	stamp      []byte // a time stamp, DER; nil: there is none
}

// sign signs the digest of a document.
func sign(ctx context.Context, sum [sha256.Size]byte, seal xades.Seal) (*signature, error) {
	if len(seal.Chain) == 0 {
		return nil, errors.New("pades: no certificate to sign with")
	}
	key, ok := seal.Chain[0].PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("pades: the certificate's key is of another kind: want ECDSA on P-256")
	}
	s := &signature{chain: seal.Chain, attributes: signedAttributes(sum, seal.Chain[0])}
	digest := sha256.Sum256(asSet(s.attributes))
	err := seal.Use(ctx, func(k crypto.Signer) (err error) {
		s.value, err = k.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pades: %w", err)
	}
	if !ecdsa.VerifyASN1(key, digest[:], s.value) {
		return nil, errors.New("pades: the signature does not verify with the certificate's key")
	}
	return s, nil
}

// der returns the signature as a ContentInfo.
func (s *signature) der() ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oidSignedData)
		b.AddASN1(der.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, s.signedData)
		})
	})
	return b.Bytes()
}

func algorithm(oid asn1.ObjectIdentifier) func(*cryptobyte.Builder) {
	return func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid) })
	}
}

func (s *signature) signedData(b *cryptobyte.Builder) {
	b.AddASN1Int64(1)
	b.AddASN1(der.SET, algorithm(oidSHA256))
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oidData) })
	b.AddASN1(der.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
		var certs [][]byte
		for _, c := range s.chain {
			certs = append(certs, c.Raw)
		}
		slices.SortFunc(certs, bytes.Compare) // a SET
		for _, c := range certs {
			b.AddBytes(c)
		}
	})
	b.AddASN1(der.SET, func(b *cryptobyte.Builder) { b.AddASN1(der.SEQUENCE, s.signerInfo) })
}

func (s *signature) signerInfo(b *cryptobyte.Builder) {
	b.AddASN1Int64(1)
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(s.chain[0].RawIssuer)
		b.AddASN1BigInt(s.chain[0].SerialNumber)
	})
	algorithm(oidSHA256)(b)
	b.AddASN1(der.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddBytes(s.attributes) })
	algorithm(oidECDSA)(b)
	b.AddASN1OctetString(s.value)
	if s.stamp != nil {
		b.AddASN1(der.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
			b.AddBytes(attribute(oidTimeStamp, func(b *cryptobyte.Builder) { b.AddBytes(s.stamp) }))
		})
	}
}
