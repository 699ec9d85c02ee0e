//go:build chaos

package chaos

import (
	"database/sql"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	_ "modernc.org/sqlite"             // registers the driver "sqlite"

	"visavis/testkit"
)

// verified checks every file and the log with the program itself.
func verified(t *testing.T, data string, args ...string) {
	t.Helper()
	cmd := exec.Command(
		filepath.Join(root(t), "var", "bin", "visavis"),
		append([]string{"evidence", "verify", "--data=" + data}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "none gone without a deletion") {
		t.Errorf("evidence verify: %v\n%s", err, out)
	}
}

// issuedOnce compares the certificate of an enrolment with the one that the authority has
// issued for it: the tables hold one each.
func issuedOnce(t *testing.T, driver, source, id string) {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var kept, issued string
	err = db.QueryRow(
		"SELECT c.serial, a.serial FROM certificates c JOIN test_certificates a ON a.enrolment = c.enrolment "+
			"WHERE c.enrolment = $1",
		id,
	).Scan(&kept, &issued)
	if err != nil || kept != issued {
		t.Errorf("the certificate of %s has the number %q, the authority issued %q (%v)", id, kept, issued, err)
	}
}

// killing is how long a journey is killed at random moments on each database.
func killing(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("VISAVIS_CHAOS_FOR")
	if text == "" {
		return 5 * time.Minute
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatalf("VISAVIS_CHAOS_FOR=%s: want a time such as 90s", text)
	}
	return d
}

func TestJourneyKilledAtRandomMoments(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		data := t.TempDir()
		killed(t, data, "sqlite", "file:"+filepath.Join(data, "visavis.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		p := startPostgres(t)
		killed(t, t.TempDir(), "pgx", p.url(), "--database-url="+p.url())
	})
}

// killed lets one person after the other go through a journey while the server is killed
// once in each, at a moment drawn from the time that a journey takes.
func killed(t *testing.T, data, driver, source string, args ...string) {
	addr := testkit.FreeAddress(t)
	s := newServer(t, addr, "https://"+addr, data, args...)
	began := time.Now()
	j := newJourney(t, "https://"+addr, 0)
	j.finish(slack(time.Minute))
	usual := time.Since(began)
	issuedOnce(t, driver, source, j.id)
	kills := 0
	for end := began.Add(usual + killing(t)); time.Now().Before(end) && !t.Failed(); {
		kills++
		j := newJourney(t, "https://"+addr, kills)
		moment := rand.N(usual)
		var once sync.WaitGroup
		once.Go(func() {
			<-time.After(moment)
			s.kill(syscall.SIGKILL)
			if err := s.launch(); err != nil {
				t.Error(err)
			}
		})
		j.finish(slack(2 * time.Minute))
		once.Wait()
		eventually(t, "the server is ready", 2*time.Minute, s.ready)
		issuedOnce(t, driver, source, j.id)
	}
	verified(t, data, args...)
	t.Logf(
		"%d journeys, each killed at a random moment of %.1f s: nothing acknowledged was lost, each issued once, "+
			"every manifest whole",
		kills,
		usual.Seconds(),
	)
}

func TestPostgresFaults(t *testing.T) {
	p := startPostgres(t)
	addr, data := testkit.FreeAddress(t), t.TempDir()
	s := newServer(t, addr, "https://"+addr, data, "--database-url="+p.url())
	for n, fault := range []struct {
		name  string
		doing func()
	}{
		{"restarted in order", func() { p.stop(syscall.SIGINT); p.start() }},
		{"crashed and restarted", func() { p.stop(syscall.SIGQUIT); p.start() }},
		{"paused for 5 s", func() { p.pause(5 * time.Second) }},
		{"read-only for 5 s", func() { readOnly(t, p, 5*time.Second) }},
	} {
		t.Run(fault.name, func(t *testing.T) {
			j := newJourney(t, "https://"+addr, n)
			j.t = t
			var faults sync.WaitGroup
			faults.Go(func() {
				for range 2 {
					<-time.After(rand.N(3 * time.Second))
					fault.doing()
				}
			})
			j.finish(slack(2 * time.Minute))
			faults.Wait()
			issuedOnce(t, "pgx", p.url(), j.id)
			eventually(t, "the server is ready again", slack(10*time.Second), s.ready)
			t.Logf("PostgreSQL %s, twice in a journey: nothing acknowledged was lost", fault.name)
		})
	}
	verified(t, data, "--database-url="+p.url())
}

// readOnly makes every new transaction read-only for a while.
func readOnly(t *testing.T, p *postgresServer, d time.Duration) {
	for _, on := range []string{"on", "off"} {
		err := p.exec("SET default_transaction_read_only = off",
			"ALTER SYSTEM SET default_transaction_read_only = "+on, "SELECT pg_reload_conf()")
		if err != nil {
			t.Errorf("read-only %s: %v", on, err)
		}
		if on == "on" {
			<-time.After(d)
		}
	}
}
