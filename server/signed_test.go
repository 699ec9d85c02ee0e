package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"visavis/capture/capturetest"
	"visavis/devicekey"
	"visavis/pairing"
	"visavis/protocol"
)

// signer is a phone's signing key in a test.
type signer struct {
	t     *testing.T
	key   *ecdsa.PrivateKey
	count int64
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{t: t, key: key}
}

func (s *signer) public() string {
	s.t.Helper()
	text, err := devicekey.Text(&s.key.PublicKey)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

func (s *signer) prove(use devicekey.Use) *protocol.Proof {
	s.t.Helper()
	s.count++
	p, err := devicekey.Prove(s.key, use, s.count)
	if err != nil {
		s.t.Fatal(err)
	}
	return &protocol.Proof{Count: p.Count, Signature: base64.RawURLEncoding.EncodeToString(p.Signature)}
}

func (s *signer) sign(use devicekey.Use, content ...[]byte) []byte {
	s.t.Helper()
	signature, err := devicekey.Sign(s.key, use, content...)
	if err != nil {
		s.t.Fatal(err)
	}
	return signature
}

func (s *signer) frame(f protocol.Frame) protocol.Frame {
	s.t.Helper()
	head, data, err := f.Signed()
	if err != nil {
		s.t.Fatal(err)
	}
	f.Signature = s.sign(devicekey.Frame, head, data)
	return f
}

// signed claims with a signing key and returns the phone, its claim and the device secret.
func (in *instance) signed(t *testing.T, desktop *client, s *signer) (*client, protocol.Claim, string) {
	t.Helper()
	pairing := expect[protocol.Pairing](desktop, "a code", nil)
	phone := in.dial(t, "phone", nil)
	claim := protocol.Claim{Key: base64.RawURLEncoding.EncodeToString(make([]byte, 32)), SigningKey: s.public(),
		Proof: s.prove(devicekey.Claim), Token: tokenOf(t, pairing.URL)}
	phone.send(protocol.Hello{Token: claim.Token})
	phone.send(claim)
	welcome := expect[protocol.Welcome](phone, "the welcome", nil)
	if !welcome.Signed {
		t.Fatalf("welcome %+v: the key is not taken", welcome)
	}
	phone.send(protocol.ChooseCode{Code: desktop.expectState(protocol.StateComparing).Code})
	phone.expectState(protocol.StatePaired)
	desktop.expectState(protocol.StatePaired)
	return phone, claim, welcome.DeviceSecret
}

func isSecondPhone(n protocol.Notice) bool { return n.Code == protocol.NoticeSecondPhone }

// Who has stolen a device secret, and not the key in the phone's browser, is refused in every way that a phone has,
// and the desktop is told. The phone goes on.
func TestAStolenSecretWithoutItsSigningKeyIsRefused(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	mine, thief := newSigner(t), newSigner(t)
	phone, claim, secret := in.signed(t, desktop, mine)
	overheard := mine.prove(devicekey.Hello)
	_ = phone.conn.CloseNow()
	phone = in.dial(t, "phone", nil)
	phone.send(protocol.Hello{DeviceSecret: secret, Proof: overheard})
	if w := expect[protocol.Welcome](phone, "the phone's return", nil); !w.Signed {
		t.Errorf("welcome %+v", w)
	}
	again := claim
	again.SigningKey, again.Proof = thief.public(), thief.prove(devicekey.Claim)
	for name, hello := range map[string]protocol.Message{
		"no proof":                 protocol.Hello{DeviceSecret: secret},
		"another key's proof":      protocol.Hello{DeviceSecret: secret, Proof: thief.prove(devicekey.Hello)},
		"a proof that was heard":   protocol.Hello{DeviceSecret: secret, Proof: overheard},
		"a claim's proof":          protocol.Hello{DeviceSecret: secret, Proof: claim.Proof},
		"no base64url":             protocol.Hello{DeviceSecret: secret, Proof: &protocol.Proof{Count: 99, Signature: "?"}},
		"the claim, heard":         claim,
		"the claim with other key": again,
	} {
		c := in.dial(t, "phone", nil)
		if _, ok := hello.(protocol.Claim); ok {
			poster := &poster{t: t, in: in, path: "/api/phone", header: http.Header{}}
			if poster.send(hello); poster.status != http.StatusUnauthorized || poster.code != protocol.CodeInvalidToken {
				t.Errorf("%s: %d %s", name, poster.status, poster.code)
			}
			expect(desktop, name, isSecondPhone)
			continue
		}
		c.send(hello)
		c.expectClose(protocol.CloseInvalidToken)
		expect(desktop, name, isSecondPhone)
	}
	post := &poster{t: t, in: in, path: "/api/phone", header: http.Header{"Visavis-Device": {secret}}}
	beat, err := protocol.Encode(protocol.Beat{})
	if err != nil {
		t.Fatal(err)
	}
	for name, signature := range map[string][]byte{
		"no signature": nil, "another key's": thief.sign(devicekey.Post, beat),
		"of another text": mine.sign(devicekey.Post, []byte("x")),
	} {
		post.header.Set("Visavis-Signature", base64.RawURLEncoding.EncodeToString(signature))
		post.post(beat, "application/json")
		if post.status != http.StatusUnauthorized || post.code != protocol.CodeInvalidToken {
			t.Errorf("POST, %s: %d %s", name, post.status, post.code)
		}
		expect(desktop, name, isSecondPhone)
	}
	post.header.Set("Visavis-Signature", base64.RawURLEncoding.EncodeToString(mine.sign(devicekey.Post, beat)))
	if post.post(beat, "application/json"); post.status != http.StatusOK {
		t.Errorf("the phone's own POST: %d %s", post.status, post.code)
	}
	phone.start("identity-card") // its connection was not replaced
}

// Who has stolen a device secret, or has a used code, does not fill the desktop's screen: it is told once a minute.
func TestADesktopIsToldOnceOfManyTries(t *testing.T) {
	store := newStore(t)
	in := newTestServer(t, store, func(c *Config) {
		service, err := pairing.NewService(store, pairing.Config{Secret: bytes.Repeat([]byte{7}, 32)})
		if err != nil {
			t.Fatal(err)
		}
		c.Service = service
	})
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, claim, secret := in.signed(t, desktop, newSigner(t))
	post := &poster{t: t, in: in, path: "/api/phone", header: http.Header{"Visavis-Device": {secret}}}
	for range 3 {
		for name, hello := range map[string]protocol.Hello{
			"the secret alone": {DeviceSecret: secret}, "the used code": {Token: claim.Token},
		} {
			c := in.dial(t, "phone", nil)
			c.send(hello)
			c.expectClose(protocol.CloseInvalidToken)
			post.send(protocol.Beat{})
			if post.status != http.StatusUnauthorized {
				t.Errorf("%s, and a beat by POST: %d", name, post.status)
			}
		}
	}
	told := 0
	phone.send(protocol.SetLanguage{Language: "en"}) // its news comes after those of the tries
	expect(desktop, "the end of the tries", func(m protocol.Message) bool {
		if n, ok := m.(protocol.Notice); ok && isSecondPhone(n) {
			told++
		}
		p, ok := m.(protocol.Progress)
		return ok && p.Language == "en"
	})
	if told != 1 {
		t.Errorf("the desktop was told %d times, want once", told)
	}
}

// A session with a signing key takes signed pictures alone, over the socket and by POST.
func TestPicturesOfASignedSession(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	mine := newSigner(t)
	phone, _, secret := in.signed(t, desktop, mine)
	phone.start("identity-card")
	jpeg, seq := capturetest.JPEG(t, 1), uint32(0)
	preview := func() protocol.Frame {
		seq++
		return protocol.Frame{
			Kind: protocol.Preview, Step: "document-front", Seq: seq, CapturedAt: time.Now(), Parts: 1, Data: jpeg,
		}
	}
	other := mine.frame(preview())
	other.Seq++
	for name, f := range map[string]protocol.Frame{
		"unsigned": preview(), "another's": newSigner(t).frame(preview()), "a changed header": other,
	} {
		phone.sendFrame(f)
		r := expect(phone, name, func(r protocol.FrameResult) bool { return r.Seq == f.Seq })
		if r.Status != "refused" || r.Code != protocol.CodeBadSignature || r.Measured == "" || r.Wanted == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	var ask protocol.CaptureStill
	for range 3 {
		phone.sendFrame(mine.frame(preview()))
		if r := expect[protocol.FrameResult](phone, "a judgement", nil); r.Status != "judged" {
			t.Fatalf("a signed preview: %+v", r)
		}
	}
	ask = expect[protocol.CaptureStill](phone, "the request for a still", nil)
	still := protocol.Frame{
		Kind: protocol.Still, Step: ask.Step, Seq: ask.Seq, CapturedAt: time.Now(), Parts: 1, Data: jpeg,
	}
	phone.sendFrame(still)
	if e := expect[protocol.Error](phone, "a refusal", nil); e.Code != protocol.CodeBadSignature || e.Seq != ask.Seq {
		t.Errorf("an unsigned still: %+v", e)
	}
	post := &poster{t: t, in: in, path: "/api/phone", header: http.Header{"Visavis-Device": {secret}}}
	for name, body := range map[string][]byte{"an unsigned still": packed(t, still), "nothing": nil} {
		m := post.post(body, "application/octet-stream")
		if len(m) == 0 || m[0].MessageType() != protocol.TypeError {
			t.Errorf("%s by POST: %d %v", name, post.status, m)
		}
		if len(m) > 1 {
			t.Errorf("%s by POST is told of the session: %v", name, m[1:])
		}
		expect(desktop, name, isSecondPhone)
	}
	phone.sendFrame(mine.frame(still))
	if r := expect[protocol.StillResult](phone, "the still's result", nil); !r.Accepted {
		t.Errorf("a signed still: %+v", r)
	}
	own := post.sendFrame(mine.frame(preview()))
	if find[protocol.FrameResult](t, own).Status == "refused" || find[protocol.Progress](t, own).Rev == 0 {
		t.Errorf("a signed preview by POST: %v", own)
	}
}

// A claim whose key is none, or that cannot prove it, is refused and costs nothing: the code stays good.
func TestASigningKeyHasToBeProved(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	pairing := expect[protocol.Pairing](desktop, "a code", nil)
	mine, other := newSigner(t), newSigner(t)
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, pairing.URL)})
	for name, claim := range map[string]protocol.Claim{
		"no key":          {SigningKey: "abc", Proof: mine.prove(devicekey.Claim)},
		"no proof":        {SigningKey: mine.public()},
		"another's proof": {SigningKey: mine.public(), Proof: other.prove(devicekey.Claim)},
		"a hello's proof": {SigningKey: mine.public(), Proof: mine.prove(devicekey.Hello)},
	} {
		phone.send(claim)
		if e := expect[protocol.Error](phone, name, nil); e.Code != protocol.CodeBadMessage {
			t.Errorf("%s: %+v", name, e)
		}
	}
	phone.send(protocol.Claim{SigningKey: mine.public(), Proof: mine.prove(devicekey.Claim)})
	if w := expect[protocol.Welcome](phone, "the welcome", nil); !w.Signed || w.DeviceSecret == "" {
		t.Errorf("welcome %+v", w)
	}
}
