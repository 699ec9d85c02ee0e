package protocol

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text, code, measured, wanted string
	}{
		{"nothing", "", CodeBadMessage, "", "one JSON object"},
		{"text", "hello", CodeBadMessage, "", "one JSON object"},
		{"null", "null", CodeBadMessage, "", "an object with a \"type\""},
		{"a list", `["hello"]`, CodeBadMessage, "array", "one JSON object"},
		{"an object without a type", `{"rev":1}`, CodeBadMessage, "", "an object with a \"type\""},
		{"a type of nothing", `{"type":""}`, CodeBadMessage, "", "an object with a \"type\""},
		{"a type that is null", `{"type":null}`, CodeBadMessage, "", "an object with a \"type\""},
		{"a type that is a number", `{"type":5}`, CodeBadMessage, "type: number", "a string"},
		{"a type nobody knows", `{"type":"dance"}`, CodeUnknownType, `"dance"`, "a type of " + Subprotocol},
		{"a very long type", `{"type":"` + strings.Repeat("a", 9999) + `"}`, CodeUnknownType, `"` + strings.Repeat("a", maxQuoted) + `"`, "a type of " + Subprotocol},
		{"a type in capitals", `{"type":"HELLO"}`, CodeUnknownType, `"HELLO"`, "a type of " + Subprotocol},
		{"a field of the wrong kind", `{"type":"hello","rev":"one"}`, CodeBadMessage, "rev: string", "a whole number"},
		{"a negative seq", `{"type":"part-ack","seq":-1}`, CodeBadMessage, "seq: number -1", "a whole number, 0 or more"},
		{"a deep field of the wrong kind", `{"type":"progress","phone":{"since":"now"}}`, CodeBadMessage, "phone.since: string", "a whole number"},
		{"a number beyond any", "1e400", CodeBadMessage, "number", "one JSON object"},
		{"a list for a string", `{"type":"hello","language":[]}`, CodeBadMessage, "language: array", "a string"},
		{"a string for a list", `{"type":"camera-report","able":"x"}`, CodeBadMessage, "able: string", "a list"},
		{"a string for a number", `{"type":"camera-report","reportedRate":"x"}`, CodeBadMessage, "reportedRate: string", "a number"},
		{"a list for an object", `{"type":"camera-report","resize":[]}`, CodeBadMessage, "resize: array", "an object"},
		{"a number for a yes", `{"type":"camera-report","resize":{"refused":1}}`, CodeBadMessage, "resize.refused: number", "true or false"},
		{"two messages", `{"type":"beat"}{"type":"beat"}`, CodeBadMessage, "", "one JSON object"},
		{"half a message", `{"type":"beat"`, CodeBadMessage, "", "one JSON object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Decode([]byte(c.text))
			var refused *DecodeError
			if !errors.As(err, &refused) || m != nil {
				t.Fatalf("got %#v, %v", m, err)
			}
			if refused.Code != c.code || refused.Measured != c.measured || refused.Wanted != c.wanted {
				t.Errorf("got %q %q %q, want %q %q %q", refused.Code, refused.Measured, refused.Wanted,
					c.code, c.measured, c.wanted)
			}
			if answer := refused.Message(); answer.Code != c.code || answer.Text == "" || len(answer.Measured) > 100 {
				t.Errorf("answer %+v", answer)
			}
			if !strings.Contains(err.Error(), c.code) {
				t.Errorf("%q does not name %q", err, c.code)
			}
		})
	}
}

func TestDecodeIgnoresWhatItDoesNotKnow(t *testing.T) {
	m, err := Decode([]byte(` {"future":{"a":[1]},"type":"choose-code","code":"42"} `))
	if err != nil || m != (ChooseCode{Code: "42"}) {
		t.Errorf("got %#v, %v", m, err)
	}
}

func TestEncodeKeepsListsLists(t *testing.T) {
	for want, m := range map[string]Message{
		`"origins":[]`:  Pairing{},
		`"received":[]`: Welcome{Still: &StillParts{}},
	} {
		if b, err := Encode(m); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s, %v", b, want, err)
		}
	}
}

func TestEncodeRefusesWhatIsNoNumber(t *testing.T) {
	if b, err := Encode(Live{Progress: math.NaN()}); err == nil {
		t.Errorf("encoded as %s", b)
	}
}

func TestEncodeTakesPointersToo(t *testing.T) {
	b, err := Encode(&Skip{Challenge: "tilt"})
	if err != nil || string(b) != `{"type":"skip","challenge":"tilt"}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestPackFrameRefusesAnUnknownStep(t *testing.T) {
	for _, step := range []string{"", "document-left"} {
		if b, err := PackFrame(Frame{Kind: Preview, Step: step, Parts: 1}); err == nil {
			t.Errorf("step %q packed as %x", step, b)
		}
	}
}

func TestPackFrameRefusesAPartBeyondItsParts(t *testing.T) {
	for _, f := range []Frame{{Part: 1, Parts: 1}, {Part: 0, Parts: 0}, {Part: -1, Parts: 2},
		{Part: 65536, Parts: 65537}} {
		f.Kind, f.Step = Still, "selfie"
		if b, err := PackFrame(f); err == nil {
			t.Errorf("part %d of %d packed as %x", f.Part, f.Parts, b)
		}
	}
}

func TestCloseCodesTellWhetherToRetry(t *testing.T) {
	for code, want := range map[CloseCode]bool{CloseIdle: true, CloseGoingDown: true, 4499: true, CloseInvalidToken: false,
		CloseNoSession: false, 4999: false} {
		if code.Retry() != want {
			t.Errorf("%d: retry %v, want %v", code, !want, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob(messageFile("*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			if _, ok := errors.AsType[*DecodeError](err); !ok {
				t.Fatalf("%v is no *DecodeError", err)
			}
			return
		}
		text, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := Encode(back)
		if err != nil || !bytes.Equal(again, text) {
			t.Fatalf("%s became %s, %v", text, again, err)
		}
	})
}

func FuzzUnpackFrame(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "frames", "*.bin"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := UnpackFrame(b)
		if err != nil {
			var refused *FrameError
			if !errors.As(err, &refused) || !reflect.DeepEqual(frame, Frame{}) {
				t.Fatalf("%+v, %v", frame, err)
			}
			return
		}
		packed, err := PackFrame(frame)
		if err != nil || !bytes.Equal(packed, b) {
			t.Fatalf("%x became %x, %v", b, packed, err)
		}
	})
}

func BenchmarkEncodeFrameResult(b *testing.B) {
	m := messages()["frame-result.judged"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(m); err != nil {
			b.Fatal(err)
		}
	}
}
