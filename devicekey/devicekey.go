// Package devicekey is the key with which a phone signs what it sends: ECDSA on P-256 with
// SHA-256. The phone makes it for its claim and cannot export it, so that a stolen device
// secret alone is of no use. Pure.
//
// What is signed is the text of its use, such as "visavis.v1 hello", a line feed, and the
// content. A signature for one use is none for another.
package devicekey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
)

// Use says what a signature is for.
type Use string

// The uses, and their content.
const (
	Hello Use = "hello" // the count of its proof, in decimal
	Claim Use = "claim" // the same
	Frame Use = "frame" // a binary message without its signature
	Post  Use = "post"  // the count of its proof, a line feed, and the body of a text message over HTTP
)

// SignatureSize is the size in bytes of a signature: r and s, 32 bytes each, big endian.
const SignatureSize = 64

// Errors, for errors.Is.
var (
	// ErrKey: a text that is no public key; the error says why.
	ErrKey = errors.New("signing key")
	// ErrSignature: the signature is missing, or not of this key, use and content.
	ErrSignature = errors.New("signature of the phone's key: missing or wrong")
	// ErrRepeated: a good signature whose count was taken before, or is older than all that are
	// remembered. It matches ErrSignature.
	ErrRepeated = fmt.Errorf("%w: its count was taken before", ErrSignature)
)

// Text returns a public key as messages carry it: the uncompressed point of 65 bytes, in
// base64url without padding.
func Text(key *ecdsa.PublicKey) (string, error) {
	point, err := key.Bytes()
	if err != nil {
		return "", fmt.Errorf("signing key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(point), nil
}

// Parse reads the text of a public key. The error matches ErrKey.
func Parse(text string) (*ecdsa.PublicKey, error) {
	point, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: no base64url without padding", ErrKey)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes that are no uncompressed point of P-256", ErrKey, len(point))
	}
	return key, nil
}

// Verify checks a signature of the key of this text over the content, which may come in
// parts. The error is ErrSignature, or that of Parse.
func Verify(key string, use Use, signature []byte, content ...[]byte) error {
	public, err := Parse(key)
	if err != nil {
		return err
	}
	if len(signature) != SignatureSize {
		return ErrSignature
	}
	r := new(big.Int).SetBytes(signature[:SignatureSize/2])
	s := new(big.Int).SetBytes(signature[SignatureSize/2:])
	if !ecdsa.Verify(public, digest(use, content), r, s) {
		return ErrSignature
	}
	return nil
}

// Sign signs content, which may come in parts.
func Sign(key *ecdsa.PrivateKey, use Use, content ...[]byte) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, digest(use, content))
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", use, err)
	}
	signature := make([]byte, SignatureSize)
	r.FillBytes(signature[:SignatureSize/2])
	s.FillBytes(signature[SignatureSize/2:])
	return signature, nil
}

func digest(use Use, content [][]byte) []byte {
	h := sha256.New()
	h.Write([]byte("visavis.v1 " + string(use) + "\n"))
	for _, part := range content {
		h.Write(part)
	}
	return h.Sum(nil)
}

// Proof shows that its sender has the key. Each proof of a key has another Count, greater
// than those before it, so that a proof that was overheard is of no use.
type Proof struct {
	Count     int64
	Signature []byte
}

// Prove makes a proof; content is what it is about besides its count, if anything.
func Prove(key *ecdsa.PrivateKey, use Use, count int64, content ...[]byte) (Proof, error) {
	signature, err := Sign(key, use, counted(count, content)...)
	return Proof{Count: count, Signature: signature}, err
}

// Seen are the newest counts of a key, in ascending order. Proofs of two connections may
// overtake each other.
type Seen []int64

// mostSeen bounds the counts that are remembered.
const mostSeen = 8

// Check checks a proof against the key of this text, the counts that were seen and its
// content, and returns the counts with this one. The error is ErrSignature, ErrRepeated, or
// that of Parse.
func (p Proof) Check(key string, use Use, seen Seen, content ...[]byte) (Seen, error) {
	if p.Count < 1 {
		return seen, ErrSignature
	}
	if err := Verify(key, use, p.Signature, counted(p.Count, content)...); err != nil {
		return seen, err
	}
	at, known := slices.BinarySearch(seen, p.Count)
	if known || at == 0 && len(seen) >= mostSeen {
		return seen, ErrRepeated
	}
	after := slices.Insert(slices.Clone(seen), at, p.Count)
	return after[max(0, len(after)-mostSeen):], nil
}

// counted is what a proof signs: its count, and after a line feed its content, if it has any.
func counted(count int64, content [][]byte) [][]byte {
	signed := [][]byte{[]byte(strconv.FormatInt(count, 10))}
	if len(content) > 0 {
		signed = append(signed, []byte("\n"))
	}
	return append(signed, content...)
}
