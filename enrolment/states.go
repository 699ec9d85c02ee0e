package enrolment

import "slices"

// permit says which roles may do something, in which states.
type permit struct {
	roles  []Role
	states []State
}

// permits is the transition table of the state machine: every action but declare.
var permits = map[Action]permit{
	ActionCorrect: {[]Role{Applicant}, []State{Declared, Consented, Capturing}},
	// System: a letter's link was opened, which needs no login.
	ActionConfirmAddress: {[]Role{Applicant, System},
		[]State{Declared, Consented, Capturing, Verifying, Review, ToConfirm, Confirmed, Requested, Issued,
			InPerson, Refused, Contested}},
	ActionDisownAddress: {[]Role{System},
		[]State{Declared, Consented, Capturing, Verifying, Review, ToConfirm, Confirmed, Requested, Issued,
			InPerson, Refused, Contested}},
	ActionLanguage: {[]Role{Applicant},
		[]State{Declared, Consented, Capturing, Verifying, Review, ToConfirm, Confirmed, Requested, Issued,
			InPerson, Refused, Contested}},
	ActionZone: {[]Role{Applicant},
		[]State{Declared, Consented, Capturing, Verifying, Review, ToConfirm, Confirmed, Requested, Issued,
			InPerson, Refused, Contested}},
	ActionConsent: {[]Role{Applicant}, []State{Declared}},
	ActionBegin:   {[]Role{Applicant}, []State{Consented, Capturing}},
	ActionStill:   {[]Role{Applicant}, []State{Capturing}},
	ActionKeep:    {[]Role{Applicant}, []State{Capturing}},
	ActionFail:    {[]Role{System}, []State{Capturing}},
	ActionDisown:  {[]Role{Applicant}, []State{Capturing}},
	ActionFinish:  {[]Role{Applicant, System}, []State{Capturing}},
	ActionVerify:  {[]Role{System}, []State{Verifying}},
	// After review these four serve the blind second look.
	ActionDraw:         {[]Role{Reviewer}, []State{Review, Contested, ToConfirm, Confirmed, Requested, Issued}},
	ActionPutBack:      {[]Role{Reviewer}, []State{Review, Contested, ToConfirm, Confirmed, Requested, Issued}},
	ActionExtend:       {[]Role{Reviewer}, []State{Review, Contested, ToConfirm, Confirmed, Requested, Issued}},
	ActionDecide:       {[]Role{Reviewer}, []State{Review, Contested, ToConfirm, Confirmed, Requested, Issued}},
	ActionContest:      {[]Role{Applicant}, []State{Refused}},
	ActionConfirm:      {[]Role{Applicant}, []State{ToConfirm}},
	ActionDispute:      {[]Role{Applicant}, []State{ToConfirm}},
	ActionRequest:      {[]Role{Applicant}, []State{Confirmed}},
	ActionIssue:        {[]Role{System}, []State{Requested}},
	ActionIssuerRefuse: {[]Role{System}, []State{Requested}},
	ActionGoInPerson:   {[]Role{Applicant}, []State{Declared, Consented, Capturing}},
	ActionGoRemote:     {[]Role{Applicant}, []State{InPerson}},
	ActionBook:         {[]Role{Applicant}, []State{InPerson}},
	ActionGiveBack:     {[]Role{Applicant}, []State{InPerson}},
	ActionInPerson:     {[]Role{Registrar, Reviewer}, []State{InPerson}}, // a reviewer only as the second person
	ActionHandOver:     {[]Role{System}, []State{Issued}},
	ActionCancel: {[]Role{Applicant}, []State{Declared, Consented, Capturing, Verifying, Review, ToConfirm, Confirmed,
		InPerson, Contested}},
	ActionExpire: {[]Role{System}, []State{Declared, Consented, Capturing, ToConfirm, Confirmed, InPerson}},
}

// Allowed returns a role's actions in a state, sorted.
func Allowed(s State, role Role) []Action {
	var out []Action
	for a, p := range permits {
		if slices.Contains(p.states, s) && slices.Contains(p.roles, role) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return out
}

func permitted(s State, role Role, a Action) bool {
	p := permits[a]
	return slices.Contains(p.states, s) && slices.Contains(p.roles, role)
}
