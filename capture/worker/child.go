package worker

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// child is one worker process. The caller that got it from the queue owns it until it
// offers it back. The supervisor that started it waits for its exit.
type child struct {
	cmd    *exec.Cmd
	in     *os.File // requests
	out    *os.File // answers
	reader *bufio.Reader
	stderr *tail
	next   uint64
	lacks  []string // parts of the jail that the system lacks

	gone   chan struct{} // closed when the process has ended
	exit   error         // set before gone is closed
	broken sync.Once
}

// startChild starts a process and waits until it says ready.
func startChild(cfg Config) (*child, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		_ = childIn.Close()
		_ = in.Close()
		return nil, fmt.Errorf("start worker: %w", err)
	}
	widen(in)
	c := &child{in: in, out: out, reader: bufio.NewReaderSize(out, 16<<10), stderr: &tail{}, gone: make(chan struct{})}
	c.cmd, c.lacks, err = isolated(func(how isolation) (*exec.Cmd, error) {
		cmd := exec.Command(cfg.Command[0], cfg.Command[1:]...) //nolint:noctx // its end is the pipe's end or a kill
		cmd.Env = environment(cfg)
		cmd.ExtraFiles = []*os.File{childIn, childOut} // descriptors 3 and 4
		cmd.Stderr = c.stderr
		cmd.SysProcAttr = how.process()
		cmd.WaitDelay = time.Second // for a grandchild that holds stderr
		return cmd, cmd.Start()
	})
	_ = childIn.Close()
	_ = childOut.Close()
	if err != nil {
		c.closePipes()
		return nil, fmt.Errorf("start worker: %w", err)
	}
	return c, nil
}

// wait reaps the process. It runs once, in a goroutine of the supervisor.
func (c *child) wait() {
	c.exit = c.cmd.Wait()
	close(c.gone)
}

// ready waits for the child's first message.
func (c *child) ready(timeout time.Duration) error {
	if err := c.out.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return fmt.Errorf("worker not ready: %w", err)
	}
	var a answer
	if _, err := readMessage(c.reader, &a, nil, 0); err != nil {
		return fmt.Errorf("worker not ready: %w", err)
	}
	if a.Op != opReady {
		return fmt.Errorf("worker not ready: said %q", a.Op)
	}
	c.lacks = append(c.lacks, a.Lacks...)
	return nil
}

// errAnswer reports an answer to a different request.
var errAnswer = errors.New("worker answered out of turn")

// ask sends one request with its pictures and reads the answer. After an error, unless it is an
// errEncode, the child is in an unknown state and must be killed.
func (c *child) ask(req request, body []byte, timeout time.Duration) (answer, []byte, error) {
	c.next++
	req.ID = c.next
	var never time.Time
	if err := errors.Join(c.in.SetWriteDeadline(never), c.out.SetReadDeadline(never)); err != nil {
		return answer{}, nil, err
	}
	stop := c.watch(timeout, func() {
		over := time.Now()
		_, _ = c.in.SetWriteDeadline(over), c.out.SetReadDeadline(over)
	})
	defer stop()
	if err := writeMessage(c.in, req, body); err != nil {
		return answer{}, nil, err
	}
	var a answer
	thumbnail, err := readMessage(c.reader, &a, nil, maxThumbnail)
	if err != nil {
		return answer{}, nil, err
	}
	if a.Op != req.Op || a.ID != c.next {
		return answer{}, nil, fmt.Errorf("%w: %q %d, want %q %d", errAnswer, a.Op, a.ID, req.Op, c.next)
	}
	return a, thumbnail, nil
}

// kill ends the process at once. Idempotent, safe for concurrent use.
func (c *child) kill() {
	c.broken.Do(func() { _ = c.cmd.Process.Kill() })
}

func (c *child) ended() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

func (c *child) closePipes() {
	_ = c.in.Close()
	_ = c.out.Close()
}

// environment returns a worker's environment variables. None come from the server's own.
func environment(cfg Config) []string {
	env := []string{
		"OMP_THREAD_LIMIT=1",                  // of tesseract: there is one worker a core
		"OPENCV_IO_MAX_IMAGE_PIXELS=26000000", // a second net behind the header check
		"OPENCV_OPENCL_RUNTIME=disabled",      // no probing of graphics drivers
		"GOMAXPROCS=1",
		// The memory of a frame is kept for the next one: given back, it came with some
		// seventy page faults a preview.
		"MALLOC_ARENA_MAX=1", "MALLOC_MMAP_THRESHOLD_=33554432", "MALLOC_TRIM_THRESHOLD_=67108864",
		"GOGC=400", // measured: 3 % less processor time for 16 MB more of 150
		fmt.Sprintf("%s=%d", addressSpaceEnv, cfg.AddressSpace),
		fmt.Sprintf("%s=%d", dataEnv, cfg.Data),
	}
	for _, name := range []string{"LANG", "LD_LIBRARY_PATH", "TESSDATA_PREFIX"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, cfg.Env...)
}

// tail keeps the last bytes that a process wrote to stderr.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if extra := len(t.b) - tailSize; extra > 0 {
		t.b = bytes.Clone(t.b[extra:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(t.b), "?"))
}
