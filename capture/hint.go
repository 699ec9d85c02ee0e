package capture

// Hint is the code of the one thing that the person should do next. The pages have the
// words for each; docs/protocol.md lists them.
type Hint string

// The hints, highest priority first.
const (
	HintNone          Hint = ""
	HintNoDocument    Hint = "no-document"
	HintNoFace        Hint = "no-face"
	HintSeveralFaces  Hint = "several-faces"
	HintWrongDocument Hint = "wrong-document"
	HintOtherSide     Hint = "other-side"
	HintCutOff        Hint = "cut-off"
	HintMove          Hint = "move" // with a direction: left, right, up, down
	HintHoldFlat      Hint = "hold-flat"
	HintFaceCamera    Hint = "face-camera"
	HintMoveCloser    Hint = "move-closer"
	HintMoveBack      Hint = "move-back"
	HintTooDark       Hint = "too-dark"
	HintTooBright     Hint = "too-bright"
	HintUnevenLight   Hint = "uneven-light"
	HintGlare         Hint = "glare"
	HintCovered       Hint = "covered"
	HintEyesClosed    Hint = "eyes-closed"
	HintScreen        Hint = "screen"
	HintBlurred       Hint = "blurred"
	HintCopy          Hint = "copy"
	HintNotReadable   Hint = "not-readable"
	HintHoldStill     Hint = "hold-still"
	HintShownAgain    Hint = "shown-again" // the gestures were recorded in another session
)

// Direction goes with HintMove: where the document or face should go, as the person sees
// it on the screen. For documents it refers to the unmirrored frame, for faces to the
// person's own left and right. The phone mirrors the selfie's preview.
type Direction string

// The directions.
const (
	Left  Direction = "left"
	Right Direction = "right"
	Up    Direction = "up"
	Down  Direction = "down"
)
