package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"visavis/capture"
	"visavis/identity"
)

// Descriptors of the child.
const (
	requestFD = 3
	answerFD  = 4
)

// Operations of a request.
const (
	opAnalyze = "analyze"
	opFields  = "fields" // identity.FieldReader
	opZone    = "zone"   // identity.ZoneReader
	opFaces   = "faces"  // identity.FaceComparer
	opReady   = "ready"  // the child's first message
)

// Limits of a message. A child that exceeds them is killed.
const (
	maxHeader    = 1 << 20                   // measurements take 5 kB
	maxRequest   = 2 * capture.MaxStillBytes // the JPEG; of faces two
	maxThumbnail = 256 << 10                 // 160 px take 5 kB
)

// request is the header of a message to the child. The JPEG follows it. The operation
// says which pointer is set.
type request struct {
	Op     string      `json:"op"`
	ID     uint64      `json:"id"`
	Frame  *frameInfo  `json:"frame,omitempty"`
	Fields *fieldsInfo `json:"fields,omitempty"`
	Zone   *zoneInfo   `json:"zone,omitempty"`
	Faces  *facesInfo  `json:"faces,omitempty"`
}

// fieldsInfo is an identity.FieldRequest without its bytes.
type fieldsInfo struct {
	Side identity.Side `json:"side"`
	Kind identity.Kind `json:"kind"`
}

// zoneInfo is an identity.ZoneRequest without its bytes.
type zoneInfo struct {
	Line bool `json:"line,omitempty"`
}

// facesInfo gives the length of the first of two pictures.
type facesInfo struct {
	First int `json:"first"`
}

// frameInfo is a capture.Frame without its bytes.
type frameInfo struct {
	Step          capture.Step      `json:"step"`
	Kind          capture.Kind      `json:"kind"`
	Document      capture.Document  `json:"document,omitempty"`
	Seq           uint32            `json:"seq"`
	CapturedAt    time.Time         `json:"capturedAt"`
	Width         int               `json:"width"`
	Height        int               `json:"height"`
	Orientation   int               `json:"orientation"`
	Progressive   bool              `json:"progressive,omitempty"`
	Components    int               `json:"components"`
	WantThumbnail bool              `json:"wantThumbnail,omitempty"`
	Moving        bool              `json:"moving,omitempty"`
	Last          *capture.Sighting `json:"last,omitempty"`
}

// answer is the header of a message from the child. The thumbnail follows it.
type answer struct {
	Op           string                `json:"op"`
	ID           uint64                `json:"id"`
	Measurements *capture.Measurements `json:"measurements,omitempty"`
	Print        *identity.PrintedSide `json:"print,omitempty"`
	Zone         *identity.ZoneReading `json:"zone,omitempty"`
	Score        *identity.FaceScore   `json:"score,omitempty"`
	Refused      *capture.FrameError   `json:"refused,omitempty"`
	Busy         bool                  `json:"busy,omitempty"`
	Error        string                `json:"error,omitempty"`
	Lacks        []string              `json:"lacks,omitempty"` // with opReady: parts of the jail that the kernel lacks
}

func infoOf(f capture.Frame) *frameInfo {
	return &frameInfo{
		Step: f.Step, Kind: f.Kind, Document: f.Document, Seq: f.Seq, CapturedAt: f.CapturedAt,
		Width: f.Width, Height: f.Height, Orientation: f.Orientation,
		Progressive: f.Progressive, Components: f.Components, WantThumbnail: f.WantThumbnail, Moving: f.Moving,
		Last: f.Last,
	}
}

func (i frameInfo) frame(jpeg []byte) capture.Frame {
	return capture.Frame{
		Step: i.Step, Kind: i.Kind, Document: i.Document, Seq: i.Seq, CapturedAt: i.CapturedAt,
		JPEG: jpeg, Width: i.Width, Height: i.Height, Orientation: i.Orientation,
		Progressive: i.Progressive, Components: i.Components, WantThumbnail: i.WantThumbnail, Moving: i.Moving,
		Last: i.Last,
	}
}

// errEncode reports a header that JSON cannot represent (NaN, infinity, the year 10000). Nothing was written.
var errEncode = errors.New("encode worker message")

// writeMessage writes the lengths, the header and the body.
func writeMessage(w io.Writer, header any, body []byte) error {
	h, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("%w: %w", errEncode, err)
	}
	b := make([]byte, 0, 8+len(h))
	b = binary.BigEndian.AppendUint32(b, uint32(len(h)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	if _, err := w.Write(append(b, h...)); err != nil {
		return err
	}
	if len(body) == 0 {
		return nil
	}
	_, err = w.Write(body)
	return err
}

// errTooLong reports a message over the limits.
var errTooLong = errors.New("worker message too long")

// readMessage reads one message into header and returns its body. The body shares memory with buf when buf is large
// enough. io.EOF means that no message follows.
func readMessage(r io.Reader, header any, buf []byte, maxBody int) ([]byte, error) {
	var lengths [8]byte
	if _, err := io.ReadFull(r, lengths[:]); err != nil {
		return nil, err
	}
	h, n := binary.BigEndian.Uint32(lengths[:]), binary.BigEndian.Uint32(lengths[4:])
	if h > maxHeader || int64(n) > int64(maxBody) {
		return nil, fmt.Errorf("%w: header %d, body %d bytes", errTooLong, h, n)
	}
	b := make([]byte, h)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, noEOF(err)
	}
	if err := json.Unmarshal(b, header); err != nil {
		return nil, fmt.Errorf("decode worker message: %w", err)
	}
	if int(n) > cap(buf) {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if _, err := io.ReadFull(r, buf); err != nil {
		return nil, noEOF(err)
	}
	return buf, nil
}

// noEOF turns the end of the stream inside a message into io.ErrUnexpectedEOF.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
