package record_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/enrolment/store"
	"visavis/enrolment/store/storetest"
	"visavis/protocol"
)

// consented is an enrolment whose capture may begin.
func (b *browser) consented() view {
	b.t.Helper()
	v := b.begin()
	return b.act(v.ID, "consent", yes(v))
}

// captured is an enrolment whose passport was captured.
func (b *browser) captured() view {
	b.t.Helper()
	v := b.consented()
	p := b.pair(v.ID, nil)
	p.choose("passport")
	p.take(passportSteps...)
	return b.see(v.ID)
}

// drawn is the file that a reviewer was given.
type drawn struct {
	Drawn *struct {
		ID       string
		Round    any
		Blind    bool
		Readings []struct {
			Field, Declared, MRZ, Class string
			Differs                     bool
		}
		Checks []struct {
			Name, Words string
			OK          bool
		}
		Items     []struct{ Step, URL string }
		Checklist []struct{ ID, Words string }
		Doubts    []string
		Previous  []struct{ Verdict string }
	}
}

func (b *browser) draw() drawn {
	b.t.Helper()
	var d drawn
	b.want(http.StatusOK, "POST", "/api/review/draw", struct{}{}, &d)
	return d
}

func (b *browser) decide(id string, decision map[string]any) string {
	b.t.Helper()
	var out struct{ Outcome string }
	b.want(http.StatusOK, "POST", "/api/review/"+id+"/decide", decision, &out)
	return out.Outcome
}

func TestAWholeJourney(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		p := newPlace(t, url)
		in := p.start(t, "one")
		maeva, reviewer := in.browser(t, "maeva"), in.browser(t, "reviewer-1")
		v := maeva.begin()
		if again := maeva.begin(); again.ID != v.ID {
			t.Errorf("a second click opened another enrolment")
		}
		maeva.want(http.StatusConflict, "POST", "/api/sessions", map[string]string{"enrolment": v.ID}, nil) // no QR without consent
		v = maeva.act(v.ID, "consent", yes(v))
		maeva.act(v.ID, "consent", yes(maeva.see(v.ID))) // the back button

		capture := maeva.pair(v.ID, nil)
		capture.choose("identity-card")
		capture.take("document-front")
		if v = maeva.see(v.ID); v.State != enrolment.Capturing || !slices.Equal(v.Taken, []string{"front"}) || v.Document != "identity-card" {
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
		if file == nil || file.ID != v.ID || len(file.Items) != 3 || len(file.Checklist) != 4 || len(file.Readings) < 5 || len(file.Checks) < 8 {
			t.Fatalf("the file: %+v", file)
		}
		for _, item := range file.Items {
			if status, header, body := reviewer.do("GET", item.URL, nil); status != http.StatusOK || header.Get("Content-Type") != "image/jpeg" ||
				header.Get("Cache-Control") != "no-store" || len(body) < 500 {
				t.Errorf("%s: %d %v", item.URL, status, header)
			}
		}
		if out := reviewer.decide(v.ID, map[string]any{"verdict": "accept", "checklist": map[string]bool{file.Checklist[0].ID: true}}); out != "to-confirm" {
			t.Errorf("accepted: %s", out)
		}
		reviewer.want(http.StatusConflict, "GET", file.Items[0].URL, nil, nil) // the file has left these hands

		v = maeva.see(v.ID)
		if v.State != enrolment.ToConfirm || *v.Extracted != (enrolment.Extracted{Surname: "Specimen", GivenNames: "Maéva Claire", BirthDate: "1990-07-13"}) || len(v.Pictures) != 3 {
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
		checkEvidence(t, in, v.ID, 6) // pictures, reading, report, decision
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

// checkLog fails when something personal or secret stands in the log.
func checkLog(t *testing.T, in *instance) {
	t.Helper()
	log := strings.ToLower(in.log.String())
	for _, secret := range []string{"specimen", "maéva", "maeva", "24ab12345", "900713", "1990-07-13", "example.org", "39980012", "__host-", "/p#"} {
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

func TestACaptureGoesOnAtTheFirstMissingStep(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	first := maeva.pair(v.ID, nil)
	first.choose("identity-card")
	first.take("document-front")
	first.phone.Close()
	first.desktop.Close()

	again := maeva.pair(v.ID, nil) // another browser: the cookie of the session is not there
	if r := again.shoot("document-front"); r.Accepted {
		t.Error("the front was taken twice")
	}
	again.take("document-back", "selfie") // the document is not asked again
	maeva.await(v.ID, enrolment.Review)
}

func TestASessionOfAnotherSubjectIsNeverReused(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	open := func(b *browser, enrolment string) string {
		var out struct{ Reference string }
		b.want(http.StatusOK, "POST", "/api/sessions", map[string]string{"enrolment": enrolment}, &out)
		return out.Reference
	}
	bare := open(maeva, "")
	own := open(maeva, v.ID)
	if bare == own {
		t.Error("the bare page's session became an enrolment's")
	}
	if again := open(maeva, v.ID); again != own {
		t.Error("a reload opened another session of the same capture")
	}
	elouan := in.browser(t, "elouan")
	elouan.want(http.StatusNotFound, "POST", "/api/sessions", map[string]string{"enrolment": v.ID}, nil)
	in.browser(t, "").want(http.StatusUnauthorized, "POST", "/api/sessions", map[string]string{"enrolment": v.ID}, nil)
	in.browser(t, "reviewer-1").want(http.StatusForbidden, "POST", "/api/sessions", map[string]string{"enrolment": v.ID}, nil)
}

func TestACancelledEnrolmentTakesNoPictures(t *testing.T) {
	in := sqlitePlace(t).start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	p := maeva.pair(v.ID, nil)
	p.choose("passport")
	p.take("document-front")
	maeva.act(v.ID, "cancel", struct{}{})
	must(t, p.phone.Send(p.ctx, protocol.Start{}))
	if ended := p.shootUntilEnd("selfie"); !ended {
		t.Error("the phone goes on capturing for a cancelled enrolment")
	}
	if items, err := in.keeper.Items(t.Context(), v.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("%d items of a cancelled enrolment are kept (%v)", len(items), err)
	}
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
	if v.State != enrolment.Capturing || v.Again == nil || !slices.Equal(v.Missing, []string{"front"}) || v.Attempts.Left != 2 {
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
	checkEvidence(t, again, v.ID, 5)
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
	if status, header, _ := in.browser(t, "").do("GET", "/signature", nil); status != http.StatusFound || header.Get("Location") != "/login?next=%2Fsignature" {
		t.Errorf("without a login: %d %s", status, header.Get("Location"))
	}
	if status, _, body := in.browser(t, "maeva").do("GET", "/review", nil); status != http.StatusForbidden || !strings.Contains(string(body), "réservée aux relecteurs") || !strings.Contains(string(body), `href="/login?next=%2Freview"`) {
		t.Errorf("another role: %d %s", status, body)
	}
	if status, _, _ := in.browser(t, "reviewer-1").do("GET", "/review", nil); status != http.StatusOK {
		t.Errorf("the role: %d", status)
	}
	if status, _, _ := in.browser(t, "maeva").do("GET", "/capture", nil); status != http.StatusOK {
		t.Errorf("the capture's page: %d", status)
	}
}

func TestTheFramesOfATiltAreKept(t *testing.T) {
	p := sqlitePlace(t)
	p.challenge = true
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	capture := maeva.pair(v.ID, nil)
	capture.choose("passport")
	capture.take("document-front")
	for seq := range uint32(4) {
		must(t, capture.phone.SendPreview(capture.ctx, "document-front", seq+1, testJPEG(t, int(pictures.Add(1)))))
		await(capture, capture.phone, func(m protocol.FrameResult) bool { return m.Seq == seq+1 })
	}
	must(t, capture.phone.Send(capture.ctx, protocol.Skip{Challenge: "tilt"}))
	await(capture, capture.phone, func(m protocol.Progress) bool { return m.Steps[0].State == "accepted" })
	var sequences []evidence.StoredItem
	waitFor(t, func() bool {
		items, err := in.keeper.Items(t.Context(), v.ID)
		must(t, err)
		sequences = slices.DeleteFunc(items, func(i evidence.StoredItem) bool { return i.Kind != evidence.Sequence })
		return len(sequences) == 1
	})
	body, _, err := in.keeper.Read(t.Context(), v.ID, sequences[0].ID)
	must(t, err)
	var kept evidence.Frames
	must(t, json.Unmarshal(body, &kept))
	if sequences[0].Step != "front" || len(kept.JPEG) != 4 || len(kept.Millis) != 4 || kept.Millis[0] != 0 {
		t.Errorf("the sequence of %s: %d frames at %v", sequences[0].Step, len(kept.JPEG), kept.Millis)
	}
}

func TestTheFramesOfATiltAreReadWhereTheStillIsNotClear(t *testing.T) {
	for _, c := range []struct {
		blurred int // readings, the still's first
		ok      bool
		asked   int
	}{
		{0, true, 1},  // the still says it all
		{1, true, 6},  // five of the eight frames outvote it
		{9, false, 6}, // nothing helps
	} {
		in := sqlitePlace(t).start(t, "one")
		in.reader.blurred = c.blurred
		maeva := in.browser(t, "maeva")
		v := maeva.consented()
		capture := maeva.pair(v.ID, nil)
		capture.choose("passport")
		capture.take("document-front")
		tilt := evidence.Frames{JPEG: slices.Repeat([][]byte{testJPEG(t, 1)}, 8), Millis: make([]int64, 8)}
		must(t, in.service.KeepSequence(t.Context(), v.ID, "front", tilt))
		capture.take("selfie")
		maeva.await(v.ID, enrolment.Review)
		report, err := in.service.Report(t.Context(), v.ID)
		must(t, err)
		zone := report.Checks[slices.IndexFunc(report.Checks, func(k journey.Check) bool { return k.Name == "zone" })]
		if asked := in.reader.times(); zone.OK != c.ok || asked != c.asked {
			t.Errorf("%d blurred: the zone is %v after %d readings, want %v after %d", c.blurred, zone.Value, asked, c.ok, c.asked)
		}
		if noted := slices.Contains(report.Notes, "front: frames"); noted != (c.ok && c.asked > 1) {
			t.Errorf("%d blurred: notes %q", c.blurred, report.Notes)
		}
	}
}

// jpeg fails unless a picture is there.
func (b *browser) jpeg(path string) {
	b.t.Helper()
	if status, header, body := b.do("GET", path, nil); status != http.StatusOK || header.Get("Content-Type") != "image/jpeg" || len(body) < 500 {
		b.t.Errorf("%s: %d, %d bytes", path, status, len(body))
	}
}
