package main

import "context"

// measureIdle compares the memory of idle paired sessions with that of two bare
// sockets each.
func measureIdle(ctx context.Context, n int, figures map[string]float64) error {
	session, err := grown(ctx, childFlags{kind: "server"}, n, openSession)
	if err != nil {
		return err
	}
	sockets, err := grown(ctx, childFlags{kind: "bare"}, n, openBare)
	if err != nil {
		return err
	}
	figures["idle_session_bytes"] = session
	figures["idle_bare_bytes"] = sockets
	figures["idle_ratio"] = session / sockets
	return nil
}

// opener opens two sockets at a measured process.
type opener func(ctx context.Context, url string) ([]*party, error)

// openSession opens a paired session: a desktop and a phone.
func openSession(ctx context.Context, url string) ([]*party, error) {
	desktop, phone, err := pair(ctx, url)
	return []*party{desktop, phone}, err
}

// openBare opens two bare sockets, which is what a session is compared with.
func openBare(ctx context.Context, url string) ([]*party, error) {
	one, err := dial(ctx, url, "/", "")
	if err != nil {
		return nil, err
	}
	two, err := dial(ctx, url, "/", "")
	return []*party{one, two}, err
}

// grown opens n of something and returns by how much the child grew for each.
func grown(ctx context.Context, flags childFlags, n int, open opener) (float64, error) {
	c, err := startChild(ctx, flags)
	if err != nil {
		return 0, err
	}
	defer c.stop()
	first, err := open(ctx, c.url) // what a server sets up once does not count
	if err != nil {
		return 0, err
	}
	all := first
	defer func() {
		for _, p := range all {
			_ = p.conn.CloseNow()
		}
	}()
	before, err := c.resident(ctx)
	if err != nil {
		return 0, err
	}
	for range n {
		more, err := open(ctx, c.url)
		if err != nil {
			return 0, err
		}
		for _, p := range more {
			p.keepReading(ctx, func() {})
		}
		all = append(all, more...)
	}
	after, err := c.resident(ctx)
	return (after - before) / float64(n), err
}

// keepReading answers pings and throws away what comes, until the socket closes; then it
// calls over.
func (p *party) keepReading(ctx context.Context, over func()) {
	go func() { // ends with the socket
		defer over()
		for {
			if _, _, err := p.conn.Read(ctx); err != nil {
				return
			}
		}
	}()
}
