//go:build chaos

package chaos

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"visavis/testkit"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// slack multiplies promised times: see the package's comment.
func slack(d time.Duration) time.Duration {
	times, err := strconv.ParseFloat(os.Getenv("VISAVIS_CHAOS_SLACK"), 64)
	if err != nil || times < 1 {
		times = 1
	}
	return time.Duration(float64(d) * times)
}

// root is the folder of the repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func models(t *testing.T) string {
	if dir := os.Getenv("VISAVIS_MODELS"); dir != "" {
		return dir
	}
	return filepath.Join(root(t), "var", "models")
}

// anyCertificate is for servers of these tests, each with a root of its own.
func anyCertificate() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}
}

// eventually waits until f returns nil.
func eventually(t *testing.T, what string, within time.Duration, f func() error) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		err := f()
		if err == nil {
			return time.Since(began)
		}
		if time.Since(began) > within {
			t.Fatalf("%s: not within %s: %v", what, within, err)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// server is one process of the program under test, restartable at its address.
type server struct {
	t       *testing.T
	program string
	addr    string
	args    []string
	env     []string
	log     *testkit.LogBuffer

	mu  sync.Mutex
	cmd *exec.Cmd
	end chan struct{} // closed when the process is gone
}

// newServer starts the program on an address with these settings.
func newServer(t *testing.T, addr, publicURL, data string, args ...string) *server {
	t.Helper()
	program := filepath.Join(root(t), "var", "bin", "visavis")
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: scripts/build.sh makes it", err)
	}
	s := &server{t: t, program: program, addr: addr, log: &testkit.LogBuffer{}}
	s.args = append(
		[]string{
			"serve",
			"--listen=" + addr,
			"--http-listen=off",
			"--public-url=" + publicURL,
			"--data=" + data,
			"--models=" + models(t),
			"--workers=1",
			"--challenge=off",
			"--blind-share=0",
			"--sessions-per-hour=100000",
			"--attempts=1000",
		},
		args...)
	s.start()
	t.Cleanup(func() {
		s.kill(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("log of %s:\n%s", addr, tailOf(s.log.String(), 6000))
		}
	})
	return s
}

func tailOf(text string, n int) string {
	if len(text) > n {
		return "…" + text[len(text)-n:]
	}
	return text
}

// start runs the process and waits until it is ready.
func (s *server) start() {
	s.t.Helper()
	if err := s.launch(); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "the server is ready", 2*time.Minute, s.ready)
}

func (s *server) launch() error {
	cmd := exec.Command(s.program, s.args...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		return err
	}
	end := make(chan struct{})
	go func() { // ends with the process, which the test's end kills
		_ = cmd.Wait()
		close(end)
	}()
	s.mu.Lock()
	s.cmd, s.end = cmd, end
	s.mu.Unlock()
	return nil
}

// web asks without keeping connections: the server may be another process the next time.
var web = &http.Client{
	Timeout:   10 * time.Second,
	Transport: &http.Transport{TLSClientConfig: anyCertificate(), DisableKeepAlives: true},
}

func (s *server) ready() error {
	res, err := web.Get("https://" + s.addr + "/readyz")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("readyz: %d", res.StatusCode)
	}
	return nil
}

// kill sends a signal and waits until the process is gone.
func (s *server) kill(sig syscall.Signal) {
	s.mu.Lock()
	cmd, end := s.cmd, s.end
	s.mu.Unlock()
	_ = cmd.Process.Signal(sig)
	select {
	case <-end:
	case <-time.After(time.Minute):
		s.t.Errorf("%s: the process does not end at %s", s.addr, sig)
		_ = cmd.Process.Kill()
		<-end
	}
}

func (s *server) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Pid
}

// workers are the processes that measure pictures.
func (s *server) workers() []int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", s.pid()))
	pids := fieldsOf(raw)
	if err != nil || len(pids) == 0 { // another thread may have started them
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.pid()))
		for _, task := range tasks {
			raw, _ := os.ReadFile(task)
			pids = append(pids, fieldsOf(raw)...)
		}
	}
	return pids
}

func fieldsOf(raw []byte) (out []int) {
	for text := range strings.FieldsSeq(string(raw)) {
		if n, err := strconv.Atoi(text); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// front passes TCP connections on to the first server that takes them, in turns, as a
// proxy in front of instances does. Its faults are those of networks.
type front struct {
	addr     string
	backends []string
	next     atomic.Int64
	life     atomic.Int64 // of a connection, in nanoseconds; 0: without end
	stuck    atomic.Bool  // nothing passes any more, and nothing is closed

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

func newFront(t *testing.T, backends ...string) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{addr: l.Addr().String(), backends: backends, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() {
		_ = l.Close()
		f.cut()
	})
	go func() { // ends with the listener
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(conn)
		}
	}()
	return f
}

func (f *front) url() string { return "https://" + f.addr }

func (f *front) serve(conn net.Conn) {
	defer conn.Close()
	first := int(f.next.Add(1))
	for i := range f.backends {
		back, err := net.DialTimeout("tcp", f.backends[(first+i)%len(f.backends)], time.Second)
		if err != nil {
			continue
		}
		f.mu.Lock()
		f.open[conn] = struct{}{}
		f.mu.Unlock()
		defer func() {
			f.mu.Lock()
			delete(f.open, conn)
			f.mu.Unlock()
		}()
		if life := time.Duration(f.life.Load()); life > 0 {
			defer time.AfterFunc(life, func() { _ = errors.Join(conn.Close(), back.Close()) }).Stop()
		}
		var both sync.WaitGroup
		for _, way := range [][2]net.Conn{{conn, back}, {back, conn}} {
			both.Go(func() {
				f.pass(way[0], way[1])
				_ = errors.Join(conn.Close(), back.Close())
			})
		}
		both.Wait()
		return
	}
}

func (f *front) pass(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if f.stuck.Load() {
			continue // read and forgotten: neither side learns of it
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut closes every connection.
func (f *front) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for conn := range f.open {
		_ = conn.Close()
	}
}

// redisServer is a Redis that keeps nothing, restartable at its address.
type redisServer struct {
	t    *testing.T
	addr string
	cmd  *exec.Cmd
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("redis-server is missing: scripts/setup.sh test installs it")
	}
	r := &redisServer{t: t, addr: testkit.FreeAddress(t)}
	r.start()
	t.Cleanup(func() { _ = errors.Join(r.cmd.Process.Kill(), r.cmd.Wait()) })
	return r
}

func (r *redisServer) start() {
	r.t.Helper()
	_, port, _ := net.SplitHostPort(r.addr)
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: r.addr})
	defer client.Close()
	eventually(r.t, "redis-server answers", 30*time.Second,
		func() error { return client.Ping(context.Background()).Err() })
}

func (r *redisServer) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

func (r *redisServer) pause(d time.Duration) {
	_ = r.cmd.Process.Signal(syscall.SIGSTOP)
	<-time.After(d)
	_ = r.cmd.Process.Signal(syscall.SIGCONT)
}

// postgresServer is a PostgreSQL that keeps what it confirmed, restartable.
type postgresServer struct {
	t         *testing.T
	bin, data string
	port      string
	attr      *syscall.SysProcAttr
	cmd       *exec.Cmd
}

func startPostgres(t *testing.T) *postgresServer {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		t.Fatal("PostgreSQL's server is missing: scripts/setup.sh test installs it")
	}
	dir, err := os.MkdirTemp("", "chaos-postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	_, port, _ := net.SplitHostPort(testkit.FreeAddress(t))
	p := &postgresServer{
		t:    t,
		bin:  filepath.Dir(found[len(found)-1]),
		data: filepath.Join(dir, "data"),
		port: port,
		attr: &syscall.SysProcAttr{},
	}
	if os.Getuid() == 0 { // PostgreSQL refuses root
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		p.attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "-D", p.data, "-U", "visavis", "--auth=trust", "-E",
		"UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = p.attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	p.start()
	t.Cleanup(func() { p.stop(syscall.SIGQUIT) })
	return p
}

func (p *postgresServer) url() string {
	return "postgres://visavis@127.0.0.1:" + p.port + "/postgres?sslmode=disable"
}

func (p *postgresServer) start() {
	p.t.Helper()
	p.cmd = exec.Command(filepath.Join(p.bin, "postgres"), "-D", p.data, "-p", p.port, "-k", filepath.Dir(p.data),
		"-c", "listen_addresses=127.0.0.1")
	p.cmd.SysProcAttr, p.cmd.Dir = p.attr, filepath.Dir(p.data)
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	eventually(p.t, "PostgreSQL answers", time.Minute, func() error { return p.exec("SELECT 1") })
}

// stop ends it: SIGINT in order, SIGQUIT as a crash.
func (p *postgresServer) stop(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
	_ = p.cmd.Wait()
}

func (p *postgresServer) exec(queries ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.url())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, query := range queries {
		if _, err := conn.Exec(ctx, query); err != nil {
			return err
		}
	}
	return nil
}

// pause stops the server and every process of it for a while.
func (p *postgresServer) pause(d time.Duration) {
	var all []int
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", p.cmd.Process.Pid))
	all = append(fieldsOf(raw), p.cmd.Process.Pid)
	for _, pid := range all {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	<-time.After(d)
	for _, pid := range all {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// readAll is the body of an answer.
func readAll(res *http.Response) []byte {
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return body
}
