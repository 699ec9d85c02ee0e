package protocol

// CloseCode is a WebSocket close code of this protocol. The range says what the client
// does: after 4000 to 4499 it reconnects with a growing, random delay; 4500 to 4999 are
// final. A client treats an unknown code by its range.
type CloseCode int

// The close codes.
const (
	CloseIdle        CloseCode = 4000 // no hello within 10 s, or no sign of life
	CloseSlow        CloseCode = 4001 // the reader did not keep up
	CloseRateLimited CloseCode = 4002 // too many messages or bytes
	CloseGoingDown   CloseCode = 4003 // the instance stops; another one takes over

	CloseInvalidToken       CloseCode = 4500 // unknown, expired or used: one answer for all
	CloseEnded              CloseCode = 4501 // the session has ended; the last progress said why
	CloseBadMessage         CloseCode = 4504
	CloseUnsupportedVersion CloseCode = 4505
	CloseReplaced           CloseCode = 4506 // a newer socket of the same role took over
	CloseWrongCode          CloseCode = 4507 // the comparison failed: scan the new code
	CloseThrownOut          CloseCode = 4508 // the desktop said: not my phone
	CloseNoSession          CloseCode = 4509 // desktop: the cookie names no session; open a new one, or log in
	CloseNoEnrolment        CloseCode = 4510 // desktop: the login has no such enrolment
)

// Retry reports whether a client reconnects by itself after this code.
func (c CloseCode) Retry() bool { return c < 4500 }

// The error codes of an Error message, a refused FrameResult, a StillResult and the HTTP
// answers. The connection stays open.
const (
	CodeBadMessage     = "bad-message"   // not JSON, or a field of the wrong kind
	CodeUnknownType    = "unknown-type"  // a type this server does not know
	CodeNotAllowed     = "not-allowed"   // not by this role, or not in this state
	CodeInvalidToken   = "invalid-token" // unknown, expired or used
	CodeRateLimited    = "rate-limited"  //
	CodeTooLarge       = "too-large"     // a frame or message over its limit
	CodeNotJPEG        = "not-jpeg"      // the bytes are another format
	CodeTruncated      = "truncated"     // a JPEG that ends early
	CodeBadImage       = "bad-image"     // a JPEG that cannot be decoded
	CodeBadSize        = "bad-size"      // too few or too many pixels, or a side out of limits
	CodeEmpty          = "empty"         // no bytes
	CodeBadSignature   = "bad-signature" // the frame lacks a signature of the claim's key, or has a wrong one
	CodeBadHeader      = "bad-header"    // the binary header is short or has unknown values
	CodeWrongVersion   = "wrong-version" // the binary header's version
	CodeWrongStep      = "wrong-step"    // the step is not open
	CodeSamePicture    = "same-picture"  // these very bytes were refused before
	CodeOtherPicture   = "other-picture" // parts of two pictures came under one seq; take it again
	CodeBusy           = "busy"          // the analysis could not be done now; send the next one
	CodeUnavailable    = "unavailable"   // the store does not answer
	CodeInternal       = "internal"
	CodeOriginRefused  = "origin-refused"
	CodeSessionMissing = "no-session"   // also: nobody is logged in
	CodeNoEnrolment    = "no-enrolment" // of this login
)
