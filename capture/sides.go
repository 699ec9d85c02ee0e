package capture

// Layout is how a document spreads portrait and machine readable lines over its
// sides.
type Layout string

// The layouts.
const (
	// LayoutCard is a TD1 card: the French card since 2021, residence permits and
	// most of Europe's cards.
	LayoutCard Layout = "card"
	// LayoutOldCard is the French card before 2021 and other TD2 cards.
	LayoutOldCard Layout = "old-card"
	// LayoutPage is the data page of a passport.
	LayoutPage Layout = "page"
)

// carries is what one side shows.
type carries struct {
	portrait bool
	lines    int // of the machine readable zone
}

// sides is the one table of which side carries what (ICAO 9303 parts 4 to 6; the
// card before 2021 has a layout of its own, with its lines on the front and
// nothing to read on the back).
var sides = map[Layout]map[Step]carries{
	LayoutCard:    {DocumentFront: {portrait: true}, DocumentBack: {lines: 3}},
	LayoutOldCard: {DocumentFront: {portrait: true, lines: 2}, DocumentBack: {}},
	LayoutPage:    {DocumentFront: {portrait: true, lines: 2}},
}

// layouts returns what a document of this kind may be, the usual one first.
func (d Document) layouts() []Layout {
	if d == Passport {
		return []Layout{LayoutPage}
	}
	return []Layout{LayoutCard, LayoutOldCard}
}

// hasShape tells whether a document of this kind may have these proportions. TD2
// and a passport page have the same (1.42), so that one stands for the other.
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

// hasZone is hasShape where the shape is that of a zone that was read.
func (d Document) hasZone(s Shape) bool { return (s == ShapePage) == (d == Passport) }

// sideView says whether the side that was asked for is seen.
type sideView struct {
	ok       bool
	sure     bool // something was seen that does not belong there
	quality  bool // it is the right side, but not all of it could be seen
	faceless bool // its lines tell the side; its portrait was not seen
	hint     Hint
	layout   Layout
	value    float64 // the confidence that decided
	unit     string  // and of what
}

// matches tells whether what is seen is what a side carries. Of three lines two
// are enough: the third is the first to be lost, but for lines whose letters were
// seen. Those tell the side alone, also of a page whose portrait is pale or missing.
// Two lines beside a portrait are never a card's back.
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

// sideSeen compares what a frame shows with the table.
func sideSeen(f FrameInfo, d *DocumentMeasurements, l DocumentLimits) sideView {
	seen := carries{portrait: d.Portrait >= l.PortraitMin.of(f.Kind)}
	if d.MRZLines >= 2 && d.MRZConfidence >= l.MRZMin.of(f.Kind) {
		seen.lines = d.MRZLines
	}
	spelt := d.spelt()
	v := sideView{value: d.Portrait, unit: "portrait"}
	if f.Step == DocumentBack {
		v.value, v.unit = d.MRZConfidence, "lines"
	}
	for _, layout := range f.Document.layouts() {
		want, exists := sides[layout][f.Step]
		if !exists || !want.matches(seen, spelt, d.MRZ == MRZRead) {
			continue
		}
		if want == (carries{}) && !emptyBack(f.Layout, d.Shape) {
			continue
		}
		v.ok, v.layout = true, layoutSeen(layout, d.Shape)
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

// emptyBack tells whether a side with neither portrait nor lines may be the back
// of an old card: its front was one, or nothing is known and the proportions fit.
func emptyBack(front Layout, s Shape) bool {
	return front == LayoutOldCard || front == "" && (s == ShapeTD2 || s == ShapePage)
}

// layoutSeen corrects a card's layout by its proportions: an old card whose lines
// were not seen is still an old card, and where the proportions are unknown the
// layout is too.
func layoutSeen(layout Layout, s Shape) Layout {
	if layout != LayoutCard || s == ShapeCard {
		return layout
	}
	if s == ShapeTD2 || s == ShapePage {
		return LayoutOldCard
	}
	return ""
}

// frontMissed explains a front that is not what was asked for.
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
