package pairing

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Token is a secret: a pairing token, a typed code, the desktop's or the device's secret,
// or the same-device proof. Printed, logged or marshalled it reads "redacted"; string(t)
// gives the secret itself.
type Token string

const (
	redacted = "redacted"
	// tokenBytes of randomness: far beyond guessing, and twice what ASVS 7.2.3 asks.
	tokenBytes = 32
	// typedAlphabet has no vowels, so that no words appear, and no digits (RFC 8628,
	// section 6.1).
	typedAlphabet = "BCDFGHJKLMNPQRSTVWXZ"
	typedLength   = 8
	// referenceAlphabet leaves out what is easily misread: 0 O, 1 I L, 5 S, 8 B, U V.
	referenceAlphabet = "2345679ACDEFGHJKMNPQRTWXYZ"
	referenceLength   = 6
)

// String returns "redacted".
func (Token) String() string { return redacted }

// GoString returns "redacted".
func (Token) GoString() string { return redacted }

// Format writes "redacted" whatever the verb, %x and %d included.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "redacted".
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON returns "redacted" as a JSON string.
func (Token) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText returns "redacted".
func (Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Structs that carry tokens have a Format of their own: given a pointer inside another
// value and a verb that does not fit, fmt would print the token's bytes.

// Format writes that there is a ticket, whatever the verb.
func (Ticket) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "ticket "+redacted) }

// Format writes that there is a code, whatever the verb.
func (ShownCode) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "code "+redacted) }

// Format writes that there is a claim, whatever the verb.
func (ClaimRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "claim "+redacted) }

// newToken returns 32 random bytes in base64url, 43 characters.
func newToken() Token {
	var b [tokenBytes]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return Token(base64.RawURLEncoding.EncodeToString(b[:]))
}

// hash is the stored form of a token of 32 bytes.
func (t Token) hash() string {
	sum := sha256.Sum256([]byte(t))
	return hex.EncodeToString(sum[:])
}

// plausible reports whether t has the form of a token. Anything else is refused without a
// call to the store.
func (t Token) plausible() bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(t))
	return err == nil && len(b) == tokenBytes
}

// newTyped returns a random code of 8 letters, 34.5 bits.
func newTyped() Token { return Token(randomString(typedAlphabet, typedLength)) }

// normalTyped normalises a typed code: capitals of ordinary width, no spaces, hyphens or
// invisible marks. False if it cannot be a code.
func normalTyped(t Token) (Token, bool) {
	s := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf) {
			return -1
		}
		return r
	}, strings.ToUpper(width.Fold.String(string(t))))
	if len(s) != typedLength || strings.Trim(s, typedAlphabet) != "" {
		return "", false
	}
	return Token(s), true
}

// keyed returns the HMAC-SHA-256 of the parts under the shared key, for values too short
// for a plain hash. The label separates uses.
func keyed(key []byte, label string, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(label))
	for _, p := range parts {
		m.Write([]byte{0})
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

// same compares two hashes in constant time. An empty hash equals nothing.
func same(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// randomString returns n letters of the alphabet, each equally likely.
func randomString(alphabet string, n int) string {
	// Bytes from limit on would favour the first letters: they are drawn again.
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, n)
	var b [32]byte
	for len(out) < n {
		_, _ = rand.Read(b[:])
		for _, v := range b {
			if int(v) < limit && len(out) < n {
				out = append(out, alphabet[int(v)%len(alphabet)])
			}
		}
	}
	return string(out)
}
