package capture

// Pair is one limit for previews and one for stills. For framing (place, distance, angle)
// the still's limit is never stricter than the preview's: the still may show a little
// more or less of the scene, and a person who followed every hint must not be refused.
// For sharpness, light and glare the still's limit is stricter, because the still is what
// is kept.
type Pair struct{ Preview, Still float64 }

func (p Pair) of(k Kind) float64 {
	if k == Still {
		return p.Still
	}
	return p.Preview
}

// Limits are what measurements are judged against. Every value may be set. The zero value
// refuses nearly everything, so start from DefaultLimits.
type Limits struct {
	Document  DocumentLimits
	Selfie    SelfieLimits
	Challenge ChallengeLimits
	Presence  PresenceLimits
}

// ChallengeLimits say which change counts as the requested movement.
type ChallengeLimits struct {
	TiltChange  float64 // degrees within three seconds
	EdgeRatio   float64 // growth of the nearer edge over the farther one, natural logarithm
	YawTurn     float64 // degrees from the neutral face
	CloserRatio float64 // height of the face over the neutral face's
	OffPlaneMin float64 // see OffPlane; a turn that stays below it may be a photo's
	SamePerson  float64 // cosine of the faces of the gestures and of the still
	LightMin    float64 // correlation of the skin's colours with the screen's, see LightScore
}

// DocumentLimits are in the units of DocumentMeasurements. Above Max or below Min is
// refused.
type DocumentLimits struct {
	FrameMin      Pair // mean grey level of a frame in which a document may be seen
	FrameMax      Pair
	ConfidenceMin Pair
	MarginMin     Pair
	MarginTouch   Pair // below it the document goes on outside the frame
	OffsetFree    Pair // a smaller offset gives no direction to move
	RoomMax       Pair // of the frame's side: what is longer has no room to be moved
	FillMin       Pair
	FillMax       Pair
	TiltMax       Pair
	BrightnessMin Pair
	UnderMax      Pair
	OverMax       Pair
	ContrastMin   Pair
	GlareMax      Pair
	CoveredMax    Pair
	PortraitMin   Pair // seen from here on
	PortraitSure  Pair // certain from here on
	MRZMin        Pair // seen from here on
	MRZSure       Pair // a passport's page from here on, its portrait seen or not
	MoireMax      Pair
	SaturationMin Pair
	SharpnessMin  Pair
	LetterMin     Pair // LetterHeight where machine readable lines are seen
	SmallPrintMin Pair // LetterHeight where there are none
	// Of a still whose lines were not read with right digits; previews are not read.
	LettersClear       Pair // ZoneLetters from which an unread zone asks no more of the picture
	UnreadLetterMin    Pair
	UnreadSharpnessMin Pair
	UnreadEdgeMax      Pair // width of the edges, in strokes of the letters, from which they have to be steep
	FillReached        Pair // from here on "move closer" is never asked for small letters
	MovementMax        Pair
	PrintMax           Pair
}

// SelfieLimits are in the units of FaceMeasurements.
type SelfieLimits struct {
	ConfidenceMin Pair
	MarginMin     Pair // of the face's box from the frame's edge, over its short side
	OffsetMax     Pair // to the side
	OffsetYMax    Pair // up and down
	HeightMin     Pair
	HeightMax     Pair
	YawMax        Pair
	PitchMax      Pair
	RollMax       Pair
	BrightnessMin Pair
	BrightnessMax Pair
	UnderMax      Pair
	OverMax       Pair
	EvennessMin   Pair
	CoveredMax    Pair // guides, never refuses
	EyesOpenMin   Pair
	SharpnessMin  Pair
	MovementMax   Pair
	PrintMax      Pair
}

// DefaultLimits returns the limits in use, each with its reason. They are set by
// measuring real images.
func DefaultLimits() Limits {
	return Limits{Document: defaultDocument(), Selfie: defaultSelfie(), Challenge: defaultChallenge(),
		Presence: fittedPresence()}
}

func defaultChallenge() ChallengeLimits {
	return ChallengeLimits{
		TiltChange:  12,   // a hand that holds a card still drifts by 3, its estimate errs by 4
		EdgeRatio:   0.08, // what 12 degrees make of a card at the distance that fills the frame
		YawTurn:     18,   // clearly more than the estimate's error of 8, far less than a stiff neck allows
		CloserRatio: 1.25, // an arm bent by a hand's breadth
		// 96 drawn heads of ten portraits that turned by 18 degrees as measured leave
		// 0.024 and more, the same portraits as flat photos turned by up to 35 degrees
		// 0.016 at most. None of those photos, not at 60 degrees either, was measured as
		// turned by 18. A photo bent round a pipe leaves up to 0.047: it is not seen.
		OffPlaneMin: 0.018,
		// The same drawn heads turned by up to 24 degrees score 0.67 and more with
		// themselves (60); of 9,211 pairs of different persons none reached 0.45.
		SamePerson: 0.50,
		LightMin:   0.65,
	}
}

func defaultDocument() DocumentLimits {
	// Limits of light, glare, fingers, colour and sharpness are fitted.
	l := DocumentLimits{
		//                   preview, still
		FrameMin:      Pair{20, 20},       // tables alone measure 74 to 230; documents are found from 25 on
		FrameMax:      Pair{240, 240},     // burnt out frames in which a document was lost measure 246 and more
		ConfidenceMin: Pair{0.50, 0.50},   // outlines of walls, posters and plain sheets stay below it, documents reach 0.8
		MarginMin:     Pair{0.006, 0.004}, // all four corners in the frame; on previews a hair of air, as a hand moves
		MarginTouch:   Pair{0.003, 0.003}, // the frame's edge closes the outline of what goes on behind it
		OffsetFree:    Pair{0.05, 0.05},   // a person sees no 5 % off the middle
		RoomMax:       Pair{0.80, 0.80},   // a tenth on either side, for a hand that moves further than asked
		FillMin:       Pair{0.45, 0.43},   // a turned document fills less; its letters have a check
		FillMax:       Pair{0.97, 1.00},   // nearer, and a corner is lost with the next tremor
		TiltMax:       Pair{20, 21},       // degrees; beyond, the far edge loses a third of its pixels; flat is under 5
		UnderMax:      Pair{0.45, 0.40},   // share of black; dark covers and portraits reach 0.3
		ContrastMin:   Pair{0.16, 0.18},   // of the paper's grey, from paper to ink; weak print has 0.34 and more
		PortraitMin:   Pair{0.50, 0.50},   // detector's own even odds
		PortraitSure:  Pair{0.75, 0.75},   // ghost portraits and drawn faces stay below
		MRZMin:        Pair{0.50, 0.50},   // even odds
		MRZSure:       Pair{0.90, 2},      // lines of good previews have 0.94 and more; a still is read, and its letters tell
		MoireMax:      Pair{0.50, 0.50},   // guilloches and halftones of 350 real pictures reach 0.2, displays 0.98 and more
		LetterMin:     Pair{4.5, 9},       // pixels; lines still read at 9; a 720p camera reaches 10; previews have half
		SmallPrintMin: Pair{2.5, 6},       // pixels; for people's eyes alone
		// Zones of good frames that are no valid ones have 0.989 and more, the blurred
		// ones that can be spelt at all 0.972 and less.
		LettersClear: Pair{0.985, 0.985},
		// Of 84 zones read on real frames 4 had smaller letters than 10 pixels and one
		// was less sharp than 0.33. Larger and sharper ones that were not read are at
		// fault themselves: digits that do not fit, spread letters, a stamp.
		UnreadLetterMin:    Pair{0, 12},   // pixels
		UnreadSharpnessMin: Pair{0, 0.31}, // as SharpnessMin
		// Unread zones of good frames have edges of 1.2 strokes and less; those
		// of blurred and moved ones have 1.6 and more.
		UnreadEdgeMax: Pair{1.4, 1.4},
		FillReached:   Pair{0.85, 0.85}, // the document fills the frame: nearer is no help, whatever the camera
		MovementMax:   Pair{0.06, 1},    // corner travel between two previews over the diagonal; a steady hand: 0.03
		PrintMax:      Pair{0.12, 1},    // mean change of the 8×8 grid, where no outline is known in one of both
	}
	l.fitted()
	return l
}

func defaultSelfie() SelfieLimits {
	return SelfieLimits{
		//                   preview, still
		ConfidenceMin: Pair{0.60, 0.60}, // the detector's usual working point
		MarginMin:     Pair{0, -0.02},   // the face's box inside the frame
		OffsetMax:     Pair{0.16, 0.20}, // inside the oval on the screen
		OffsetYMax:    Pair{0.22, 0.26}, // people leave less room above the head than below the chin
		HeightMin:     Pair{0.25, 0.22}, // of the frame's height; 720p then gives 180 px, enough to compare
		HeightMax:     Pair{0.80, 0.85}, // nearer, and the lens distorts the nose and cuts the chin
		YawMax:        Pair{15, 15},     // degrees; frontal for comparison: ICAO asks 5, a phone's estimate errs by 8
		PitchMax:      Pair{20, 20},     // degrees; phones are held below the face
		RollMax:       Pair{20, 20},     // degrees; comparison corrects it
		// Grey level of the face's light. Made dark skin on 16 portraits is above 58 in fair light, and 9 of them
		// stay above 45 in half of it; faces with an eighth of the light are under 30, one with 0.23 of it between 42 and 45.
		BrightnessMin: Pair{45, 45},
		BrightnessMax: Pair{225, 225},   // grey level
		UnderMax:      Pair{0.50, 0.50}, // share of black; beard, hair and dark skin are no fault
		OverMax:       Pair{0.15, 0.12}, // share burnt out: features are gone there
		EvennessMin:   Pair{0.40, 0.40}, // darker half over lighter half: a window from the side gives 0.5
		CoveredMax:    Pair{0.60, 0.60}, // advice only; bare faces stay under 0.4, dark glasses and most masks are over 0.8
		EyesOpenMin:   Pair{0.12, 0.12}, // closed: under 0.07; squinting: from 0.14; laughing: 0.2; open: 0.5 to 1
		// Good selfies measure 0.79 to 1.05, a face of 150 pixels enlarged 2.4 times 0.77.
		// Blur of 0.5 % of the face's height and motion of 3.5 % leave 0.51 at most; half
		// as much scores 0.97 and more with the same face unspoilt.
		SharpnessMin: Pair{0.45, 0.58},
		MovementMax:  Pair{0.08, 1}, // travel of the box's centre over the diagonal
		PrintMax:     Pair{0.15, 1}, //
	}
}
