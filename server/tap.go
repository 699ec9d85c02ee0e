package server

import (
	"visavis/protocol"
	"visavis/server/live"
)

// Tap watches what passes on the wire: for test sites, see Config.Tap.
type Tap interface {
	// Socket tells of a new socket of a role, "desktop" or "phone". Calling cut ends it
	// without a word, as a lost network does.
	Socket(role string, cut func()) Wire
	// Posted tells of one request by HTTP with its answers, or of answers alone on an
	// event stream (said is nil then). Reference names the session; empty where none was
	// found.
	Posted(role, reference string, said []byte, binary bool, answers [][]byte)
}

// Wire watches one socket. Received and Sent are called in order, each by one
// goroutine; one that waits slows the socket down.
type Wire interface {
	Received(binary bool, data []byte)
	Sent(data []byte)
	// Ended tells how it ended: 0 when it broke or the client closed it.
	Ended(code protocol.CloseCode)
}

// untapped is the Tap of a server that nobody watches.
type untapped struct{}

func (untapped) Socket(string, func()) Wire                    { return untapped{} }
func (untapped) Posted(string, string, []byte, bool, [][]byte) {}
func (untapped) Received(bool, []byte)                         {}
func (untapped) Sent([]byte)                                   {}
func (untapped) Ended(protocol.CloseCode)                      {}

// dataOf are the messages of items.
func dataOf(items []live.OutItem) [][]byte {
	all := make([][]byte, len(items))
	for i, it := range items {
		all[i] = it.Data
	}
	return all
}
