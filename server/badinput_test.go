package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/capture/capturetest"
	"visavis/protocol"
	"visavis/server/live"
)

// TestFramesThatAreRefused sends what no phone should; each gets its answer and
// the session goes on.
func TestFramesThatAreRefused(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	good := capturetest.JPEG(t, 1)
	preview := protocol.Frame{Kind: protocol.Preview, Step: "document-front", Seq: 9, CapturedAt: time.Now(),
		Parts: 1, Data: good}

	phone.sendFrame(preview)
	expect(phone, "not started", func(e protocol.Error) bool { return e.Code == protocol.CodeNotAllowed && e.Seq == 9 })
	phone.send(protocol.Start{})
	expect(phone, "no document", func(e protocol.Error) bool { return e.Code == protocol.CodeNotAllowed })
	phone.send(protocol.ChooseDocument{Document: "library-card"})
	expect(phone, "unknown document", func(e protocol.Error) bool { return e.Code == protocol.CodeBadMessage })
	phone.start("identity-card")

	frames := []struct {
		name         string
		step         string
		data         []byte
		status, code string
	}{
		{"a step that is not open", "selfie", good, "stale", protocol.CodeWrongStep},
		{"a text named JPEG", "document-front", []byte("this is no picture at all"), "refused", protocol.CodeNotJPEG},
		{"a JPEG that ends early", "document-front", good[:len(good)/2], "refused", protocol.CodeTruncated},
		{"a PNG named JPEG", "document-front", []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100)), "refused", protocol.CodeNotJPEG},
		{"65500×65500 pixels in a few bytes", "document-front", hugeHeader(t), "refused", protocol.CodeBadSize},
		{"a line one pixel high", "document-front", withSize(good, 960, 1), "refused", protocol.CodeBadSize},
		{"a line one pixel wide", "document-front", withSize(good, 1, 720), "refused", protocol.CodeBadSize},
		{"a preview as large as a still", "document-front", withSize(good, 2560, 1440), "refused", protocol.CodeBadSize},
		{"markers that are none", "document-front", append([]byte{0xFF, 0xD8}, bytes.Repeat([]byte{0xFF}, 300)...), "refused", protocol.CodeTruncated},
		{"a JPEG of nothing", "document-front", []byte{0xFF, 0xD8, 0xFF, 0xD9}, "refused", protocol.CodeBadImage},
		{"a grey one, which is fine", "document-front", greyJPEG(t), "judged", ""},
		{"one that lies on its side, which is fine", "document-front", rotatedJPEG(good), "judged", ""},
	}
	for _, tt := range frames {
		f := preview
		f.Step, f.Data = tt.step, tt.data
		phone.sendFrame(f)
		if r := expect[protocol.FrameResult](phone, tt.name, nil); r.Status != tt.status || r.Code != tt.code {
			t.Errorf("%s: status %q code %q, want %q %q", tt.name, r.Status, r.Code, tt.status, tt.code)
		} else if refused := tt.status == "refused"; (r.Measured != "") != refused || (r.Wanted != "") != refused {
			t.Errorf("%s: measured %q, wanted %q", tt.name, r.Measured, r.Wanted)
		}
	}
	raw := []struct {
		name string
		kind websocket.MessageType
		data []byte
		code string
	}{
		{"a header without a picture", websocket.MessageBinary, packed(t, protocol.Frame{Kind: protocol.Preview, Step: "document-front", Parts: 1, CapturedAt: time.Now()}), protocol.CodeEmpty},
		{"an empty message", websocket.MessageBinary, nil, protocol.CodeBadHeader},
		{"a short header", websocket.MessageBinary, []byte{1, 2, 3}, protocol.CodeBadHeader},
		{"another version", websocket.MessageBinary, append([]byte{9}, make([]byte, 40)...), protocol.CodeWrongVersion},
		{"text that is no JSON", websocket.MessageText, []byte("\u00ff\u00d8 text where binary belongs"), protocol.CodeBadMessage},
		{"an unknown type", websocket.MessageText, []byte(`{"type":"dance"}`), protocol.CodeUnknownType},
		{"a desktop's message", websocket.MessageText, []byte(`{"type":"not-my-phone"}`), protocol.CodeNotAllowed},
		{"a field of the wrong kind", websocket.MessageText, []byte(`{"type":"retake","step":7}`), protocol.CodeBadMessage},
		{"a retake of nothing", websocket.MessageText, []byte(`{"type":"retake","step":"selfie"}`), protocol.CodeNotAllowed},
		{"a still that nobody asked for", websocket.MessageBinary, packed(t, protocol.Frame{Kind: protocol.Still, Step: "document-front", Seq: 77, CapturedAt: time.Now(), Parts: 1, Data: good}), ""},
	}
	for _, tt := range raw {
		if err := phone.conn.Write(t.Context(), tt.kind, tt.data); err != nil {
			t.Fatal(err)
		}
		if tt.code == "" {
			expect(phone, tt.name, func(r protocol.StillResult) bool { return r.Code == protocol.CodeNotAllowed && !r.Accepted })
			continue
		}
		if tt.code == protocol.CodeEmpty { // of a preview: its result, so that the next may come
			expect(phone, tt.name, func(r protocol.FrameResult) bool { return r.Status == "refused" && r.Code == tt.code })
			continue
		}
		expect(phone, tt.name, func(e protocol.Error) bool { return e.Code == tt.code })
	}
	for _, f := range []protocol.Frame{
		{Kind: protocol.Preview, Step: "document-front", Seq: 78, Parts: 1, Data: good},
		{Kind: protocol.Still, Step: "document-front", Seq: 79, Parts: 1, Data: good},
	} {
		if err := phone.conn.Write(t.Context(), websocket.MessageBinary, inYear10000(packed(t, f))); err != nil {
			t.Fatal(err)
		}
		if f.Kind == protocol.Preview {
			expect(phone, "a preview of the year 10000", func(r protocol.FrameResult) bool {
				return r.Seq == 78 && r.Code == protocol.CodeBadHeader
			})
			continue
		}
		expect(phone, "a still of the year 10000", func(e protocol.Error) bool {
			return e.Seq == 79 && e.Code == protocol.CodeBadHeader
		})
	}
	var seq uint32 = 100
	phone.captureStep("document-front", &seq, good) // the session goes on
}

// inYear10000 changes the capture time of a frame's header to one that JSON cannot say.
func inYear10000(frame []byte) []byte {
	binary.BigEndian.PutUint64(frame[8:], 253_402_300_800_000)
	return frame
}

// withSize changes the size that a JPEG's header tells, and nothing else.
func withSize(jpeg []byte, width, height uint16) []byte {
	b := bytes.Clone(jpeg)
	i := bytes.Index(b, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(b[i+5:], height)
	binary.BigEndian.PutUint16(b[i+7:], width)
	return b
}

// hugeHeader asks for 17 GB in some six hundred bytes: headers, and no picture.
func hugeHeader(t *testing.T) []byte {
	t.Helper()
	b := withSize(capturetest.JPEG(t, 1), 65500, 65500)
	b = append(b[:bytes.Index(b, []byte{0xFF, 0xDA})+14], 0, 0xFF, 0xD9)
	if len(b) > 700 {
		t.Fatalf("%d bytes, want a few hundred", len(b))
	}
	return b
}

func greyJPEG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 640, 480)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rotatedJPEG has an EXIF orientation of 6.
func rotatedJPEG(b []byte) []byte {
	exif := "\xFF\xE1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	return bytes.Join([][]byte{b[:2], []byte(exif), b[2:]}, nil)
}

// TestHostileStills sends as stills what no camera makes: each has its answer, and
// the step goes on.
func TestHostileStills(t *testing.T) {
	in := newTestServer(t, newStore(t))
	good := capturetest.JPEG(t, 1)
	for _, tt := range []struct {
		name, code string
		data       []byte
		parts      int
	}{
		{"65500×65500 pixels in a few bytes", protocol.CodeBadSize, hugeHeader(t), 1},
		{"text", protocol.CodeNotJPEG, []byte("no picture"), 2},
		{"a JPEG that ends early", protocol.CodeTruncated, good[:len(good)/2], 3},
		{"a line one pixel high", protocol.CodeBadSize, withSize(good, 8000, 1), 1},
		{"over the limit of a still", protocol.CodeTooLarge, append(bytes.Clone(good), make([]byte, capture.MaxStillBytes)...), 7},
		{"more parts than any still has", protocol.CodeTooLarge, good, live.MaxParts + 1},
	} {
		desktop := in.dialDesktop(t, in.openSession(t))
		phone, _ := in.pair(t, desktop)
		phone.start("passport")
		size := (len(tt.data) + tt.parts - 1) / tt.parts
		for i := range tt.parts {
			part := tt.data[min(i*size, len(tt.data)-1):min((i+1)*size, len(tt.data))]
			if len(part) == 0 {
				part = []byte{0}
			}
			f := protocol.Frame{Kind: protocol.Still, Step: "document-front", Seq: 5, Manual: true, CapturedAt: time.Now(),
				Part: i, Parts: tt.parts, Data: part}
			phone.sendFrame(f)
			if tt.parts > live.MaxParts {
				break // the first one is refused
			}
		}
		if r := expect[protocol.StillResult](phone, tt.name, nil); r.Accepted || r.Code != tt.code {
			t.Errorf("%s: %+v, want %s", tt.name, r, tt.code)
		}
		phone.sendFrame(protocol.Frame{Kind: protocol.Still, Step: "document-front", Seq: 6, Manual: true,
			CapturedAt: time.Now(), Parts: 1, Data: good})
		if r := expect[protocol.StillResult](phone, "a good one", nil); !r.Accepted {
			t.Errorf("a good still after %s: %+v", tt.name, r)
		}
		_ = phone.conn.CloseNow()
	}
}

func packed(t *testing.T, f protocol.Frame) []byte {
	t.Helper()
	b, err := protocol.PackFrame(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFirstMessage(t *testing.T) {
	in := newTestServer(t, newStore(t))
	tests := []struct {
		name string
		kind websocket.MessageType
		data string
		code protocol.CloseCode
	}{
		{"something before the hello", websocket.MessageText, `{"type":"beat"}`, protocol.CloseBadMessage},
		{"no JSON", websocket.MessageText, `hello`, protocol.CloseBadMessage},
		{"a picture before the hello", websocket.MessageBinary, strings.Repeat("x", 100), protocol.CloseBadMessage},
		{"an unknown token", websocket.MessageText, `{"type":"hello","token":"` + strings.Repeat("A", 43) + `"}`, protocol.CloseInvalidToken},
		{"an empty hello", websocket.MessageText, `{"type":"hello"}`, protocol.CloseInvalidToken},
		{"an unknown device", websocket.MessageText, `{"type":"hello","deviceSecret":"` + strings.Repeat("A", 43) + `"}`, protocol.CloseInvalidToken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			phone := in.dial(t, "phone", nil)
			if err := phone.conn.Write(t.Context(), tt.kind, []byte(tt.data)); err != nil {
				t.Fatal(err)
			}
			phone.expectClose(tt.code)
		})
	}
}

func TestMessagesOverTheLimit(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for role, size := range map[string]int{"phone": 100 << 20, "desktop": 100 << 10} {
		c := in.dial(t, role, nil)
		// The write may fail half way, once the server has closed.
		_ = c.conn.Write(t.Context(), websocket.MessageBinary, make([]byte, size))
		if _, err := c.next(); err == nil {
			t.Errorf("%s: a message of %d bytes was taken", role, size)
		}
	}
}

func TestFloodIsCut(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.MessagesBurst, c.Limits.Messages = 30, 1 })
	desktop := in.dialDesktop(t, in.openSession(t))
	for range 60 {
		b, err := protocol.Encode(protocol.Renew{})
		if err != nil {
			t.Fatal(err)
		}
		if desktop.conn.Write(t.Context(), websocket.MessageText, b) != nil {
			break
		}
	}
	desktop.expectClose(protocol.CloseRateLimited)
}

func TestBusyAndBrokenAnalysis(t *testing.T) {
	answers := make(chan error, 1)
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Analyzer = capture.AnalyzerFunc(func(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
			select {
			case err := <-answers:
				return capture.Measurements{}, err
			default:
				return capturetest.GoodAnalysis(ctx, f)
			}
		})
	})
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("passport")
	for _, tt := range []struct {
		err          error
		status, code string
	}{
		{capture.ErrBusy, "busy", protocol.CodeBusy},
		{&capture.FrameError{Code: protocol.CodeBadImage}, "refused", protocol.CodeBadImage},
		{context.DeadlineExceeded, "busy", protocol.CodeBusy},
		{http.ErrServerClosed, "busy", protocol.CodeInternal},
	} {
		answers <- tt.err
		phone.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: "document-front", Seq: 1, CapturedAt: time.Now(),
			Parts: 1, Data: capturetest.JPEG(t, 1)})
		if r := expect[protocol.FrameResult](phone, "the result", nil); r.Status != tt.status || r.Code != tt.code {
			t.Errorf("%v: status %q code %q, want %q %q", tt.err, r.Status, r.Code, tt.status, tt.code)
		}
	}
}

// A phone whose pictures cost two workers is told so, and its session ends for both sides.
func TestASessionThatCostsWorkersEnds(t *testing.T) {
	var asked atomic.Pointer[capture.Asker]
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Analyzer = capture.AnalyzerFunc(func(ctx context.Context, _ capture.Frame) (capture.Measurements, error) {
			who := capture.AskerOf(ctx)
			asked.Store(&who)
			return capture.Measurements{}, fmt.Errorf("%w: two workers lost", capture.ErrOffender)
		})
	})
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	phone.start("passport")
	phone.sendFrame(protocol.Frame{Kind: protocol.Preview, Step: "document-front", Seq: 1, CapturedAt: time.Now(),
		Parts: 1, Data: capturetest.JPEG(t, 1)})
	expect(phone, "the reason", func(e protocol.Error) bool {
		return e.Code == protocol.CodeBadImage && strings.Contains(e.Text, "ended")
	})
	phone.expectReason(protocol.CloseEnded, protocol.ReasonUnsafePictures)
	if p := desktop.expectState(protocol.StateEnded); p.Reason != protocol.ReasonUnsafePictures {
		t.Errorf("the desktop hears %q, want %q", p.Reason, protocol.ReasonUnsafePictures)
	}
	if who := asked.Load(); who == nil || who.Session == "" || !who.Network.IsValid() {
		t.Errorf("the analysis was asked for %+v, want a session and a network", who)
	}
}
