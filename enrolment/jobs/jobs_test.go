package jobs_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/jobs"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
)

var postgres storetest.Server

// The variables that make this binary the server that gets killed.
const (
	childURL   = "VISAVIS_TEST_JOBS_URL"
	childBlock = "VISAVIS_TEST_JOBS_BLOCK"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		if err := server(url, os.Getenv(childBlock)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(postgres.Run(m))
}

// server works on the jobs of a store until its standard input ends.
func server(url, block string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: url})
	if err != nil {
		return err
	}
	defer s.Close()
	w := &worker{store: s, block: block}
	q, err := jobs.New(jobs.Config{Store: s, Verifier: w, Mailer: w, Sweeper: w, Instance: "only",
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	if err := q.Start(ctx); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return q.Stop(ctx)
}

// worker is a verifier that stops for ever where it is told to, and counts in the
// store how often a job's change was made.
type worker struct {
	store *store.Store
	block string // "work", "transaction" or "committed": where the enrolment "victim" stops
}

func (w *worker) stopAt(place, id string) {
	if w.block == place && id == "victim" {
		fmt.Println("stopped at", place)
		select {}
	}
}

func (w *worker) Verify(_ context.Context, id string) (jobs.Finish, error) {
	w.stopAt("work", id)
	return func(ctx context.Context, tx *store.Tx) error {
		seq, _, err := tx.LockManifest(ctx, id)
		if err != nil {
			return err
		}
		err = tx.AppendManifest(ctx, id, store.ManifestEntry{Seq: seq, Body: "done"})
		w.stopAt("transaction", id)
		return err
	}, nil
}

func (w *worker) Mail(ctx context.Context, job int64, m jobs.Email) error {
	err := w.store.InTx(ctx, func(tx *store.Tx) error {
		seq, _, err := tx.LockManifest(ctx, m.Enrolment)
		if err != nil {
			return err
		}
		return tx.AppendManifest(ctx, m.Enrolment, store.ManifestEntry{
			Seq: seq, Body: fmt.Sprint("mail ", m.Template, job > 0)})
	})
	w.stopAt("sent", m.Enrolment)
	return err
}

func (w *worker) Sweep(context.Context, time.Time) error { return nil }

func create(t *testing.T, s *store.Store, q *jobs.Queue, id string, then error) {
	t.Helper()
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		if err := tx.Create(t.Context(), enrolment.New(id, id, "owner", "fr", enrolment.Declaration{},
			time.Now())); err != nil {
			return err
		}
		return errors.Join(q.Enqueue(t.Context(), tx, jobs.Verification{Enrolment: id}), then)
	})
	if !errors.Is(err, then) {
		t.Fatal(err)
	}
}

func done(t *testing.T, s *store.Store, id string) (count int) {
	t.Helper()
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		entries, _, err := tx.Manifest(t.Context(), id)
		count = len(entries)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// eventually waits until an enrolment's job is done.
func eventually(t *testing.T, s *store.Store, id string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); done(t, s, id) == 0; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("the job of %s is not done within 30 s", id)
		}
	}
}

// launch starts this binary as a server. stop ends it in an orderly way, kill at
// once; said waits for a line of it.
func launch(t *testing.T, url, block string) (said func(string), kill, stop func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childURL+"="+url, childBlock+"="+block)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	wait := func() { once.Do(func() { _ = cmd.Wait() }) }
	kill = func() {
		_ = cmd.Process.Kill() // SIGKILL: nothing is tidied up
		wait()
	}
	t.Cleanup(kill)
	said = func(want string) {
		t.Helper()
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if strings.TrimSpace(line) != want {
			t.Fatalf("the server said %q, %v, want %q", line, err, want)
		}
	}
	return said, kill, func() { _ = stdin.Close(); wait() }
}

func open(t *testing.T, url string) (*store.Store, *jobs.Queue) {
	t.Helper()
	s := storetest.Open(t, url, jobs.Migration)
	q, err := jobs.New(jobs.Config{Store: s, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s, q
}

func TestAJobOfAKilledServerIsDoneOnceAfterItsRestart(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s, q := open(t, url)
		for _, place := range []string{"work", "transaction"} {
			t.Run("killed at "+place, func(t *testing.T) {
				defer remove(t, s, "victim", "after"+place)
				create(t, s, q, "victim", nil)
				said, kill, _ := launch(t, url, place)
				said("stopped at " + place)
				if place != "transaction" && done(t, s, "victim") != 0 { // SQLite's writer is in the transaction still
					t.Fatal("done before it was killed")
				}
				kill()
				if n := done(t, s, "victim"); n != 0 {
					t.Fatalf("done %d times when it was killed, want 0", n)
				}
				_, _, stop := launch(t, url, "")
				eventually(t, s, "victim")
				create(t, s, q, "after"+place, nil) // whatever was left of the first has had its turn then
				eventually(t, s, "after"+place)
				stop()
				if n := done(t, s, "victim"); n != 1 {
					t.Errorf("done %d times, want once", n)
				}
			})
		}
	})
}

func TestAJobThatKillsItsServerAtItsLastAttemptIsGivenUp(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s, q := open(t, url)
		create(t, s, q, "victim", nil)
		said, kill, _ := launch(t, url, "work")
		said("stopped at work")
		inRiver(t, s, "UPDATE river_job SET max_attempts = attempt WHERE state = 'running'")
		kill()
		_, _, stop := launch(t, url, "")
		create(t, s, q, "after", nil)
		eventually(t, s, "after")
		stop()
		if n := done(t, s, "victim"); n != 0 {
			t.Errorf("done %d times, want never", n)
		}
		const discarded = "SELECT count(*) FROM river_job WHERE state = 'discarded' AND finalized_at IS NOT NULL"
		if n := inRiver(t, s, discarded); n != 1 {
			t.Errorf("%d jobs given up, want 1", n)
		}
	})
}

func remove(t *testing.T, s *store.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := s.InTx(t.Context(), func(tx *store.Tx) error { return tx.Delete(t.Context(), id) }); err != nil {
			t.Error(err)
		}
	}
}

func TestAJobThatWasDoneIsNotDoneAgainAfterAKill(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s, q := open(t, url)
		create(t, s, q, "first", nil)
		_, kill, _ := launch(t, url, "")
		eventually(t, s, "first")
		kill() // likely before River's own bookkeeping
		_, _, stop := launch(t, url, "")
		create(t, s, q, "second", nil)
		eventually(t, s, "second")
		stop()
		if n := done(t, s, "first"); n != 1 {
			t.Errorf("done %d times, want once", n)
		}
	})
}

func TestAChangeThatIsRolledBackLeavesNoJob(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s, q := open(t, url)
		create(t, s, q, "gone", errors.New("no"))
		create(t, s, q, "there", nil)
		w := &worker{store: s}
		working, err := jobs.New(jobs.Config{Store: s, Verifier: w, Mailer: w, Sweeper: w,
			Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if err := working.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, s, "there")
		err = s.InTx(t.Context(), func(tx *store.Tx) error {
			return working.Enqueue(t.Context(), tx, jobs.Email{Enrolment: "there", Template: "result"})
		})
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); done(t, s, "there") < 2 && time.Now().Before(deadline); {
			<-time.After(20 * time.Millisecond)
		}
		if err := working.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if n := done(t, s, "there"); n != 2 {
			t.Errorf("%d jobs done, want the verification and the mail", n)
		}
		if n := verifications(t, s); n != 1 {
			t.Errorf("%d verifications stored, want 1: not that of the change that was rolled back", n)
		}
	})
}

// untransferred stands where files could be handed over.
type untransferred struct{}

func (untransferred) Transfer(context.Context, string) (time.Duration, error) { return 0, nil }

// A job that waits until something is due is one, however often it is asked for, and is done now when it is asked for
// again. One that runs may have read what was before.
func TestAJobThatIsPutOffIsOne(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		s, nobody := open(t, url)
		q, err := jobs.New(jobs.Config{Store: s, Transferrer: untransferred{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.InTx(t.Context(), func(tx *store.Tx) error {
			return nobody.Enqueue(t.Context(), tx, jobs.Transfer{Enrolment: "e-1"})
		}); err != nil {
			t.Fatal(err)
		}
		if n := inRiver(t, s, "SELECT count(*) FROM river_job WHERE kind = 'transfer'"); n != 0 {
			t.Errorf("%d transfers where nobody hands files over", n)
		}
		for kind, job := range map[string]jobs.Job{
			"delivery": jobs.Delivery{ID: "del_1"}, "advance": jobs.Advance{Verification: "ver_1"},
			"transfer": jobs.Transfer{Enrolment: "e-1"},
		} {
			ask := func(times, live, now int) {
				t.Helper()
				for range times {
					if err := s.InTx(t.Context(), func(tx *store.Tx) error {
						return q.Enqueue(t.Context(), tx, job)
					}); err != nil {
						t.Fatal(err)
					}
				}
				of := "SELECT count(*) FROM river_job WHERE kind = '" + kind + "' AND "
				if n := inRiver(t, s, of+"state <> 'completed'"); n != live {
					t.Errorf("%d jobs of a %s are there, want %d", n, kind, live)
				}
				if n := inRiver(t, s, of+"state = 'available' AND scheduled_at < '2098-01-01 00:00:00'"); n != now {
					t.Errorf("%d jobs of a %s are to be done now, want %d", n, kind, now)
				}
			}
			set := func(what string) {
				t.Helper()
				inRiver(t, s, "UPDATE river_job SET "+what+" AND kind = '"+kind+"'")
			}
			ask(5, 1, 1)
			set("state = 'scheduled', scheduled_at = '2099-01-01 00:00:00' WHERE state = 'available'")
			ask(5, 1, 1)
			set("state = 'running' WHERE state = 'available'")
			ask(5, 2, 1)
			set("state = 'scheduled', scheduled_at = '2099-01-01 00:00:00' WHERE state = 'running'")
			ask(5, 2, 2)
			set("state = 'completed', finalized_at = '2026-01-01 00:00:00' WHERE state = 'available'")
			ask(5, 1, 1)
		}
		if err := s.InTx(t.Context(), func(tx *store.Tx) error {
			return q.Enqueue(t.Context(), tx, jobs.Delivery{ID: "del_2"})
		}); err != nil {
			t.Fatal(err)
		}
		if n := inRiver(t, s, "SELECT count(*) FROM river_job WHERE kind = 'delivery' AND state = 'available'"); n != 2 {
			t.Errorf("%d deliveries of two wait", n)
		}
	})
}

func verifications(t *testing.T, s *store.Store) int {
	t.Helper()
	return inRiver(t, s, "SELECT count(*) FROM river_job WHERE kind = 'verification'")
}

// inRiver runs a statement on River's table and returns the number that it selects, 0 of an update.
func inRiver(t *testing.T, s *store.Store, query string) (n int) {
	t.Helper()
	err := s.InTx(t.Context(), func(tx *store.Tx) error {
		update := strings.HasPrefix(query, "UPDATE")
		switch {
		case tx.Postgres != nil && update:
			_, err := tx.Postgres.Exec(t.Context(), query)
			return err
		case tx.Postgres != nil:
			return tx.Postgres.QueryRow(t.Context(), query).Scan(&n)
		case update:
			_, err := tx.SQLite.ExecContext(t.Context(), query)
			return err
		}
		return tx.SQLite.QueryRowContext(t.Context(), query).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
