//go:build chaos

package chaos

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
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

// number is a setting of the environment, a whole number of at least 1.
func number(t *testing.T, name string, preset uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return preset
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a whole number of 1 or more", name, text)
	}
	return n
}

// acts are what a person and their phone do in a journey, in their order. While a picture is
// verified and a certificate is requested they wait.
var acts = []string{
	"login", "open", "correct", "consent", "desktop", "claim", "code", "start", "document-front", "selfie",
	"verifying", "draw", "decide", "confirm", "request", "requested",
}

// moment is when a server is killed in a journey: a share of the usual time of one act,
// counted from when that act begins.
type moment struct {
	seed  uint64
	act   string
	share float64 // 0 to 1
}

// drawMoment draws a moment. Every act is as likely as any other, however long it takes: most
// of a journey's time goes by while a picture is looked at, and most of what can be lost is
// written in an instant.
func drawMoment(seed uint64) moment {
	r := rand.New(rand.NewPCG(seed, 0))
	return moment{seed, acts[r.IntN(len(acts))], r.Float64()}
}

// TestJourneyKilledAtRandomMoments kills a server once in each of VISAVIS_KILLS journeys, on
// SQLite and on PostgreSQL, and checks every promise after each. A moment that fails is tried
// again by its seed.
func TestJourneyKilledAtRandomMoments(t *testing.T) {
	times := number(t, "VISAVIS_KILLS", 20)
	seed := number(t, "VISAVIS_KILLS_SEED", 1+rand.Uint64N(1_000_000))
	t.Run("sqlite", func(t *testing.T) {
		killed(t, times, seed, func(t *testing.T) records {
			data := t.TempDir()
			file := "file:" + filepath.Join(data, "visavis.db") + "?_pragma=busy_timeout(10000)"
			return records{"sqlite", file, data, nil}
		})
	})
	t.Run("postgres", func(t *testing.T) {
		p, n := startPostgres(t), 0
		killed(t, times, seed, func(t *testing.T) records {
			n++
			name := fmt.Sprintf("journeys%d", n)
			if err := p.exec("CREATE DATABASE " + name); err != nil {
				t.Fatal(err)
			}
			url := strings.Replace(p.url(), "/postgres?", "/"+name+"?", 1)
			return records{"pgx", url, t.TempDir(), []string{"--database-url=" + url}}
		})
	})
}

// records is where a server keeps what it promises to keep.
type records struct {
	driver, source string   // of its database
	data           string   // folder
	args           []string // of the program
}

// perRecords is how many journeys are disturbed on the same records, beside one or two that are
// not: each has five letters, and an account gets 40 of them in a day.
const perRecords = 6

// killed lets one person after the other go through a journey while the server is killed
// once in each, at the moments of the seeds from the first one on.
func killed(t *testing.T, times, first uint64, fresh func(*testing.T) records) {
	began, hit := time.Now(), map[string]int{}
	usual := map[string]time.Duration{} // of each act
	failed := 0
	for n := uint64(0); n < times && failed < 3; n += perRecords { // more failures would say the same
		if !t.Run(fmt.Sprintf("from %d", first+n), func(t *testing.T) {
			in := fresh(t)
			db, err := sql.Open(in.driver, in.source)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			addr := testkit.FreeAddress(t)
			s := newServer(t, addr, "https://"+addr, in.data, in.args...)
			whole := newJourney(t, "https://"+addr, 0)
			if n == 0 { // the first one of all fills caches: the next one counts
				whole.finish(slack(time.Minute))
				whole = newJourney(t, "https://"+addr, 0)
			}
			takes := undisturbed(whole)
			if n == 0 {
				usual = takes
			}
			workDone(t, db)
			want := left(t, db, whole.id)
			for i := range min(perRecords, times-n) {
				m := drawMoment(first + n + i)
				t.Run(fmt.Sprintf("seed %d", m.seed), func(t *testing.T) {
					after := time.Duration(m.share * float64(usual[m.act]))
					t.Logf("killed %.1f ms after %q began, which takes %.1f ms", 1000*after.Seconds(), m.act,
						1000*usual[m.act].Seconds())
					j := newJourney(t, "https://"+addr, int(i+1))
					fault := killAt(j, s, m.act, after)
					j.finish(slack(2 * time.Minute))
					fault()
					eventually(t, "the server is ready", slack(time.Minute), s.ready)
					keptAll(t, db, in, j, want)
					hit[m.act]++
					if t.Failed() {
						t.Logf("the same moment again: VISAVIS_KILLS=1 VISAVIS_KILLS_SEED=%d", m.seed)
					}
				})
			}
			verified(t, in.data, in.args...)
		}) {
			failed++
		}
	}
	took := time.Since(began)
	done := 0
	for _, n := range hit {
		done += n
	}
	t.Logf("%d journeys in %s, seeds from %d on, each killed at a random moment: %v", done, took.Round(time.Second), first, hit)
}

// undisturbed goes through a journey and tells how long each act takes, up to the next one.
func undisturbed(j *journey) map[string]time.Duration {
	j.t.Helper()
	takes := map[string]time.Duration{}
	last, since := "", time.Now()
	j.act = func(name string) {
		if last != "" {
			takes[last] += time.Since(since)
		}
		last, since = name, time.Now()
	}
	j.finish(slack(time.Minute))
	j.act("")
	return takes
}

// killAt kills the server a while after the journey's first act of this name began, and
// starts it again. The returned function waits for that; a server that is still to be
// killed, since the journey had no such act, is killed then.
func killAt(j *journey, s *server, act string, after time.Duration) (wait func()) {
	var fault sync.WaitGroup
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	j.act = func(name string) {
		if name == act {
			begin()
		}
	}
	fault.Go(func() {
		<-begun
		<-time.After(after)
		s.kill(syscall.SIGKILL)
		if err := s.launch(); err != nil {
			j.t.Error(err)
		}
	})
	wait = func() { begin(); fault.Wait() }
	j.t.Cleanup(wait) // of a journey that came to no end
	return wait
}

// trace is what one journey leaves in the records: the same in each that comes to its end.
type trace struct{ once, letters, consents []string }

// often are actions that a fault may let happen again: who captures begins again.
var often = []string{"begin-capture", "send-still", "keep-still", "draw"}

// left reads the trace of a journey.
func left(t *testing.T, db *sql.DB, id string) trace {
	t.Helper()
	read := func(query string) (out []string) {
		rows, err := db.Query(query, id)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	return trace{
		slices.DeleteFunc(read("SELECT action FROM transitions WHERE enrolment = $1"),
			func(action string) bool { return slices.Contains(often, action) }),
		read("SELECT template || CASE WHEN sent_at = 0 THEN ' is not sent' ELSE '' END FROM letters WHERE enrolment = $1"),
		read("SELECT kind || ' ' || version || ' ' || answer FROM consents WHERE enrolment = $1"),
	}
}

// workDone waits until no job is left over.
func workDone(t *testing.T, db *sql.DB) {
	t.Helper()
	eventually(t, "every job is done", slack(30*time.Second), func() error {
		var n int
		err := db.QueryRow("SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'scheduled')").Scan(&n)
		if err == nil && n > 0 {
			return fmt.Errorf("%d jobs are not done", n)
		}
		return err
	})
}

// keptAll checks every promise about a journey that has come to its end.
func keptAll(t *testing.T, db *sql.DB, in records, j *journey, want trace) {
	t.Helper()
	issuedOnce(t, in.driver, in.source, j.id)
	if j.logins > 0 {
		t.Errorf("LOST: %d logins", j.logins)
	}
	workDone(t, db)
	got := left(t, db, j.id)
	for what, both := range map[string][2][]string{
		"what happens once": {got.once, want.once},
		"letters":           {got.letters, want.letters},
		"consents":          {got.consents, want.consents},
	} {
		if !slices.Equal(both[0], both[1]) {
			t.Errorf("%s: %q, a journey that nothing disturbs has %q", what, both[0], both[1])
		}
	}
	verify(t, "ok: nothing was changed", append(append([]string{"--data=" + in.data}, in.args...), j.id)...)
}
