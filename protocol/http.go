package protocol

import "encoding/json"

// OpenSession is the body of POST /api/sessions.
type OpenSession struct {
	// BCP 47 tag of the pages; an unknown one is matched to the nearest the server has
	Language string `json:"language,omitempty"`
	// New opens another session although the cookie names a live one. The old session
	// lives on until its own end, but no cookie names it any more.
	New bool `json:"new,omitempty"`
	// Enrolment is the id of the enrolment that the session captures for. The request
	// also needs the login's cookie.
	Enrolment string `json:"enrolment,omitempty"`
}

// DecodeOpenSession decodes the body of POST /api/sessions: one JSON object and nothing
// behind it. Its error is a *DecodeError.
func DecodeOpenSession(body []byte) (OpenSession, error) {
	if !WholeText(body) {
		return OpenSession{}, notWhole()
	}
	var o *OpenSession // nil of null
	err := json.Unmarshal(body, &o)
	if err == nil && o != nil {
		return *o, nil
	}
	refused := badMessage("", err)
	if err == nil {
		refused.Text = "not an object"
	}
	return OpenSession{}, refused
}

// Opened answers POST /api/sessions.
type Opened struct {
	Reference string `json:"reference"` // as Progress.Reference
	State     string `json:"state"`     // as Progress.State
}

// Answers is the body of every answer of the HTTP fallback: the messages that a socket
// would have carried. Error and Close are set where the socket would have been closed
// with an error.
type Answers struct {
	Messages []json.RawMessage `json:"messages"`
	Error    *Error            `json:"error,omitempty"`
	Close    CloseCode         `json:"close,omitempty"`
}

// Refusal is the body of an HTTP error answer.
type Refusal struct {
	Error Error `json:"error"`
}
