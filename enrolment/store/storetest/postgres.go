// Package storetest gives tests and benchmarks what records and evidence are kept in: a
// SQLite file, and a real PostgreSQL and S3 server that it starts and stops.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"visavis/enrolment/store"
)

// Server is a PostgreSQL for the tests of one package, started when the first
// test asks for it. Its zero value is ready; TestMain calls Run.
type Server struct {
	// Durable makes commits survive a power cut, as in production. Measurements need it.
	Durable bool

	mu      sync.Mutex
	url     string // of the database "postgres"
	err     error
	tried   bool
	next    int
	stop    func()
	cleanup func()
}

// Run runs the tests of a package; then it ends the server, if one was started, and
// removes its files.
func (s *Server) Run(m *testing.M) (code int) {
	code = m.Run()
	s.Close()
	return code
}

// Close ends the server, if one was started, and removes its files. Run calls it.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop != nil {
		s.stop()
	}
	if s.cleanup != nil {
		s.cleanup()
	}
}

// Each runs a test on SQLite and on PostgreSQL, with the URL of an empty database
// of its own.
func (s *Server) Each(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, filepath.Join(t.TempDir(), "visavis.db")) })
	t.Run("postgres", func(t *testing.T) { f(t, s.Database(t)) })
}

// Database returns the URL of a new database: on POSTGRES_URL's server if that is
// set, else on one that is started. Without either the test is skipped, or fails
// where VISAVIS_REQUIRE_POSTGRES is set.
func (s *Server) Database(t *testing.T) string {
	t.Helper()
	url, drop, err := s.New(t.Context())
	if errors.Is(err, errNoServer) {
		if os.Getenv("VISAVIS_REQUIRE_POSTGRES") != "" {
			t.Fatalf("VISAVIS_REQUIRE_POSTGRES is set, but there is neither POSTGRES_URL nor a server: %v", err)
		}
		t.Skipf("SKIPPED, nothing proved: no PostgreSQL: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	return url
}

// errNoServer is a machine without a PostgreSQL.
var errNoServer = errors.New("no server")

// New is Database for programs that are no tests. drop removes the database, as long as the
// server is there.
func (s *Server) New(ctx context.Context) (url string, drop func() error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tried {
		s.tried = true
		if s.url = os.Getenv("POSTGRES_URL"); s.url == "" {
			s.err = s.start()
		}
	}
	if s.err != nil {
		return "", nil, fmt.Errorf("%w: %w", errNoServer, s.err)
	}
	s.next++
	name := fmt.Sprintf("visavis_test_%d_%d", os.Getpid(), s.next)
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	config := conn.Config()
	url = fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", config.User, config.Password,
		net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))), name)
	return url, func() error { return s.drop(context.WithoutCancel(ctx), name) }, nil
}

func (s *Server) drop(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return nil // the server is gone, and the database with it
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
	return err
}

// programs finds the folder of Debian's server programs, the newest version first.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	slices.Sort(found)
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("no PostgreSQL server programs (Debian: postgresql)")
	}
	return filepath.Dir(path), nil
}

// start makes a cluster in a temporary folder and runs a server on it.
func (s *Server) start() error {
	bin, err := programs()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "visavis-postgres")
	if err != nil {
		return err
	}
	s.cleanup = func() { _ = os.RemoveAll(dir) }
	// PostgreSQL refuses to run as root: its package made a user for it.
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Getuid() == 0 {
		if attr.Credential, err = credential("postgres"); err != nil {
			return err
		}
		if err := os.Chown(dir, int(attr.Credential.Uid), int(attr.Credential.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), "-D", data, "-U", "visavis",
		"--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: attr.Credential}, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	settings := []string{"-D", data, "-p", port, "-k", dir, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60"}
	if !s.Durable {
		settings = append(settings, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB",
			"-c", "autovacuum=off")
	}
	server := exec.CommandContext(context.Background(), filepath.Join(bin, "postgres"), settings...)
	server.SysProcAttr, server.Dir = attr, dir
	var log bytes.Buffer
	stop, err := keepRunning(server, &log)
	if err != nil {
		return err
	}
	s.stop = stop
	s.url = "postgres://visavis@127.0.0.1:" + port + "/postgres?sslmode=disable"
	return answers(s.url)
}

// keepRunning starts a server whose parent is a thread that lives as long as it
// does: the death signal comes when the parent's thread ends, and then only.
func keepRunning(cmd *exec.Cmd, log io.Writer) (stop func(), err error) {
	cmd.Stdout, cmd.Stderr = log, log
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // ends by our signal, which it calls an error
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGQUIT) // at once: the files go anyway
		<-ended
	}, nil
}

func credential(name string) (*syscall.Credential, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // answers at once
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// answers waits until the server does.
func answers(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-tick.C:
		}
	}
}

// Open opens and migrates a store, which is closed at the end of the test.
func Open(t *testing.T, url string, also ...func(*store.Store) func(context.Context) error) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var steps []func(context.Context) error
	for _, f := range also {
		steps = append(steps, f(s))
	}
	if err := s.Migrate(t.Context(), steps...); err != nil {
		t.Fatal(err)
	}
	return s
}
