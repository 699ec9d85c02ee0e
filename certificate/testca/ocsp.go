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
	"strings"
	"time"

	"visavis/certificate"
)

// ocspLife is how long an answer may be relied on.
const ocspLife = 10 * time.Minute

// errMalformed is a request that cannot be answered.
var errMalformed = errors.New("malformed OCSP request")

// answer is what an OCSP request was answered with.
type answer struct {
	der      []byte
	statuses string    // what it says
	made     time.Time // zero: a failure, which nobody may keep
	nonce    bool      // it is for one request alone
}

// maxAnswers is how many answers are kept to be given again.
const maxAnswers = 1024

// answerOCSP answers a request. A request that cannot be read, or a store that
// cannot be asked, has an answer too, which is not signed. One without a nonce is
// signed once for as long as it says the same.
func (c *CA) answerOCSP(ctx context.Context, der []byte) answer {
	q, err := parseOCSP(der)
	if err != nil {
		return answer{der: ocspFailure(ocspMalformed)}
	}
	var singles []ocspSingle
	var statuses strings.Builder
	for _, id := range q.ids {
		status, err := c.statusOf(ctx, id)
		if err != nil {
			return answer{der: ocspFailure(ocspTryLater)}
		}
		singles = append(singles, ocspSingle{ID: id, Status: status})
		fmt.Fprintf(&statuses, "%d %x %x\n", status.Tag, status.Bytes, status.FullBytes)
	}
	key, now := sha256.Sum256(der), c.now().Truncate(time.Second)
	c.mu.Lock()
	last, ok := c.answers[key]
	c.mu.Unlock()
	if ok && last.statuses == statuses.String() && now.Before(last.made.Add(ocspLife/2)) && !now.Before(last.made) {
		return last
	}
	a := answer{statuses: statuses.String(), made: now, nonce: q.nonce != nil}
	if a.der, err = c.makeOCSP(ctx, q, singles, now); err != nil {
		return answer{der: ocspFailure(ocspInternal)}
	}
	if !a.nonce {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.answers) >= maxAnswers {
			clear(c.answers) // the cache is full: without this, requests could fill the memory
		}
		c.answers[key] = a
	}
	return a
}

// makeOCSP signs an answer.
func (c *CA) makeOCSP(ctx context.Context, q question, singles []ocspSingle, now time.Time) ([]byte, error) {
	r, err := c.currentResponder(ctx)
	if err != nil {
		return nil, err
	}
	data := ocspData{Responder: r.id, Produced: now, Singles: singles}
	if q.nonce != nil {
		data.Extensions = []pkix.Extension{*q.nonce}
	}
	// Archive cutoff (RFC 6960, 4.4.4): revocations are kept beyond the end of a certificate, since the root began.
	archive, err := asn1.MarshalWithParams(c.root.NotBefore.UTC(), "generalized")
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	for i := range data.Singles {
		s := &data.Singles[i]
		s.This, s.Next = now, now.Add(ocspLife)
		s.Extensions = []pkix.Extension{{Id: oidArchive, Value: archive}}
	}
	return c.signOCSP(ctx, r, data)
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

// signOCSP signs with the responder's key, and sends its certificate along.
func (c *CA) signOCSP(ctx context.Context, r *responder, data ocspData) ([]byte, error) {
	body, err := asn1.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	digest := sha256.Sum256(body)
	var signature []byte
	err = c.cfg.Keys.Use(ctx, responderKey, func(s crypto.Signer) (err error) {
		signature, err = s.Sign(rand.Reader, digest[:], crypto.SHA256)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	basic, err := asn1.Marshal(ocspBasic{
		Data: asn1.RawValue{FullBytes: body}, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidECDSA256},
		Signature: asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)},
		Certs:     []asn1.RawValue{{FullBytes: r.cert.Raw}},
	})
	if err != nil {
		return nil, fmt.Errorf("test CA: %w", err)
	}
	return asn1.Marshal(ocspResponse{Status: ocspSuccess, Bytes: ocspBytes{oidOCSPBasic, basic}})
}
