package worker

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	"visavis/capture"
	"visavis/identity"
)

// message is one as it goes over the pipe.
func message(t testing.TB, header any, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writeMessage(&b, header, body); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzReadMessage reads what a child that has lost its mind may write, as answer
// and as request: an error, or a message that is written again as it was read.
func FuzzReadMessage(f *testing.F) {
	picture := []byte("\xff\xd8 a picture \xff\xd9")
	frame := capture.Frame{Step: capture.Selfie, Kind: capture.Still, Seq: 7,
		CapturedAt: time.Unix(1_800_000_000, 0).UTC(), Width: 640, Height: 480, Components: 3,
		Last: &capture.Sighting{Found: true, Width: 320, Height: 240, PortraitBox: &[4]float64{0.1, 0.2, 0.3, 0.4}}}
	seeds := [][]byte{
		message(f, request{Op: opAnalyze, ID: 1, Frame: infoOf(frame)}, picture),
		message(f, request{Op: opFields, ID: 2, Fields: &fieldsInfo{Side: identity.Front, Kind: identity.KindIdentityCard}},
			picture),
		message(f, request{Op: opZone, ID: 3, Zone: &zoneInfo{Line: true}}, picture),
		message(f, request{Op: opFaces, ID: 4, Faces: &facesInfo{First: 3}}, picture),
		message(f, answer{Op: opReady}, nil),
		message(f, answer{Op: opAnalyze, ID: 1, Measurements: &capture.Measurements{Width: 640}}, picture),
		message(f, answer{Op: opZone, ID: 3, Refused: &capture.FrameError{Code: "bad-size", Measured: "1×1", Wanted: "more"}},
			nil),
		message(f, answer{Op: opFaces, ID: 4, Busy: true, Error: "not now"}, nil),
	}
	for _, s := range seeds {
		f.Add(s)
		f.Add(s[:len(s)-1])
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0, 0, 2, 0, 0, 0, 0, '[', ']'})
	f.Fuzz(func(t *testing.T, wire []byte) {
		for _, header := range []any{&request{}, &answer{}} {
			r := bytes.NewReader(wire)
			body, err := readMessage(r, header, nil, 1<<16)
			if err != nil {
				if errors.Is(err, io.EOF) && len(wire) > 0 {
					t.Fatalf("an end inside a message counts as a clean one: %v", err)
				}
				continue
			}
			if len(body) > len(wire) {
				t.Fatalf("%d bytes of body out of %d", len(body), len(wire))
			}
			rewritten := message(t, header, body)
			again := map[bool]any{true: &request{}, false: &answer{}}[isRequest(header)]
			kept, err := readMessage(bytes.NewReader(rewritten), again, nil, 1<<16)
			if err != nil || !bytes.Equal(kept, body) {
				t.Fatalf("read again: %v", err)
			}
			if one, two := asJSON(t, header), asJSON(t, again); one != two {
				t.Fatalf("%s became %s", one, two)
			}
		}
	})
}

func isRequest(header any) bool { _, ok := header.(*request); return ok }

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A length is a promise that a broken child may not keep: the memory for a body is
// taken within the limits alone.
func TestLengthsOverTheLimitsTakeNoMemory(t *testing.T) {
	for name, lengths := range map[string][2]uint32{"header": {maxHeader + 1, 0}, "body": {2, maxRequest + 1},
		"both": {1<<32 - 1, 1<<32 - 1}} {
		wire := binary.BigEndian.AppendUint32(nil, lengths[0])
		wire = append(binary.BigEndian.AppendUint32(wire, lengths[1]), "{}"...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readMessage(bytes.NewReader(wire), &answer{}, nil, maxRequest)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, errTooLong) {
			t.Errorf("%s too long: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<10 {
			t.Errorf("%s too long: %d bytes were taken for it", name, took)
		}
	}
}
