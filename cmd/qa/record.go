package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"visavis/protocol"
	"visavis/qa/mock"
	"visavis/qa/proxy"
)

// entry is one line of a recording. Each names the line before by its SHA-256, so
// that nothing can be taken out or changed without being seen.
type entry struct {
	N        int                `json:"n"`
	At       int64              `json:"at"` // milliseconds since the start
	Conn     int64              `json:"conn,omitempty"`
	Role     string             `json:"role,omitempty"`
	Kind     string             `json:"kind"` // header, open, text, binary, close
	ToServer bool               `json:"toServer,omitempty"`
	Text     json.RawMessage    `json:"text,omitempty"`
	Data     []byte             `json:"data,omitempty"` // of binary
	Code     protocol.CloseCode `json:"code,omitempty"`
	Header   *recordHeader      `json:"header,omitempty"`
	Before   string             `json:"before"` // SHA-256 of the line before, hex
}

// recordHeader says what a recording is of.
type recordHeader struct {
	Format  int       `json:"format"`
	Started time.Time `json:"started"`
	Server  string    `json:"server"`
	Blurred bool      `json:"blurred"`
}

// recorder writes what passes. Safe for concurrent use.
type recorder struct {
	mu     sync.Mutex
	out    *bufio.Writer
	began  time.Time
	n      int
	before string
	blur   bool
	err    error
}

func newRecorder(out io.Writer, server string, blur bool) *recorder {
	r := &recorder{out: bufio.NewWriter(out), began: time.Now(), blur: blur}
	r.write(entry{Kind: "header", Header: &recordHeader{Format: 1, Started: r.began.UTC(), Server: server, Blurred: blur}})
	return r
}

// secret finds what opens a session: it is not written.
var secret = regexp.MustCompile(`"(token|deviceSecret|sameDevice|typedCode|key)":"[^"]*"|(#)[A-Za-z0-9_-]{20,}`)

// hook is the proxy's.
func (r *recorder) hook(p *proxy.Passing) {
	e := entry{At: p.At.Sub(r.began).Milliseconds(), Conn: p.Conn, Role: p.Role, Kind: p.Kind, ToServer: p.ToServer, Code: p.Code}
	switch {
	case p.Kind == proxy.Text && json.Valid(p.Data):
		e.Text = secret.ReplaceAllFunc(p.Data, func(b []byte) []byte {
			if b[0] == '#' {
				return []byte("#…")
			}
			return append(bytes.SplitAfter(b, []byte(`:`))[0], `"…"`...)
		})
	case p.Kind == proxy.Binary && r.blur:
		e.Data = blurredFrame(p.Data)
	case p.Kind == proxy.Binary:
		e.Data = p.Data
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write(e)
}

// write appends one line; the caller holds mu, or is the only one.
func (r *recorder) write(e entry) {
	if r.err != nil {
		return
	}
	e.N, e.Before = r.n, r.before
	line, err := json.Marshal(e)
	if err != nil {
		r.err = err
		return
	}
	sum := sha256.Sum256(line)
	r.before, r.n = hex.EncodeToString(sum[:]), r.n+1
	_, r.err = r.out.Write(append(line, '\n'))
}

func (r *recorder) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.err, r.out.Flush())
}

// blurredFrame keeps a frame's header and makes large squares of its picture; parts of
// a still, which cannot be decoded alone, lose their picture.
func blurredFrame(data []byte) []byte {
	f, err := protocol.UnpackFrame(data)
	if err != nil {
		return nil
	}
	if f.Data = thumbnailOf(f.Data, true); f.Data == nil {
		f.Data = []byte{0}
	}
	packed, err := protocol.PackFrame(f)
	if err != nil {
		return nil
	}
	return packed
}

// recordedInto plays, and writes what passes into a file of the folder that has the
// scenario's name; empty: it is only played.
func recordedInto(folder string, s *Scenario, o Options, do func(Options) error) error {
	if folder == "" {
		return do(o)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(s.path), filepath.Ext(s.path)) + ".jsonl"
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	r := newRecorder(file, "own", false)
	o.Lie = r.hook
	return errors.Join(do(o), r.close(), file.Close())
}

// readRecording reads a file and checks its chain.
func readRecording(path string) ([]entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 8<<20)
	var all []entry
	before := ""
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("recording %s, line %d: %w", path, len(all)+1, err)
		}
		if e.Before != before || e.N != len(all) {
			return nil, fmt.Errorf("recording %s, line %d: the chain is broken: a line was changed or taken out before it", path, len(all)+1)
		}
		sum := sha256.Sum256(lines.Bytes())
		before, all = hex.EncodeToString(sum[:]), append(all, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("recording %s: %w", path, err)
	}
	if len(all) == 0 || all[0].Header == nil || all[0].Header.Format != 1 {
		return nil, fmt.Errorf("recording %s: no header of format 1", path)
	}
	return all, nil
}

// front serves a proxy with a certificate of its own.
func front(listen, upstream string, hook proxy.Hook) (url string, end func() error, err error) {
	p, err := proxy.New(upstream, hook)
	if err != nil {
		return "", nil, err
	}
	pair, _, err := mock.SelfSigned()
	if err != nil {
		return "", nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", listen)
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = s.Serve(tls.NewListener(listener, pair)) }() // ends with Close
	return "https://" + listener.Addr().String(), s.Close, nil
}

// runRecord carries out "qa record".
func runRecord(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("qa record", flag.ContinueOnError)
	f.SetOutput(stderr)
	server := f.String("server", "https://localhost:8443", "the server behind; its --public-url is the recorder's address")
	listen := f.String("listen", "127.0.0.1:8444", "where the recorder listens")
	out := f.String("out", "", "file to write")
	blur := f.Bool("blur", false, "make large squares of every picture: such a recording shows the order of things, and no verdict")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if *out == "" || f.NArg() > 0 {
		fmt.Fprintln(stderr, "qa record: want -out FILE, and nothing after the flags")
		return errUsage
	}
	file, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	r := newRecorder(file, *server, *blur)
	url, end, err := front(*listen, *server, r.hook)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	fmt.Fprintf(stdout, "%s: what passes is written to %s; ends with Ctrl-C\n", url, *out)
	<-ctx.Done()
	return errors.Join(end(), r.close(), file.Close())
}
