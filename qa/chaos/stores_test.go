//go:build chaos

package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"visavis/testkit"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// redisServer is a Redis that keeps nothing, restartable at its address.
type redisServer struct {
	t    *testing.T
	addr string
	more []string // settings
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
	r.cmd = exec.Command("redis-server", append([]string{
		"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
	}, r.more...)...)
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
