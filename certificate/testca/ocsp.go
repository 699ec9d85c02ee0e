package testca

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // clients name issuers by SHA-1 (RFC 6960); nothing is signed with it
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"time"

	"visavis/certificate"
)

// ocspLife is how long an answer may be relied on.
const ocspLife = 10 * time.Minute

// errMalformed is a request that cannot be answered.
var errMalformed = errors.New("malformed OCSP request")

// answerOCSP returns the answer to a request, in DER. A request that cannot be
// read, or a store that cannot be asked, has an answer too, which is not signed.
func (c *CA) answerOCSP(ctx context.Context, der []byte) []byte {
	r, err := parseOCSP(der)
	if err != nil {
		return ocspFailure(ocspMalformed)
	}
	now := c.now().Truncate(time.Second)
	data := ocspData{
		Responder: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: c.issuing.RawSubject},
		Produced:  now,
	}
	if r.nonce != nil {
		data.Extensions = []pkix.Extension{*r.nonce}
	}
	for _, id := range r.ids {
		status, err := c.statusOf(ctx, id)
		if err != nil {
			return ocspFailure(ocspTryLater)
		}
		data.Singles = append(data.Singles, ocspSingle{ID: id, Status: status, This: now, Next: now.Add(ocspLife)})
	}
	out, err := c.signOCSP(ctx, data)
	if err != nil {
		return ocspFailure(ocspInternal)
	}
	return out
}

// statusOf is good, revoked, or unknown for what was not issued here.
func (c *CA) statusOf(ctx context.Context, id certID) (asn1.RawValue, error) {
	unknown := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 2}
	if !c.isOurs(id) || id.Serial.Sign() <= 0 {
		return unknown, nil
	}
	e, err := c.cfg.Store.BySerial(ctx, hex.EncodeToString(id.Serial.Bytes()))
	if errors.Is(err, ErrNotFound) {
		return unknown, nil
	}
	if err != nil || e.Revocation == nil {
		return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0}, err
	}
	return revokedStatus(*e.Revocation)
}

func revokedStatus(r certificate.Revocation) (asn1.RawValue, error) {
	code, ok := r.Reason.Code()
	if !ok {
		return asn1.RawValue{}, fmt.Errorf("reason %q", r.Reason)
	}
	der, err := asn1.MarshalWithParams(revokedInfo{r.At.UTC(), asn1.Enumerated(code)}, "tag:1")
	return asn1.RawValue{FullBytes: der}, err
}

// hashes by which an issuer may be named.
var hashes = map[string]func() hash.Hash{
	"1.3.14.3.2.26":          sha1.New,
	"2.16.840.1.101.3.4.2.1": sha256.New,
	"2.16.840.1.101.3.4.2.2": sha512.New384,
	"2.16.840.1.101.3.4.2.3": sha512.New,
}

// isOurs tells whether the issuing authority is meant.
func (c *CA) isOurs(id certID) bool {
	newHash, ok := hashes[id.Hash.Algorithm.String()]
	if !ok {
		return false
	}
	bits, err := publicBits(c.issuing.RawSubjectPublicKeyInfo)
	if err != nil {
		return false
	}
	name, key := newHash(), newHash()
	name.Write(c.issuing.RawSubject)
	key.Write(bits)
	return bytes.Equal(name.Sum(nil), id.NameHash) && bytes.Equal(key.Sum(nil), id.KeyHash)
}

// signOCSP signs with the issuing authority's own key, whose certificate who asks
// has: it is not sent along, which some programs take for a responder's.
func (c *CA) signOCSP(ctx context.Context, data ocspData) ([]byte, error) {
	body, err := asn1.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	digest := sha256.Sum256(body)
	var signature []byte
	err = c.cfg.Keys.Use(ctx, issuingKey, func(s crypto.Signer) (err error) {
		signature, err = s.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	basic, err := asn1.Marshal(ocspBasic{
		Data: asn1.RawValue{FullBytes: body}, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidECDSA256},
		Signature: asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)},
	})
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	return asn1.Marshal(ocspResponse{Status: ocspSuccess, Bytes: ocspBytes{oidOCSPBasic, basic}})
}
