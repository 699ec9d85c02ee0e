package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"visavis/capture"
)

// Config of a Pool. A zero field has its default.
type Config struct {
	// Command starts one worker: program and arguments. Required.
	Command []string
	// N is the number of workers. Default: one a core.
	N int
	// Timeout of one frame in processor time, after which the worker is killed. Default 2
	// s. A worker that uses no processor time is killed after the same wall time.
	Timeout time.Duration
	// ReadTimeout of reading print or a zone and of comparing faces, counted in the same
	// way. Default 8 s: a page of print takes tesseract a second, and three times that on
	// a slow machine.
	ReadTimeout time.Duration
	// Wait bounds the wait for a free worker, besides the call's context. Default 2 s.
	Wait time.Duration
	// PreviewWait bounds the wait of a preview where more than two previews a worker wait: its
	// phone has a newer one by then. Default 300 ms, or Wait where that is set.
	PreviewWait time.Duration
	// StartTimeout bounds the wait for a worker's ready. Default 60 s, for models on a
	// slow, busy disk.
	StartTimeout time.Duration
	// AddressSpace and Data limit a worker's memory in bytes. Defaults:
	// DefaultAddressSpace and DefaultData. Unlimited turns a limit off.
	AddressSpace, Data uint64
	// Env is added to a worker's environment, which inherits nothing from the server's.
	Env []string
	// Logger is required.
	Logger *slog.Logger
}

// Stats are counts since the start, and the current state.
type Stats struct {
	Workers  int           // configured
	Busy     int           // with a frame
	Frames   uint64        // answered, and readings
	Restarts uint64        // workers that ended by themselves or were killed
	Timeouts uint64        // of these, killed for their time
	Waited   uint64        // calls that found no free worker in time
	Used     time.Duration // processor time of workers for frames and readings
	Offended uint64        // sessions that were refused for the workers that they cost
}

// Pool implements capture.Analyzer with worker processes, and identity's FieldReader,
// ZoneReader and FaceComparer. Safe for concurrent use.
type Pool struct {
	cfg    Config
	ctx    context.Context //nolint:containedctx // the pool's own life, ended by Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // supervisors
	mu     sync.Mutex     // guards idle and queue
	idle   []*child       // idle workers; a dead one stays here until its supervisor or a caller removes it
	queue  fairQueue
	// killers are the pictures that crashed workers, offenders the sessions that sent
	// them.
	killers   quarantine
	offenders offenders
	tellJail  sync.Once
	spare     reserve

	busy                               atomic.Int64
	frames, restarts, timeouts, waited atomic.Uint64
	offended                           atomic.Uint64
	used                               atomic.Int64 // nanoseconds
}

// ErrClosed says that the pool has been closed.
var ErrClosed = errors.New("workers stopped")

// New starts the workers and returns when all are ready. Its error carries the last
// output of the first worker that failed to start.
func New(cfg Config) (*Pool, error) {
	if len(cfg.Command) == 0 || cfg.Logger == nil {
		return nil, errors.New("worker pool: command and logger are required")
	}
	cfg = withDefaults(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	p := &Pool{cfg: cfg, ctx: ctx, cancel: cancel, queue: newFairQueue(cfg.N)}
	first := make(chan error, cfg.N)
	for range cfg.N {
		p.wg.Go(func() { p.supervise(first) })
	}
	for range cfg.N {
		if err := <-first; err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	cfg.Logger.Info("workers ready", "workers", cfg.N)
	return p, nil
}

func withDefaults(cfg Config) Config {
	if cfg.N <= 0 {
		cfg.N = runtime.NumCPU()
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 2 * time.Second
	}
	if cfg.ReadTimeout <= 0 {
		cfg.ReadTimeout = 8 * time.Second
	}
	if cfg.PreviewWait <= 0 {
		cfg.PreviewWait = cmp.Or(max(cfg.Wait, 0), 300*time.Millisecond)
	}
	if cfg.Wait <= 0 {
		cfg.Wait = 2 * time.Second
	}
	if cfg.StartTimeout <= 0 {
		cfg.StartTimeout = time.Minute
	}
	if cfg.AddressSpace == 0 {
		cfg.AddressSpace = DefaultAddressSpace
	}
	if cfg.Data == 0 {
		cfg.Data = DefaultData
	}
	return cfg
}

// Close stops the workers and returns when no process is left. Frames in progress get
// ErrClosed or capture.ErrBusy.
func (p *Pool) Close() error {
	p.cancel()
	p.wg.Wait()
	p.spare.close()
	return nil
}

// Stats returns the counts.
func (p *Pool) Stats() Stats {
	return Stats{
		Workers: p.cfg.N, Busy: int(p.busy.Load()), Frames: p.frames.Load(),
		Restarts: p.restarts.Load(), Timeouts: p.timeouts.Load(), Waited: p.waited.Load(),
		Used: time.Duration(p.used.Load()), Offended: p.offended.Load(),
	}
}

// Analyze queues the frame for a worker. The context bounds the wait in the queue. A
// started frame is not cancelled: it ends by itself or at the timeout. The JPEG's
// structure is checked again here, the last step before another process sees the bytes.
// The cost is charged to capture.AskerOf the context.
func (p *Pool) Analyze(ctx context.Context, f capture.Frame) (capture.Measurements, error) {
	checked, err := f.Checked()
	if err != nil {
		return capture.Measurements{}, err
	}
	work := classPreview
	if f.Kind == capture.Still {
		work = classStill
	}
	a, thumbnail, err := p.ask(ctx, work, request{Op: opAnalyze, Frame: infoOf(checked)}, f.JPEG, p.cfg.Timeout)
	if err != nil {
		return capture.Measurements{}, err
	}
	if a.Measurements == nil {
		return capture.Measurements{}, errNothing
	}
	m := *a.Measurements
	m.Step = f.Step
	if len(thumbnail) > 0 {
		m.Thumbnail = thumbnail
	}
	return m, nil
}

// errNothing reports an answer without a result.
var errNothing = errors.New("worker: an answer without its result")

// ask sends a request to a free worker. The pictures in body were checked before. After
// an error there is no result; the worker is replaced only if its state is unknown.
func (p *Pool) ask(
	ctx context.Context, work class, req request, body []byte, timeout time.Duration,
) (a answer, thumbnail []byte, err error) {
	free, end := span(ctx, req.Op)
	var cost time.Duration
	defer func() { end(cost, err) }()
	who := capture.AskerOf(ctx)
	if err := p.offenders.check(who); err != nil {
		return answer{}, nil, err
	}
	if err := p.killers.check(body); err != nil {
		return answer{}, nil, err
	}
	t, c, err := p.take(ctx, work, who)
	if err != nil {
		return answer{}, nil, err
	}
	free()
	p.busy.Add(1)
	defer p.busy.Add(-1)
	meter := c.meter()
	a, thumbnail, err = c.ask(req, body, timeout)
	if errors.Is(err, errEncode) { // the worker has heard nothing of it
		p.settle(t, meter())
		p.offer(c)
		return answer{}, nil, err
	}
	if err != nil {
		return answer{}, nil, p.lost(t, c, meter, who, req.Op, body, err)
	}
	p.frames.Add(1)
	cost = meter()
	p.used.Add(int64(cost))
	p.settle(t, cost)
	p.offer(c)
	return a, thumbnail, a.failure()
}

// restartPrice is charged to a session, besides the frame's time, for a worker that has
// to be restarted.
const restartPrice = 2 * time.Second

// lost ends a worker in an unknown state. The cost is charged to the frame. If the
// picture was the cause, it also counts against its session.
func (p *Pool) lost(t *ticket, c *child, meter func() time.Duration, who capture.Asker, op string, body []byte,
	err error) error {
	overtime := errors.Is(err, os.ErrDeadlineExceeded)
	if overtime {
		p.timeouts.Add(1)
	}
	cost := meter()
	p.used.Add(int64(cost))
	blamed := c.blame(overtime, cost)
	c.kill()
	p.settle(t, cost+restartPrice)
	p.cfg.Logger.Warn("worker lost", "op", op, "pid", c.cmd.Process.Pid, "err", err, "cpu", cost, "blamed", blamed)
	if blamed {
		p.killers.note(body)
		if p.offenders.note(who) {
			p.offended.Add(1)
			return fmt.Errorf("%w: %w", capture.ErrOffender, err)
		}
	}
	return fmt.Errorf("%w: worker lost: %w", capture.ErrBusy, err)
}

// settle charges a served request.
func (p *Pool) settle(t *ticket, cost time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue.done(t, cost)
}

// failure maps the child's error to the errors of the interfaces.
func (a answer) failure() error {
	switch {
	case a.Refused != nil:
		return a.Refused
	case a.Busy:
		return fmt.Errorf("%w: worker says so", capture.ErrBusy)
	case a.Error != "":
		return fmt.Errorf("worker: %s", a.Error)
	}
	return nil
}
