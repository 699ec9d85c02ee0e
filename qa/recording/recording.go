// Package recording is the file of a session: what desktops and phones said and
// showed, and what they were answered, one JSON object a line, each naming the line
// before by its SHA-256. Secrets are left out.
package recording

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"sync"
	"time"

	"visavis/protocol"
)

// The kinds of an Entry.
const (
	KindHeader = "header" // the first line
	KindOpen   = "open"   // a socket was asked for
	KindText   = "text"   // a text message
	KindBinary = "binary" // a binary message
	KindClose  = "close"  // a socket ended
)

// maxLine bounds one line: a picture in base64 with its message, bytes.
const maxLine = 8 << 20

// format is the number in the header of the files that this package writes and reads.
const format = 1

// Entry is one line. Each names the line before by its SHA-256, so that nothing can
// be taken out or changed without being seen.
type Entry struct {
	N        int                `json:"n"`
	At       int64              `json:"at"`             // milliseconds since the start
	Conn     int64              `json:"conn,omitempty"` // number of the socket; 0 over HTTP
	Role     string             `json:"role,omitempty"` // desktop or phone
	Kind     string             `json:"kind"`
	ToServer bool               `json:"toServer,omitempty"`
	Text     json.RawMessage    `json:"text,omitempty"`
	Data     []byte             `json:"data,omitempty"` // of binary
	Code     protocol.CloseCode `json:"code,omitempty"` // of an end; 0 when it broke
	Header   *Header            `json:"header,omitempty"`
	Before   string             `json:"before"` // SHA-256 of the line before, hex
}

// Header says what a recording is of.
type Header struct {
	Format  int       `json:"format"`
	Started time.Time `json:"started"`
	Server  string    `json:"server"`          // its address
	Build   string    `json:"build,omitempty"` // of the program that wrote it
	Blurred bool      `json:"blurred"`         // every picture is large squares
}

// Passing is one thing that passed on a connection.
type Passing struct {
	At         time.Time
	Conn       int64
	Role, Kind string
	ToServer   bool
	Data       []byte // of messages
	Code       protocol.CloseCode
}

// Writer writes what passes. Safe for concurrent use.
type Writer struct {
	mu     sync.Mutex
	out    *bufio.Writer
	began  time.Time
	n      int
	before string
	blur   bool
	size   int64
	err    error
}

// NewWriter begins a recording of what passes from began on. Server is the address
// that is recorded; blur makes large squares of every picture.
func NewWriter(out io.Writer, server string, began time.Time, blur bool) *Writer {
	w := &Writer{out: bufio.NewWriter(out), began: began, blur: blur}
	w.Write(Entry{Kind: KindHeader, Header: &Header{Format: format, Started: began.UTC(), Server: server, Build: Build(),
		Blurred: blur}})
	return w
}

// Build is the version of this program: a release's, or the revision it was built from.
func Build() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}

// secret finds in compact JSON what opens a session: it is not written. typedCode finds
// the code that a phone was told by hand; in other messages "code" is no secret.
var (
	secret = regexp.MustCompile(
		`"(token|deviceSecret|sameDevice|typedCode|key|qr)":"(?:[^"\\]|\\.)*"|#[A-Za-z0-9_-]{20,}`)
	typedCode = regexp.MustCompile(`"code":"(?:[^"\\]|\\.)*"`)
)

// WithoutSecrets is a text message, as compact JSON, with "…" in the place of what opens
// a session; nil where it is no JSON.
func WithoutSecrets(message []byte) []byte {
	var plain bytes.Buffer
	if json.Compact(&plain, message) != nil {
		return nil
	}
	hide := func(b []byte) []byte {
		if b[0] == '#' {
			return []byte("#…")
		}
		return append(bytes.SplitAfter(b, []byte(`:`))[0], `"…"`...)
	}
	hidden := secret.ReplaceAllFunc(plain.Bytes(), hide)
	var m struct {
		Type protocol.Type `json:"type"`
	}
	if json.Unmarshal(message, &m) == nil && (m.Type == protocol.TypeHello || m.Type == protocol.TypeClaim) {
		hidden = typedCode.ReplaceAllFunc(hidden, hide)
	}
	return hidden
}

// Put writes what passed, without its secrets.
func (w *Writer) Put(p Passing) {
	e := Entry{At: p.At.Sub(w.began).Milliseconds(), Conn: p.Conn, Role: p.Role, Kind: p.Kind, ToServer: p.ToServer,
		Code: p.Code}
	switch {
	case p.Kind == KindText:
		e.Text = WithoutSecrets(p.Data)
	case p.Kind == KindBinary && w.blur:
		e.Data = blurred(p.Data)
	case p.Kind == KindBinary:
		e.Data = p.Data
	}
	w.Write(e)
}

// Write appends one line; its number and its link to the line before are set here.
func (w *Writer) Write(e Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	e.N, e.Before = w.n, w.before
	line, err := json.Marshal(e)
	if err != nil {
		w.err = err
		return
	}
	sum := sha256.Sum256(line)
	w.before, w.n = hex.EncodeToString(sum[:]), w.n+1
	w.size += int64(len(line)) + 1
	_, w.err = w.out.Write(append(line, '\n'))
}

// Size is how many bytes were written.
func (w *Writer) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

// Close writes what is left, and tells the first error of all writes. The file below
// stays open.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.err, w.out.Flush())
}

// blurred keeps a frame's header and makes large squares of its picture; parts of a
// still, which cannot be decoded alone, lose their picture.
func blurred(data []byte) []byte {
	f, err := protocol.UnpackFrame(data)
	if err != nil {
		return nil
	}
	if f.Data = Thumbnail(f.Data, true); f.Data == nil {
		f.Data = []byte{0}
	}
	packed, err := protocol.PackFrame(f)
	if err != nil {
		return nil
	}
	return packed
}

// Read reads a file and checks its chain.
func Read(path string) ([]Entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	var all []Entry
	before := ""
	for lines.Scan() {
		var e Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, broken(path, len(all), err)
		}
		if len(all) == 0 && (e.Header == nil || e.Header.Format != format) {
			return nil, fmt.Errorf("recording %s:1: want the header of a recording of format %d, as qa record writes it", path, format)
		}
		if e.Before != before || e.N != len(all) {
			return nil, fmt.Errorf("recording %s:%d: the chain is broken: a line was changed or taken out before it",
				path, len(all)+1)
		}
		sum := sha256.Sum256(lines.Bytes())
		before, all = hex.EncodeToString(sum[:]), append(all, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("recording %s: %w", path, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("recording %s is empty: qa record writes what passes until it is ended with Ctrl-C", path)
	}
	return all, nil
}

// broken is the error of a line that is no JSON after some that are.
func broken(path string, whole int, err error) error {
	var syntax *json.SyntaxError
	if whole > 0 && errors.As(err, &syntax) {
		return fmt.Errorf("recording %s:%d: the line is cut, as when its writer was stopped: %w; the %d lines before it are whole, "+
			"\"head -n %[4]d\" keeps them", path, whole+1, err, whole)
	}
	return fmt.Errorf("recording %s:%d: %w", path, whole+1, err)
}
