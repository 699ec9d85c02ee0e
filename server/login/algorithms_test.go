package login

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"testing"
)

// ID tokens whose algorithm is none, or whose signature is made with what everybody
// knows, are nobody's; whatever the provider's document says it signs with.
func TestIDTokensOfOtherAlgorithmsAreRefused(t *testing.T) {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	mac := func(key []byte, text string) string {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(text))
		return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	}
	for name, forge := range map[string]func(f *forger, claims string) string{
		"none": func(_ *forger, claims string) string {
			return part(map[string]string{"alg": "none"}) + "." + claims + "."
		},
		"None": func(_ *forger, claims string) string {
			return part(map[string]string{"alg": "None"}) + "." + claims + "."
		},
		"no algorithm": func(_ *forger, claims string) string {
			return part(map[string]string{"typ": "JWT"}) + "." + claims + "."
		},
		"without a signature": func(_ *forger, claims string) string {
			return part(map[string]string{"alg": "ES256", "kid": "1"}) + "." + claims + "."
		},
		"HS256, the public key": func(f *forger, claims string) string {
			der, err := x509.MarshalPKIXPublicKey(f.key.Public())
			if err != nil {
				t.Fatal(err)
			}
			text := part(map[string]string{"alg": "HS256", "kid": "1"}) + "." + claims
			return text + "." + mac(der, text)
		},
		"HS256, the client's id": func(_ *forger, claims string) string {
			text := part(map[string]string{"alg": "HS256"}) + "." + claims
			return text + "." + mac([]byte("visavis"), text)
		},
		"HS256, no key": func(_ *forger, claims string) string {
			text := part(map[string]string{"alg": "HS256"}) + "." + claims
			return text + "." + mac(nil, text)
		},
	} {
		for _, announced := range [][]string{{"ES256"}, {"none", "HS256", "ES256"}} {
			f := newForger(t)
			account, problem, log := f.login(t, func(f *forger) {
				f.document["id_token_signing_alg_values_supported"] = announced
				f.forge = func(claims map[string]any) string { return forge(f, part(claims)) }
			})
			if account.Subject != "" || problem != Failed {
				t.Errorf("%s, announced %v: %+v, problem %q; log: %s", name, announced, account, problem, log)
			}
		}
	}
}
