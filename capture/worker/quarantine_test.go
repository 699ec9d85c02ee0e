package worker

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"visavis/capture"
	"visavis/capture/jpegtest"
)

func TestAPictureThatCostTwoWorkersIsRefused(t *testing.T) {
	p := newPool(t, 1, nil)
	for range deathsAllowed {
		if _, err := p.Analyze(t.Context(), picture(t, seqCrash)); !errors.Is(err, capture.ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
	}
	_, err := p.Analyze(t.Context(), picture(t, seqCrash))
	var refused *capture.FrameError
	if !errors.As(err, &refused) || refused.Code != "bad-image" {
		t.Errorf("a third time: %v, want bad-image", err)
	}
	if s := p.Stats(); s.Restarts > deathsAllowed {
		t.Errorf("%+v, want no third worker lost", s)
	}
}

// A killer is known again whatever is changed around what makes it one; a picture of another thing is not.
func TestAKillerIsKnownByItsShape(t *testing.T) {
	plain := picture(t, seqCrash).JPEG
	progressive := jpegtest.Picture{Width: 320, Height: 240, Progressive: true}
	comment := jpegtest.Segment(jpegtest.COM, []byte("not the same bytes"))
	with := func(b []byte) []byte { return slices.Concat(b[:2], comment, b[2:]) }
	smaller := progressive
	smaller.Width, smaller.Restart = 240, 5
	fewer := progressive
	fewer.Scans = []jpegtest.Scan{{Components: []int{0, 1, 2}}, {Components: []int{0}, From: 1, To: 63},
		{Components: []int{1}, From: 1, To: 63},
		{Components: []int{2}, From: 1, To: 63}}
	for _, c := range []struct {
		name         string
		killer, next []byte
		refused      bool
	}{
		{"the same bytes", plain, plain, true},
		{"another comment", plain, with(plain), true},
		{"bytes behind the end", plain, append(slices.Clone(plain), "more"...), true},
		{"a few grey levels more", plain, brighter(t, 2), true},
		{"another thing before the same camera", plain, another(t, seqCrash, 7).JPEG, false},
		{"much lighter", plain, brighter(t, 40), false},
		{"an unusual structure, another size and interval", progressive.Bytes(), smaller.Bytes(), true},
		{"another unusual structure", progressive.Bytes(), fewer.Bytes(), false},
		{"an ordinary one after an unusual", progressive.Bytes(), plain, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var q quarantine
			for range deathsAllowed {
				q.note(c.killer)
			}
			if err := q.check(c.next); (err != nil) != c.refused {
				t.Errorf("got %v, want refused %v", err, c.refused)
			}
		})
	}
}

// brighter is the picture of a crash, by some grey levels.
func brighter(t *testing.T, levels int) []byte {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture(t, seqCrash).JPEG))
	if err != nil {
		t.Fatal(err)
	}
	grey := img.(*image.Gray)
	for i, v := range grey.Pix {
		grey.Pix[i] = uint8(min(255, int(v)+levels))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, grey, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestQuarantineForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q quarantine
		bad, good := picture(t, seqCrash).JPEG, picture(t, seqGood).JPEG
		q.note(bad)
		if err := q.check(bad); err != nil {
			t.Errorf("after one death: %v", err)
		}
		q.note(bad)
		if q.check(bad) == nil || q.check(good) != nil {
			t.Error("after two deaths: the bad one passes or a good one does not")
		}
		time.Sleep(quarantineTime + time.Second)
		if err := q.check(bad); err != nil {
			t.Errorf("after its time: %v", err)
		}
		q.note(bad)
		q.note(bad)
		for i := range quarantineCount {
			q.note(jpegtest.Picture{Width: 320 + 8*i, Height: 240, Flat: true}.Bytes())
		}
		if err := q.check(bad); err != nil {
			t.Errorf("after %d others: %v", quarantineCount, err)
		}
	})
}
