//go:build chaos

package chaos

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"visavis/testkit"
)

// slack multiplies promised times: see the package's comment.
func slack(d time.Duration) time.Duration {
	text := os.Getenv("VISAVIS_CHAOS_SLACK")
	if text == "" {
		return d
	}
	times, err := strconv.ParseFloat(text, 64)
	if err != nil || times < 1 {
		panic(fmt.Sprintf("VISAVIS_CHAOS_SLACK=%s: want a number of 1 or more", text))
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
	s := prepare(t, addr, publicURL, data, args...)
	s.run()
	return s
}

// prepare is newServer without the start, for another program than the built one.
func prepare(t *testing.T, addr, publicURL, data string, args ...string) *server {
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
	return s
}

// run starts the server until the test's end.
func (s *server) run() {
	s.t.Helper()
	s.start()
	s.t.Cleanup(func() {
		s.kill(syscall.SIGTERM)
		if s.t.Failed() {
			s.t.Logf("log of %s:\n%s", s.addr, tailOf(s.log.String(), 6000))
		}
	})
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
	s.mu.Lock()
	end := s.end
	s.mu.Unlock()
	eventually(s.t, "the server is ready", 2*time.Minute, func() error {
		select {
		case <-end:
			s.t.Fatalf("the server of %s ended before it was ready:\n%s", s.addr, tailOf(s.log.String(), 2000))
		default:
		}
		return s.ready()
	})
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
	scheme := "https://"
	if slices.Contains(s.args, "--tls=off") {
		scheme = "http://"
	}
	res, err := web.Get(scheme + s.addr + "/readyz")
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

// readAll is the body of an answer.
func readAll(res *http.Response) []byte {
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return body
}
