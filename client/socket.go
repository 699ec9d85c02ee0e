package client

import (
	"context"
	"fmt"
	"sync"

	"github.com/coder/websocket"

	"visavis/protocol"
)

// maxMessage bounds, in bytes, a message of the server. A QR or a thumbnail is far below
// it.
const maxMessage = 1 << 20

// socket is a WebSocket.
type socket struct {
	*websocket.Conn
	reader sync.WaitGroup
}

func (c *conn) dialSocket(ctx context.Context) (transport, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	target := c.server.JoinPath("ws", c.role)
	ws, answer, err := websocket.Dial(ctx, target.String(), &websocket.DialOptions{
		HTTPClient: c.http, HTTPHeader: c.header(nil), Subprotocols: []string{protocol.Subprotocol},
	})
	if err != nil && answer != nil && answer.StatusCode >= 400 {
		err = readHTTPError(answer)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", target.Path, err)
	}
	ws.SetReadLimit(maxMessage)
	s := &socket{Conn: ws}
	s.reader.Go(func() { s.read(c) })
	return s, nil
}

// read takes messages until the connection ends. It takes no context: cancelling one would
// end the connection without a close code.
func (s *socket) read(c *conn) {
	for {
		kind, data, err := s.Read(context.Background())
		switch {
		case err != nil:
			code := max(0, websocket.CloseStatus(err)) // -1 without a close frame
			c.put(Event{Ended: true, Code: protocol.CloseCode(code), Err: err})
			return
		case kind != websocket.MessageText:
			_ = s.Conn.Close(websocket.StatusUnsupportedData, "text only") // the next read says that it is closed
		default:
			c.arrived(data)
		}
	}
}

func (s *socket) send(ctx context.Context, binary bool, data []byte) error {
	kind := websocket.MessageText
	if binary {
		kind = websocket.MessageBinary
	}
	return s.Write(ctx, kind, data)
}

func (s *socket) end(orderly bool) {
	if orderly {
		// An error means that the peer closed first or is gone. The connection is over either way; read reports how.
		_ = s.Conn.Close(websocket.StatusNormalClosure, "")
	} else {
		_ = s.CloseNow()
	}
	s.reader.Wait()
}
