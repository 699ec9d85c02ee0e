package main

import "context"

// measureIdle compares the memory of idle paired sessions with that of two bare
// sockets each.
func measureIdle(ctx context.Context, n int, figures map[string]float64) error {
	session, err := grown(ctx, "server", n, func(addr string) ([]*party, error) {
		desktop, phone, err := pair(ctx, addr)
		return []*party{desktop, phone}, err
	})
	if err != nil {
		return err
	}
	sockets, err := grown(ctx, "bare", n, func(addr string) ([]*party, error) {
		one, err := dial(ctx, addr, "/", "")
		if err != nil {
			return nil, err
		}
		two, err := dial(ctx, addr, "/", "")
		return []*party{one, two}, err
	})
	if err != nil {
		return err
	}
	figures["idle_session_bytes"] = session
	figures["idle_bare_bytes"] = sockets
	figures["idle_ratio"] = session / sockets
	return nil
}

// grown opens n of something and returns by how much the child grew for each.
func grown(ctx context.Context, kind string, n int, open func(addr string) ([]*party, error)) (float64, error) {
	c, err := startChild(ctx, kind)
	if err != nil {
		return 0, err
	}
	defer c.stop()
	first, err := open(c.addr) // what a server sets up once does not count
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
		more, err := open(c.addr)
		if err != nil {
			return 0, err
		}
		for _, p := range more {
			p.keepReading(ctx)
		}
		all = append(all, more...)
	}
	after, err := c.resident(ctx)
	return (after - before) / float64(n), err
}

// keepReading answers pings and throws away what comes, until the socket closes.
func (p *party) keepReading(ctx context.Context) {
	go func() { // ends with the socket
		for {
			if _, _, err := p.conn.Read(ctx); err != nil {
				return
			}
		}
	}()
}
