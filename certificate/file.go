package certificate

import (
	"context"
	"time"
)

// File describes the file of an enrolment as it is sent to an issuer: encrypted, so that
// the issuer alone can open it.
type File struct {
	Size   int64  `json:"size"`   // in bytes
	SHA256 string `json:"sha256"` // of these bytes, hex
}

// FileStatus is how far an issuer is with a file.
type FileStatus string

// The stages. A file is received in pieces, then opened and checked, which may take days.
// The last two are final for these bytes.
const (
	FileReceiving    FileStatus = "receiving"
	FileChecking     FileStatus = "checking"
	FileAcknowledged FileStatus = "acknowledged" // the issuer has it, and keeps it
	FileRefused      FileStatus = "refused"      // these bytes are of no use to the issuer
)

// FileAnswer is an issuer's answer about a file.
type FileAnswer struct {
	File
	Status   FileStatus
	Received int64 // bytes from the first on; where to go on
	// Reference is the issuer's own name of an acknowledged file; empty: none.
	Reference  string
	Refusal    Refusal
	RetryAfter time.Duration // 0 leaves it to the caller
}

// FileTaker is an [Issuer] that takes the file of an issued certificate. Its methods are
// idempotent, and their errors those of an issuer.
type FileTaker interface {
	// Offer says which file follows, and asks how far it is. Other bytes than those that
	// were offered before take their place, unless the issuer has acknowledged a file.
	Offer(ctx context.Context, enrolment string, f File) (FileAnswer, error)
	// Send sends a piece that begins at a byte. ErrPiece if bytes before it are missing.
	Send(ctx context.Context, enrolment string, at int64, piece []byte) (FileAnswer, error)
}
