package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"

	"visavis/client"
	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/pairing"
	"visavis/protocol"
)

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatal("waited for 30 s in vain")
		}
		<-time.After(20 * time.Millisecond)
	}
}

func countTransitions(t *testing.T, in *instance, id string, a enrolment.Action) (n int) {
	t.Helper()
	must(t, in.keeper.Store.InTx(t.Context(), func(tx *store.Tx) error {
		log, err := tx.Transitions(t.Context(), id)
		for _, l := range log {
			if l.Action == a {
				n++
			}
		}
		return err
	}))
	return n
}

// shootUntilEnd sends a still and tells whether the phone's connection was ended.
func (p *pair) shootUntilEnd(step string) bool {
	p.b.t.Helper()
	_ = p.send(step) // it may have ended already
	for {
		ev, err := p.phone.Next(p.ctx)
		switch m := ev.Message.(type) {
		case protocol.StillResult:
			return !m.Accepted
		default:
			if err != nil || ev.Ended {
				return ev.Code == protocol.CloseEnded
			}
		}
	}
}

// following is a page that follows an enrolment.
type following struct {
	b       *browser
	desktop *client.Desktop
}

// follow follows an enrolment, over the socket or without one.
func (b *browser) follow(id string, noSocket bool) *following {
	b.t.Helper()
	d, err := client.Follow(b.t.Context(), client.Config{
		Server: b.in.URL, TLS: b.roots(), Language: "fr", Enrolment: id, Cookies: b.cookies, NoSocket: noSocket,
	})
	must(b.t, err)
	b.t.Cleanup(d.Close)
	return &following{b, d}
}

// read reads until an event fits, and gives it.
func (f *following) read(what string, fits func(client.Event) bool) client.Event {
	f.b.t.Helper()
	ctx, cancel := context.WithTimeout(f.b.t.Context(), 30*time.Second)
	defer cancel()
	for {
		ev, err := f.desktop.Next(ctx)
		if err != nil {
			f.b.t.Fatalf("waiting for %s: %v", what, err)
		}
		if fits(ev) {
			return ev
		}
	}
}

// error reads until an error comes.
func (f *following) error() (code string) {
	f.b.t.Helper()
	f.read("an error", func(ev client.Event) bool {
		m, ok := ev.Message.(protocol.Error)
		code = m.Code
		return ok
	})
	return code
}

// until reads what comes until the state is there.
func (f *following) until(want enrolment.State) (v view) {
	f.b.t.Helper()
	f.read(string(want), func(ev client.Event) bool {
		if ev.Ended && !errors.Is(ev.Err, net.ErrClosed) { // dropped by ourselves, and resumed
			f.b.t.Fatalf("it ended with %d (%v), want %s", ev.Code, ev.Err, want)
		}
		m, ok := ev.Message.(protocol.Enrolment)
		if !ok {
			return false
		}
		v = view{}
		must(f.b.t, json.Unmarshal(m.View, &v))
		f.b.t.Logf("followed: %s", v.State)
		return v.State == want
	})
	return v
}

// refused reads until the end, and tells the error and the close code.
func (f *following) refused() (code string, end protocol.CloseCode) {
	f.b.t.Helper()
	last := f.read("the end", func(ev client.Event) bool {
		if m, ok := ev.Message.(protocol.Error); ok {
			code = m.Code
		}
		return ev.Ended && ev.Code != 0
	})
	return code, last.Code
}

// redisStore starts a Redis for one test.
func redisStore(t *testing.T) pairing.Store {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed; scripts/setup.sh names it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	cmd := exec.Command(path, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()) // killed below
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var s pairing.Store
	waitFor(t, func() bool {
		s, err = pairing.NewRedis(t.Context(), pairing.RedisConfig{URLs: []string{fmt.Sprintf("redis://127.0.0.1:%d", port)}})
		return err == nil
	})
	t.Cleanup(func() { _ = s.Close() })
	return s
}
