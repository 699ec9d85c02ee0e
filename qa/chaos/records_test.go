//go:build chaos

package chaos

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	_ "modernc.org/sqlite"             // registers the driver "sqlite"

	"visavis/client"
	"visavis/protocol"
	"visavis/specimen"
	"visavis/testkit"
)

// visitor is a person's browser. Every call may fail: the server may be gone.
type visitor struct {
	url  string
	http *http.Client
	who  string
}

func newVisitor(t *testing.T, url, account string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{
		url,
		&http.Client{
			Jar:       jar,
			Timeout:   15 * time.Second,
			Transport: &http.Transport{TLSClientConfig: anyCertificate(), DisableKeepAlives: true},
		},
		account,
	}
}

// statusError is an answer that is not 200.
type statusError struct {
	code int
	body string
}

func (e *statusError) Error() string { return fmt.Sprintf("%d %s", e.code, tailOf(e.body, 200)) }

func (v *visitor) call(method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, v.url+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	res, err := v.http.Do(req)
	if err != nil {
		return err
	}
	answer := readAll(res)
	if res.StatusCode != http.StatusOK {
		return &statusError{res.StatusCode, string(answer)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func (v *visitor) login() error {
	return v.call("POST", "/api/login/demo", map[string]string{"account": v.who}, nil)
}

// file is what of an enrolment these tests look at.
type file struct {
	ID, State   string
	Rev         int64
	Declared    struct{ Surname, Mobile string }
	Certificate struct{ ID, State string }
	Texts       []map[string]any
	Taken       []string // sides that are kept
}

func (f file) agree() map[string]any {
	for _, t := range f.Texts {
		t["yes"] = true
	}
	return map[string]any{"answers": f.Texts}
}

// order is how far an enrolment is: no acknowledged step may be taken back by a fault.
// A capture that a fault interrupts begins again.
var order = map[string]int{
	"declared":   1,
	"consented":  2,
	"capturing":  2,
	"verifying":  3,
	"review":     4,
	"to-confirm": 5,
	"confirmed":  6,
	"requested":  7,
	"issued":     8,
}

// passport are the pictures of a drawn passport and of its holder.
var passport = sync.OnceValues(func() (map[string][]byte, error) {
	assets, err := specimen.LoadAssets(specimen.Paths{})
	if err != nil {
		return nil, err
	}
	d, err := specimen.Draw("passport", 7, 0, assets)
	if err != nil {
		return nil, err
	}
	person = d.Person
	pictures := map[string][]byte{}
	for step, view := range map[string]specimen.View{"document-front": specimen.Front, "selfie": specimen.Face} {
		shot, err := specimen.NewShot(specimen.ShotRequest{View: view, Seed: 7, Width: 1920, Height: 1080}, d, assets)
		if err != nil {
			return nil, err
		}
		if pictures[step], err = specimen.EncodeJPEG(shot.At(0), 88); err != nil {
			return nil, err
		}
	}
	return pictures, nil
})

// person is the passport's holder.
var person specimen.Person

// journey is one enrolment from the login to the certificate, through whatever happens.
type journey struct {
	t        *testing.T
	pictures map[string][]byte
	v, rev   *visitor
	id       string
	mobile   string
	reached  int   // the furthest step that the server has acknowledged
	rev64    int64 // the newest rev that it told
}

func newJourney(t *testing.T, url string, n int) *journey {
	t.Helper()
	pictures, err := passport()
	if err != nil {
		t.Fatalf("%v: scripts/setup.sh fetches what specimens are drawn with", err)
	}
	return &journey{
		t:        t,
		pictures: pictures,
		v:        newVisitor(t, url, "maeva"),
		rev:      newVisitor(t, url, "reviewer-1"),
		mobile:   fmt.Sprintf("+336399800%02d", n%100),
	}
}

// acknowledged notes what the server has said, and compares it with what it said before.
func (j *journey) acknowledged(f file) error {
	if f.ID == "" {
		return nil
	}
	if f.Rev < j.rev64 || order[f.State] < j.reached {
		j.t.Errorf("LOST: %s at rev %d in %q, it was at rev %d, step %d", f.ID, f.Rev, f.State, j.rev64, j.reached)
	}
	if j.reached >= 1 && j.rev64 > 1 && f.Declared.Mobile != "" && f.Declared.Mobile != j.mobile {
		j.t.Errorf("LOST: the mobile number is %q, acknowledged was %q", f.Declared.Mobile, j.mobile)
	}
	j.rev64, j.reached = max(j.rev64, f.Rev), max(j.reached, order[f.State])
	return nil
}

// step does the next thing, as the state asks for it. done: the certificate is there.
func (j *journey) step(ctx context.Context) (done bool, err error) {
	if j.id == "" {
		if err := j.v.login(); err != nil {
			return false, err
		}
		var mine struct{ Enrolments []file }
		if err := j.v.call("GET", "/api/enrolments", nil, &mine); err != nil {
			return false, err
		}
		for _, f := range mine.Enrolments {
			if f.State != "issued" { // begun, but its answer was lost
				j.id = f.ID
				return false, nil
			}
		}
		var f file
		if err := j.v.call("POST", "/api/enrolments", map[string]string{"language": "fr"}, &f); err != nil {
			return false, err
		}
		j.id = f.ID
		return false, j.acknowledged(f)
	}
	var f file
	if err := j.v.call("GET", "/api/enrolments/"+j.id, nil, &f); err != nil {
		return false, err
	}
	if err := j.acknowledged(f); err != nil {
		return false, err
	}
	post := func(what string, body any) error {
		var next file
		if err := j.v.call("POST", "/api/enrolments/"+j.id+"/"+what, body, &next); err != nil {
			return err
		}
		return j.acknowledged(next)
	}
	switch f.State {
	case "declared":
		if f.Declared.Mobile != j.mobile {
			return false, post("correct", map[string]string{
				"surname":    "Specimen",
				"givenNames": strings.Join(person.GivenNames, " "),
				"birthDate":  person.Birth.Format(time.DateOnly),
				"mobile":     j.mobile,
				"email":      "maeva.specimen@example.org",
			})
		}
		return false, post("consent", f.agree())
	case "consented", "capturing":
		return false, j.capture(ctx, f.Taken)
	case "verifying", "requested":
		return false, pause(ctx, 100*time.Millisecond)
	case "review":
		return false, j.review()
	case "to-confirm":
		return false, post("confirm", nil)
	case "confirmed":
		return false, post("request", f.agree())
	case "issued":
		return true, nil
	}
	return false, fmt.Errorf("%w: %s", errDeadEnd, f.State)
}

// errDeadEnd is a state that a good passport does not come to.
var errDeadEnd = errors.New("the enrolment ended otherwise")

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (j *journey) review() error {
	if err := j.rev.login(); err != nil {
		return err
	}
	var drawn struct {
		Drawn *struct {
			ID        string
			Checklist []struct{ ID string }
		}
	}
	if err := j.rev.call("POST", "/api/review/draw", nil, &drawn); err != nil {
		return err
	}
	if drawn.Drawn == nil {
		return errors.New("no file to review")
	}
	points := map[string]bool{}
	for _, q := range drawn.Drawn.Checklist {
		points[q.ID] = true
	}
	return j.rev.call("POST", "/api/review/"+j.id+"/decide", map[string]any{"verdict": "accept", "checklist": points}, nil)
}

// capture shows what is missing of the passport and its holder.
func (j *journey) capture(ctx context.Context, taken []string) error {
	ctx, cancel := context.WithTimeout(ctx, slack(20*time.Second))
	defer cancel()
	at, err := http.NewRequest(http.MethodGet, j.v.url, nil)
	if err != nil {
		return err
	}
	cfg := client.Config{
		Server:    j.v.url,
		TLS:       anyCertificate(),
		Language:  "fr",
		Enrolment: j.id,
		Cookies:   j.v.http.Jar.Cookies(at.URL),
	}
	desktop, err := client.OpenDesktop(ctx, cfg)
	if err != nil {
		return err
	}
	defer desktop.Close()
	next := func(from func(context.Context) (client.Event, error), fits func(protocol.Message) bool) (protocol.Message,
		error) {
		for {
			e, err := from(ctx)
			if err != nil {
				return nil, err
			}
			if e.Ended {
				return nil, fmt.Errorf("ended with %d: %w", e.Code, e.Err)
			}
			if fits(e.Message) {
				return e.Message, nil
			}
		}
	}
	if _, err := next(desktop.Next,
		func(m protocol.Message) bool { _, ok := m.(protocol.Pairing); return ok }); err != nil {
		return err
	}
	phone, err := client.NewPhone(cfg, desktop.Pairing().URL)
	if err != nil {
		return err
	}
	defer phone.Close()
	if err := phone.Open(ctx); err != nil {
		return err
	}
	if err := phone.Send(ctx, protocol.Claim{}); err != nil {
		return err
	}
	shown, err := next(desktop.Next,
		func(m protocol.Message) bool { p, ok := m.(protocol.Progress); return ok && p.Code != "" })
	if err != nil {
		return err
	}
	if err := phone.Send(ctx, protocol.ChooseCode{Code: shown.(protocol.Progress).Code}); err != nil {
		return err
	}
	if _, err := next(phone.Next, func(m protocol.Message) bool {
		p, ok := m.(protocol.Progress)
		return ok && p.State == protocol.StatePaired
	}); err != nil {
		return err
	}
	for _, m := range []protocol.Message{protocol.ChooseDocument{Document: "passport"}, protocol.Start{}} {
		if err := phone.Send(ctx, m); err != nil {
			return err
		}
	}
	for i, step := range []string{"document-front", "selfie"} {
		if slices.Contains(taken, strings.TrimPrefix(step, "document-")) {
			continue
		}
		frame := protocol.Frame{
			Kind:       protocol.Still,
			Step:       step,
			Seq:        uint32(i + 1),
			Manual:     true,
			CapturedAt: time.Now(),
			Data:       j.pictures[step],
		}
		if err := phone.SendStill(ctx, frame, 64<<10, nil); err != nil {
			return err
		}
		m, err := next(phone.Next,
			func(m protocol.Message) bool { r, ok := m.(protocol.StillResult); return ok && r.Seq == frame.Seq })
		if err != nil {
			return err
		}
		if r := m.(protocol.StillResult); !r.Accepted {
			return fmt.Errorf("%s: %+v", step, r)
		}
	}
	return nil
}

// finish goes on until the certificate is there.
func (j *journey) finish(within time.Duration) {
	j.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	var last error
	for {
		done, err := j.step(ctx)
		if done {
			return
		}
		if errors.Is(err, errDeadEnd) {
			j.t.Fatal(err)
		}
		if err != nil {
			last = err
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			j.t.Fatalf("not at its end within %s, at step %d of 8: %v", within, j.reached, last)
		}
	}
}

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
func killing() time.Duration {
	d, err := time.ParseDuration(os.Getenv("VISAVIS_CHAOS_FOR"))
	if err != nil {
		return 5 * time.Minute
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
	kills, at := 0, map[int]int{}
	for n := 1; time.Since(began) < killing() && !t.Failed(); n++ {
		j := newJourney(t, "https://"+addr, n)
		moment := rand.N(usual)
		dead := make(chan struct{})
		var once sync.WaitGroup
		once.Go(func() {
			<-time.After(moment)
			s.kill(syscall.SIGKILL)
			close(dead)
			if err := s.launch(); err != nil {
				t.Error(err)
			}
		})
		j.finish(slack(2 * time.Minute))
		once.Wait()
		eventually(t, "the server is ready", 2*time.Minute, s.ready)
		<-dead
		kills++
		at[j.reached]++
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

// mounted is a file system of its own, in memory, of this size.
func mounted(t *testing.T, size int) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED, nothing proved: mounting needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("SKIPPED, nothing proved: mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestEvidenceThatCannotBeWritten fills the file system of the evidence, and makes it
// read-only, while a person captures.
func TestEvidenceThatCannotBeWritten(t *testing.T) {
	for name, fault := range map[string]struct {
		begin, end func(t *testing.T, dir string)
	}{
		"full": {
			func(t *testing.T, dir string) { fill(t, filepath.Join(dir, "junk")) },
			func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, "junk")) },
		},
		"read-only": {
			func(t *testing.T, dir string) { remount(t, dir, syscall.MS_RDONLY) },
			func(t *testing.T, dir string) { remount(t, dir, 0) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := mounted(t, 32<<20)
			unwritable(t, t.TempDir(), dir, fault.begin, fault.end, "--evidence-url="+filepath.Join(dir, "evidence"))
		})
	}
}

// TestDiskFull fills the disk of everything: records, evidence and keys.
func TestDiskFull(t *testing.T) {
	dir := mounted(t, 48<<20)
	unwritable(t, filepath.Join(dir, "data"), dir,
		func(t *testing.T, dir string) { fill(t, filepath.Join(dir, "junk")) },
		func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, "junk")) })
}

// unwritable lets a person reach the capture, takes the disk away for ten seconds and
// gives it back. The person then goes on to the certificate.
func unwritable(t *testing.T, data, dir string, begin, end func(t *testing.T, dir string), args ...string) {
	addr := testkit.FreeAddress(t)
	s := newServer(t, addr, "https://"+addr, data, args...)
	j := newJourney(t, "https://"+addr, 1)
	ctx, cancel := context.WithTimeout(t.Context(), slack(time.Minute))
	defer cancel()
	for j.reached < 2 {
		if _, err := j.step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	begin(t, dir)
	failed := 0
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); {
		_, err := j.step(ctx)
		if err != nil {
			failed++
			_ = pause(ctx, 200*time.Millisecond)
		}
		if j.reached > 3 {
			t.Fatal("the capture was accepted though nothing can be written")
		}
	}
	if failed == 0 {
		t.Error("no step failed: the disk was not taken away")
	}
	end(t, dir)
	j.finish(slack(2 * time.Minute))
	if err := s.ready(); err != nil {
		t.Error(err)
	}
	verified(t, data, args...)
	t.Logf(
		"%d steps were refused while nothing could be written; nothing acknowledged was lost, "+
			"and the person went on to the certificate",
		failed,
	)
}

// fill writes until nothing fits any more.
func fill(t *testing.T, path string) {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for {
			if n, err := f.Write(make([]byte, size)); err != nil || n < size {
				break
			}
		}
	}
}

func remount(t *testing.T, dir string, flags uintptr) {
	eventually(t, "remount", 5*time.Second,
		func() error { return syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, "") })
}
