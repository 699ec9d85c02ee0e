package provider

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// minSecret is the shortest secret, in bytes.
const minSecret = 32

// field is one component of a message that a signature covers.
type field struct{ name, value string }

// sign adds Content-Digest (RFC 9530), Signature-Input and Signature (RFC 9421).
// Covered are method, target, digest of the body, and the idempotency key where
// there is one; created and nonce let the other side refuse a replay.
func sign(r *http.Request, body []byte, keyID string, secret []byte, now time.Time) {
	sum := sha256.Sum256(body)
	r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	covered := []field{
		{"@method", r.Method}, {"@target-uri", r.URL.String()}, {"content-digest", r.Header.Get("Content-Digest")},
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		covered = append(covered, field{"idempotency-key", key})
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // it never fails
	params := fmt.Sprintf(`(%s);created=%d;nonce=%q;keyid=%q;alg="hmac-sha256"`,
		quoted(covered), now.Unix(), base64.RawURLEncoding.EncodeToString(nonce), keyID)
	r.Header.Set("Signature-Input", "visavis="+params)
	r.Header.Set("Signature", "visavis=:"+base64.StdEncoding.EncodeToString(mac(secret, signatureBase(covered, params)))+
		":")
}

func quoted(covered []field) string {
	names := make([]string, len(covered))
	for i, f := range covered {
		names[i] = `"` + f.name + `"`
	}
	return strings.Join(names, " ")
}

// signatureBase is the text that is signed (RFC 9421, 2.5).
func signatureBase(covered []field, params string) string {
	var b strings.Builder
	for _, f := range covered {
		fmt.Fprintf(&b, "%q: %s\n", f.name, f.value)
	}
	return b.String() + `"@signature-params": ` + params
}

func mac(secret []byte, text string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func escaped(path []string) []string {
	out := make([]string, len(path))
	for i, p := range path {
		out[i] = url.PathEscape(p)
	}
	return out
}
