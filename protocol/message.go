package protocol

// Subprotocol names this version of the wire in Sec-WebSocket-Protocol.
const Subprotocol = "visavis.v1"

// Type is the "type" field of a text message.
type Type string

// The message types. Which side sends which stands beside each struct.
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

// Message is one text message. Encode writes it with its type; Decode reads it
// back into its own struct.
type Message interface {
	MessageType() Type
}

// ---- both sides to the server -------------------------------------------

// Hello is the first message on every socket, within 10 s. A desktop is known
// by its cookie and gives only Rev and Language, and Enrolment where it follows an
// enrolment and no session: then it is known by its login. A phone gives exactly
// one of Token (from the link's fragment), Code (typed) or DeviceSecret (it comes
// back).
type Hello struct {
	Token        string `json:"token,omitempty"`
	Code         string `json:"code,omitempty"`
	DeviceSecret string `json:"deviceSecret,omitempty"`
	Enrolment    string `json:"enrolment,omitempty"` // its id
	Rev          int64  `json:"rev,omitempty"`       // last progress or view seen; 0: none
	Language     string `json:"language,omitempty"`  // "fr" or "en"
}

// Extend prolongs a session that warned of its end. Either side.
type Extend struct{}

// SetLanguage changes the language of both pages. Either side.
type SetLanguage struct {
	Language string `json:"language"` // "fr" or "en"
}

// ---- phone to server -----------------------------------------------------

// Claim takes the session for this phone, after a tap. SameDevice is the proof
// that the desktop page of the same browser left in its storage, empty otherwise.
//
// Token or Code repeats that of the hello where there is no socket to remember it
// (the POST way).
type Claim struct {
	Token      string `json:"token,omitempty"`
	Code       string `json:"code,omitempty"`
	SameDevice string `json:"sameDevice,omitempty"`
	Device     string `json:"device,omitempty"` // optional model name; the server reads the User-Agent otherwise
	// Key is 32 random bytes in base64url that the phone made and keeps: it becomes
	// the device secret. A claim that is repeated with its key has the same answer.
	Key string `json:"key,omitempty"`
}

// ChooseCode answers the comparison: the two digits that the desktop shows, typed.
type ChooseCode struct {
	Code string `json:"code"` // two digits
}

// ChooseDocument says which document will be shown, which sets the steps.
type ChooseDocument struct {
	Document string `json:"document"` // "identity-card", "passport", "residence-permit"
}

// Start begins, or begins again after a reload, the capture: the camera is open.
type Start struct {
	CameraWidth  int  `json:"cameraWidth,omitempty"`  // pixels
	CameraHeight int  `json:"cameraHeight,omitempty"` // pixels
	VoiceGuide   bool `json:"voiceGuide,omitempty"`   // no step time limits, spoken hints
}

// Retake gives an accepted step back to be done again.
type Retake struct {
	Step string `json:"step"`
}

// UseAnyway keeps the last still of a step that was refused for quality, once
// the server has offered it.
type UseAnyway struct {
	Step string `json:"step"`
}

// Skip leaves out a challenge ("tilt" or "gesture") that the person cannot do.
type Skip struct {
	Challenge string `json:"challenge"`
}

// Beat is sent every 4 s by the phone.
type Beat struct{}

// Presence tells that the phone's page goes out of sight or comes back.
type Presence struct {
	State string `json:"state"` // "asleep" or "awake"
}

// NotMe ends the session at once: the person did not ask for it.
type NotMe struct{}

// Bye ends the session from the phone: the person cancelled.
type Bye struct{}

// ---- desktop to server ---------------------------------------------------

// Renew asks for a new pairing token and typed code. The page sends it by itself
// when the code shown runs out and the tab is visible; Manual marks the button,
// which also works once the ten minutes of renewal by itself are over.
type Renew struct {
	Manual bool `json:"manual,omitempty"`
}

// SetAddress chooses which of the machine's addresses the QR carries.
type SetAddress struct {
	Origin string `json:"origin"` // one of Pairing.Origins
}

// SameDevice asks to go on in this same browser. The server answers with a
// Pairing whose SameDevice is set.
type SameDevice struct{}

// NotMyPhone throws the connected phone out and forgets what it captured; a new code
// follows.
type NotMyPhone struct{}

// Cancel ends the session from the desktop.
type Cancel struct{}
