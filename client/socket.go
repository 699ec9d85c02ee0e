package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
)

// transport sends messages. Received ones go into the mailbox.
type transport interface {
	sendText(ctx context.Context, data []byte) error
	sendBinary(ctx context.Context, data []byte) error
	// bye closes in good order; drop closes abruptly, like a phone that lost its network.
	// Both return when the transport's goroutines have ended.
	bye()
	drop()
}

// maxMessage bounds, in bytes, a message of the server. A QR or a thumbnail is far below
// it.
const maxMessage = 1 << 20

// socket is a WebSocket.
type socket struct {
	conn   *websocket.Conn
	reader sync.WaitGroup
}

func dialSocket(ctx context.Context, w *web, path string, box *mailbox) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	target := *w.server
	target.Scheme = map[string]string{"https": "wss", "http": "ws"}[target.Scheme]
	target.Path = path
	conn, answer, err := websocket.Dial(ctx, target.String(), &websocket.DialOptions{
		HTTPClient:   w.http,
		HTTPHeader:   w.header(),
		Subprotocols: []string{protocol.Subprotocol},
	})
	if err != nil {
		if answer != nil && answer.StatusCode >= 400 {
			return nil, fmt.Errorf("open %s: %w", path, readHTTPError(answer))
		}
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	conn.SetReadLimit(maxMessage)
	s := &socket{conn: conn}
	s.reader.Go(func() { s.read(box) })
	return s, nil
}

// read fills the mailbox until the connection ends. It takes no context: cancelling one
// would end the connection without a close code.
func (s *socket) read(box *mailbox) {
	for {
		kind, data, err := s.conn.Read(context.Background())
		at := time.Now()
		if err != nil {
			e := Event{At: at, Ended: true, Err: err}
			if closed, ok := errors.AsType[websocket.CloseError](err); ok {
				e.Code = protocol.CloseCode(closed.Code)
			}
			box.put(e)
			return
		}
		if kind != websocket.MessageText {
			_ = s.conn.Close(websocket.StatusUnsupportedData, "text only")
			continue // the next read says that it is closed
		}
		m, err := protocol.Decode(data)
		if err != nil {
			box.put(Event{At: at, Message: protocol.Error{Code: protocol.CodeUnknownType, Text: "from the server: " +
				err.Error()}})
			continue
		}
		box.put(Event{At: at, Message: m})
	}
}

func (s *socket) sendText(ctx context.Context, data []byte) error {
	return s.write(ctx, websocket.MessageText, data)
}

func (s *socket) sendBinary(ctx context.Context, data []byte) error {
	return s.write(ctx, websocket.MessageBinary, data)
}

func (s *socket) write(ctx context.Context, kind websocket.MessageType, data []byte) error {
	if err := s.conn.Write(ctx, kind, data); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

func (s *socket) bye() {
	// An error says that the other side was first or is gone; either way it is
	// over, and the event that read leaves says how.
	_ = s.conn.Close(websocket.StatusNormalClosure, "")
	s.reader.Wait()
}

func (s *socket) drop() {
	s.conn.CloseNow()
	s.reader.Wait()
}
