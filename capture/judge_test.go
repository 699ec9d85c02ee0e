package capture

import (
	"fmt"
	"math"
	"testing"
	"time"

	"visavis/document"
)

type judgeCase struct {
	name   string
	m      Measurements
	want   Hint
	toward Direction
}

func runJudge(t *testing.T, f FrameInfo, cases []judgeCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := Judge(f, c.m, nil, DefaultLimits())
			if v.Hint != c.want || v.Toward != c.toward || v.Good != (c.want == HintNone) {
				t.Errorf("hint %q toward %q good %v, want %q %q; checks %+v", v.Hint, v.Toward, v.Good, c.want, c.toward, v.Checks)
			}
			if (v.Progress == 1) != v.Good || v.Progress < 0 {
				t.Errorf("progress %v of a verdict that is good: %v", v.Progress, v.Good)
			}
		})
	}
}

func TestJudgeCardFront(t *testing.T) {
	runJudge(t, FrameInfo{Step: DocumentFront, Kind: Preview, Document: IdentityCard}, []judgeCase{
		{"a good card passes", goodDocument(), HintNone, ""},
		{"an empty frame has no document", measured(func(d *DocumentMeasurements) { d.Found = false }), HintNoDocument, ""},
		{"measurements of a face are no document", goodFace(), HintNoDocument, ""},
		{"a doubtful outline is no document", measured(func(d *DocumentMeasurements) { d.Confidence = 0.01 }), HintNoDocument, ""},
		{"a sheet of paper is the wrong document", measured(func(d *DocumentMeasurements) { d.Shape = ShapePaper }), HintWrongDocument, ""},
		{"a banknote is the wrong document", measured(func(d *DocumentMeasurements) { d.Shape = ShapeBanknote }), HintWrongDocument, ""},
		{"an open passport is no card", measured(func(d *DocumentMeasurements) { d.Shape = ShapeSpread }), HintWrongDocument, ""},
		{"proportions of a cut-off outline say nothing", measured(func(d *DocumentMeasurements) { d.Shape, d.Margin = ShapePaper, -0.1 }), HintCutOff, ""},
		{"three lines are the back", goodBack(), HintOtherSide, ""},
		{"three lines beside a ghost portrait are the back", measured(func(d *DocumentMeasurements) { d.MRZLines, d.MRZConfidence = 3, 0.9 }), HintOtherSide, ""},
		{"the other side counts before blur", measured(func(d *DocumentMeasurements) {
			d.Portrait, d.MRZLines, d.MRZConfidence, d.Sharpness = 0, 3, 0.9, 0
		}), HintOtherSide, ""},
		{"a card with neither portrait nor lines is the wrong one", measured(func(d *DocumentMeasurements) { d.Portrait = 0 }), HintWrongDocument, ""},
		{"a blurred card whose portrait is not seen is blurred first", measured(func(d *DocumentMeasurements) { d.Portrait, d.Sharpness = 0, 0 }), HintBlurred, ""},
		{"the old card has portrait and two lines", measured(func(d *DocumentMeasurements) {
			d.Shape, d.MRZLines, d.MRZConfidence = ShapeTD2, 2, 0.9
		}), HintNone, ""},
		{"the old card with its portrait hidden is covered", measured(func(d *DocumentMeasurements) {
			d.Shape, d.MRZLines, d.MRZConfidence, d.Portrait = ShapeTD2, 2, 0.9, 0.1
		}), HintCovered, ""},
		{"the old card's back is the other side", measured(func(d *DocumentMeasurements) { d.Shape, d.Portrait = ShapeTD2, 0 }), HintOtherSide, ""},
		{"past one edge without room is cut off", placed(80, 100, 650, 420), HintCutOff, ""},
		{"an outline without room that the frame's edge closes is cut off", placed(80, 100, 639, 420), HintCutOff, ""},
		{"past two opposite edges is cut off", placed(-5, 200, 645, 400), HintCutOff, ""},
		{"past two edges and without room between the farther ones is cut off", placed(300, -200, 650, 300), HintCutOff, ""},
		{"past the right edge moves left", placed(250, 100, 700, 380), HintMove, Left},
		{"past the left edge moves right", placed(-30, 100, 420, 380), HintMove, Right},
		{"past the lower edge moves up", placed(100, 250, 540, 530), HintMove, Up},
		{"past the upper edge moves down", placed(100, -60, 540, 220), HintMove, Down},
		{"past two edges moves away from the farther one", placed(250, 220, 700, 500), HintMove, Left},
		{"near the right edge moves left", placed(180, 100, 638, 380), HintMove, Left},
		{"near the lower edge moves up", placed(100, 198, 540, 478), HintMove, Up},
		{"cut off counts before the angle", measured(func(d *DocumentMeasurements) { d.Margin, d.Tilt = -0.1, 70 }), HintCutOff, ""},
		{"the angle counts before the distance", measured(func(d *DocumentMeasurements) { d.Fill, d.Tilt = 0.1, 70 }), HintHoldFlat, ""},
		{"the distance counts before the light", measured(func(d *DocumentMeasurements) { d.Fill, d.Brightness = 0.1, 1 }), HintMoveCloser, ""},
		{"too near", measured(func(d *DocumentMeasurements) { d.Fill = 1.2 }), HintMoveBack, ""},
		{"the light counts before glare", measured(func(d *DocumentMeasurements) { d.Over, d.Glare = 1, 1 }), HintTooBright, ""},
		{"nothing found on a table", measured(func(d *DocumentMeasurements) { d.Found, d.FrameBrightness = false, 230 }), HintNoDocument, ""},
		{"nothing found in a frame that is burnt out", measured(func(d *DocumentMeasurements) { d.Found, d.FrameBrightness = false, 246 }), HintTooBright, ""},
		{"nothing found in the dark", measured(func(d *DocumentMeasurements) { d.Found, d.FrameBrightness = false, 10 }), HintTooDark, ""},
		{"a dark page among lighter things", measured(func(d *DocumentMeasurements) { d.Brightness, d.FrameBrightness = 72, 95 }), HintNone, ""},
		{"white paper as dark, in little light", measured(func(d *DocumentMeasurements) { d.Brightness, d.FrameBrightness = 72, 35 }), HintTooDark, ""},
		{"the light counts before the kind, in the dark", measured(func(d *DocumentMeasurements) { d.NotAccepted, d.Brightness, d.FrameBrightness = "visa", 50, 20 }), HintTooDark, ""},
		{"the light counts before the side, in the dark", measured(func(d *DocumentMeasurements) {
			d.Shape, d.Portrait, d.Brightness, d.FrameBrightness = ShapeTD2, 0, 50, 20
		}), HintTooDark, ""},
		{"a page against the light", measured(func(d *DocumentMeasurements) { d.Brightness, d.FrameBrightness = 45, 200 }), HintTooDark, ""},
		{"white paper on a black table", measured(func(d *DocumentMeasurements) { d.Brightness, d.FrameBrightness = 220, 45 }), HintNone, ""},
		{"fog", measured(func(d *DocumentMeasurements) { d.Contrast, d.Brightness = 10, 100 }), HintTooBright, ""},
		{"little print in little light", measured(func(d *DocumentMeasurements) { d.Contrast, d.Brightness = 20, 80 }), HintNone, ""},
		{"burnt out beside the glare", measured(func(d *DocumentMeasurements) { d.Glare, d.Over = 0.16, 0.46 }), HintTooBright, ""},
		{"burnt out where the glare is", measured(func(d *DocumentMeasurements) { d.Glare, d.Over = 0.16, 0.2 }), HintGlare, ""},
		{"glare counts before fingers", measured(func(d *DocumentMeasurements) { d.Glare, d.Covered = 1, 1 }), HintGlare, ""},
		{"fingers count before blur", measured(func(d *DocumentMeasurements) { d.Covered, d.Sharpness = 1, 0 }), HintCovered, ""},
		{"a screen", measured(func(d *DocumentMeasurements) { d.Moire = 1 }), HintScreen, ""},
		{"blur counts before colour", measured(func(d *DocumentMeasurements) { d.Sharpness, d.Saturation = 0, 0 }), HintBlurred, ""},
		{"a grey copy", measured(func(d *DocumentMeasurements) { d.Saturation = 0 }), HintCopy, ""},
		{"small letters of a small card move closer", measured(func(d *DocumentMeasurements) { d.LetterHeight = 1 }), HintMoveCloser, ""},
		{"small letters of a card that fills the frame are not readable", measured(func(d *DocumentMeasurements) { d.LetterHeight, d.Fill = 1, 0.9 }), HintNotReadable, ""},
		{"letters that were not measured are not judged", measured(func(d *DocumentMeasurements) { d.LetterHeight = 0 }), HintNone, ""},
		{"a visa is the wrong document", measured(func(d *DocumentMeasurements) { d.NotAccepted = "visa" }), HintWrongDocument, ""},
		{"a value that is no number refuses", measured(func(d *DocumentMeasurements) { d.Sharpness = math.NaN() }), HintBlurred, ""},
	})
}

// placed is a card with its box here in a frame of 640 × 480.
func placed(x0, y0, x1, y1 float64) Measurements {
	return measured(func(d *DocumentMeasurements) {
		d.Corners = [4]Point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
		d.Margin = min(x0, y0, 640-x1, 480-y1) / 480
		d.OffsetX, d.OffsetY = (x0+x1)/1280-0.5, (y0+y1)/960-0.5
	})
}

// A side without colours is a copy where its kind prints colours. The back of a card of a
// state that the table of documents does not name may be printed in black alone.
func TestJudgeColour(t *testing.T) {
	grey := func(m Measurements, change func(*DocumentMeasurements)) Measurements {
		m.Document.Saturation = 0
		change(m.Document)
		return m
	}
	none := func(*DocumentMeasurements) {}
	read := func(id document.ID) func(*DocumentMeasurements) {
		return func(d *DocumentMeasurements) { d.MRZ, d.Series = MRZRead, id }
	}
	for _, c := range []struct {
		name string
		f    FrameInfo
		m    Measurements
		want Hint
	}{
		{"a front", FrameInfo{DocumentFront, Still, IdentityCard, ""}, grey(goodDocument(), none), HintCopy},
		{"a card's back", FrameInfo{DocumentBack, Preview, IdentityCard, ""}, grey(goodBack(), none), HintNone},
		{"a card's back of which two lines are seen", FrameInfo{DocumentBack, Preview, IdentityCard, ""},
			grey(goodBack(), func(d *DocumentMeasurements) { d.MRZLines, d.Shape = 2, ShapePage }), HintNone},
		{"the back of any state's card", FrameInfo{DocumentBack, Still, IdentityCard, ""},
			grey(goodBack(), read(document.AnyCard)), HintNone},
		{"the back of a French card", FrameInfo{DocumentBack, Still, IdentityCard, ""},
			grey(goodBack(), read(document.FrenchCard)), HintCopy},
		{"a permit's back", FrameInfo{DocumentBack, Still, ResidencePermit, ""}, grey(goodBack(), none), HintCopy},
		{"an old card's back", FrameInfo{DocumentBack, Still, IdentityCard, LayoutOldCard},
			grey(goodDocument(), func(d *DocumentMeasurements) { d.Shape, d.Portrait = ShapeTD2, 0 }), HintCopy},
	} {
		v := Judge(c.f, c.m, nil, DefaultLimits())
		if v.Hint != c.want || v.Good != (c.want == HintNone) {
			t.Errorf("%s: hint %q good %v, want %q; checks %+v", c.name, v.Hint, v.Good, c.want, v.Checks)
		}
	}
}

func TestJudgeZonesOfStills(t *testing.T) {
	zone := func(status MRZStatus, change func(*DocumentMeasurements)) Measurements {
		m := goodBack()
		m.Document.MRZ = status
		change(m.Document)
		return m
	}
	as := func(change func(*DocumentMeasurements)) Measurements { return zone(MRZRead, change) }
	runJudge(t, FrameInfo{Step: DocumentBack, Kind: Still, Document: IdentityCard}, []judgeCase{
		{"read, whatever the letters' height", as(func(d *DocumentMeasurements) { d.LetterHeight = 2 }), HintNone, ""},
		{"large and sharp and not read is the document's own fault", zone(MRZUnread, func(*DocumentMeasurements) {}), HintNone, ""},
		{"small and not read moves closer", zone(MRZUnread, func(d *DocumentMeasurements) { d.LetterHeight = 11 }), HintMoveCloser, ""},
		{"small and not read in a full frame", zone(MRZUnread, func(d *DocumentMeasurements) { d.LetterHeight, d.Fill = 11, 0.9 }), HintNotReadable, ""},
		{"a little blurred and not read", zone(MRZUnread, func(d *DocumentMeasurements) { d.Sharpness, d.LetterHeight = 0.29, 14 }), HintNotReadable, ""},
		{"a little blurred and not read, in large letters", zone(MRZUnread, func(d *DocumentMeasurements) { d.Sharpness, d.LetterHeight = 0.29, 24 }), HintNone, ""},
		{"a little blurred and not read, with clear letters", zone(MRZUnread, func(d *DocumentMeasurements) { d.Sharpness, d.ZoneLetters = 0.29, 0.985 }), HintNone, ""},
		{"a little blurred and not read, with doubtful letters", zone(MRZUnread, func(d *DocumentMeasurements) { d.Sharpness, d.LetterHeight, d.ZoneLetters = 0.29, 14, 0.984 }), HintNotReadable, ""},
		{"a little blurred and read", as(func(d *DocumentMeasurements) { d.Sharpness = 0.29 }), HintNone, ""},
		{"two lines that were read are no card's back", as(func(d *DocumentMeasurements) { d.MRZLines, d.Shape = 2, ShapeTD2 }), HintOtherSide, ""},
		{"two lines of clear letters are no card's back", zone(MRZUnread, func(d *DocumentMeasurements) { d.MRZLines, d.ZoneLetters = 2, 0.9 }), HintOtherSide, ""},
		{"a passport's page is no card", as(func(d *DocumentMeasurements) { d.MRZLines, d.Shape = 2, ShapePage }), HintWrongDocument, ""},
	})
	runJudge(t, FrameInfo{Step: DocumentFront, Kind: Still, Document: Passport}, []judgeCase{
		{"a passport's page passes", as(func(d *DocumentMeasurements) { d.MRZLines, d.Shape, d.Portrait = 2, ShapePage, 0.9 }), HintNone, ""},
		{"a card of a page's proportions is no passport", as(func(d *DocumentMeasurements) { d.MRZLines, d.Shape, d.Portrait = 2, ShapeTD2, 0.9 }), HintWrongDocument, ""},
	})
}

// The letters of a page tell which side it is; that its portrait is not seen is advice.
func TestLettersTellTheSideWithoutThePortrait(t *testing.T) {
	page := measured(func(d *DocumentMeasurements) {
		d.Shape, d.MRZLines, d.MRZConfidence, d.Portrait = ShapePage, 2, 1, 0.1
		d.MRZ, d.ZoneLetters = MRZUnread, 0.9
	})
	front := FrameInfo{Step: DocumentFront, Kind: Still, Document: Passport}
	if v := Judge(front, page, nil, DefaultLimits()); !v.Good || v.Hint != HintCovered {
		t.Errorf("good %v, hint %q; checks %+v", v.Good, v.Hint, v.Checks)
	}
	page.Document.ZoneLetters = 0
	if v := Judge(front, page, nil, DefaultLimits()); v.Good || v.Hint != HintCovered {
		t.Errorf("without letters: good %v, hint %q; checks %+v", v.Good, v.Hint, v.Checks)
	}
}

// A zone that stays unread keeps nobody for ever: after two stills it may be used.
func TestUnreadZonesMayBeUsedAnyway(t *testing.T) {
	r := rehearse(t, Passport, false)
	page := measured(func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapePage, 2, 0.9 })
	unread := clone(page)
	unread.Document.MRZ, unread.Document.LetterHeight, unread.Document.Fill = MRZUnread, 11, 0.9
	for i := range 2 {
		r.asked(page)
		out := r.still(unread)
		if out.Accepted || out.Verdict.Hint != HintNotReadable || out.OfferAnyway != (i == 1) {
			t.Fatalf("still %d: %+v", i, out)
		}
		r.now = r.now.Add(5 * time.Second)
	}
	if _, err := r.flow.UseAnyway(DocumentFront); err != nil {
		t.Error(err)
	}
}

func TestJudgeOtherDocumentsAndSides(t *testing.T) {
	old := func(d *DocumentMeasurements) { d.Shape, d.MRZLines, d.MRZConfidence = ShapeTD2, 2, 0.9 }
	empty := func(d *DocumentMeasurements) { d.Portrait = 0 }
	for _, c := range []struct {
		name string
		info FrameInfo
		m    Measurements
		want Hint
	}{
		{"a card's back passes", FrameInfo{Step: DocumentBack, Document: IdentityCard}, goodBack(), HintNone},
		{"a permit's back passes", FrameInfo{Step: DocumentBack, Document: ResidencePermit}, goodBack(), HintNone},
		{"a back of which two lines are seen passes", FrameInfo{Step: DocumentBack, Document: IdentityCard},
			measured(func(d *DocumentMeasurements) {
				d.Portrait, d.MRZLines, d.MRZConfidence = 0, 2, 0.9
			}), HintNone},
		{"the front again is the other side", FrameInfo{Step: DocumentBack, Document: IdentityCard}, goodDocument(), HintOtherSide},
		{"the old front again is the other side", FrameInfo{Step: DocumentBack, Document: IdentityCard, Layout: LayoutOldCard}, measured(old), HintOtherSide},
		{"a back whose lines are hidden is not readable", FrameInfo{Step: DocumentBack, Document: IdentityCard, Layout: LayoutCard}, measured(empty), HintNotReadable},
		{"the old card's back has nothing to read", FrameInfo{Step: DocumentBack, Document: IdentityCard, Layout: LayoutOldCard}, measured(empty), HintNone},
		{"an unknown card of the old proportions may have an empty back",
			FrameInfo{Step: DocumentBack, Document: IdentityCard}, measured(func(d *DocumentMeasurements) {
				d.Portrait, d.Shape = 0, ShapeTD2
			}), HintNone},
		{"a passport's page passes", FrameInfo{Step: DocumentFront, Document: Passport},
			measured(func(d *DocumentMeasurements) {
				d.Shape, d.MRZLines, d.MRZConfidence = ShapePage, 2, 0.9
			}), HintNone},
		{"a passport's page with sure lines passes with advice about its portrait",
			FrameInfo{Step: DocumentFront, Document: Passport}, measured(func(d *DocumentMeasurements) {
				d.Shape, d.Aspect, d.Portrait, d.MRZLines, d.MRZConfidence = ShapePage, 1.42, 0, 2, 0.95
			}), HintCovered},
		{"an open passport passes", FrameInfo{Step: DocumentFront, Document: Passport},
			measured(func(d *DocumentMeasurements) {
				d.Shape, d.MRZLines, d.MRZConfidence = ShapeSpread, 2, 0.9
			}), HintNone},
		{"a card is no passport", FrameInfo{Step: DocumentFront, Document: Passport}, goodDocument(), HintWrongDocument},
		{"a passport's page without its lines is not readable", FrameInfo{Step: DocumentFront, Document: Passport},
			measured(func(d *DocumentMeasurements) {
				d.Shape = ShapePage
			}), HintNotReadable},
		{"a passport's other page is the other side", FrameInfo{Step: DocumentFront, Document: Passport},
			measured(func(d *DocumentMeasurements) {
				d.Shape, d.Portrait = ShapePage, 0
			}), HintOtherSide},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.info.Kind = Preview
			if v := Judge(c.info, c.m, nil, DefaultLimits()); v.Hint != c.want {
				t.Errorf("hint %q, want %q; checks %+v", v.Hint, c.want, v.Checks)
			}
		})
	}
}

func TestJudgeSelfie(t *testing.T) {
	runJudge(t, FrameInfo{Step: Selfie, Kind: Preview}, []judgeCase{
		{"a good face passes", goodFace(), HintNone, ""},
		{"nobody there", face(func(f *FaceMeasurements) { f.Count = 0 }), HintNoFace, ""},
		{"measurements of a document are no face", goodDocument(), HintNoFace, ""},
		{"two people", face(func(f *FaceMeasurements) { f.Count = 2 }), HintSeveralFaces, ""},
		{"a doubtful face is none", face(func(f *FaceMeasurements) { f.Confidence = 0.01 }), HintNoFace, ""},
		{"a chin outside the frame", face(func(f *FaceMeasurements) { f.Box[1], f.Box[3] = 400, 300 }), HintCutOff, ""},
		{"on the frame's right, the person's left, moves to the person's right", face(func(f *FaceMeasurements) { f.OffsetX = 0.45 }), HintMove, Right},
		{"on the frame's left moves to the person's left", face(func(f *FaceMeasurements) { f.OffsetX = -0.45 }), HintMove, Left},
		{"too low moves up", face(func(f *FaceMeasurements) { f.OffsetY = 0.45 }), HintMove, Up},
		{"too high moves down", face(func(f *FaceMeasurements) { f.OffsetY = -0.45 }), HintMove, Down},
		{"turned away", face(func(f *FaceMeasurements) { f.Yaw = -60 }), HintFaceCamera, ""},
		{"looking up", face(func(f *FaceMeasurements) { f.Pitch = 60 }), HintFaceCamera, ""},
		{"leaning", face(func(f *FaceMeasurements) { f.Roll = -60 }), HintFaceCamera, ""},
		{"the angle counts before the distance", face(func(f *FaceMeasurements) { f.Roll, f.Height = 60, 0.01 }), HintFaceCamera, ""},
		{"far away", face(func(f *FaceMeasurements) { f.Height = 0.01 }), HintMoveCloser, ""},
		{"far away and aside comes closer first", face(func(f *FaceMeasurements) { f.Height, f.OffsetX = 0.01, 0.45 }), HintMoveCloser, ""},
		{"too near", face(func(f *FaceMeasurements) { f.Height = 1.3 }), HintMoveBack, ""},
		{"in the dark", face(func(f *FaceMeasurements) { f.Brightness = 1 }), HintTooDark, ""},
		{"a dark face among lighter things", face(func(f *FaceMeasurements) { f.Brightness, f.FrameBrightness = 35, 60 }), HintNone, ""},
		{"a face as dark, in little light", face(func(f *FaceMeasurements) { f.Brightness, f.FrameBrightness = 35, 25 }), HintTooDark, ""},
		{"a face against a window", face(func(f *FaceMeasurements) { f.Brightness, f.FrameBrightness = 25, 200 }), HintTooDark, ""},
		{"a face before the night", face(func(f *FaceMeasurements) { f.Brightness, f.FrameBrightness = 70, 10 }), HintNone, ""},
		{"burnt out", face(func(f *FaceMeasurements) { f.Over = 1 }), HintTooBright, ""},
		{"light from one side", face(func(f *FaceMeasurements) { f.Evenness = 0 }), HintUnevenLight, ""},
		{"eyes closed", face(func(f *FaceMeasurements) { f.EyesOpen = 0 }), HintEyesClosed, ""},
		{"eyes that were not measured on a preview are not judged", face(func(f *FaceMeasurements) { f.EyesOpen, f.Landmarks = 0, nil }), HintNone, ""},
		{"blurred", face(func(f *FaceMeasurements) { f.Sharpness = 0 }), HintBlurred, ""},
	})
	t.Run("a hidden mouth guides and never refuses", func(t *testing.T) {
		v := Judge(FrameInfo{Step: Selfie, Kind: Still}, face(func(f *FaceMeasurements) { f.Covered = 1 }), nil,
			DefaultLimits())
		if !v.Good || v.Hint != HintCovered {
			t.Errorf("good %v hint %q, want good with %q", v.Good, v.Hint, HintCovered)
		}
	})
}

func TestProgressGrowsAsFramingGetsBetter(t *testing.T) {
	f := FrameInfo{Step: DocumentFront, Kind: Preview, Document: IdentityCard}
	last := -1.0
	enough := DefaultLimits().Document.FillMin.Preview
	for _, fill := range []float64{enough / 8, enough / 4, enough / 2, enough} {
		v := Judge(f, measured(func(d *DocumentMeasurements) { d.Fill = fill }), nil, DefaultLimits())
		if v.Progress <= last {
			t.Errorf("fill %v: progress %v, not more than %v", fill, v.Progress, last)
		}
		last = v.Progress
	}
}

func ExampleJudge() {
	m := Measurements{Width: 640, Height: 480, Document: &DocumentMeasurements{
		Found: true, Confidence: 0.9, Shape: ShapeCard, Fill: 0.4, Margin: 0.2, Portrait: 0.9,
		Sharpness: 0.7, Brightness: 150, Contrast: 100, Saturation: 40,
	}}
	l := DefaultLimits()
	l.Document.FillMin = Pair{Preview: 0.55, Still: 0.50}
	v := Judge(FrameInfo{Step: DocumentFront, Kind: Preview, Document: IdentityCard}, m, nil, l)
	fmt.Println(v.Good, v.Hint)
	for _, c := range v.Checks {
		if !c.OK {
			fmt.Printf("%s %.2f, at least %.2f\n", c.Name, c.Value, *c.Min)
		}
	}
	// Output:
	// false move-closer
	// fill 0.40, at least 0.55
}
