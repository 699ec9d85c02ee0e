package sites

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Secrets derives the secrets that this server has to recompute: of links and of
// endpoints. They are derived from the instances' shared secret and not stored.
type Secrets struct{ key []byte }

// NewSecrets derives from a secret of at least 32 bytes.
func NewSecrets(secret []byte) (Secrets, error) {
	if len(secret) < 32 {
		return Secrets{}, fmt.Errorf("sites: the secret has %d bytes, want 32 or more", len(secret))
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "visavis sites v1", 32)
	if err != nil {
		return Secrets{}, fmt.Errorf("sites: %w", err)
	}
	return Secrets{key}, nil
}

// derive returns 32 bytes for one use of one object.
func (s Secrets) derive(use, of string) []byte {
	h := hmac.New(sha256.New, s.key)
	_, _ = fmt.Fprintf(h, "%s\x00%s", use, of) // a hash does not fail
	return h.Sum(nil)
}

// ErrLink reports a link that this server did not make, or an incomplete one.
var ErrLink = errors.New("the link is not one of this server's, or not whole")

// LinkSecret is the fragment of a verification's link. Whoever has it may open the link.
// It contains the verification's id, so that no search is needed.
func (s Secrets) LinkSecret(v Verification) string {
	mac := s.derive(fmt.Sprintf("link %d", v.Link.Generation), v.ID)
	return strings.TrimPrefix(v.ID, "ver_") + "." + fmt.Sprint(v.Link.Generation) + "." +
		base64.RawURLEncoding.EncodeToString(mac)
}

// OfLink returns the verification that a link's secret names. RightLink then checks the
// secret.
func OfLink(secret string) (id string, err error) {
	id, _, ok := strings.Cut(secret, ".")
	if !ok || len(secret) > 120 || len(id) != 26 {
		return "", ErrLink
	}
	return "ver_" + id, nil
}

// RightLink reports whether a secret is that of the verification's current link.
func (s Secrets) RightLink(v Verification, secret string) bool {
	return hmac.Equal([]byte(s.LinkSecret(v)), []byte(secret))
}

// SigningKey returns the 32 bytes of an endpoint's signing key. use separates the kinds
// of signature, version the rotations.
func (s Secrets) SigningKey(use, endpoint string, version int) []byte {
	return s.derive(fmt.Sprintf("webhook %s %d", use, version), endpoint)
}

// accessTokens is what an access token begins with.
const accessTokens = "vva"

// AccessToken returns the text with which a key is used until a time, without the key itself. It is stored nowhere.
func (s Secrets) AccessToken(key string, until time.Time) string {
	said := fmt.Sprintf("%s.%s.%d", accessTokens, key, until.Unix())
	return said + "." + base64.RawURLEncoding.EncodeToString(s.derive("access token", said))
}

// OfAccessToken returns the id of an access token's key; false of a text that this server did not make. The caller
// looks whether key and token still count.
func (s Secrets) OfAccessToken(text string) (key string, until time.Time, ok bool) {
	parts := strings.Split(text, ".")
	if len(text) > 200 || len(parts) != 4 {
		return "", until, false
	}
	seconds, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return "", until, false
	}
	until = time.Unix(seconds, 0)
	return parts[1], until, hmac.Equal([]byte(s.AccessToken(parts[1], until)), []byte(text))
}

// HashOf returns the hash under which a random text is stored.
func HashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// WasLink reports whether a secret is that of an earlier link of the verification.
func (s Secrets) WasLink(v Verification, secret string) bool {
	_, rest, _ := strings.Cut(secret, ".")
	number, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n >= v.Link.Generation {
		return false
	}
	v.Link.Generation = n
	return s.RightLink(v, secret)
}
