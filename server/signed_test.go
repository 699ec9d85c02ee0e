package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strconv"
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

// posted is the header of a posted text.
func (s *signer) posted(text []byte) string {
	s.t.Helper()
	s.count++
	p, err := devicekey.Prove(s.key, devicekey.Post, s.count, text)
	if err != nil {
		s.t.Fatal(err)
	}
	return strconv.FormatInt(p.Count, 10) + "." + base64.RawURLEncoding.EncodeToString(p.Signature)
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
	for name, proof := range map[string]string{
		"no signature": "", "another key's": thief.posted(beat), "of another text": mine.posted([]byte("x")),
		"without a count": base64.RawURLEncoding.EncodeToString(mine.sign(devicekey.Post, beat)),
		"another count":   "7" + mine.posted(beat), "no count": "." + mine.posted(beat), "1e3": "1e3.AA",
	} {
		post.header.Set("Visavis-Signature", proof)
		post.post(beat, "application/json")
		if post.status != http.StatusUnauthorized || post.code != protocol.CodeInvalidToken {
			t.Errorf("POST, %s: %d %s", name, post.status, post.code)
		}
		expect(desktop, name, isSecondPhone)
	}
	post.header.Set("Visavis-Signature", mine.posted(beat))
	if post.post(beat, "application/json"); post.status != http.StatusOK {
		t.Errorf("the phone's own POST: %d %s", post.status, post.code)
	}
	phone.start("identity-card") // its connection was not replaced
}

// Who hears a posted text, as a proxy that ends TLS does, cannot have it taken again; a browser that repeats a request
// whose answer was lost gets the newest progress.
func TestAPostedTextIsTakenOnce(t *testing.T) {
	store := newStore(t)
	in, other := newTestServer(t, store), newTestServer(t, store)
	desktop := in.dialDesktop(t, in.openSession(t))
	mine := newSigner(t)
	phone, _, secret := in.signed(t, desktop, mine)
	language := func(tag string) (text []byte, proof string) {
		text, err := protocol.Encode(protocol.SetLanguage{Language: tag})
		if err != nil {
			t.Fatal(err)
		}
		return text, mine.posted(text)
	}
	say := func(in *instance, text []byte, proof string) protocol.Progress {
		t.Helper()
		post := &poster{t: t, in: in, path: "/api/phone", header: http.Header{"Visavis-Device": {secret},
			"Visavis-Signature": {proof}}}
		m := post.post(text, "application/json")
		if post.status != http.StatusOK {
			t.Fatalf("%s: %d %s", text, post.status, post.code)
		}
		return find[protocol.Progress](t, m)
	}
	german, heard := language("de")
	if p := say(in, german, heard); p.Language != "de" {
		t.Fatalf("the text itself: %+v", p)
	}
	late, lateProof := language("pl") // was overtaken
	english, proof := language("en")
	if p := say(in, english, proof); p.Language != "en" {
		t.Fatalf("the next one: %+v", p)
	}
	for name, one := range map[string]*instance{"here": in, "on another instance": other} {
		if p := say(one, german, heard); p.Language != "en" {
			t.Errorf("heard again %s: the language is %s", name, p.Language)
		}
	}
	if p := say(other, late, lateProof); p.Language != "pl" {
		t.Errorf("an overtaken text: %+v", p)
	}
	bye, err := protocol.Encode(protocol.Bye{})
	if err != nil {
		t.Fatal(err)
	}
	post := &poster{t: t, in: in, path: "/api/phone", header: http.Header{"Visavis-Device": {secret},
		"Visavis-Signature": {heard}}}
	if post.post(bye, "application/json"); post.status != http.StatusUnauthorized {
		t.Errorf("another text with a proof that was heard: %d", post.status)
	}
	phone.start("identity-card") // it goes on
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
