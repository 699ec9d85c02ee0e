package server

import (
	"visavis/protocol"
	"visavis/server/live"
)

// Tap observes wire traffic, for test sites. See Config.Tap.
type Tap interface {
	// Socket reports a new socket of a role, "desktop" or "phone". cut ends it without a
	// close frame, like a lost network.
	Socket(role string, cut func()) Wire
	// Posted reports one HTTP request with its answers, or only answers of an event
	// stream (said is then nil). reference names the session, or is empty if none was
	// found.
	Posted(role, reference string, said []byte, binary bool, answers [][]byte)
}

// Wire observes one socket. Received and Sent are called in order, each by one goroutine.
// A slow call slows the socket down.
type Wire interface {
	Received(binary bool, data []byte)
	Sent(data []byte)
	// Ended reports the close code: 0 if the connection broke or the client closed it.
	Ended(code protocol.CloseCode)
}

// untapped is the Tap of a server without one.
type untapped struct{}

func (untapped) Socket(string, func()) Wire                    { return untapped{} }
func (untapped) Posted(string, string, []byte, bool, [][]byte) {}
func (untapped) Received(bool, []byte)                         {}
func (untapped) Sent([]byte)                                   {}
func (untapped) Ended(protocol.CloseCode)                      {}

// dataOf returns the messages of items.
func dataOf(items []live.OutItem) [][]byte {
	all := make([][]byte, len(items))
	for i, it := range items {
		all[i] = it.Data
	}
	return all
}
