package capture

import (
	"slices"

	"visavis/document"
)

// Layout says which sides of a document carry the portrait and the machine readable
// lines.
type Layout = document.Layout

// The layouts of the documents that may be chosen.
const (
	LayoutCard    = document.LayoutCard
	LayoutOldCard = document.LayoutOldCard
	LayoutPage    = document.LayoutPage
)

// carries is the content of one side.
type carries struct {
	portrait bool
	lines    int // of the machine readable zone
}

// carriesOf returns the content of a layout on the side of a step, or false if it has no
// such side.
func carriesOf(l Layout, s Step) (carries, bool) {
	for _, look := range l.Looks() {
		if stepOf[look.Side] == s {
			return carries{look.Portrait, look.Lines}, true
		}
	}
	return carries{}, false
}

// layouts returns the possible layouts of this kind of document, the usual one first. An
// unknown kind may be any card.
func (d Document) layouts() []Layout {
	kind := document.Kind(d)
	if !slices.Contains(document.Chosen(), kind) {
		kind = document.IdentityCard
	}
	return kind.Layouts()
}

// coloured reports whether the side of a step is known to be printed in colours: that of
// the series whose zone was read, else that of all series of the layout.
func coloured(d Document, s Step, l Layout, series document.ID) bool {
	side := document.Front
	if s == DocumentBack {
		side = document.Back
	}
	if row, known := document.ByID(series); known {
		return row.Coloured(side)
	}
	return document.Kind(d).Coloured(l, side)
}

// hasShape reports whether a document of this kind may have these proportions. TD2 and a
// passport page have the same (1.42), so each counts as the other.
func (d Document) hasShape(s Shape) bool {
	switch s {
	case ShapeTD2, ShapePage, ShapeOther, "":
		return true
	case ShapeCard:
		return d != Passport
	case ShapeSpread:
		return d == Passport
	}
	return false
}

// hasZone is hasShape for the shape of a zone that was read.
func (d Document) hasZone(s Shape) bool { return (s == ShapePage) == (d == Passport) }

// pageMost is the largest apparent aspect of a page: its proportions are 1.42, a card's
// 1.586.
const pageMost = 1.5

// sideView says whether the expected side is seen.
type sideView struct {
	ok       bool
	sure     bool // something was seen that does not belong there
	quality  bool // it is the right side, but not all of it could be seen
	faceless bool // its lines tell the side; its portrait was not seen
	hint     Hint
	layout   Layout
	content  Layout  // the layout that has what is seen on this side
	value    float64 // the confidence that decided
	unit     string  // and of what
}

// matches reports whether a frame shows the content of a side. Of three lines two are
// enough, since the third is the first to be missed, unless the letters were seen.
// Letters identify the side alone, also of a page whose portrait is pale or missing. Two
// lines beside a portrait are never the back of a card.
func (want carries) matches(seen carries, spelt, read bool) bool {
	switch {
	case want.lines == 0:
		return seen == want
	case spelt:
		return seen.lines == want.lines
	case read && seen.lines != want.lines:
		return false
	case want.portrait:
		return seen.portrait && seen.lines == want.lines
	default:
		return seen.lines >= 2 && !(seen.portrait && seen.lines == 2)
	}
}

// sideSeen compares what a frame shows with the table of layouts.
func sideSeen(f FrameInfo, d *DocumentMeasurements, l DocumentLimits) sideView {
	seen := carries{portrait: d.Portrait >= l.PortraitMin.of(f.Kind)}
	if d.MRZLines >= 2 && d.MRZConfidence >= l.MRZMin.of(f.Kind) {
		seen.lines = d.MRZLines
	}
	// Nothing else has two lines along a page: a portrait that a preview is too small to
	// show is left to the still.
	spelt := d.spelt() || f.Document == Passport && seen.lines == 2 && d.Aspect < pageMost &&
		d.MRZConfidence >= l.MRZSure.of(f.Kind)
	v := sideView{value: d.Portrait, unit: "portrait"}
	if f.Step == DocumentBack {
		v.value, v.unit = d.MRZConfidence, "lines"
	}
	for _, layout := range f.Document.layouts() {
		want, exists := carriesOf(layout, f.Step)
		if !exists || !want.matches(seen, spelt, d.MRZ == MRZRead) {
			continue
		}
		if want == (carries{}) && !emptyBack(f.Layout, d.Shape) {
			continue
		}
		v.ok, v.content, v.layout = true, layout, layoutSeen(layout, d.Shape)
		v.faceless = want.portrait && !seen.portrait
		return v
	}
	if f.Step == DocumentBack {
		known := spelt || d.MRZ == MRZRead // and not a back's
		v.sure = known || seen.portrait && (seen.lines > 0 || d.Portrait >= l.PortraitSure.of(f.Kind))
		v.hint = HintOtherSide
		if !seen.portrait && !known {
			v.hint, v.quality = HintNotReadable, true // a card's back whose lines cannot be seen
		}
		return v
	}
	return frontMissed(v, seen, d.Shape)
}

// emptyBack reports whether a side with neither portrait nor lines may be the back of an
// old card: its front was one, or the layout is unknown and the proportions fit.
func emptyBack(front Layout, s Shape) bool {
	return front == LayoutOldCard || front == "" && (s == ShapeTD2 || s == ShapePage)
}

// layoutSeen corrects a card's layout by its proportions: an old card whose lines were
// not seen is still an old card. With unknown proportions the layout is unknown.
func layoutSeen(layout Layout, s Shape) Layout {
	if layout != LayoutCard || s == ShapeCard {
		return layout
	}
	if s == ShapeTD2 || s == ShapePage {
		return LayoutOldCard
	}
	return ""
}

// frontMissed explains a front that is not the expected one.
func frontMissed(v sideView, seen carries, s Shape) sideView {
	switch {
	case seen.lines == 3, seen.lines == 2 && s == ShapeCard:
		v.sure, v.hint = true, HintOtherSide // a card's back
	case seen.lines == 2:
		v.hint, v.quality = HintCovered, true // the right side; its portrait cannot be seen
	case seen.portrait:
		v.hint, v.quality = HintNotReadable, true // a passport whose lines cannot be seen
	case s == ShapeCard:
		v.hint = HintWrongDocument // neither portrait nor lines: no card that is accepted
	default:
		v.hint = HintOtherSide // an old card's back, a passport's other page
	}
	return v
}
