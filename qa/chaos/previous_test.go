//go:build chaos

package chaos

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"visavis/testkit"
)

// previous builds the version before this one, in a worktree of its own: VISAVIS_PREVIOUS,
// else the last tag, else the last commit with other tables.
func previous(t *testing.T) (program, name string) {
	t.Helper()
	git := func(args ...string) string {
		out, err := exec.Command("git", append([]string{"-C", root(t)}, args...)...).Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	name = os.Getenv("VISAVIS_PREVIOUS")
	if name == "" {
		name = git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^")
	}
	if name == "" {
		if last := git("log", "-1", "--format=%H", "--", "enrolment/store/migrations"); last != "" {
			name = last + "^"
		}
	}
	commit := git("rev-parse", "--verify", "--quiet", name+"^{commit}")
	if commit == "" {
		t.Fatalf("%q is no commit here: the previous version needs the repository with its history "+
			"(git fetch --unshallow --tags), or VISAVIS_PREVIOUS", name)
	}
	dir := t.TempDir()
	tree := filepath.Join(dir, "tree")
	add := exec.Command("git", "-C", root(t), "worktree", "add", "--detach", tree, commit)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("git worktree: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		_ = exec.Command("git", "-C", root(t), "worktree", "remove", "--force", tree).Run()
	})
	program = filepath.Join(dir, "visavis")
	build := exec.Command("go", "build", "-o", program, "./cmd/visavis")
	build.Dir = tree
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build of %s: %v\n%s", name, err, out)
	}
	return program, commit[:8]
}

// TestRollingUpgrade replaces two instances of the previous version by this one, one after
// the other, on one PostgreSQL and one Redis. For half a minute both versions run. Phones
// capture all the time, and one person after the other goes through a journey.
func TestRollingUpgrade(t *testing.T) {
	before, name := previous(t)
	p, redis := startPostgres(t), startRedis(t)
	a, b := testkit.FreeAddress(t), testkit.FreeAddress(t)
	f, data := newFront(t, a, b), t.TempDir()
	var in [2]*server
	for i, addr := range []string{a, b} {
		in[i] = prepare(t, addr, f.url(), data, "--database-url="+p.url(), "--redis-url=redis://"+redis.addr,
			"--secret="+strings.Repeat("ab", 32), "--instance="+addr)
		in[i].program = before
		in[i].run()
	}
	all := pairs(t, f.url(), 4)
	var ended []string
	ctx, stop := context.WithCancel(context.Background())
	var people sync.WaitGroup
	defer people.Wait()
	defer stop()
	first := newJourney(t, f.url(), 0) // draws the pictures, before anybody else
	people.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			j := first
			if n > 0 {
				j = newJourney(t, f.url(), n)
			}
			if err := j.through(slack(3 * time.Minute)); err != nil {
				t.Errorf("journey %d: %v", n, err)
				return
			}
			ended = append(ended, j.id)
		}
	})
	for i, s := range in {
		moment := time.Now()
		s.kill(syscall.SIGTERM)
		worst := judgedAfter(t, all, moment.Add(100*time.Millisecond), slack(2*backWithin))
		s.program = filepath.Join(root(t), "var", "bin", "visavis")
		s.start()
		lost(t, all, "an instance of "+name+" replaced by this version", worst)
		if i == 0 {
			<-time.After(30 * time.Second) // both versions run
			judgedAfter(t, all, time.Now(), slack(backWithin))
		}
	}
	fresh := pairs(t, f.url(), 2)
	stop()
	people.Wait()
	lost(t, append(all, fresh...), "both replaced", judgedAfter(t, append(all, fresh...), time.Now(), slack(backWithin)))
	if len(ended) == 0 {
		t.Error("nobody came to the end of a journey")
	}
	for _, id := range ended {
		issuedOnce(t, "pgx", p.url(), id)
	}
	verified(t, data, "--database-url="+p.url())
	t.Logf("%d journeys went on meanwhile: each issued once, nothing acknowledged was lost, every manifest whole",
		len(ended))
}
