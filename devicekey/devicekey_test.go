package devicekey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func newKey(t *testing.T) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := Text(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

func TestASignatureIsOfItsKeyUseAndContent(t *testing.T) {
	key, text := newKey(t)
	_, other := newKey(t)
	signed, err := Sign(key, Frame, []byte("head"), []byte("picture"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(text, Frame, signed, []byte("headpict"), []byte("ure")); err != nil {
		t.Errorf("the same content in other parts: %v", err)
	}
	spoilt := append([]byte(nil), signed...)
	spoilt[40] ^= 1
	for name, err := range map[string]error{
		"another key":        Verify(other, Frame, signed, []byte("headpicture")),
		"another use":        Verify(text, Post, signed, []byte("headpicture")),
		"another content":    Verify(text, Frame, signed, []byte("headpicturf")),
		"a changed byte":     Verify(text, Frame, spoilt, []byte("headpicture")),
		"no signature":       Verify(text, Frame, nil, []byte("headpicture")),
		"a signature of 63":  Verify(text, Frame, signed[:63], []byte("headpicture")),
		"a signature of 0 s": Verify(text, Frame, make([]byte, SignatureSize), []byte("headpicture")),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAProofIsGoodOnce(t *testing.T) {
	key, text := newKey(t)
	prove := func(use Use, count int64) Proof {
		t.Helper()
		p, err := Prove(key, use, count)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	var seen Seen
	for _, count := range []int64{7, 9, 8, 20, 21, 22, 23, 24, 25} { // 8 was overtaken
		var err error
		if seen, err = prove(Hello, count).Check(text, Hello, seen); err != nil {
			t.Errorf("%d: %v", count, err)
		}
	}
	if want := (Seen{8, 9, 20, 21, 22, 23, 24, 25}); !slices.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
	if _, err := prove(Hello, 21).Check(text, Hello, seen); !errors.Is(err, ErrRepeated) {
		t.Errorf("a count that was taken: %v", err)
	}
	if _, err := (Proof{21, prove(Hello, 22).Signature}).Check(text, Hello, seen); errors.Is(err, ErrRepeated) {
		t.Errorf("a count that was taken, without its signature: %v", err)
	}
	p := prove(Hello, 30)
	for name, wrong := range map[string]Proof{
		"heard again":     prove(Hello, 21),
		"heard long ago":  prove(Hello, 7),
		"of another use":  prove(Claim, 30),
		"a changed count": {31, p.Signature},
		"a count of 0":    prove(Hello, 0),
		"nothing":         {},
	} {
		if after, err := wrong.Check(text, Hello, seen); !errors.Is(err, ErrSignature) || !slices.Equal(after, seen) {
			t.Errorf("%s: %v, %v", name, after, err)
		}
	}
}

// A proof about a text is of that text alone, and its parts are told apart.
func TestAProofIsOfItsContent(t *testing.T) {
	key, text := newKey(t)
	p, err := Prove(key, Post, 7, []byte(`{"type":"bye"}`))
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := p.Check(text, Post, Seen{5}, []byte(`{"type":`), []byte(`"bye"}`)); err != nil ||
		!slices.Equal(seen, Seen{5, 7}) {
		t.Errorf("its text: %v %v", seen, err)
	}
	bare, err := Prove(key, Post, 7)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another text":        check(p, text, `{"type":"beat"}`),
		"no text":             check(p, text),
		"a text of none":      check(bare, text, `{"type":"bye"}`),
		"another count":       check(Proof{77, p.Signature}, text, `{"type":"bye"}`),
		"the count in a text": check(Proof{1, bare.Signature}, text, "7"),
	} {
		if !errors.Is(err, ErrSignature) || errors.Is(err, ErrRepeated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func check(p Proof, key string, content ...string) error {
	var parts [][]byte
	for _, c := range content {
		parts = append(parts, []byte(c))
	}
	_, err := p.Check(key, Post, nil, parts...)
	return err
}

// The vectors of the wire are signed by other code than this.
func TestTheVectorsOfTheWireVerify(t *testing.T) {
	read := func(name string) []byte {
		t.Helper()
		b, err := os.ReadFile(filepath.Join("..", "protocol", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var claim struct {
		SigningKey string
		Proof      struct {
			Count     int64
			Signature string
		}
	}
	if err := json.Unmarshal(read("messages/claim.signed.json"), &claim); err != nil {
		t.Fatal(err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(claim.Proof.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Proof{claim.Proof.Count, signature}).Check(claim.SigningKey, Claim, nil); err != nil {
		t.Errorf("the claim: %v", err)
	}
	for name, at := range map[string]int{"preview-signed": 36, "still-signed": 20} {
		b := read("frames/" + name + ".bin")
		if err := Verify(claim.SigningKey, Frame, b[at:at+SignatureSize], b[:at], b[at+SignatureSize:]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNoKeyIsNamed(t *testing.T) {
	_, text := newKey(t)
	point, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	off := append([]byte(nil), point...)
	off[64] ^= 1
	for wrong, want := range map[string]string{
		"":         "0 bytes",
		"%":        "base64url",
		text + "=": "base64url",
		base64.RawURLEncoding.EncodeToString(point[:64]): "64 bytes",
		base64.RawURLEncoding.EncodeToString(off):        "65 bytes that are no uncompressed point",
	} {
		if _, err := Parse(wrong); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", wrong, err, want)
		}
		if err := Verify(wrong, Post, make([]byte, SignatureSize)); err == nil {
			t.Errorf("%q verifies", wrong)
		}
	}
}
