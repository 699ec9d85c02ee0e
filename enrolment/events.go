package enrolment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Action is the name of an event.
type Action string

// The actions. ActionDeclare is the first entry of a log, made by New.
const (
	ActionDeclare        Action = "declare"
	ActionCorrect        Action = "correct"
	ActionConfirmAddress Action = "confirm-address"
	ActionDisownAddress  Action = "disown-address"
	ActionLanguage       Action = "choose-language"
	ActionZone           Action = "tell-zone"
	ActionConsent        Action = "consent"
	ActionBegin          Action = "begin-capture"
	ActionStill          Action = "send-still"
	ActionKeep           Action = "keep-still"
	ActionFail           Action = "fail-attempt"
	ActionDisown         Action = "disown-phone"
	ActionFinish         Action = "finish-capture"
	ActionVerify         Action = "verify"
	ActionDraw           Action = "draw"
	ActionPutBack        Action = "put-back"
	ActionExtend         Action = "extend"
	ActionDecide         Action = "decide"
	ActionContest        Action = "contest"
	ActionConfirm        Action = "confirm-data"
	ActionDispute        Action = "dispute-data"
	ActionRequest        Action = "request-certificate"
	ActionIssue          Action = "issue"
	ActionIssuerRefuse   Action = "issuer-refuses"
	ActionGoInPerson     Action = "go-in-person"
	ActionGoRemote       Action = "go-remote"
	ActionBook           Action = "book-appointment"
	ActionGiveBack       Action = "give-back-appointment"
	ActionInPerson       Action = "record-in-person"
	ActionHandOver       Action = "hand-over"
	ActionCancel         Action = "cancel"
	ActionExpire         Action = "expire"
)

// Event is an action on an enrolment.
type Event interface {
	action() Action
	// apply changes r, which is Apply's own copy, or returns an error. why is for the
	// log.
	apply(r *Record, by Actor, rules *Rules, now time.Time) (why string, err error)
}

// The events. The table in states.go has the states that allow each.
type (
	// Correct replaces what was declared.
	Correct struct{ Declared Declaration }
	// ChooseLanguage says which language the applicant reads: a BCP 47 tag.
	ChooseLanguage struct{ Language string }
	// TellZone says in which time zone the applicant's browser is: a name that ParseZone
	// knows.
	TellZone struct{ Zone string }
	// Consent has the answers to the texts shown before the capture.
	Consent struct{ Answers []ConsentAnswer }
	// BeginCapture starts an attempt, or continues the current one.
	BeginCapture struct {
		// Others are the times of the same person's attempts in other enrolments.
		Others []time.Time `json:"-"`
	}
	// SendStill counts a sent still of a side, identified by the digest of its bytes.
	SendStill struct{ Side, Digest string }
	// KeepStill records the accepted still of a side, which is in the evidence.
	KeepStill struct {
		Side     string
		Document string // kind of document
		Taken
	}
	// FailAttempt ends an attempt without a result.
	FailAttempt struct{ Reason string }
	// DisownPhone restarts the capture without the pictures of a phone that the applicant
	// says is not theirs. It does not count as an attempt.
	DisownPhone struct{}
	// FinishCapture submits the pictures for verification.
	FinishCapture struct{}
	// Verify is the machine's result.
	Verify struct {
		Extracted Extracted
		// FaceScore is nil if no faces were compared.
		FaceScore *float64
		// Doubts are codes shown to the reviewer.
		Doubts []string
		// Certain is the reason of an automatic refusal, or empty.
		Certain CertainReason
		// Paper is the document of KindNotAccepted, as in document.ID.
		Paper string
	}
	// Draw assigns a waiting file to a reviewer. The choice is random, see Candidates.
	// Blind draws an accepted file for a second look.
	Draw struct{ Blind bool }
	// PutBack returns a drawn file.
	PutBack struct{}
	// Extend holds a drawn file for another Rules.DrawFor, up to Rules.HeldAtMost.
	Extend struct{}
	// Decide is a reviewer's decision. Sample selects this acceptance for a blind second
	// look.
	Decide struct {
		Verdict Verdict
		Reason  string // code of a refusal
		Words   string // for the applicant
		Again   *Again // of AskAgain
		// Extracted is the reviewer's reading, if it differs from the machine's.
		Extracted *Extracted
		// Checklist has the answers to the questions of this review.
		Checklist map[string]bool
		Sample    bool
	}
	// Contest asks for another reviewer after a refusal.
	Contest struct{ Words string }
	// ConfirmData confirms the data. UsageName asks for a certificate with the printed
	// nom d'usage instead of the birth name.
	ConfirmData struct{ UsageName bool }
	// DisputeData says which field is wrong. Capture asks for new pictures; otherwise a
	// person looks.
	DisputeData struct {
		Dispute
		Capture bool
	}
	// RequestCertificate accepts the subscription's texts.
	RequestCertificate struct{ Answers []ConsentAnswer }
	// Issue records the certificate.
	Issue struct{ Certificate string }
	// IssuerRefuses records the issuer's refusal: its own code, for the log, and what it
	// says to the person, if anything.
	IssuerRefuses struct {
		Reason string
		Words  string `json:",omitempty"`
	}
	// GoInPerson replaces phone and face comparison by a check by a registrar.
	GoInPerson struct{}
	// GoRemote undoes GoInPerson.
	GoRemote struct{}
	// RecordInPerson is a registrar's check. Data that differ from the declaration need a
	// second person who confirms them.
	RecordInPerson struct {
		Accept    bool
		Extracted Extracted
		Reason    string
		Checklist map[string]bool
	}
	// HandOver records that somebody acknowledged the file. SHA256 is of what was sent (hex),
	// Reference the recipient's own name of it; both may be empty.
	HandOver struct{ To, SHA256, Reference string }
	// Cancel ends the enrolment at the applicant's request.
	Cancel struct{ Reason string }
	// Expire ends an abandoned enrolment.
	Expire struct{}
)

func (Correct) action() Action            { return ActionCorrect }
func (ChooseLanguage) action() Action     { return ActionLanguage }
func (TellZone) action() Action           { return ActionZone }
func (Consent) action() Action            { return ActionConsent }
func (BeginCapture) action() Action       { return ActionBegin }
func (SendStill) action() Action          { return ActionStill }
func (KeepStill) action() Action          { return ActionKeep }
func (FailAttempt) action() Action        { return ActionFail }
func (DisownPhone) action() Action        { return ActionDisown }
func (FinishCapture) action() Action      { return ActionFinish }
func (Verify) action() Action             { return ActionVerify }
func (Draw) action() Action               { return ActionDraw }
func (PutBack) action() Action            { return ActionPutBack }
func (Extend) action() Action             { return ActionExtend }
func (Decide) action() Action             { return ActionDecide }
func (Contest) action() Action            { return ActionContest }
func (ConfirmData) action() Action        { return ActionConfirm }
func (DisputeData) action() Action        { return ActionDispute }
func (RequestCertificate) action() Action { return ActionRequest }
func (Issue) action() Action              { return ActionIssue }
func (IssuerRefuses) action() Action      { return ActionIssuerRefuse }
func (GoInPerson) action() Action         { return ActionGoInPerson }
func (GoRemote) action() Action           { return ActionGoRemote }
func (RecordInPerson) action() Action     { return ActionInPerson }
func (HandOver) action() Action           { return ActionHandOver }
func (Cancel) action() Action             { return ActionCancel }
func (Expire) action() Action             { return ActionExpire }

// fingerprint identifies an event: equal ones have the same actor, action and contents.
func fingerprint(by Actor, e Event) string {
	body, err := json.Marshal(struct {
		By     Actor
		Action Action
		Event  Event
	}{by, e.action(), e})
	if err != nil {
		return "" // events are plain values; an empty one equals none that is stored
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}
