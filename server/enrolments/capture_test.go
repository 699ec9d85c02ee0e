package enrolments_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"visavis/capture"
	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/journey"
	"visavis/protocol"
)

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
	if own != v.Reference {
		t.Errorf("the session is called %s, its request %s", own, v.Reference)
	}
	if again := open(maeva, v.ID); again != own {
		t.Error("a reload opened another session of the same capture")
	}
	elouan := in.browser(t, "elouan")
	elouan.want(http.StatusNotFound, "POST", "/api/sessions", map[string]string{"enrolment": v.ID}, nil)
	in.browser(t, "").want(http.StatusUnauthorized, "POST", "/api/sessions", map[string]string{"enrolment": v.ID}, nil)
	body := map[string]string{"enrolment": v.ID}
	in.browser(t, "reviewer-1").want(http.StatusForbidden, "POST", "/api/sessions", body, nil)
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
	if !strings.Contains(p.end, protocol.ReasonEnrolmentOver) {
		t.Errorf("the phone hears %q, want %q", p.end, protocol.ReasonEnrolmentOver)
	}
	for { // and the desktop
		ev, err := p.desktop.Next(p.ctx)
		if m, ok := ev.Message.(protocol.Progress); ok && m.State == protocol.StateEnded {
			if m.Reason != protocol.ReasonEnrolmentOver {
				t.Errorf("the desktop hears %q, want %q", m.Reason, protocol.ReasonEnrolmentOver)
			}
			break
		}
		if err != nil || ev.Ended {
			t.Fatalf("the desktop hears nothing: %v, %v", ev.Err, err)
		}
	}
	// The front of the session before is kept for a day.
	if items, err := in.keeper.Items(t.Context(), v.ID); err != nil || len(items) != 1 {
		t.Errorf("%d items of a cancelled enrolment are kept (%v), want the one of before", len(items), err)
	}
}

// Attempts are counted, and so bound what the phone of one person costs the workers.
func TestPicturesThatStopTheAnalysisEndTheAttempt(t *testing.T) {
	p := sqlitePlace(t)
	p.analyze = func(context.Context, capture.Frame) (capture.Measurements, error) {
		return capture.Measurements{}, fmt.Errorf("%w: two workers lost", capture.ErrOffender)
	}
	in := p.start(t, "one")
	maeva := in.browser(t, "maeva")
	v := maeva.consented()
	c := maeva.pair(v.ID, nil)
	c.choose("passport")
	must(t, c.phone.Send(c.ctx, protocol.Start{}))
	if !c.shootUntilEnd("document-front") {
		t.Fatal("the phone goes on")
	}
	v = maeva.await(v.ID, enrolment.Consented)
	if v.Failure == nil || v.Failure.Reason != protocol.ReasonUnsafePictures || v.Attempts.Left != 2 {
		t.Errorf("failure %+v, %d attempts left, want unsafe-pictures and two", v.Failure, v.Attempts.Left)
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
		must(t, in.service.KeepSequence(t.Context(), subjectOf(t, in, v.ID), "front", tilt))
		capture.take("selfie")
		maeva.await(v.ID, enrolment.Review)
		report, err := in.service.Report(t.Context(), v.ID)
		must(t, err)
		zone := report.Checks[slices.IndexFunc(report.Checks, func(k journey.Check) bool { return k.Name == "zone" })]
		if asked := in.reader.times(); zone.OK != c.ok || asked != c.asked {
			t.Errorf("%d blurred: the zone is %v after %d readings, want %v after %d",
				c.blurred, zone.Value, asked, c.ok, c.asked)
		}
		if noted := slices.Contains(report.Notes, "front: frames"); noted != (c.ok && c.asked > 1) {
			t.Errorf("%d blurred: notes %q", c.blurred, report.Notes)
		}
	}
}
