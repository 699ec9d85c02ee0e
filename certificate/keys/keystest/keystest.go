// Package keystest is what every [keys.Keeper] must do.
package keystest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"sync"
	"testing"

	"visavis/certificate/keys"
)

// Run runs the suite. open returns a keeper on the same keys at each call, as
// after a restart, or on another instance.
func Run(t *testing.T, open func(*testing.T) keys.Keeper) {
	t.Run("a key is made once, whoever asks", func(t *testing.T) { madeOnce(t, open) })
	t.Run("what is signed verifies, also after a restart", func(t *testing.T) { signs(t, open) })
	t.Run("a signer is dead once it was given back", func(t *testing.T) { givenBack(t, open(t)) })
	t.Run("an unknown id is said to be unknown", func(t *testing.T) { unknown(t, open(t)) })
	t.Run("a destroyed key is gone", func(t *testing.T) { destroyed(t, open(t)) })
	t.Run("a request proves possession and names nobody", func(t *testing.T) { request(t, open(t)) })
}

func madeOnce(t *testing.T, open func(*testing.T) keys.Keeper) {
	keepers := []keys.Keeper{open(t), open(t)}
	public := make([]crypto.PublicKey, 8)
	var wait sync.WaitGroup
	for i := range public {
		wait.Go(func() {
			var err error
			if public[i], err = keepers[i%2].Make(t.Context(), "once"); err != nil {
				t.Errorf("make: %v", err)
			}
		})
	}
	wait.Wait()
	for i, p := range public {
		if !equal(p, public[0]) {
			t.Errorf("caller %d got another key", i)
		}
	}
	other, err := keepers[0].Make(t.Context(), "another")
	if err != nil || equal(other, public[0]) {
		t.Errorf("another id: %v, same key %v; want a key of its own", err, equal(other, public[0]))
	}
}

func equal(a, b crypto.PublicKey) bool {
	k, ok := a.(*ecdsa.PublicKey)
	return ok && k.Equal(b)
}

func signs(t *testing.T, open func(*testing.T) keys.Keeper) {
	made, err := open(t).Make(t.Context(), "signs")
	if err != nil {
		t.Fatal(err)
	}
	public, ok := made.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		t.Fatalf("the key is %T, want ECDSA on P-256", made)
	}
	digest := sha256.Sum256([]byte("text"))
	err = open(t).Use(t.Context(), "signs", func(s crypto.Signer) error {
		signature, err := s.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err == nil && !ecdsa.VerifyASN1(public, digest[:], signature) {
			t.Error("the signature does not verify with the key that Make returned")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func givenBack(t *testing.T, k keys.Keeper) {
	if _, err := k.Make(t.Context(), "lent"); err != nil {
		t.Fatal(err)
	}
	var kept crypto.Signer
	want := errors.New("from within")
	if err := k.Use(t.Context(), "lent", func(s crypto.Signer) error { kept = s; return want }); !errors.Is(err, want) {
		t.Fatalf("Use returned %v, want what f returned", err)
	}
	if _, err := kept.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, keys.ErrReturned) {
		t.Errorf("signing later: %v, want %v", err, keys.ErrReturned)
	}
}

func unknown(t *testing.T, k keys.Keeper) {
	if _, err := k.Public(t.Context(), "nobody"); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("Public: %v, want %v", err, keys.ErrUnknown)
	}
	err := k.Use(t.Context(), "nobody", func(crypto.Signer) error { return nil })
	if !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("Use: %v, want %v", err, keys.ErrUnknown)
	}
	if err := k.Destroy(t.Context(), "nobody"); err != nil {
		t.Errorf("Destroy: %v, want nothing", err)
	}
}

func destroyed(t *testing.T, k keys.Keeper) {
	first, err := k.Make(t.Context(), "destroyed")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Destroy(t.Context(), "destroyed"); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Public(t.Context(), "destroyed"); !errors.Is(err, keys.ErrUnknown) {
		t.Errorf("Public: %v, want %v", err, keys.ErrUnknown)
	}
	second, err := k.Make(t.Context(), "destroyed")
	if err != nil || equal(first, second) {
		t.Errorf("made anew: %v, the same key %v; want another", err, equal(first, second))
	}
}

func request(t *testing.T, k keys.Keeper) {
	der, err := keys.Request(t.Context(), k, "requested")
	if err != nil {
		t.Fatal(err)
	}
	r, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	public, err := k.Public(t.Context(), "requested")
	if err := errors.Join(err, r.CheckSignature()); err != nil || !equal(r.PublicKey, public) {
		t.Errorf("request: %v, its key is the id's %v; want both right", err, equal(r.PublicKey, public))
	}
	if name := r.Subject.String(); name != "" {
		t.Errorf("the request names %q, want nobody", name)
	}
}
