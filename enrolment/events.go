package enrolment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Action names what an event does.
type Action string

// The actions. ActionDeclare is the first entry of a log, made by New.
const (
	ActionDeclare        Action = "declare"
	ActionCorrect        Action = "correct"
	ActionConfirmAddress Action = "confirm-address"
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
	ActionDecide         Action = "decide"
	ActionContest        Action = "contest"
	ActionConfirm        Action = "confirm-data"
	ActionDispute        Action = "dispute-data"
	ActionRequest        Action = "request-certificate"
	ActionIssue          Action = "issue"
	ActionIssuerRefuse   Action = "issuer-refuses"
	ActionGoInPerson     Action = "go-in-person"
	ActionGoRemote       Action = "go-remote"
	ActionInPerson       Action = "record-in-person"
	ActionHandOver       Action = "hand-over"
	ActionCancel         Action = "cancel"
	ActionExpire         Action = "expire"
)

// Event is something that somebody does to an enrolment.
type Event interface {
	action() Action
	// apply changes r, which is Apply's own copy, or refuses. why is for the log.
	apply(r *Record, by Actor, rules *Rules, now time.Time) (why string, err error)
}

// The events. Each says in which states it may happen in the table of states.go.
type (
	// Correct replaces what was declared.
	Correct struct{ Declared Declaration }
	// Consent answers the texts shown before the capture.
	Consent struct{ Answers []ConsentAnswer }
	// BeginCapture begins an attempt, or goes on with the one under way.
	BeginCapture struct {
		// Others are when the same person began attempts in other enrolments.
		Others []time.Time `json:"-"`
	}
	// SendStill counts one sent still of a side, known by the digest of its bytes.
	SendStill struct{ Side, Digest string }
	// KeepStill notes the accepted still of a side, which lies in the evidence.
	KeepStill struct {
		Side     string
		Document string // the kind that the applicant shows
		Taken
	}
	// FailAttempt ends an attempt without a result.
	FailAttempt struct{ Reason string }
	// DisownPhone begins again without what a phone took that the applicant says is
	// not theirs. It costs no attempt.
	DisownPhone struct{}
	// FinishCapture hands the pictures over to be verified.
	FinishCapture struct{}
	// Verify is the machine's result.
	Verify struct {
		Extracted Extracted
		// FaceScore is nil where no two faces were compared.
		FaceScore *float64
		// Doubts are codes that the reviewer is shown.
		Doubts []string
		// Certain is the reason of an automatic refusal; empty without one.
		Certain CertainReason
		// Paper names the document that KindNotAccepted is about, as in document.ID.
		Paper string
	}
	// Draw gives a waiting file to a reviewer. Which file is drawn is chance's
	// choice, see Candidates; with Blind it is a second look at an accepted file.
	Draw struct{ Blind bool }
	// PutBack returns a drawn file.
	PutBack struct{}
	// Decide is a reviewer's decision. Sample says that chance took this acceptance
	// for a blind second look.
	Decide struct {
		Verdict Verdict
		Reason  string // code of a refusal
		Words   string // for the applicant
		Again   *Again // of AskAgain
		// Extracted is what the reviewer reads, where it is not what the machine read.
		Extracted *Extracted
		// Checklist are the answers to the questions of this look.
		Checklist map[string]bool
		Sample    bool
	}
	// Contest asks for another person after a refusal.
	Contest struct{ Words string }
	// ConfirmData says that what was read is right. UsageName asks for a certificate
	// that shows the printed nom d'usage instead of the birth name.
	ConfirmData struct{ UsageName bool }
	// DisputeData says which field is not; Capture asks for new pictures, else a
	// person looks.
	DisputeData struct {
		Dispute
		Capture bool
	}
	// RequestCertificate accepts the subscription's texts.
	RequestCertificate struct{ Answers []ConsentAnswer }
	// Issue notes the certificate.
	Issue struct{ Certificate string }
	// IssuerRefuses notes that the issuer will not.
	IssuerRefuses struct{ Reason string }
	// GoInPerson leaves phone and face comparison for a check by a registrar.
	GoInPerson struct{}
	// GoRemote comes back from it.
	GoRemote struct{}
	// RecordInPerson is a registrar's check. What differs from what was declared
	// needs a second person, who sees the same.
	RecordInPerson struct {
		Accept    bool
		Extracted Extracted
		Reason    string
		Checklist map[string]bool
	}
	// HandOver notes that the file is with who keeps it.
	HandOver struct{ To string }
	// Cancel ends the enrolment at the applicant's wish.
	Cancel struct{ Reason string }
	// Expire ends an abandoned enrolment.
	Expire struct{}
)

func (Correct) action() Action            { return ActionCorrect }
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

// fingerprint is what makes two events the same: who does what, with which contents.
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
