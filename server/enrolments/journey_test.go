package enrolments_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/store/storetest"
)

func TestAWholeJourney(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		p := newPlace(t, url)
		in := p.start(t, "one")
		maeva, reviewer := in.browser(t, "maeva"), in.browser(t, "reviewer-1")
		v := maeva.begin()
		if again := maeva.begin(); again.ID != v.ID {
			t.Errorf("a second click opened another enrolment")
		}
		// no QR without consent
		maeva.want(http.StatusConflict, "POST", "/api/sessions", map[string]string{"enrolment": v.ID}, nil)
		v = maeva.act(v.ID, "consent", yes(v))
		maeva.act(v.ID, "consent", yes(maeva.see(v.ID))) // the back button

		capture := maeva.pair(v.ID, nil)
		capture.choose("identity-card")
		capture.take("document-front")
		if v = maeva.see(v.ID); v.State != enrolment.Capturing || !slices.Equal(v.Taken, []string{"front"}) ||
			v.Document != "identity-card" {
			t.Fatalf("after the front: %+v", v)
		}
		capture.desktop.Close() // the phone can finish without the desktop
		in.reader.lines = valid().lines(t)
		capture.take("document-back", "selfie")

		v = maeva.await(v.ID, enrolment.Review)
		if v.Wait == nil || v.Wait.Queue != 0 || v.Wait.To <= v.Wait.From || v.Extracted != nil || len(v.Pictures) != 0 {
			t.Errorf("while a reviewer looks: %+v", v)
		}
		file := reviewer.draw().Drawn
		if file == nil || file.ID != v.ID || len(file.Items) != 3 || len(file.Checklist) != 4 || len(file.Readings) < 5 ||
			len(file.Checks) < 8 {
			t.Fatalf("the file: %+v", file)
		}
		for _, item := range file.Items {
			if status, header, body := reviewer.do("GET", item.URL, nil); status != http.StatusOK ||
				header.Get("Content-Type") != "image/jpeg" ||
				header.Get("Cache-Control") != "no-store" || len(body) < 500 {
				t.Errorf("%s: %d %v", item.URL, status, header)
			}
		}
		if out := reviewer.decide(v.ID, map[string]any{"verdict": "accept"}); out != "to-confirm" {
			t.Errorf("accepted: %s", out)
		}
		reviewer.want(http.StatusConflict, "GET", file.Items[0].URL, nil, nil) // the file has left these hands

		v = maeva.see(v.ID)
		if v.State != enrolment.ToConfirm ||
			*v.Extracted != (enrolment.Extracted{Surname: "Specimen", GivenNames: "Maéva Claire", BirthDate: "1990-07-13"}) ||
			len(v.Pictures) != 3 {
			t.Fatalf("to confirm: %+v, %+v", v, v.Extracted)
		}
		if status, _, body := maeva.do("GET", v.Pictures[0].URL, nil); status != http.StatusOK || len(body) < 500 {
			t.Errorf("picture: %d, %d bytes", status, len(body))
		}
		in.browser(t, "elouan").want(http.StatusNotFound, "GET", v.Pictures[0].URL, nil, nil)
		v = maeva.act(v.ID, "confirm", struct{}{})
		maeva.act(v.ID, "confirm", struct{}{})
		answers := yes(v)
		v = maeva.act(v.ID, "request", answers)
		maeva.act(v.ID, "request", answers)
		v = maeva.await(v.ID, enrolment.Issued)
		if n := countTransitions(t, in, v.ID, enrolment.ActionIssue); n != 1 {
			t.Errorf("issued %d times", n)
		}
		waitLetters(t, p.letters, "capture-link", "received", "accepted", "terms", "issued")
		checkEvidence(t, in, v.ID, 5) // pictures, reading, report
		checkLog(t, in)
	})
}

func checkEvidence(t *testing.T, in *instance, id string, items int) {
	t.Helper()
	found, err := in.keeper.Verify(t.Context(), id)
	must(t, err)
	if !found.OK() || found.Items != items {
		t.Errorf("evidence: %+v", found)
	}
}

// byChance are ids, sums and fractions of a second, which hold any six digits once in a while.
var byChance = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}|\.[0-9]+`)

// checkLog fails when something personal or secret stands in the log.
func checkLog(t *testing.T, in *instance) {
	t.Helper()
	log := byChance.ReplaceAllString(strings.ToLower(in.log.String()), "…")
	for _, secret := range []string{"specimen", "maéva", "maeva", "24ab12345", "900713", "1990-07-13", "example.org",
		"39980012", "__host-", "/p#"} {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("%q stands in the log: …%s…", secret, log[max(0, i-200):min(len(log), i+80)])
		}
	}
}

func waitLetters(t *testing.T, l *letters, want ...string) {
	t.Helper()
	waitFor(t, func() bool {
		for _, w := range want {
			if !slices.Contains(l.list(), w) {
				return false
			}
		}
		return true
	})
}

func TestOneStepAskedAgain(t *testing.T) {
	p := sqlitePlace(t)
	in := p.start(t, "one")
	maeva, reviewer := in.browser(t, "maeva"), in.browser(t, "reviewer-1")
	v := maeva.captured()
	maeva.await(v.ID, enrolment.Review)
	reviewer.draw()
	reviewer.decide(v.ID, map[string]any{"verdict": "ask-again", "again": map[string]any{
		"step": "front", "words": "Un reflet cache la date.", "area": map[string]float64{"x": .5, "y": .5, "width": .2, "height": .1},
	}})
	v = maeva.see(v.ID)
	if v.State != enrolment.Capturing || v.Again == nil || !slices.Equal(v.Missing, []string{"front"}) ||
		v.Attempts.Left != 2 {
		t.Fatalf("asked again: %+v", v)
	}
	if len(v.Pictures) != 1 {
		t.Fatalf("the picture to take again: %+v", v.Pictures)
	}
	maeva.jpeg(v.Pictures[0].URL)
	waitLetters(t, p.letters, "again")
	again := maeva.pair(v.ID, nil)
	again.take("document-front")
	if v = maeva.await(v.ID, enrolment.Review); v.Attempts.Left != 2 {
		t.Errorf("asking again cost an attempt: %+v", v.Attempts)
	}
	if file := reviewer.draw().Drawn; file == nil || len(file.Previous) != 1 || len(file.Items) != 2 {
		t.Errorf("the file came back as %+v", file)
	}
}

func TestTwoInstancesWorkAsOneAndOneMayDie(t *testing.T) {
	p := newPlace(t, postgres.Database(t))
	p.sessions = redisStore(t)
	p.bucket = storetest.NewBucket(t).URL
	a, b := p.start(t, "a"), p.start(t, "b")
	maeva := a.browser(t, "maeva")
	v := maeva.consented()
	socket, events := maeva.follow(v.ID, false), maeva.follow(v.ID, true)
	first := maeva.pair(v.ID, b)
	first.choose("passport")
	first.take("document-front")
	b.stop() // in the middle of the capture
	maeva.pair(v.ID, nil).take("selfie")
	socket.until(enrolment.Review)
	events.until(enrolment.Review)
	again := p.start(t, "b")
	reviewer := again.browser(t, "reviewer-2")
	if file := reviewer.draw().Drawn; file == nil || len(file.Items) != 2 {
		t.Fatalf("drawn on the other instance: %+v", file)
	}
	reviewer.decide(v.ID, map[string]any{"verdict": "refuse", "reason": "unreadable", "words": "La photo est floue."})
	events.until(enrolment.Refused)
	socket.until(enrolment.Refused)
	if v = maeva.at(again).see(v.ID); v.Refusal == nil || v.Refusal.Automatic || !v.Refusal.Contestable {
		t.Errorf("refused: %+v", v.Refusal)
	}
	checkEvidence(t, again, v.ID, 4) // pictures, reading, report
}

func TestAServerKilledWhileItVerifiesFinishesOnce(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		p := newPlace(t, url)
		first := p.start(t, "one")
		first.reader.mu.Lock()
		first.reader.hold = make(chan struct{}) // never closed: the server dies in the middle
		first.reader.mu.Unlock()
		maeva := first.browser(t, "maeva")
		v := maeva.captured()
		waitFor(t, func() bool {
			first.reader.mu.Lock()
			defer first.reader.mu.Unlock()
			return first.reader.asked > 0
		})
		first.stop()

		second := p.start(t, "one")
		maeva = maeva.at(second)
		maeva.await(v.ID, enrolment.Review)
		if n := countTransitions(t, second, v.ID, enrolment.ActionVerify); n != 1 {
			t.Errorf("verified %d times, want once", n)
		}
		checkEvidence(t, second, v.ID, 4)
	})
}

func TestPagesNeedALoginAndARole(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	if status, header, _ := in.browser(t, "").do("GET", "/signature", nil); status != http.StatusFound ||
		header.Get("Location") != "/login?next=%2Fsignature" {
		t.Errorf("without a login: %d %s", status, header.Get("Location"))
	}
	if status, _, body := in.browser(t, "maeva").do("GET", "/review", nil); status != http.StatusForbidden ||
		!strings.Contains(string(body), "réservée aux relecteurs") ||
		!strings.Contains(string(body), `href="/login?next=%2Freview"`) {
		t.Errorf("another role: %d %s", status, body)
	}
	if status, _, _ := in.browser(t, "reviewer-1").do("GET", "/review", nil); status != http.StatusOK {
		t.Errorf("the role: %d", status)
	}
	if status, _, _ := in.browser(t, "maeva").do("GET", "/capture", nil); status != http.StatusOK {
		t.Errorf("the capture's page: %d", status)
	}
}
