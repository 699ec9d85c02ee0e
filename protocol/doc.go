// Package protocol is the wire of the live plane: what the desktop page, the
// phone page and scripted clients say to the server, and what it answers.
//
// It knows no transport. [Memory] is what a client keeps; the rest has no state. Text messages are JSON, one struct
// each ([Message]); images travel as binary frames ([Frame]). The version is the
// WebSocket subprotocol ([Subprotocol]). docs/protocol.md tells the same story
// in words; the vectors under testdata are read by the Go and by the JavaScript
// tests.
//
//	desktop                      server                       phone
//	  | POST /api/sessions         |                            |
//	  |<- session cookie ----------|                            |
//	  | hello -------------------->|                            |
//	  |<- welcome, pairing --------|                            |
//	  |      (QR: link with the token in its fragment)          |
//	  |                            |<--------- hello {token} ---|
//	  |<- progress: scanned -------|---------- invitation ----->|
//	  |                            |<--------- claim -----------| a tap
//	  |<- progress: comparing -----|---------- welcome -------->| device secret
//	  |                            |<--------- choose-code -----|
//	  |<- progress: paired --------|---------- progress ------->|
//	  |                            |<--- choose-document, start |
//	  |<- live: hint, thumbnail ---|<--------- preview frames --|
//	  |                            |---------- frame-result --->|
//	  |                            |---------- capture-still -->|
//	  |                            |<--------- still, in parts -|
//	  |<- progress: step accepted -|---------- still-result --->|
//	  |            ... back, selfie, then progress: done ...    |
package protocol
