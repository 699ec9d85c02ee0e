package protocol

import "encoding/json"

// What every client works out of what it receives, on a socket and over HTTP.

// Final reports whether nothing follows an end with this code: the session is done, or the
// code's range is final. 0 is a connection that broke.
func (c CloseCode) Final() bool {
	switch c {
	case 0, 1001, 1006, 1011, 1012, 1013:
		return false
	}
	return c < 4000 || !c.Retry()
}

// EndOf returns the close code that a socket has after a message after which nothing comes,
// which over HTTP is the only sign of the end; 0 if the connection goes on. An error is the
// end only where it answers a whole request: see [Error.End].
func EndOf(m Message) CloseCode {
	var shown *Progress
	switch m := m.(type) {
	case Progress:
		shown = &m
	case Welcome:
		shown = m.Progress
	}
	switch {
	case shown == nil:
		return 0
	case shown.State == StateDone:
		return 1000
	case shown.State == StateEnded:
		return CloseEnded
	}
	return 0
}

// End returns the close code that a socket has after this error as the refusal of an HTTP
// request; 0 if the client may go on.
func (e Error) End() CloseCode {
	switch e.Code {
	case CodeInvalidToken:
		return CloseInvalidToken
	case CodeSessionMissing:
		return CloseNoSession
	case CodeNoEnrolment:
		return CloseNoEnrolment
	}
	return 0
}

// RevOf returns the rev that a message carries, 0 if it has none. A client says the greatest
// one in its next hello.
func RevOf(m Message) int64 {
	switch m := m.(type) {
	case Progress:
		return m.Rev
	case Welcome:
		if m.Progress != nil {
			return m.Progress.Rev
		}
	case Enrolment:
		var view struct {
			Rev int64 `json:"rev"`
		}
		if json.Unmarshal(m.View, &view) == nil {
			return view.Rev
		}
	}
	return 0
}

// Split returns a picture as stills of at most size bytes each; with size 0 as one.
func (f Frame) Split(size int) []Frame {
	whole := f.Data
	if size <= 0 || size > len(whole) {
		size = max(1, len(whole))
	}
	f.Kind, f.Parts = Still, max(1, (len(whole)+size-1)/size)
	out := make([]Frame, f.Parts)
	for i := range out {
		f.Part, f.Data = i, whole[min(len(whole), i*size):min(len(whole), (i+1)*size)]
		out[i] = f
	}
	return out
}
