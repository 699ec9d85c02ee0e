package protocol

import "encoding/json"

// OpenSession is the body of POST /api/sessions.
type OpenSession struct {
	Language string `json:"language,omitempty"` // of the pages; an unknown one becomes "fr"
	// New opens another session where the cookie names a live one; that one lives on
	// until its own end, and no cookie names it any more.
	New bool `json:"new,omitempty"`
	// Enrolment is the id of the request that the session takes pictures for; the
	// cookie of a login goes with it.
	Enrolment string `json:"enrolment,omitempty"`
}

// Opened answers POST /api/sessions.
type Opened struct {
	Reference string `json:"reference"` // as Progress.Reference
	State     string `json:"state"`     // as Progress.State
}

// Answers is what a POST or a GET of the way without sockets brings: the messages
// that a socket would have brought. Error and Close are there where the socket would
// have been closed for a failure.
type Answers struct {
	Messages []json.RawMessage `json:"messages"`
	Error    *Error            `json:"error,omitempty"`
	Close    CloseCode         `json:"close,omitempty"`
}

// Refusal is the body of an HTTP answer that is no success.
type Refusal struct {
	Error Error `json:"error"`
}
