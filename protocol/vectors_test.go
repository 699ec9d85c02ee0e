package protocol

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The signing key of the vectors. Their signatures are those of RFC 6979: the same each time.
var (
	vectorKey   = sha256.Sum256([]byte("the signing key of the vectors"))
	signingKey  = publicText()
	provedHello = proved("hello", "1800000000456")
	provedClaim = proved("claim", "1800000000123")
)

func publicText() string {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), vectorKey[:])
	if err != nil {
		panic(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(point)
}

func proved(use, count string) string {
	return base64.RawURLEncoding.EncodeToString(signature(use, []byte(count)))
}

// signature is r and s of the signature for a use.
func signature(use string, content ...[]byte) []byte {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), vectorKey[:])
	if err != nil {
		panic(err)
	}
	digest := sha256.Sum256(append([]byte("visavis.v1 "+use+"\n"), bytes.Join(content, nil)...))
	der, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		panic(err)
	}
	out := make([]byte, SignatureSize)
	pair.R.FillBytes(out[:SignatureSize/2])
	pair.S.FillBytes(out[SignatureSize/2:])
	return out
}

func signed(t *testing.T, f Frame) Frame {
	t.Helper()
	head, data, err := f.Signed()
	if err != nil {
		t.Fatal(err)
	}
	f.Signature = signature("frame", head, data)
	return f
}

var update = flag.Bool("update", false, "write the vectors under testdata again")

// messages are the vectors by file name: the type, and a variant behind a dot.
// Other languages read the files; the values stand here alone.
func messages() map[string]Message {
	lower, upper := 0.55, 0.97
	progress := Progress{
		Rev: 12, State: StateCapturing, Language: "fr", Document: "identity-card",
		Steps: []Step{
			{Step: "document-front", State: "accepted", StillsLeft: 4, Notes: []string{"manual"}},
			{Step: "document-back", State: "active", Phase: "guiding", OfferAnyway: true, StillsLeft: 3},
			{Step: "selfie", State: "waiting", StillsLeft: 5},
		},
		Phone:     &Phone{State: "present", Name: "iPhone, Safari", Since: 1800000000000},
		Reference: "K7Q2MX", ExpiresAt: 1800003600000, Warn: true,
	}
	return map[string]Message{
		"hello.desktop":   Hello{Rev: 11, Language: "fr"},
		"hello.enrolment": Hello{Enrolment: "0b9d3c1e-7a52-4d0e-9f41-2f6f2a7d1c55", Rev: 5, Language: "fr"},
		"hello.token":     Hello{Token: "R0lKdyzVVnTnVQvV0FdGGgW8m4zrrPpwCZcnzIvwJkM", Language: "en"},
		"hello.code":      Hello{Code: "BCDFGHJK"},
		"hello.resume":    Hello{DeviceSecret: "7b4u0wYc3n0o1wq8r8Jq3bqkG1m9x0mJpS2b8Q1kQ3A", Rev: 12},
		"hello.signed": Hello{DeviceSecret: "7b4u0wYc3n0o1wq8r8Jq3bqkG1m9x0mJpS2b8Q1kQ3A", Rev: 12,
			Proof: &Proof{Count: 1800000000456, Signature: provedHello}},
		"claim": Claim{SameDevice: "c2FtZQ", Device: "Pixel 9"},
		"claim.signed": Claim{Key: "7b4u0wYc3n0o1wq8r8Jq3bqkG1m9x0mJpS2b8Q1kQ3A", SigningKey: signingKey,
			Proof: &Proof{Count: 1800000000123, Signature: provedClaim}},
		"claim.post":  Claim{Token: "R0lKdyzVVnTnVQvV0FdGGgW8m4zrrPpwCZcnzIvwJkM"},
		"choose-code": ChooseCode{Code: "42"}, "choose-document": ChooseDocument{Document: "passport"},
		"start":        Start{CameraWidth: 1920, CameraHeight: 1080, VoiceGuide: true},
		"start.lights": Start{CameraWidth: 1920, CameraHeight: 1080, Lights: "shown"},
		"retake":       Retake{Step: "document-front"}, "use-anyway": UseAnyway{Step: "document-back"}, "skip": Skip{Challenge: "tilt"},
		"beat": Beat{}, "presence": Presence{State: "asleep"}, "presence.camera": Presence{State: "awake", Camera: "denied"}, "extend": Extend{},
		"camera-report": CameraReport{Facing: "environment", Label: "Back Camera", ReportedFacing: "environment",
			ReportedWidth: 1920, ReportedHeight: 1080, ReportedRate: 30, Width: 1080, Height: 1920,
			MaxWidth: 4032, MaxHeight: 3024,
			Able: []string{"focusDistance", "torch", "zoom"}, Times: []float64{0, 33.4, 66.7}, Frames: 3, Distinct: 3,
			Luma: []float64{88.1, 96.4, 101.2}, OpenedIn: 640},
		"camera-report.least": CameraReport{Facing: "user"},
		"camera-report.resize": CameraReport{Facing: "environment", Width: 1080, Height: 1920,
			Resize: &CameraResize{Width: 640, Height: 480, ReportedWidth: 640, ReportedHeight: 480,
				ShownWidth: 480, ShownHeight: 640, Took: 310}},
		"camera-report.refused": CameraReport{Facing: "environment", Width: 720, Height: 1280,
			Resize: &CameraResize{Width: 640, Height: 480, Refused: true}},
		"camera-report.torch": CameraReport{Facing: "environment", Width: 1080, Height: 1920, Able: []string{"torch"},
			Torch: &CameraTorch{Before: []float64{88, 90.5, 91, 87, 88, 90.5, 91, 87, 60, 62.3, 61, 60},
				During: []float64{120, 151.5, 148, 119, 131, 160, 158, 127, 90, 99.1, 97, 91},
				After:  []float64{87, 90, 90.5, 87, 88, 90, 91, 86.5, 60, 62, 61, 60}, Took: 140}},
		"camera-report.no-torch": CameraReport{Facing: "environment", Width: 720, Height: 1280, Able: []string{"torch"},
			Torch: &CameraTorch{Off: true, Refused: true}},
		"not-me": NotMe{}, "bye": Bye{},
		"renew": Renew{}, "renew.manual": Renew{Manual: true}, "set-language": SetLanguage{Language: "en"},
		"set-address": SetAddress{Origin: "https://192.168.1.20:8443"}, "same-device": SameDevice{},
		"not-my-phone": NotMyPhone{}, "cancel": Cancel{},

		"welcome.desktop": Welcome{Role: "desktop", Site: "Visavis", ServerTime: 1800000000123, Progress: &progress, Challenge: true},
		"welcome.phone": Welcome{
			Role: "phone", DeviceSecret: "7b4u0wYc3n0o1wq8r8Jq3bqkG1m9x0mJpS2b8Q1kQ3A",
			Site: "Visavis", ServerTime: 1800000000123,
			Progress: &Progress{Rev: 4, State: StateComparing, Language: "fr", Reference: "K7Q2MX"},
		},
		"welcome.resume": Welcome{
			Role: "phone", Site: "Visavis", ServerTime: 1800000000123, Signed: true,
			Still: &StillParts{Step: "document-front", Seq: 3, Parts: 4, Received: []int{0, 2}},
		},
		"pairing": Pairing{
			URL: "https://192.168.1.20:8443/p#R0lKdyzVVnTnVQvV0FdGGgW8m4zrrPpwCZcnzIvwJkM", TypedCode: "BCDFGHJK",
			TypedURL: "https://192.168.1.20:8443/p", ExpiresAt: 1800000120000, RenewsEnd: 1800000600000,
			Origin: "https://192.168.1.20:8443", Origins: []string{"https://192.168.1.20:8443", "https://localhost:8443"},
			TrustURL: "http://192.168.1.20:8080/trust",
			QR:       `<svg xmlns="http://www.w3.org/2000/svg" width="280" height="280"></svg>`,
		},
		"invitation": Invitation{Site: "Visavis", Desktop: "Firefox, Windows", Place: "Lyon, France", OpenedAt: 1800000000000, Language: "fr"},
		"progress":   progress,
		"progress.comparing": Progress{Rev: 4, State: StateComparing, Language: "fr", Reference: "K7Q2MX", Code: "42",
			Phone: &Phone{State: "present", Name: "Pixel 9, Chrome", Since: 1800000000000}},
		"progress.camera": Progress{Rev: 6, State: StatePaired, Language: "fr", Document: "passport", Reference: "K7Q2MX",
			Phone: &Phone{State: "present", Name: "Pixel 9, Chrome", Since: 1800000000000, Camera: "denied"}},
		"progress.ended":      Progress{Rev: 9, State: StateEnded, Language: "fr", Reason: ReasonWrongCodeTwice, Reference: "K7Q2MX"},
		"live":                Live{Step: "document-front", Hint: "move-closer", Progress: 0.5, Thumbnail: []byte{0xFF, 0xD8, 0xFF, 0xD9}},
		"enrolment":           Enrolment{View: json.RawMessage(`{"id":"0b9d3c1e-7a52-4d0e-9f41-2f6f2a7d1c55","reference":"7QX4MN","rev":6,"state":"review","language":"fr","allowed":["cancel"],"wait":{"from":180,"to":360,"queue":2,"overdue":false,"since":"2027-01-15T08:00:00Z"}}`)},
		"welcome.enrolment":   Welcome{Role: "desktop", Site: "Visavis", ServerTime: 1800000000123},
		"notice":              Notice{Code: NoticeSecondPhone},
		"frame-result.judged": FrameResult{Step: "document-front", Seq: 7, Status: "judged", Hint: "move", Toward: "left", Checks: []Check{{Name: "fill", OK: true, Value: 0.8125, Min: &lower, Max: &upper}, {Name: "tilt", Value: 31.5, Max: &upper, Unit: "degrees"}}, Corners: [][2]float64{{0.1, 0.2}, {0.9, 0.2}, {0.9, 0.85}, {-0.05, 0.85}}, PreviewSide: 960},
		"frame-result.good":   FrameResult{Step: "selfie", Seq: 8, Status: "judged", Good: true, Streak: 2, Box: &[4]float64{0.25, 0.2, 0.5, 0.45}},
		"frame-result.refused": FrameResult{
			Step: "selfie", Seq: 9, Status: "refused", Code: CodeTruncated,
		},
		"capture-still":         CaptureStill{Step: "document-front", Seq: 3, LongSide: 2560, MaxBytes: 1 << 20, PartSize: 128 << 10},
		"part-ack":              PartAck{Seq: 3, Part: 1},
		"still-result.accepted": StillResult{Step: "document-front", Seq: 3, Accepted: true, StillsLeft: 4},
		"still-result.refused":  StillResult{Step: "document-front", Seq: 4, Hint: "glare", OfferAnyway: true, StillsLeft: 3, Checks: []Check{{Name: "glare", Value: 0.0625, Max: &lower}}},
		"challenge.tilt":        Challenge{Kind: "tilt", Gesture: "left", Count: 1, Progress: 0.25, EndsAt: 1800000020000, MaySkip: true, Nonce: "000102030405060708090a0b0c0d0eff"},
		"challenge.gesture":     Challenge{Kind: "gesture", Gesture: "come-closer", Index: 1, Count: 2, Done: true, Progress: 1},
		"challenge.light":       Challenge{Kind: "light", Gesture: "rose", Colour: "#ffa8a8", Index: 1, Count: 6, Progress: 0.25, MaySkip: true, Nonce: "000102030405060708090a0b0c0d0eff"},
		"error":                 Error{Code: CodeTooLarge, Text: "frame: too-large", Measured: "600000 bytes", Wanted: "at most 524288 bytes", Seq: 7},
	}
}

func messageFile(name string) string { return filepath.Join("testdata", "messages", name+".json") }

func TestMessageVectors(t *testing.T) {
	covered := map[Type]bool{}
	for name, m := range messages() {
		covered[m.MessageType()] = true
		if kind, _, _ := strings.Cut(name, "."); kind != string(m.MessageType()) {
			t.Errorf("%s holds a %s", name, m.MessageType())
		}
		t.Run(name, func(t *testing.T) {
			text, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				writeFile(t, messageFile(name), append(text, '\n'))
			}
			want, err := os.ReadFile(messageFile(name))
			if err != nil {
				t.Fatal(err)
			}
			want = bytes.TrimSuffix(want, []byte("\n"))
			if !bytes.Equal(text, want) {
				t.Errorf("encoded\n%s\nwant\n%s", text, want)
			}
			back, err := Decode(want)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, m) {
				t.Errorf("decoded\n%#v\nwant\n%#v", back, m)
			}
		})
	}
	for kind := range readers {
		if !covered[kind] {
			t.Errorf("no vector of %s", kind)
		}
	}
	files, err := filepath.Glob(messageFile("*"))
	if err != nil || len(files) != len(messages()) {
		t.Errorf("%d files for %d messages, %v", len(files), len(messages()), err)
	}
}

// frameVector tells in JSON what a binary frame says, or why it says nothing.
type frameVector struct {
	Kind       string `json:"kind,omitempty"` // "preview" or "still"
	Step       string `json:"step,omitempty"`
	Manual     bool   `json:"manual,omitempty"`
	Seq        uint32 `json:"seq,omitempty"`
	CapturedAt int64  `json:"capturedAt,omitempty"` // milliseconds since 1970
	Part       int    `json:"part"`
	Parts      int    `json:"parts,omitempty"`
	Nonce      string `json:"nonce,omitempty"`
	Signature  []byte `json:"signature,omitempty"` // base64
	Data       []byte `json:"data,omitempty"`      // base64
	Error      string `json:"error,omitempty"`
}

func frames(t *testing.T) map[string][]byte {
	t.Helper()
	at := time.UnixMilli(1800000000123).UTC()
	jpeg := []byte{0xFF, 0xD8, 0xFF, 0xD9}
	pack := func(f Frame) []byte {
		b, err := PackFrame(f)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	preview := pack(Frame{Kind: Preview, Step: "document-front", Seq: 7, CapturedAt: at, Parts: 1, Data: jpeg})
	nonce := pack(Frame{
		Kind: Preview, Step: "selfie", Seq: 8, CapturedAt: at, Parts: 1,
		Nonce: "000102030405060708090a0b0c0d0eff", Data: jpeg,
	})
	change := func(offset int, values ...byte) []byte {
		b := bytes.Clone(preview)
		copy(b[offset:], values)
		return b
	}
	still := pack(signed(t, Frame{Kind: Still, Step: "document-front", Seq: 6, CapturedAt: at, Parts: 1, Data: jpeg}))
	return map[string][]byte{
		"preview":       preview,
		"preview-max":   pack(Frame{Kind: Preview, Step: "selfie", Seq: 1<<32 - 1, CapturedAt: at, Parts: 1, Data: jpeg}),
		"still-whole":   pack(Frame{Kind: Still, Step: "document-back", Seq: 3, CapturedAt: at, Parts: 1, Data: jpeg}),
		"still-part":    pack(Frame{Kind: Still, Step: "selfie", Seq: 4, CapturedAt: at, Part: 2, Parts: 9, Data: jpeg[:2]}),
		"still-manual":  pack(Frame{Kind: Still, Step: "document-front", Manual: true, Seq: 5, CapturedAt: at, Parts: 1, Data: jpeg}),
		"bad-version":   change(0, 2),
		"bad-kind":      change(1, 3),
		"bad-step":      change(2, 0),
		"bad-step-high": change(2, 4),
		"preview-nonce": nonce,
		"preview-signed": pack(signed(t, Frame{Kind: Preview, Step: "selfie", Seq: 9, CapturedAt: at, Parts: 1,
			Nonce: "000102030405060708090a0b0c0d0eff", Data: jpeg})),
		"still-signed":      still,
		"bad-flags":         change(3, 8),
		"bad-signature":     change(3, FlagSigned), // and nothing of the kind follows
		"bad-signature-end": still[:HeaderSize+SignatureSize],
		"bad-nonce":         change(3, FlagNonce), // and nothing of the kind follows
		"bad-nonce-end":     nonce[:HeaderSize+NonceSize],
		"bad-nonce-still": func() []byte {
			b := bytes.Clone(nonce)
			b[1] = byte(Still)
			return b
		}(),
		"bad-time":    change(8, 0xFF),
		"bad-year":    change(8, 0, 0, 0xE6, 0x77, 0xD2, 0x1F, 0xDC, 0), // 10000
		"last-year":   change(8, 0, 0, 0xE6, 0x77, 0xD2, 0x1F, 0xDB, 0xFF),
		"bad-part":    change(16, 0, 1),
		"bad-parts":   change(18, 0, 0),
		"bad-preview": change(18, 0, 2),
		"bad-length":  preview[:HeaderSize-1],
		"bad-empty":   preview[:HeaderSize],
	}
}

func vectorOf(b []byte) (frameVector, error) {
	f, err := UnpackFrame(b)
	if refused, ok := errors.AsType[*FrameError](err); ok {
		return frameVector{Error: refused.Code}, nil
	}
	kind := map[Kind]string{Preview: "preview", Still: "still"}[f.Kind]
	return frameVector{
		kind, f.Step, f.Manual, f.Seq, f.CapturedAt.UnixMilli(), f.Part, f.Parts, f.Nonce, f.Signature, f.Data, "",
	}, err
}

func TestFrameVectors(t *testing.T) {
	for name, packed := range frames(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "frames", name)
			got, err := vectorOf(packed)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "bad-") != (got.Error != "") {
				t.Errorf("read as %+v", got)
			}
			if *update {
				text, err := json.MarshalIndent(got, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, path+".json", append(text, '\n'))
				writeFile(t, path+".bin", packed)
			}
			stored, err := os.ReadFile(path + ".bin")
			if err != nil || !bytes.Equal(stored, packed) {
				t.Errorf("stored %x, packed %x, %v", stored, packed, err)
			}
			text, err := os.ReadFile(path + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want frameVector
			if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v, %v", got, want, err)
			}
		})
	}
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
