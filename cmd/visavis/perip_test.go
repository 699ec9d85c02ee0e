package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"visavis/limits"
	"visavis/testkit"
)

// shut tells whether the other side has closed a connection.
func shut(t *testing.T, c net.Conn, within time.Duration) bool {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Read(make([]byte, 1))
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

func TestConnectionsOfOneAddressAreBounded(t *testing.T) {
	for name, proxies := range map[string][]netip.Prefix{
		"a stranger": nil, "a listed proxy": {netip.MustParsePrefix("127.0.0.0/8")}} {
		t.Run(name, func(t *testing.T) {
			tcp, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			two := limits.Connections.Of()
			two.Number = 2
			meter := limits.NewMeter(two)
			l := shareConnections(tcp, meter, proxies)
			l.own = nil // no place of this machine
			accepted := make(chan net.Conn, 10)
			go func() {
				defer close(accepted)
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					accepted <- c
				}
			}()
			dial := func() net.Conn {
				c, err := net.Dial("tcp", tcp.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = c.Close() })
				return c
			}
			dial()
			dial()
			first, second := <-accepted, <-accepted
			third := dial()
			patience := 300 * time.Millisecond
			if proxies == nil {
				patience = time.Minute // it is shut as soon as the machine comes to it
			}
			if got := shut(t, third, patience); got != (proxies == nil) {
				t.Errorf("the third connection: shut %v", got)
			}
			_ = first.Close()
			_ = first.Close() // twice counts once
			if c := dial(); shut(t, c, 100*time.Millisecond) {
				t.Error("the place of a closed connection is not given back")
			}
			_ = second.Close()
			_ = tcp.Close()
			for c := range accepted {
				_ = c.Close()
			}
			for i := range 2 {
				if _, err := meter.Hold(netip.MustParseAddr("127.0.0.1"), limits.Connections); err != nil {
					t.Errorf("after all are closed, place %d: %v", i+1, err)
				}
			}
		})
	}
}

// When all places are taken this machine still asks for its health.
func TestHealthChecksHavePlacesOfTheirOwn(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tcp.Close() })
	one := limits.ConnectionsTotal.Of()
	one.Number = 1
	meter := limits.NewMeter(one)
	if _, err := meter.Hold(netip.MustParseAddr("192.0.2.1"), limits.ConnectionsTotal); err != nil {
		t.Fatal(err)
	}
	l := shareConnections(tcp, meter, nil)
	l.own = make(chan struct{}, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("x"))
		}
	}()
	for i, want := range []bool{true, false} {
		c, err := net.Dial("tcp", tcp.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 1)); (err == nil) != want {
			t.Errorf("connection %d of this machine: %v, want answered %v", i+1, err, want)
		}
	}
}

func TestConnectionsLeaveDescriptors(t *testing.T) {
	most := allowedConnections(1 << 40)
	if total := socketsTotal(); most < 1 || allowedConnections(10) > 10 || total > limits.SocketsTotal.Number() ||
		int64(total) > most {
		t.Errorf("%d connections, %d sockets", most, total)
	}
}

// servePlain starts the whole program on one port without TLS. healthy fails the test
// unless the program answers there. At the test's end it stops in order, without a panic
// in its log.
func servePlain(t *testing.T) (address string, healthy func()) {
	t.Helper()
	address, log := testkit.FreeAddress(t), &testkit.LogBuffer{}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() {
		defer close(done)
		done <- run(ctx, []string{"--listen=" + address, "--tls=off", "--data=" + t.TempDir(), "--workers=1", "--models=" +
			t.TempDir()},
			environment{getenv: func(string) string { return "" }, stdout: io.Discard, stderr: log})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
		if strings.Contains(log.String(), "panic") {
			t.Errorf("a panic is in the log:\n%s", log)
		}
	})
	client := &http.Client{}
	t.Cleanup(client.CloseIdleConnections)
	healthy = func() {
		t.Helper()
		if got := fetch(t, client, "http://"+address+"/healthz", done, log); got.status != http.StatusOK {
			t.Errorf("GET /healthz: status %d", got.status)
		}
	}
	healthy()
	return address, healthy
}

// TestServeAgainstFloods starts the whole program and sends headers without end,
// halves of requests and nothing at all: each is cut, and the pages go on.
func TestServeAgainstFloods(t *testing.T) {
	address, healthy := servePlain(t)
	for name, head := range map[string]string{
		"one long header":  "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("a", 64<<10) + "\r\n\r\n",
		"many headers":     "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: b\r\n", 8<<10) + "\r\n",
		"a long path":      "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"many addresses":   "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + strings.Repeat("192.0.2.1,", 6<<10) + "\r\n\r\n",
		"a socket's flood": "GET /ws/phone HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: " + strings.Repeat("a,", 32<<10) + "\r\n\r\n",
	} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = fmt.Fprint(c, head) }() // the server may close half way
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("%s: status %d, want 431", name, res.StatusCode)
			}
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: no answer", name)
		}
		_ = c.Close()
	}
	healthy()
}

// Headers that come a byte at a time are not waited for without end, however many
// send them; the pages go on meanwhile.
func TestSlowHeadersAreNotWaitedFor(t *testing.T) {
	address, healthy := servePlain(t)
	ended := make(chan error, 20)
	for range cap(ended) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		go func() {
			_, _ = fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
			for tick := time.NewTicker(200 * time.Millisecond); ; <-tick.C {
				if _, err := fmt.Fprint(c, "a"); err != nil || t.Context().Err() != nil {
					tick.Stop()
					return
				}
			}
		}()
		go func() {
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			_, err := io.ReadAll(c)
			ended <- err
		}()
	}
	for range cap(ended) {
		if err := <-ended; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a slow header holds its connection for a minute")
		}
	}
	healthy()
}
