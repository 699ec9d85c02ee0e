package pades

import "fmt"

// Code says why a file is not signed.
type Code string

// The codes.
const (
	TooLarge   Code = "too-large"
	NotPDF     Code = "not-pdf"
	Encrypted  Code = "encrypted"
	Locked     Code = "locked" // its author certified it and permits no change
	Hybrid     Code = "hybrid" // readers may show two documents
	XFA        Code = "xfa"    // a form that few readers show, and none shows alike
	Damaged    Code = "damaged"
	Unreadable Code = "unreadable" // it uses what is not read here
)

// Refusal says why a file is not signed, for a caller that can choose another file.
type Refusal struct {
	Code   Code
	Detail string // for operators
}

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("the file is not signed, %s: %s", r.Code, r.Detail)
}

func damaged(format string, args ...any) error {
	return &Refusal{Damaged, fmt.Sprintf(format, args...)}
}

func unreadable(format string, args ...any) error {
	return &Refusal{Unreadable, fmt.Sprintf(format, args...)}
}
