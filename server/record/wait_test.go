package record_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/store"
	"visavis/pairing"
	"visavis/protocol"
)

var startMessage = protocol.Start{}

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
	p.seq++
	_ = p.phone.SendStill(p.ctx, protocol.Frame{
		Kind: protocol.Still, Step: step, Seq: p.seq, Manual: true, CapturedAt: time.Now(), Data: testJPEG(p.b.t, int(pictures.Add(1))),
	}, 64<<10, nil)
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

// stream follows an enrolment's events.
type stream struct {
	b    *browser
	scan *bufio.Scanner
}

func (b *browser) stream(id string) *stream {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.in.URL+"/api/enrolments/"+id+"/events", nil)
	must(b.t, err)
	for _, c := range b.cookies {
		req.AddCookie(c)
	}
	res, err := b.in.Client().Do(req)
	must(b.t, err)
	b.t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		b.t.Fatalf("events: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	s := &stream{b, bufio.NewScanner(res.Body)}
	s.scan.Buffer(nil, 1<<20)
	return s
}

// until reads events until the state is there.
func (s *stream) until(want enrolment.State) {
	s.b.t.Helper()
	var seen []enrolment.State
	for s.scan.Scan() {
		data, ok := strings.CutPrefix(s.scan.Text(), "data: ")
		if !ok {
			continue
		}
		var v view
		must(s.b.t, json.Unmarshal([]byte(data), &v))
		if seen = append(seen, v.State); v.State == want {
			return
		}
	}
	s.b.t.Fatalf("the stream ended (%v) after %v, want %s", s.scan.Err(), seen, want)
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
