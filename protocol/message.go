package protocol

// Subprotocol names this version of the wire in Sec-WebSocket-Protocol.
const Subprotocol = "visavis.v1"

// Type is the "type" field of a text message.
type Type string

// The message types. The comment at each struct says which side sends it.
const (
	TypeHello          Type = "hello"
	TypeClaim          Type = "claim"
	TypeChooseCode     Type = "choose-code"
	TypeChooseDocument Type = "choose-document"
	TypeStart          Type = "start"
	TypeRetake         Type = "retake"
	TypeUseAnyway      Type = "use-anyway"
	TypeSkip           Type = "skip"
	TypeBeat           Type = "beat"
	TypePresence       Type = "presence"
	TypeCameraReport   Type = "camera-report"
	TypeExtend         Type = "extend"
	TypeNotMe          Type = "not-me"
	TypeBye            Type = "bye"
	TypeRenew          Type = "renew"
	TypeSetLanguage    Type = "set-language"
	TypeSetAddress     Type = "set-address"
	TypeSameDevice     Type = "same-device"
	TypeNotMyPhone     Type = "not-my-phone"
	TypeCancel         Type = "cancel"

	TypeWelcome      Type = "welcome"
	TypePairing      Type = "pairing"
	TypeInvitation   Type = "invitation"
	TypeProgress     Type = "progress"
	TypeLive         Type = "live"
	TypeNotice       Type = "notice"
	TypeEnrolment    Type = "enrolment"
	TypeFrameResult  Type = "frame-result"
	TypeCaptureStill Type = "capture-still"
	TypePartAck      Type = "part-ack"
	TypeStillResult  Type = "still-result"
	TypeChallenge    Type = "challenge"
	TypeError        Type = "error"
)

// Message is one text message. Encode marshals it with its type; Decode unmarshals it
// into its own struct.
type Message interface {
	MessageType() Type
}

// ---- both sides to the server -------------------------------------------

// Hello is the first message on every socket, due within 10 s. A desktop is identified by
// its session cookie and sends only Rev and Language. A desktop that follows an enrolment
// without a session also sends Enrolment and is identified by its login. A phone sends
// exactly one of Token (from the link's fragment), Code (typed) and DeviceSecret (on a
// return).
type Hello struct {
	Token        string `json:"token,omitempty"`
	Code         string `json:"code,omitempty"`
	DeviceSecret string `json:"deviceSecret,omitempty"`
	Proof        *Proof `json:"proof,omitempty"`     // of the claim's signing key, with DeviceSecret
	Enrolment    string `json:"enrolment,omitempty"` // its id
	Rev          int64  `json:"rev,omitempty"`       // last progress or view seen; 0: none
	// BCP 47 tag, such as "fr" or "pt-PT"; the nearest the server has is used
	Language string `json:"language,omitempty"`
}

// Proof shows that its sender has the signing key of the claim. Count grows from proof to
// proof. Signature is 64 bytes in base64url, over "visavis.v1 ", the message's type, a line
// feed and Count in decimal.
type Proof struct {
	Count     int64  `json:"count"`
	Signature string `json:"signature"`
}

// Extend prolongs a session that warned of its end. Either side sends it.
type Extend struct{}

// SetLanguage changes the language of both pages. Either side sends it.
type SetLanguage struct {
	Language string `json:"language"` // BCP 47 tag, such as "fr" or "pt-PT"; the nearest the server has is used
}

// ---- phone to server -----------------------------------------------------

// Claim takes the session for this phone, after a tap. SameDevice is the proof that the
// desktop page of the same browser left in its storage, otherwise empty.
//
// Token or Code repeats that of the hello on the HTTP fallback, which has no socket to
// remember it.
type Claim struct {
	Token      string `json:"token,omitempty"`
	Code       string `json:"code,omitempty"`
	SameDevice string `json:"sameDevice,omitempty"`
	Device     string `json:"device,omitempty"` // optional model name; the server reads the User-Agent otherwise
	// Key is 32 random bytes in base64url, made and kept by the phone. It becomes the
	// device secret. A claim repeated with the same key gets the same answer.
	Key string `json:"key,omitempty"`
	// SigningKey is the public half of a key that the phone made and cannot export: the
	// uncompressed point on P-256, in base64url. With it the phone signs what it sends from
	// now on. Proof shows that the phone has the other half.
	SigningKey string `json:"signingKey,omitempty"`
	Proof      *Proof `json:"proof,omitempty"`
}

// ChooseCode answers the comparison with the two digits shown on the desktop.
type ChooseCode struct {
	Code string `json:"code"` // two digits
}

// ChooseDocument says which document will be captured. It sets the steps.
type ChooseDocument struct {
	Document string `json:"document"` // "identity-card", "passport", "residence-permit"
}

// Start says that the camera is open. It starts the capture, or resumes it after a
// reload.
type Start struct {
	CameraWidth  int  `json:"cameraWidth,omitempty"`  // pixels
	CameraHeight int  `json:"cameraHeight,omitempty"` // pixels
	VoiceGuide   bool `json:"voiceGuide,omitempty"`   // no step time limits, spoken hints
	// Lights is "shown" if the page shows the colours of a challenge "light", "left-out" if the
	// person wants none. Without it no colours are asked for.
	Lights string `json:"lights,omitempty"`
}

// Retake discards an accepted step so that it is captured again.
type Retake struct {
	Step string `json:"step"`
}

// UseAnyway keeps the last still that was refused for quality, once the server has
// offered it.
type UseAnyway struct {
	Step string `json:"step"`
}

// Skip leaves out a challenge ("tilt", "gesture" or "light") that the person cannot perform, or
// does not want.
type Skip struct {
	Challenge string `json:"challenge"`
}

// Beat is the phone's heartbeat, sent every 4 s.
type Beat struct{}

// Presence says that the phone's page was hidden or is visible again, and that its camera
// was refused. Start says that the camera is open.
type Presence struct {
	State  string `json:"state"`            // "asleep" or "awake"
	Camera string `json:"camera,omitempty"` // "denied": refused to the page; empty: as before
}

// CameraReport says how the phone's camera behaves, some seconds after it was opened. It is
// optional, and what it says is a doubt for a reviewer at most. Fields that the browser does
// not tell are left out.
type CameraReport struct {
	Facing         string   `json:"facing"`                   // asked for: "user" or "environment"
	Label          string   `json:"label,omitempty"`          // as the browser names the camera
	ReportedFacing string   `json:"reportedFacing,omitempty"` // the settings' facingMode
	ReportedWidth  int      `json:"reportedWidth,omitempty"`  // the settings', pixels
	ReportedHeight int      `json:"reportedHeight,omitempty"`
	ReportedRate   float64  `json:"reportedRate,omitempty"` // the settings', frames a second
	Width          int      `json:"width,omitempty"`        // of the video, pixels
	Height         int      `json:"height,omitempty"`
	MaxWidth       int      `json:"maxWidth,omitempty"` // the capabilities', pixels
	MaxHeight      int      `json:"maxHeight,omitempty"`
	Able           []string `json:"able,omitempty"` // names of the capabilities
	// When frames were captured by the camera's clock, milliseconds from the first.
	Times    []float64 `json:"times,omitempty"`
	Frames   int       `json:"frames,omitempty"`   // frames looked at
	Distinct int       `json:"distinct,omitempty"` // pictures that they showed
	// How bright the frames looked at were, in their order: mean green levels, 0 to 255.
	Luma []float64 `json:"luma,omitempty"`
	// From asking for the camera to its first picture, milliseconds; with the time that a
	// person takes to allow it.
	OpenedIn int `json:"openedIn,omitempty"`
	// What came of asking the camera for another size before it was closed: in a second report.
	Resize *CameraResize `json:"resize,omitempty"`
	// What came of asking the camera to show the torch that it claims: in a report of its own.
	Torch *CameraTorch `json:"torch,omitempty"`
}

// CameraResize says what came of asking a camera for another of its own sizes, without
// cutting or scaling.
type CameraResize struct {
	Width          int  `json:"width"` // asked for, pixels
	Height         int  `json:"height"`
	Refused        bool `json:"refused,omitempty"`       // the camera has no such size
	ReportedWidth  int  `json:"reportedWidth,omitempty"` // the settings' afterwards, pixels
	ReportedHeight int  `json:"reportedHeight,omitempty"`
	ShownWidth     int  `json:"shownWidth,omitempty"` // of the video afterwards, pixels
	ShownHeight    int  `json:"shownHeight,omitempty"`
	// From asking to the first frame of that size, milliseconds; 0 when none came.
	Took int `json:"took,omitempty"`
}

// CameraTorch says what came of lighting a camera's torch for a moment, or of putting out one that the person had
// lit. Levels are mean green ones, 0 to 255, of 4 × 3 parts of the picture, its rows from the top.
type CameraTorch struct {
	Off     bool `json:"off,omitempty"`     // it was put out
	Refused bool `json:"refused,omitempty"` // the browser knows of no torch
	// The levels of the frame before asking, of the one that differs most from it while the torch is changed, and
	// afterwards of the one that differs most from that.
	Before []float64 `json:"before,omitempty"`
	During []float64 `json:"during,omitempty"`
	After  []float64 `json:"after,omitempty"`
	// From asking to the first frame with half of the change, milliseconds.
	Took int `json:"took,omitempty"`
}

// NotMe ends the session at once: the person did not ask for it.
type NotMe struct{}

// Bye ends the session from the phone: the person cancelled.
type Bye struct{}

// ---- desktop to server ---------------------------------------------------

// Renew asks for a new pairing token and typed code. A visible page sends it when the
// shown code expires. Manual marks a press of the button, which also works after the ten
// minutes of automatic renewal.
type Renew struct {
	Manual bool `json:"manual,omitempty"`
}

// SetAddress chooses which of the server's addresses the QR carries.
type SetAddress struct {
	Origin string `json:"origin"` // one of Pairing.Origins
}

// SameDevice asks to continue in this browser. The server answers with a Pairing whose
// SameDevice is set.
type SameDevice struct{}

// NotMyPhone disconnects the phone and discards its captures. A new code follows.
type NotMyPhone struct{}

// Cancel ends the session from the desktop.
type Cancel struct{}
