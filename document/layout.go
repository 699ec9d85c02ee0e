package document

// Format is the layout of a machine readable zone.
type Format string

// The formats: ICAO Doc 9303 parts 4 to 7, the French identity card before August
// 2021 with its own 2×36 layout, and the one line of European driving licences.
const (
	TD1     Format = "TD1"     // 3×30: cards
	TD2     Format = "TD2"     // 2×36
	TD3     Format = "TD3"     // 2×44: passports
	MRVA    Format = "MRVA"    // 2×44: visas, not an identity document here
	MRVB    Format = "MRVB"    // 2×36: visas
	IDFRA   Format = "IDFRA"   // 2×36: French identity card before August 2021
	Licence Format = "licence" // 1×30
)

// Shape returns how many lines the format has, and how long each is.
func (f Format) Shape() (lines, length int) {
	switch f {
	case TD1:
		return 3, 30
	case TD2, MRVB, IDFRA:
		return 2, 36
	case TD3, MRVA:
		return 2, 44
	case Licence:
		return 1, 30
	}
	return 0, 0
}

// Visa tells the formats that are recognised and refused.
func (f Format) Visa() bool { return f == MRVA || f == MRVB }

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
	// LayoutLicence is a driving licence of the European Union's model.
	LayoutLicence Layout = "licence"
	// LayoutSticker is a visa.
	LayoutSticker Layout = "sticker"
)

// Look is what one side of a layout shows.
type Look struct {
	Side     Side
	Portrait bool
	Lines    int // of the machine readable zone
}

// Looks returns the sides of a layout in the order in which they are captured
// (ICAO Doc 9303 parts 4 to 6; the French card before 2021 has a layout of its own,
// with its lines on the front and nothing to read by machine on the back).
func (l Layout) Looks() []Look {
	switch l {
	case LayoutCard:
		return []Look{{Side: Front, Portrait: true}, {Side: Back, Lines: 3}}
	case LayoutOldCard:
		return []Look{{Side: Front, Portrait: true, Lines: 2}, {Side: Back}}
	case LayoutPage, LayoutSticker:
		return []Look{{Side: Front, Portrait: true, Lines: 2}}
	case LayoutLicence:
		return []Look{{Side: Front, Portrait: true}, {Side: Back, Lines: 1}}
	}
	return nil
}

// Size returns width and height of a side in millimetres (ISO/IEC 7810, ICAO
// Doc 9303 parts 4, 6 and 7); 0 of an unknown layout.
func (l Layout) Size() (width, height float64) {
	switch l {
	case LayoutCard, LayoutLicence:
		return 85.60, 53.98
	case LayoutOldCard:
		return 105, 74
	case LayoutPage:
		return 125, 88
	case LayoutSticker:
		return 120, 80
	}
	return 0, 0
}
