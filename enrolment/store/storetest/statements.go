package storetest

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// Statements counts what clients of a PostgreSQL server have it execute, BEGIN and COMMIT included.
type Statements struct{ n atomic.Int64 }

// Count returns the number of statements so far.
func (s *Statements) Count() int64 { return s.n.Load() }

// Counted returns the URL of a proxy on loopback before a database of Database, and the count of the statements that
// pass it.
func Counted(t *testing.T, database string) (proxied string, s *Statements) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s = &Statements{}
	server := u.Host
	u.Host = listener.Addr().String()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go s.forward(t.Context(), client, server)
		}
	}()
	return u.String(), s
}

// forward connects a client with the server until either ends.
func (s *Statements) forward(ctx context.Context, client net.Conn, server string) {
	defer func() { _ = client.Close() }()
	to, err := new(net.Dialer).DialContext(ctx, "tcp", server)
	if err != nil {
		return // the client sees that its connection ends
	}
	defer func() { _ = to.Close() }()
	go func() {
		_, _ = io.Copy(client, to)
		_ = client.Close()
	}()
	in, out := bufio.NewReader(client), bufio.NewWriter(to)
	for first := true; ; first = false {
		kind, err := message(in, out, first)
		if err != nil {
			return
		}
		if kind == 'Q' || kind == 'E' { // Query and Execute
			s.n.Add(1)
		}
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
	}
}

// message forwards one message of PostgreSQL's protocol and returns its type. The first one of a connection has none.
func message(in *bufio.Reader, out io.Writer, first bool) (kind byte, err error) {
	head := make([]byte, 5) // the type and the length, which counts itself
	if first {
		head = head[:4]
	}
	if _, err := io.ReadFull(in, head); err != nil {
		return 0, err
	}
	if !first {
		kind = head[0]
	}
	if _, err := out.Write(head); err != nil {
		return 0, err
	}
	_, err = io.CopyN(out, in, int64(binary.BigEndian.Uint32(head[len(head)-4:]))-4)
	return kind, err
}
