//go:build chaos

package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/client"
	"visavis/protocol"
	"visavis/specimen"
)

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
	v        *visitor
	reviewer *visitor
	id       string
	mobile   string
	reached  int             // the furthest step that the server has acknowledged
	rev      int64           // the newest rev that it told
	kept     map[string]bool // sides whose still the server has accepted
	logins   int             // that a session's end asked for
	act      func(name string)
}

// at says what the person does next: one of acts.
func (j *journey) at(name string) {
	if j.act != nil {
		j.act(name)
	}
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
		reviewer: newVisitor(t, url, "reviewer-1"),
		mobile:   fmt.Sprintf("+336399800%02d", n%100),
		kept:     map[string]bool{},
	}
}

// acknowledged notes what the server has said, and compares it with what it said before.
func (j *journey) acknowledged(f file) {
	if f.ID == "" {
		return
	}
	if f.Rev < j.rev || order[f.State] < j.reached {
		j.t.Errorf("LOST: %s at rev %d in %q, it was at rev %d, step %d", f.ID, f.Rev, f.State, j.rev, j.reached)
	}
	if j.reached >= 1 && j.rev > 1 && f.Declared.Mobile != "" && f.Declared.Mobile != j.mobile {
		j.t.Errorf("LOST: the mobile number is %q, acknowledged was %q", f.Declared.Mobile, j.mobile)
	}
	if f.State == "consented" { // another attempt takes new pictures
		clear(j.kept)
	}
	for side := range j.kept {
		if f.State == "capturing" && !slices.Contains(f.Taken, side) {
			j.t.Errorf("LOST: the accepted picture of %s, kept are %q", side, f.Taken)
		}
	}
	j.rev, j.reached = max(j.rev, f.Rev), max(j.reached, order[f.State])
}

// step does the next thing, as the state asks for it. done: the certificate is there.
func (j *journey) step(ctx context.Context) (done bool, err error) {
	if j.id == "" {
		j.at("login")
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
		j.at("open")
		var f file
		if err := j.v.call("POST", "/api/enrolments", map[string]string{"language": "fr"}, &f); err != nil {
			return false, err
		}
		j.id = f.ID
		j.acknowledged(f)
		return false, nil
	}
	var f file
	err = j.v.call("GET", "/api/enrolments/"+j.id, nil, &f)
	if answer, ok := errors.AsType[*statusError](err); ok && answer.code == http.StatusUnauthorized {
		j.logins++
		return false, j.v.login() // an hour without a request has passed, by the server's clock
	}
	if err != nil {
		return false, err
	}
	j.acknowledged(f)
	post := func(what string, body any) error {
		j.at(what)
		var next file
		if err := j.v.call("POST", "/api/enrolments/"+j.id+"/"+what, body, &next); err != nil {
			return err
		}
		j.acknowledged(next)
		return nil
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
		j.at(f.State)
		return false, pause(ctx, 50*time.Millisecond)
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
	j.at("draw")
	if err := j.reviewer.login(); err != nil {
		return err
	}
	var drawn struct {
		Drawn *struct {
			ID        string
			Checklist []struct{ ID string }
		}
	}
	if err := j.reviewer.call("POST", "/api/review/draw", nil, &drawn); err != nil {
		return err
	}
	if drawn.Drawn == nil {
		return errors.New("no file to review")
	}
	points := map[string]bool{}
	for _, q := range drawn.Drawn.Checklist {
		points[q.ID] = true
	}
	j.at("decide")
	return j.reviewer.call("POST", "/api/review/"+j.id+"/decide",
		map[string]any{"verdict": "accept", "checklist": points}, nil)
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
	j.at("desktop")
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
	j.at("claim")
	if err := phone.Send(ctx, protocol.Claim{}); err != nil {
		return err
	}
	shown, err := next(desktop.Next,
		func(m protocol.Message) bool { p, ok := m.(protocol.Progress); return ok && p.Code != "" })
	if err != nil {
		return err
	}
	j.at("code")
	if err := phone.Send(ctx, protocol.ChooseCode{Code: shown.(protocol.Progress).Code}); err != nil {
		return err
	}
	if _, err := next(phone.Next, func(m protocol.Message) bool {
		p, ok := m.(protocol.Progress)
		return ok && p.State == protocol.StatePaired
	}); err != nil {
		return err
	}
	j.at("start")
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
		j.at(step)
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
		j.kept[strings.TrimPrefix(step, "document-")] = true
	}
	return nil
}

// finish goes on until the certificate is there.
func (j *journey) finish(within time.Duration) {
	j.t.Helper()
	if err := j.through(within); err != nil {
		j.t.Fatal(err)
	}
}

// through is finish for another goroutine than the test's.
func (j *journey) through(within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	var last error
	for {
		done, err := j.step(ctx)
		switch {
		case done || errors.Is(err, errDeadEnd):
			return err
		case err != nil:
			last = err
		case ctx.Err() == nil:
			continue // the states that wait have paused
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			return errors.Join(fmt.Errorf("not at its end within %s, at step %d of 8", within, j.reached), last)
		}
	}
}
