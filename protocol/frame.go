package protocol

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// FrameVersion is the first byte of every binary frame.
const FrameVersion = 1

// HeaderSize is the fixed size of the binary header in bytes.
//
//	offset size
//	     0    1  version, FrameVersion
//	     1    1  kind: 1 preview, 2 still
//	     2    1  step: 1 document-front, 2 document-back, 3 selfie
//	     3    1  flags: bit 0 manual (shutter), bit 1 nonce, bit 2 signature; the others are 0
//	     4    4  seq, big endian
//	     8    8  capture time, milliseconds since 1970, big endian
//	    16    2  part, from 0, big endian
//	    18    2  parts, at least 1, big endian; 1 for a preview
//	    20       JPEG, or this part of it; with bit 1 NonceSize bytes before it, with bit 2
//	             SignatureSize bytes directly before it
const HeaderSize = 20

// NonceSize is the size in bytes of a challenge's nonce in a preview.
const NonceSize = 16

// SignatureSize is the size in bytes of the signature of a frame.
const SignatureSize = 64

// lastTime is the last millisecond of the year 9999: JSON, in which sessions are stored and
// workers are asked, has no later time.
const lastTime = 253_402_300_799_999

// Kind tells a preview from a still.
type Kind uint8

// The kinds of frame.
const (
	Preview Kind = 1
	Still   Kind = 2
)

// The flags of a frame: FlagManual marks a still that the person took with the
// shutter, FlagNonce a preview that carries the nonce of the challenge it was taken
// for, FlagSigned a frame that carries a signature of the claim's key.
const (
	FlagManual = 1
	FlagNonce  = 2
	FlagSigned = 4
)

// Steps are the step names by their number in the header.
var steps = [...]string{1: "document-front", 2: "document-back", 3: "selfie"}

// Frame is a binary message: a preview, or one part of a still.
type Frame struct {
	Kind       Kind
	Step       string
	Manual     bool
	Seq        uint32
	CapturedAt time.Time // millisecond precision, UTC
	Part       int       // from 0
	Parts      int       // at least 1
	// Nonce of the challenge that a preview answers, in lower-case hex, as in
	// Challenge.Nonce. Empty outside of challenges.
	Nonce string
	// Signature of the claim's key over the frame without its signature: header, nonce and
	// data. SignatureSize bytes, or none.
	Signature []byte
	Data      []byte
}

// Signed returns what the signature of a frame is over, in two parts: header and nonce, and
// the data. The error is that of PackFrame.
func (f Frame) Signed() (head, data []byte, err error) {
	data, f.Data, f.Signature = f.Data, nil, nil
	head, err = PackFrame(f)
	if err == nil {
		head[3] |= FlagSigned
	}
	return head, data, err
}

// FrameError says why a binary message is not a valid frame. Code is CodeBadHeader,
// CodeWrongVersion or CodeEmpty.
type FrameError struct {
	Code     string
	Measured string
	Wanted   string
}

func (e *FrameError) Error() string {
	return fmt.Sprintf("binary frame: %s: have %s, want %s", e.Code, e.Measured, e.Wanted)
}

// PackFrame writes header and data into one new slice. It fails on an unknown step or a
// part number out of range; the error is always a *FrameError.
func PackFrame(f Frame) ([]byte, error) {
	step := 0
	for i, name := range steps {
		if name != "" && name == f.Step {
			step = i
		}
	}
	if step == 0 {
		return nil, &FrameError{CodeBadHeader, "step " + f.Step, "document-front, document-back or selfie"}
	}
	if f.Part < 0 || f.Parts > 1<<16-1 || f.Part >= f.Parts {
		return nil, &FrameError{CodeBadHeader, fmt.Sprintf("part %d of %d", f.Part, f.Parts),
			"part below parts, 65535 parts at most"}
	}
	nonce, err := hex.DecodeString(f.Nonce)
	if err != nil || len(nonce) != 0 && (len(nonce) != NonceSize || f.Kind != Preview) {
		return nil, &FrameError{CodeBadHeader, "nonce " + f.Nonce, fmt.Sprintf("%d bytes of hex, with a preview", NonceSize)}
	}
	if n := len(f.Signature); n != 0 && n != SignatureSize {
		return nil, &FrameError{CodeBadHeader, fmt.Sprintf("%d bytes of signature", n),
			fmt.Sprintf("%d, or none", SignatureSize)}
	}
	b := make([]byte, HeaderSize+len(nonce)+len(f.Signature)+len(f.Data))
	b[0] = FrameVersion
	b[1] = byte(f.Kind)
	b[2] = byte(step)
	if f.Manual {
		b[3] = FlagManual
	}
	if len(nonce) > 0 {
		b[3] |= FlagNonce
	}
	if len(f.Signature) > 0 {
		b[3] |= FlagSigned
	}
	binary.BigEndian.PutUint32(b[4:], f.Seq)
	binary.BigEndian.PutUint64(b[8:], uint64(f.CapturedAt.UnixMilli()))
	binary.BigEndian.PutUint16(b[16:], uint16(f.Part))
	binary.BigEndian.PutUint16(b[18:], uint16(f.Parts))
	copy(b[HeaderSize:], nonce)
	copy(b[HeaderSize+len(nonce):], f.Signature)
	copy(b[HeaderSize+len(nonce)+len(f.Signature):], f.Data)
	return b, nil
}

// UnpackFrame decodes a binary message. Frame.Data and Frame.Signature alias b. The error is always a
// *FrameError.
func UnpackFrame(b []byte) (Frame, error) {
	if len(b) < HeaderSize {
		return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("%d bytes", len(b)),
			fmt.Sprintf("a header of %d bytes", HeaderSize)}
	}
	if b[0] != FrameVersion {
		return Frame{}, &FrameError{CodeWrongVersion, fmt.Sprintf("version %d", b[0]),
			fmt.Sprintf("version %d", FrameVersion)}
	}
	kind := Kind(b[1])
	if kind != Preview && kind != Still {
		return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("kind %d", b[1]), "1 (preview) or 2 (still)"}
	}
	if b[2] == 0 || int(b[2]) >= len(steps) {
		return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("step %d", b[2]), "1, 2 or 3"}
	}
	if b[3]&^(FlagManual|FlagNonce|FlagSigned) != 0 || b[3]&FlagNonce != 0 && kind != Preview {
		return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("flags %#x", b[3]), "bits 0 and 2, or bit 1 of a preview"}
	}
	ms := binary.BigEndian.Uint64(b[8:])
	if ms > lastTime {
		return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("capture time %d", ms),
			"milliseconds since 1970, before the year 10000"}
	}
	f := Frame{
		Kind:       kind,
		Step:       steps[b[2]],
		Manual:     b[3]&FlagManual != 0,
		Seq:        binary.BigEndian.Uint32(b[4:]),
		CapturedAt: time.UnixMilli(int64(ms)).UTC(),
		Part:       int(binary.BigEndian.Uint16(b[16:])),
		Parts:      int(binary.BigEndian.Uint16(b[18:])),
		Data:       b[HeaderSize:],
	}
	if f.Parts < 1 || f.Part >= f.Parts || (kind == Preview && f.Parts != 1) {
		return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("part %d of %d", f.Part, f.Parts),
			"part below parts; a preview has one"}
	}
	if b[3]&FlagNonce != 0 {
		if len(f.Data) < NonceSize {
			return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("%d bytes of nonce", len(f.Data)),
				fmt.Sprintf("%d", NonceSize)}
		}
		f.Nonce, f.Data = hex.EncodeToString(f.Data[:NonceSize]), f.Data[NonceSize:]
	}
	if b[3]&FlagSigned != 0 {
		if len(f.Data) < SignatureSize {
			return Frame{}, &FrameError{CodeBadHeader, fmt.Sprintf("%d bytes of signature", len(f.Data)),
				fmt.Sprintf("%d", SignatureSize)}
		}
		f.Signature, f.Data = f.Data[:SignatureSize], f.Data[SignatureSize:]
	}
	if len(f.Data) == 0 {
		return Frame{}, &FrameError{CodeEmpty, "0 bytes of image", "a JPEG"}
	}
	return f, nil
}

// PeekFrame reads kind, step and seq of a frame that UnpackFrame refuses, so that the
// answer can name it. The step is empty if its number is unknown. ok is false if b is not
// a frame of this version.
func PeekFrame(b []byte) (kind Kind, step string, seq uint32, ok bool) {
	if len(b) < HeaderSize || b[0] != FrameVersion {
		return 0, "", 0, false
	}
	if n := int(b[2]); n < len(steps) {
		step = steps[n]
	}
	return Kind(b[1]), step, binary.BigEndian.Uint32(b[4:]), true
}
