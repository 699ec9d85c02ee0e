//go:build chaos

package chaos

import (
	"database/sql"
	"math/rand/v2"
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
	verify(t, "none gone without a deletion", append([]string{"--data=" + data}, args...)...)
}

// verify lets the program check what its arguments name, and expects these words.
func verify(t *testing.T, want string, args ...string) {
	t.Helper()
	cmd := exec.Command(
		filepath.Join(root(t), "var", "bin", "visavis"),
		append([]string{"evidence", "verify"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("evidence verify %q: %v\n%s", args, err, out)
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
