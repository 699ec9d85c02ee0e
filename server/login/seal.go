package login

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// errNoCookie is a cookie that is not there, not ours, or over.
var errNoCookie = errors.New("no such cookie")

// sealer puts values into cookies that nobody else can read or make.
type sealer struct{ aead cipher.AEAD }

// newSealer derives its key from the secret; label tells this use from others.
func newSealer(secret []byte, label string) (*sealer, error) {
	if len(secret) < 32 {
		return nil, fmt.Errorf("login: the secret has %d bytes, want 32 or more", len(secret))
	}
	key, err := hkdf.Key(sha256.New, secret, nil, label, 32)
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	return &sealer{aead}, nil
}

// sealed is what a cookie holds.
type sealed[T any] struct {
	Until time.Time `json:"until"`
	Value T         `json:"value"`
}

// maxCookie is what browsers keep of name, value and attributes.
const maxCookie = 4096

// setCookie seals a value into a cookie that lasts until a time. The name is sealed
// with it, so that no cookie passes for another.
func setCookie[T any](w http.ResponseWriter, s *sealer, name string, value T, until time.Time) error {
	body, err := json.Marshal(sealed[T]{until, value})
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, body, []byte(name)))
	c := cookie(name, text, int(time.Until(until).Round(time.Second)/time.Second))
	if n := len(c.String()); n > maxCookie {
		return fmt.Errorf("login: the cookie would have %d bytes, browsers keep %d", n, maxCookie)
	}
	http.SetCookie(w, c)
	return nil
}

// readCookie opens what setCookie sealed, and returns until when it lasts.
func readCookie[T any](r *http.Request, s *sealer, name string) (T, time.Time, error) {
	var v sealed[T]
	c, err := r.Cookie(name)
	if err != nil {
		return v.Value, v.Until, errNoCookie
	}
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return v.Value, v.Until, errNoCookie
	}
	body, err := s.aead.Open(nil, nil, text, []byte(name))
	if err != nil {
		return v.Value, v.Until, errNoCookie
	}
	if err := json.Unmarshal(body, &v); err != nil || !time.Now().Before(v.Until) {
		var none T
		return none, time.Time{}, errNoCookie
	}
	return v.Value, v.Until, nil
}

func dropCookie(w http.ResponseWriter, name string) { http.SetCookie(w, cookie(name, "", -1)) }

// cookie is bound to this very host by its prefix. Lax, since people come back from
// the provider and from the e-mail's link.
func cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode}
}
