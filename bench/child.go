package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"visavis/capture"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server"
)

// serveChild is a measured process: the server or the bare one. It prints its
// address and ends with its standard input.
func serveChild(ctx context.Context, kind string) error {
	handler, err := childHandler(kind)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/collect", func(http.ResponseWriter, *http.Request) { debug.FreeOSMemory() })
	mux.Handle("/", handler)
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends when the parent does
		_ = web.Close()
	}()
	if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func childHandler(kind string) (http.Handler, error) {
	switch kind {
	case "bare":
		return http.HandlerFunc(bare), nil
	case "server":
	default:
		return nil, fmt.Errorf("child %q: want server or bare", kind)
	}
	const many = 1 << 30
	service, err := pairing.NewService(pairing.NewMemory(pairing.MemoryLimits{}), pairing.Config{
		Secret:          []byte(strings.Repeat("k", 32)),
		SessionsPerHour: many, ClaimsPer10Min: many, InvitesPer10Min: many,
	})
	if err != nil {
		return nil, err
	}
	page := &fstest.MapFile{Data: []byte("page")}
	s, err := server.New(server.Config{
		Service: service,
		// Nothing found, at once: the answer is about 200 bytes long, and no still follows.
		Analyzer: capture.AnalyzerFunc(func(_ context.Context, f capture.Frame) (capture.Measurements, error) {
			return capture.Measurements{Width: f.Width, Height: f.Height, Step: f.Step, Document: &capture.DocumentMeasurements{}}, nil
		}),
		Static: fstest.MapFS{"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page},
		Origin: func() string { return "http://localhost" },
		Limits: server.Limits{Messages: many, MessagesBurst: many, Bytes: many, BytesBurst: many, Sockets: many},
	})
	if err != nil {
		return nil, err
	}
	return s.Handler(), nil
}

// bare is the least a server does: it reads a message and answers 200 bytes.
func bare(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	answer := []byte(strings.Repeat("a", 200))
	for {
		if _, _, err := conn.Read(r.Context()); err != nil {
			return
		}
		if err := conn.Write(r.Context(), websocket.MessageText, answer); err != nil {
			return
		}
	}
}

// child is a measured process seen from the parent.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	addr string
}

// startChild starts this program again as a measured process, on one thread.
func startChild(ctx context.Context, kind string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-child", kind)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("child %s: %w", kind, err), cmd.Wait())
	}
	return &child{cmd: cmd, in: in, addr: strings.TrimSpace(line)}, nil
}

func (c *child) stop() {
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

// resident collects garbage in the child and returns its resident size in bytes.
func (c *child) resident(ctx context.Context) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.addr+"/collect", nil)
	if err != nil {
		return 0, err
	}
	for range 4 { // stacks shrink by half with each collection, finalizers need two
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		if err := res.Body.Close(); err != nil {
			return 0, err
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 64)
			return kb * 1024, err
		}
	}
	return 0, errors.New("no VmRSS in /proc")
}
