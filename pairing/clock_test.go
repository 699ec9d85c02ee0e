package pairing

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shifted is a store with a clock of its own, as Redis has one.
type shifted struct {
	Store
	by time.Duration
}

func (s *shifted) Now() time.Time { return time.Now().Add(s.by).UTC().Round(0) }

// Records are written and judged by the clock of their store: neither the machine's clock nor
// its difference to that of another instance ends a session.
func TestSessionsFollowTheClockOfTheirStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &shifted{Store: NewMemory(MemoryLimits{}), by: -3 * time.Hour}
		h := harnessOn(t, store)
		s, _ := h.paired(t)
		if away := s.CreatedAt.Sub(store.Now()).Abs(); away > time.Second {
			t.Errorf("created %v away from the store's clock, want by it", away)
		}
		pass(14 * time.Minute)
		if s, err := h.v.Expire(t.Context(), s.ID); err != nil || s.State != Paired {
			t.Errorf("after 14 minutes: %s, %v, want paired", s.State, err)
		}
		pass(time.Minute)
		h.want(t, "after 15 minutes without activity", s.ID, Ended, ReasonIdle)
	})
}

// Without such a clock it is this process's own, which no one can set: see TestClockJumps of
// qa/chaos for a machine whose clock is set.
func TestASteadyClockGoesOnFromWhatItWasSetTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := newSteady(start)
		pass(time.Hour)
		if got := c.Now(); !got.Equal(start.Add(time.Hour)) {
			t.Errorf("after an hour %v, want an hour more than %v", got, start)
		}
		other := start.Add(-48 * time.Hour)
		c.set(other, time.Now().Add(-time.Second)) // the answer to a question of a second ago
		pass(time.Minute)
		if got := c.Now(); !got.Equal(other.Add(61 * time.Second)) {
			t.Errorf("61 s after it was set to %v it shows %v", other, got)
		}
	})
}

// An instance over Redis shows the time of Redis, whatever its own clock does.
func TestInstancesOverRedisHaveItsTime(t *testing.T) {
	r := openRedis(t, redisURL(t))
	away := func() time.Duration {
		t.Helper()
		asked := r.Now()
		at, err := r.Time(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// Redis answered after r.Now() and before this moment, by whatever the machine had to do between.
		return max(asked.Sub(at), at.Sub(r.Now()), 0)
	}
	if by := away(); by > time.Second {
		t.Errorf("away from Redis by %v at the start", by)
	}
	r.clock.set(time.Now().Add(time.Hour), time.Now()) // as if this machine's clock had been wrong
	if by := away(); by < time.Hour-time.Minute {
		t.Fatalf("away by %v, want about an hour", by)
	}
	waitFor(t, "the time of Redis", func() error { // not believed where the answer was long on its way
		if err := r.setClock(t.Context(), slowAnswer); err != nil {
			return err
		}
		if by := away(); by > time.Second {
			return fmt.Errorf("away from Redis by %v after it was asked", by)
		}
		return nil
	})
}

// An instance that Redis answers slowly at its start has the time of Redis from the first answer
// on: its own clock may be wrong by hours. Later a slow answer changes nothing.
func TestTheFirstAnswerSetsTheClockThoughItIsSlow(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go lateClock(conn, slowAnswer+100*time.Millisecond, -3*time.Hour)
		}
	}()
	r, err := NewRedis(t.Context(), RedisConfig{URLs: []string{"redis://" + l.Addr().String()}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	if by := time.Until(r.Now()); by > -time.Hour {
		t.Errorf("away by %v from this machine's clock, want about three hours as Redis is", by)
	}
	r.clock.set(time.Now(), time.Now())
	if err := r.setClock(t.Context(), slowAnswer); err != nil {
		t.Fatal(err)
	}
	if by := time.Until(r.Now()); by < -time.Hour {
		t.Errorf("away by %v after a later answer that was slow", by)
	}
}

// While the master that tells the time is down, one of the others whose clock is wrong is not believed.
func TestAWrongClockAmongTheMastersIsNotBelieved(t *testing.T) {
	local := time.Now()
	for name, test := range map[string]struct {
		ahead []time.Duration // in the order of their answers
		want  time.Duration
	}{
		"an hour ahead answers first":            {[]time.Duration{time.Hour, time.Second}, time.Second},
		"an hour ahead answers last":             {[]time.Duration{time.Second, time.Hour}, time.Second},
		"an hour behind":                         {[]time.Duration{-time.Hour, -2 * time.Second}, -2 * time.Second},
		"either side, the nearer one is behind":  {[]time.Duration{time.Minute, -time.Second}, -time.Second},
		"one wrong of three":                     {[]time.Duration{time.Hour, 3 * time.Second, time.Second}, 3 * time.Second},
		"this machine's own, three hours behind": {[]time.Duration{3 * time.Hour, 0, 3*time.Hour + time.Second}, 3 * time.Hour},
		"one wrong of four, and one on each side": {
			[]time.Duration{-time.Hour, 2 * time.Second, time.Second, 3 * time.Second}, time.Second,
		},
		"two days ahead and alone": {[]time.Duration{48 * time.Hour}, 48 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			var answers []answer
			for i, by := range test.ahead {
				asked := local.Add(time.Duration(i) * time.Second) // later answers tell a later time
				answers = append(answers, answer{asked.Add(by).UTC().Round(0), asked})
			}
			if got := likeliest(answers).ahead(); (got - test.want).Abs() > time.Millisecond {
				t.Errorf("believed the clock that is ahead by %v, want that by %v", got, test.want)
			}
		})
	}
}

// lateClock is a Redis that knows TIME alone, and says it late, by a clock that is wrong.
func lateClock(conn net.Conn, late, wrong time.Duration) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		var n int
		if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
			return
		}
		var said []string
		for range 2 * n { // a length, and a word
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			said = append(said, strings.TrimSpace(line))
		}
		answer := "-ERR unknown command\r\n"
		if strings.EqualFold(said[1], "time") {
			<-time.After(late)
			seconds := fmt.Sprint(time.Now().Add(wrong).Unix())
			answer = fmt.Sprintf("*2\r\n$%d\r\n%s\r\n$1\r\n0\r\n", len(seconds), seconds)
		}
		if _, err := conn.Write([]byte(answer)); err != nil {
			return
		}
	}
}
