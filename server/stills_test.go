package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/protocol"
)

// Parts of two pictures under one seq are refused, whether their bytes or their number
// differ, also on the way between; the next still is asked for under another seq.
func TestOneStillFromTwoPictures(t *testing.T) {
	a, b := capturetest.JPEG(t, 1), capturetest.JPEG(t, 2)
	part := func(seq uint32, jpeg []byte, n, of int) protocol.Frame {
		size := (len(jpeg) + of - 1) / of
		return protocol.Frame{
			Kind: protocol.Still, Step: "document-front", Seq: seq, CapturedAt: time.Now(), Part: n, Parts: of,
			Data: jpeg[n*size : min(len(jpeg), (n+1)*size)],
		}
	}
	for name, second := range map[string][]protocol.Frame{
		"other bytes":       {part(1, b, 0, 3), part(1, b, 1, 3), part(1, b, 2, 3)},
		"another number":    {part(1, b, 1, 4), part(1, b, 2, 4), part(1, b, 3, 4)},
		"one part of two":   {part(1, a, 0, 2)},
		"the last is other": {part(1, b, 1, 3), part(1, b, 2, 3)},
	} {
		t.Run(name, func(t *testing.T) {
			in := newTestServer(t, newStore(t))
			desktop := in.dialDesktop(t, in.openSession(t))
			phone, _ := in.pair(t, desktop)
			phone.start("identity-card")
			var seq uint32
			if ask := phone.preview("document-front", &seq, a); ask.Seq != 1 {
				t.Fatalf("asked for seq %d", ask.Seq)
			}
			for n := range 2 {
				phone.sendFrame(part(1, a, n, 3))
			}
			for _, f := range second {
				phone.sendFrame(f)
			}
			r := expect[protocol.StillResult](phone, "a refusal", nil)
			if r.Code != protocol.CodeOtherPicture || r.Seq != 1 || r.Accepted || r.StillsLeft != capture.MaxStills {
				t.Fatalf("result %+v, want %s and no still used up", r, protocol.CodeOtherPicture)
			}
			ask := phone.preview("document-front", &seq, a)
			if ask.Seq == 1 {
				t.Error("the next still is asked for under the seq of two pictures")
			}
			phone.still("document-front", ask.Seq, a, 3)
			if r := expect(phone, "the still's result", func(r protocol.StillResult) bool {
				return r.Seq == ask.Seq
			}); !r.Accepted {
				t.Errorf("a whole picture after it: %+v", r)
			}
		})
	}
}

// A seq that the shutter has used is not asked for: its kept answer would meet another
// picture.
func TestAUsedSeqIsNotAskedFor(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	phone.sendFrame(protocol.Frame{
		Kind: protocol.Still, Step: "document-front", Seq: 1, Manual: true, CapturedAt: time.Now(), Parts: 1,
		Data: []byte("no picture"),
	})
	if r := expect[protocol.StillResult](phone, "a refusal", nil); r.Accepted {
		t.Fatalf("result %+v", r)
	}
	<-time.After(2100 * time.Millisecond) // the reason can be read for so long
	var seq uint32
	ask := phone.preview("document-front", &seq, capturetest.JPEG(t, 1))
	if ask.Seq == 1 {
		t.Fatal("asked for the seq that the shutter used")
	}
	phone.still("document-front", ask.Seq, capturetest.JPEG(t, 1), 3)
	if r := expect(phone, "the still's result", func(r protocol.StillResult) bool {
		return r.Seq == ask.Seq
	}); !r.Accepted {
		t.Errorf("a good picture: %+v", r)
	}
}

// A preview that is no frame gets its result, so that a client which sends one at a
// time goes on; whatever else cannot be read is an error that names its seq.
func TestAnUnreadablePreviewGetsItsResult(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	good := packed(t, protocol.Frame{Kind: protocol.Preview, Step: "selfie", Seq: 77, CapturedAt: time.Now(), Parts: 1,
		Data: []byte("x")})
	for name, tt := range map[string]struct {
		change func(b []byte) []byte
		code   string
	}{
		"empty":           {func(b []byte) []byte { return b[:protocol.HeaderSize] }, protocol.CodeEmpty},
		"unknown flags":   {func(b []byte) []byte { b[3] = 0x80; return b }, protocol.CodeBadHeader},
		"two parts":       {func(b []byte) []byte { b[19] = 2; return b }, protocol.CodeBadHeader},
		"half a nonce":    {func(b []byte) []byte { b[3] = protocol.FlagNonce; return b }, protocol.CodeBadHeader},
		"a time long off": {func(b []byte) []byte { b[8] = 0xff; return b }, protocol.CodeBadHeader},
	} {
		frame := tt.change(append([]byte(nil), good...))
		if err := phone.conn.Write(t.Context(), websocket.MessageBinary, frame); err != nil {
			t.Fatal(err)
		}
		r := expect[protocol.FrameResult](phone, name, nil)
		if r.Seq != 77 || r.Status != "refused" || r.Code != tt.code {
			t.Errorf("%s: %+v, want refused with %s", name, r, tt.code)
		}
	}
	// a result has a step: the schema knows no empty one
	for _, step := range []byte{0, 9} {
		frame := append([]byte(nil), good...)
		frame[2] = step
		if err := phone.conn.Write(t.Context(), websocket.MessageBinary, frame); err != nil {
			t.Fatal(err)
		}
		e := expect[protocol.Error](phone, "an unknown step", nil)
		if e.Seq != 77 || e.Code != protocol.CodeBadHeader {
			t.Errorf("step %d: %+v, want an error with the seq", step, e)
		}
	}
}

// What cannot be done now says which step is open, and a secret that opens nothing what a hello takes.
func TestARefusedCommandSaysWhatWasWanted(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	phone.send(protocol.Retake{Step: "selfie"})
	if e := expect[protocol.Error](phone, "a refusal", nil); e.Code != protocol.CodeNotAllowed ||
		e.Measured != "document-front is open, in the phase guiding" || e.Wanted == "" {
		t.Errorf("a step that is not accepted is taken again: %+v", e)
	}
	other := in.dial(t, "phone", nil)
	other.send(protocol.Hello{})
	if e := expect[protocol.Error](other, "a refusal", nil); e.Code != protocol.CodeInvalidToken ||
		!strings.Contains(e.Wanted, "one of token and code") {
		t.Errorf("a hello without a secret: %+v", e)
	}
}

// Another document gives no new stills, over the wire.
func TestAnotherDocumentGivesNoNewStillsOverTheWire(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("identity-card")
	seq, documents := uint32(0), []string{"passport", "residence-permit", "identity-card"}
	for n := 1; ; n++ {
		seq++
		phone.sendFrame(protocol.Frame{
			Kind: protocol.Still, Step: "document-front", Seq: seq, Manual: true, CapturedAt: time.Now(), Parts: 1,
			Data: fmt.Appendf(nil, "no picture %d", n),
		})
		r := expect[protocol.StillResult](phone, "a refusal", nil)
		if r.StillsLeft != capture.MaxStills-n {
			t.Fatalf("after %d stills of %d documents %d are left", n, n, r.StillsLeft)
		}
		if r.StillsLeft == 0 {
			break
		}
		phone.send(protocol.ChooseDocument{Document: documents[n%3]})
	}
	phone.expectReason(protocol.CloseEnded, protocol.ReasonTooManyStills)
}
