package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
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
	"github.com/redis/go-redis/v9"

	"visavis/capture"
	"visavis/localca"
	"visavis/pairing"
	"visavis/protocol"
	"visavis/server"
)

// childFlags are what a measured process is told.
type childFlags struct {
	kind  string // "server", "bare" or "relay"
	tls   bool   // with a certificate of its own
	redis string // address of the Redis that holds the sessions, or of several masters of a Cluster; empty: in memory
}

// args starts this program as such a process.
func (c childFlags) args() []string {
	args := []string{"-child", c.kind, "-child-redis", c.redis}
	if c.tls {
		args = append(args, "-child-tls")
	}
	return args
}

// serveChild is a measured process: the server or a bare one. It prints its
// address and ends with its standard input.
func serveChild(ctx context.Context, flags childFlags) error {
	published := &news{got: map[string]int{}}
	redis.SetOTelRecorder(published)
	handler, err := childHandler(ctx, flags)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/collect", func(http.ResponseWriter, *http.Request) { debug.FreeOSMemory() })
	mux.Handle("/messages", published)
	mux.Handle("/", handler)
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	scheme := "http"
	if flags.tls {
		scheme = "https"
		if l, err = encrypted(l); err != nil {
			return err
		}
	}
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Printf("%s://%s\n", scheme, l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends when the parent does
		_ = web.Close()
	}()
	if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// encrypted serves TLS as the program does, with a root that lives as long as the process.
func encrypted(l net.Listener) (net.Listener, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ca, err := localca.Open(localca.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	config := ca.TLSConfig()
	config.NextProtos = []string{"http/1.1"}
	return tls.NewListener(l, config), nil
}

func childHandler(ctx context.Context, flags childFlags) (http.Handler, error) {
	switch flags.kind {
	case "bare":
		return http.HandlerFunc(bare), nil
	case "relay":
		return newRelay(ctx, flags.redis)
	case "server":
	default:
		return nil, fmt.Errorf("child %q: want server, bare or relay", flags.kind)
	}
	const many = 1 << 30
	var store pairing.Store = pairing.NewMemory(pairing.MemoryLimits{Sessions: many, Held: many, Entries: many})
	if flags.redis != "" {
		var err error
		var urls []string
		for addr := range strings.SplitSeq(flags.redis, ",") {
			urls = append(urls, "redis://"+addr)
		}
		if store, err = pairing.NewRedis(ctx,
			pairing.RedisConfig{URLs: urls, Sessions: many, Held: many}); err != nil {
			return nil, err
		}
	}
	service, err := pairing.NewService(store, pairing.Config{
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
			return capture.Measurements{
				Width:    f.Width,
				Height:   f.Height,
				Step:     f.Step,
				Document: &capture.DocumentMeasurements{},
			}, nil
		}),
		Static:    fstest.MapFS{"home.html": page, "companion.html": page, "phone.html": page, "trust.html": page},
		Origin:    func() string { return "http://localhost" },
		Companion: true,
		Limits: server.Limits{
			Messages:      many,
			MessagesBurst: many,
			Bytes:         many,
			BytesBurst:    many,
			Sockets:       many,
			SocketsTotal:  many,
		},
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
	cmd *exec.Cmd
	in  io.WriteCloser
	url string // scheme, host and port
}

// startChild starts this program again as a measured process, on one thread.
func startChild(ctx context.Context, flags childFlags) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, flags.args()...)
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
		return nil, errors.Join(fmt.Errorf("child %s: %w", flags.kind, err), cmd.Wait())
	}
	return &child{cmd: cmd, in: in, url: strings.TrimSpace(line)}, nil
}

func (c *child) stop() {
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

// resident collects garbage in the child and returns its resident size in bytes.
func (c *child) resident(ctx context.Context) (float64, error) {
	req, err := newGet(ctx, c.url+"/collect")
	if err != nil {
		return 0, err
	}
	for range 4 { // stacks shrink by half with each collection, finalizers need two
		res, err := web.Do(req)
		if err != nil {
			return 0, err
		}
		if err := res.Body.Close(); err != nil {
			return 0, err
		}
	}
	return residentOf(c.cmd.Process.Pid)
}

// messages is how many published messages the child has got from Redis, by channel.
func (c *child) messages(ctx context.Context) (got map[string]int, err error) {
	req, err := newGet(ctx, c.url+"/messages")
	if err != nil {
		return nil, err
	}
	res, err := web.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		return nil, fmt.Errorf("messages of a child: %w", err)
	}
	return got, nil
}

func newGet(ctx context.Context, url string) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
}

// residentOf is the resident size of a process in bytes.
func residentOf(pid int) (float64, error) { return memoryOf(pid, "VmRSS:") }

// memoryOf is a size of a process's memory in bytes, by its name in /proc: "VmRSS:" is the resident one, "VmHWM:" its
// peak.
func memoryOf(pid int, name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 64)
			return kb * 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in /proc", name)
}
