package sites

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Scope is one permission of a key.
type Scope string

// The scopes.
const (
	Read     Scope = "read"     // verifications without personal data, events, endpoints
	Write    Scope = "write"    // create, cancel, send links, manage endpoints
	Personal Scope = "personal" // data, report, pictures, certificate, evidence
	Redact   Scope = "redact"   // delete what is kept of a verification
	Sign     Scope = "sign"     // read certificates, and ask their persons to sign with them
)

// Scopes returns all scopes.
func Scopes() []Scope { return []Scope{Read, Write, Personal, Redact, Sign} }

// Key is the stored description of a key, without its secret.
type Key struct {
	ID     string  `json:"id"`
	Site   string  `json:"site"`
	Label  string  `json:"label,omitempty"`
	Scopes []Scope `json:"scopes"`
	// Hint is the end of the key, to recognise it by.
	Hint      string    `json:"hint"`
	CreatedAt time.Time `json:"createdAt"`
	// UsedAt is precise to a minute; zero if never used.
	UsedAt time.Time `json:"-"`
	// EndsAt is when the key expires; zero if never. A revoked key has ended.
	EndsAt time.Time `json:"-"`
}

// May reports whether the key has a scope.
func (k Key) May(s Scope) bool { return slices.Contains(k.Scopes, s) }

// Over reports whether the key has ended.
func (k Key) Over(now time.Time) bool { return !k.EndsAt.IsZero() && !now.Before(k.EndsAt) }

// Prefixes of keys. They identify a key to people and to scanners for leaked secrets.
const (
	testPrefix = "vv_test_"
	livePrefix = "vv_live_"
)

// keyBytes is the number of random bytes of a key.
const keyBytes = 32

// NewKey makes a key for a site. secret is shown once and not stored.
func NewKey(s Site, label string, scopes []Scope, now time.Time) (k Key, secret, hash string, err error) {
	if len(scopes) == 0 {
		return k, "", "", &InvalidError{Field: "scopes", Have: "none", Want: fmt.Sprintf("some of %v", Scopes())}
	}
	for _, scope := range scopes {
		if !slices.Contains(Scopes(), scope) {
			return k, "", "", &InvalidError{Field: "scopes", Have: string(scope), Want: fmt.Sprintf("some of %v", Scopes())}
		}
	}
	if err := checkLine("label", label, 0, maxLabel); err != nil {
		return k, "", "", err
	}
	random := make([]byte, keyBytes)
	_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
	secret = testPrefix
	if s.Live {
		secret = livePrefix
	}
	secret += base64.RawURLEncoding.EncodeToString(random)
	k = Key{ID: NewID("key"), Site: s.ID, Label: label, Scopes: slices.Clone(scopes), Hint: secret[len(secret)-4:],
		CreatedAt: now}
	return k, secret, HashKey(secret), nil
}

// HashKey returns the hash under which a key is stored. A key has 256 random bits, so
// neither a salt nor a slow hash would add security.
func HashKey(secret string) string {
	sum := sha256.Sum256([]byte("visavis api key " + secret))
	return hex.EncodeToString(sum[:])
}

// LooksLikeKey reports whether a text has the form of a key. Others are not looked up.
func LooksLikeKey(text string) bool {
	for _, prefix := range []string{testPrefix, livePrefix} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			raw, err := base64.RawURLEncoding.DecodeString(rest)
			return err == nil && len(raw) == keyBytes
		}
	}
	return false
}

// NewID returns an id of a kind, such as ver_ with 26 letters and digits. It cannot be
// guessed, and it is no secret.
func NewID(kind string) string { return kind + "_" + strings.ToLower(rand.Text()) }
