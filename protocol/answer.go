package protocol

import "encoding/json"

// ---- server to both ------------------------------------------------------

// Welcome is the first answer on a socket. DeviceSecret is set only in the answer to a
// phone's claim.
type Welcome struct {
	Role         string    `json:"role"` // "desktop" or "phone"
	DeviceSecret string    `json:"deviceSecret,omitempty"`
	Site         string    `json:"site"`       // who asks
	ServerTime   int64     `json:"serverTime"` // milliseconds since 1970
	Progress     *Progress `json:"progress,omitempty"`
	// Still tells a resuming phone which parts of an unfinished still have arrived.
	Still *StillParts `json:"still,omitempty"`
	// Signed reports that the session has the phone's signing key: frames without its
	// signature are refused.
	Signed bool `json:"signed,omitempty"`
	// Settings that the phone page obeys.
	Challenge bool `json:"challenge"` // tilt and gestures will be asked
}

// StillParts says which parts of an upload have arrived.
type StillParts struct {
	Step     string `json:"step"`
	Seq      uint32 `json:"seq"`
	Parts    int    `json:"parts"`
	Received []int  `json:"received"`
}

// Progress is the full visible state of a session. Rev grows with every change.
type Progress struct {
	Rev      int64  `json:"rev"`
	State    string `json:"state"` // see the State constants
	Language string `json:"language"`
	Document string `json:"document,omitempty"`
	Steps    []Step `json:"steps,omitempty"`
	Phone    *Phone `json:"phone,omitempty"`
	Code     string `json:"code,omitempty"`   // desktop only, while comparing
	Reason   string `json:"reason,omitempty"` // why it ended, or what the last event was: see the Reason constants
	// Reference is a six-character id that finds the session in the logs.
	Reference string `json:"reference"`
	ExpiresAt int64  `json:"expiresAt,omitempty"` // milliseconds since 1970: the session's end unless extended
	// Warn is set in the last two minutes before ExpiresAt.
	Warn bool `json:"warn,omitempty"`
}

// The states of a session, as Progress.State.
const (
	StateWaiting   = "waiting"   // a code is shown, nobody came
	StateScanned   = "scanned"   // a phone's page has said hello
	StateComparing = "comparing" // claimed; the comparison code is being chosen
	StatePaired    = "paired"    // the phone is the right one; the document is being chosen
	StateCapturing = "capturing" // steps are running
	StateDone      = "done"      // every step accepted
	StateEnded     = "ended"     // ended before it was done; Reason says why
)

// The reasons in Progress.Reason.
const (
	ReasonWrongCode        = "wrong-code"        // the comparison failed once; a new code is shown
	ReasonWrongCodeTwice   = "wrong-code-twice"  // ended
	ReasonNotMe            = "not-me"            // ended from the phone
	ReasonNotMyPhone       = "not-my-phone"      // the desktop threw the phone out; a new code is shown
	ReasonCancelledPhone   = "cancelled-phone"   // ended
	ReasonCancelledDesktop = "cancelled-desktop" // ended
	ReasonIdle             = "idle"              // ended: nothing happened for the idle limit
	ReasonExpired          = "expired"           // ended: the time in all is over
	ReasonCodesOver        = "codes-over"        // waiting: ten minutes of codes are over; a button gives a new one
	ReasonCodeShared       = "code-shared"       // waiting: more than three networks opened the code; a new one is shown
	ReasonTooManyStills    = "too-many-stills"   // ended: the limit of sent stills of a side is reached
	ReasonUnsafePictures   = "unsafe-pictures"   // ended: two pictures of the phone stopped the analysis
	ReasonEnrolmentOver    = "enrolment-over"    // ended: the enrolment takes no more pictures of this capture
)

// Step is the state of one capture step in a Progress.
type Step struct {
	Step  string `json:"step"`  // "document-front", "document-back", "selfie"
	State string `json:"state"` // "waiting", "active", "accepted"
	// Phase of the active step: "guiding" (previews), "still" (the full picture
	// is on its way), "tilt", "gesture", "light".
	Phase string `json:"phase,omitempty"`
	// OfferAnyway reports that the person may keep the refused still.
	OfferAnyway bool     `json:"offerAnyway,omitempty"`
	StillsLeft  int      `json:"stillsLeft"`      // sent stills that are left for this step
	Notes       []string `json:"notes,omitempty"` // "used-anyway", "tilt-skipped", "gesture-skipped", "light-skipped", "manual"
}

// Phone is what the desktop is told about the phone.
type Phone struct {
	State string `json:"state"` // "present", "absent", "asleep"
	Name  string `json:"name"`  // "iPhone, Safari"
	Since int64  `json:"since"` // milliseconds since 1970: when it claimed
	// Camera is "denied" while the phone refuses it to the page.
	Camera string `json:"camera,omitempty"`
}

// Notice is an event that changes no state. A newer notice replaces an older one.
type Notice struct {
	Code string `json:"code"` // see the Notice constants
}

// The codes of a Notice.
const (
	NoticeSecondPhone = "second-phone" // another phone tried the link
	NoticePhoneMoved  = "phone-moved"  // the phone's secret is used from a network that the session has not seen yet
	NoticeElsewhere   = "elsewhere"    // the code is now shown in another tab
	NoticeGoingDown   = "going-down"   // the server stops; come back soon
)

// Error answers a message that was not accepted. The connection stays open. Measured and
// Wanted give the value found and the value allowed, where that applies. Text is English,
// for developers; the pages have their own words for each code.
type Error struct {
	Code     string `json:"code"`
	Text     string `json:"text"`
	Measured string `json:"measured,omitempty"`
	Wanted   string `json:"wanted,omitempty"`
	Seq      uint32 `json:"seq,omitempty"` // the frame it answers, if one
}

// ---- server to desktop ---------------------------------------------------

// Enrolment carries the owner's view of an enrolment to a desktop that follows it. A
// newer one replaces an older one.
type Enrolment struct {
	// View is what GET /api/enrolments/{id} answers, with its rev.
	View json.RawMessage `json:"view"`
}

// Pairing is everything a desktop needs to show a code. Only the tab that asked receives
// it.
type Pairing struct {
	URL       string   `json:"url"`       // the whole link, token in the fragment
	TypedCode string   `json:"typedCode"` // 8 letters
	TypedURL  string   `json:"typedUrl"`  // where to type it
	ExpiresAt int64    `json:"expiresAt"` // milliseconds since 1970
	RenewsEnd int64    `json:"renewsEnd"` // milliseconds since 1970: renewal by itself stops here
	Origin    string   `json:"origin"`    // the address the link carries
	Origins   []string `json:"origins"`   // addresses one may choose among
	Container bool     `json:"container,omitempty"`
	// TrustURL explains how to trust the local root on a phone; empty when no
	// local root is in use.
	TrustURL string `json:"trustUrl,omitempty"`
	// SameDevice is the proof to leave in this browser's storage before following URL.
	SameDevice string `json:"sameDevice,omitempty"`
	// QR is the link's QR code as a standalone SVG document of 280 px with its
	// quiet zone, dark on white.
	QR string `json:"qr"`
}

// Live carries the newest hint and, at most once a second, a thumbnail of the phone's
// preview, at most 160 px wide. It may be lost.
type Live struct {
	Step      string  `json:"step"`
	Hint      string  `json:"hint,omitempty"`      // hint code; empty: all is well
	Progress  float64 `json:"progress,omitempty"`  // 0 to 1: how near the next capture is
	Thumbnail []byte  `json:"thumbnail,omitempty"` // JPEG, base64 in JSON
	Accepted  bool    `json:"accepted,omitempty"`  // the picture is of the accepted still
}

// ---- server to phone -----------------------------------------------------

// Invitation answers a hello that carries a token. It says who asks, before anything is
// claimed.
type Invitation struct {
	Site    string `json:"site"`
	Logo    string `json:"logo,omitempty"` // the path of its picture on this server, a PNG; absent: none
	Desktop string `json:"desktop"`        // "Firefox, Windows"
	// Place is the approximate location of the desktop, if the operator has a table of
	// places.
	Place    string `json:"place,omitempty"`
	OpenedAt int64  `json:"openedAt"` // milliseconds since 1970
	Language string `json:"language"`
}

// FrameResult answers one preview frame.
type FrameResult struct {
	Step string `json:"step"`
	Seq  uint32 `json:"seq"`
	// Status: "judged", "busy" (send the next one), "refused" (Code says why),
	// "stale" (the step is not open).
	Status   string  `json:"status"`
	Code     string  `json:"code,omitempty"`
	Measured string  `json:"measured,omitempty"` // of a refused frame: the value found
	Wanted   string  `json:"wanted,omitempty"`   // of a refused frame: what to send instead
	Hint     string  `json:"hint,omitempty"`     // the one hint to show; empty: all is well
	Toward   string  `json:"toward,omitempty"`   // of the hint "move" or a gesture: "left", "right", "up", "down"
	Good     bool    `json:"good"`
	Streak   int     `json:"streak,omitempty"` // good previews in a row, of three
	Checks   []Check `json:"checks,omitempty"`
	// Corners of the document in the frame: top left, top right, bottom right, bottom
	// left, each 0..1 of width and height. Absent if no document was found.
	Corners [][2]float64 `json:"corners,omitempty"`
	// Box of the face in the frame, 0..1: x, y, width, height.
	Box *[4]float64 `json:"box,omitempty"`
	// PreviewSide is the long side in pixels that the next preview should have.
	PreviewSide int `json:"previewSide,omitempty"`
}

// Check compares one measured value with its limits.
type Check struct {
	Name  string   `json:"name"`
	OK    bool     `json:"ok"`
	Value float64  `json:"value"`
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
	Unit  string   `json:"unit,omitempty"`
}

// CaptureStill asks the phone for the full picture of a step.
type CaptureStill struct {
	Step     string `json:"step"`
	Seq      uint32 `json:"seq"`      // to be put in the still's header
	LongSide int    `json:"longSide"` // pixels at most
	MaxBytes int    `json:"maxBytes"` // of the whole JPEG
	PartSize int    `json:"partSize"` // bytes of one part
}

// PartAck confirms one part of a still. The phone sends unconfirmed parts again.
type PartAck struct {
	Seq  uint32 `json:"seq"`
	Part int    `json:"part"`
}

// StillResult is the verdict on a whole still.
type StillResult struct {
	Step     string `json:"step"`
	Seq      uint32 `json:"seq"`
	Accepted bool   `json:"accepted"`
	// why it was not taken, if not for a hint: "same-picture", "bad-image", "busy", ...
	Code     string  `json:"code,omitempty"`
	Measured string  `json:"measured,omitempty"` // with the code of a picture: the value found
	Wanted   string  `json:"wanted,omitempty"`   // with the code of a picture: what to send instead
	Hint     string  `json:"hint,omitempty"`
	Toward   string  `json:"toward,omitempty"`
	Checks   []Check `json:"checks,omitempty"`
	// OfferAnyway, ChangeDocument: the choices besides another attempt.
	OfferAnyway    bool `json:"offerAnyway,omitempty"`
	ChangeDocument bool `json:"changeDocument,omitempty"`
	StillsLeft     int  `json:"stillsLeft"`
}

// Challenge asks for a movement: of the document after its still was accepted, of the
// head before the selfie's still. After the head's movements it asks the page to show colours,
// if start said that it can.
type Challenge struct {
	Kind string `json:"kind"` // "tilt", "gesture" or "light"
	// Gesture of a tilt is the edge of the document, as seen by the person, to lift or
	// lower: "left", "right", "up" (the far one), "down". Both directions count. Gesture
	// of a head movement: "turn-left", "turn-right" (the person's own sides),
	// "come-closer". Gesture of a light is the name of its colour: "neutral", "rose",
	// "green", "blue", "yellow".
	Gesture string `json:"gesture"`
	// Colour of a light, as "#rrggbb": the page shows it round the face until the next one,
	// and for half a second at least.
	Colour   string  `json:"colour,omitempty"`
	Index    int     `json:"index"`            // 0..Count-1
	Count    int     `json:"count"`            // how many in all
	Done     bool    `json:"done"`             // this one was seen
	Progress float64 `json:"progress"`         // 0 to 1
	EndsAt   int64   `json:"endsAt,omitempty"` // milliseconds since 1970
	MaySkip  bool    `json:"maySkip,omitempty"`
	// Nonce, 32 hex digits, goes with every preview that answers this challenge. A
	// preview without it is judged but does not count for the challenge. The nonce
	// changes every minute and differs in every session. Each colour of a light has its own:
	// previews carry it that were taken while the colour was shown.
	Nonce string `json:"nonce,omitempty"`
}
