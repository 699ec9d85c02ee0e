package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestABodyThatDoesNotArriveHoldsNoConnection(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.Body = 300 * time.Millisecond })
	for _, head := range []string{
		"GET / HTTP/1.1\r\nContent-Length: 9000\r\n",
		"GET /readyz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
		"GET /no/such/page HTTP/1.1\r\nContent-Length: 9000\r\n",
		"POST /no/such/page HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
		"PUT /p HTTP/1.1\r\nContent-Length: 9000\r\n",
		"HEAD /js/app.js HTTP/1.1\r\nContent-Length: 9000\r\n",
		"POST /api/sessions HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 90\r\n",
		"POST /api/phone HTTP/1.1\r\nContent-Type: application/octet-stream\r\nContent-Length: 9000\r\n",
		"GET /api/desktop/state HTTP/1.1\r\nAccept: text/event-stream\r\nContent-Length: 9000\r\n",
		"GET /ws/phone HTTP/1.1\r\nContent-Length: 9000\r\n",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", in.http.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, head+"Host: visavis.example\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil { // ends when the server closes
			t.Errorf("%.40q: still open after 20 s: %v", head, err)
		}
		_ = conn.Close()
	}
}

// What a handler does with a body that is there, and a request without one, may last
// longer than a body may take.
func TestTheDeadlineOfABodyEndsWithIt(t *testing.T) {
	const within = 100 * time.Millisecond
	in := newTestServer(t, newStore(t), func(c *Config) { c.Limits.Body = within })
	slow := httptest.NewServer(in.observed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Errorf("%s: the body: %v", r.Method, err)
		}
		select {
		case <-r.Context().Done():
			t.Errorf("%s: the request was ended while its handler worked", r.Method)
		case <-time.After(5 * within):
		}
		w.WriteHeader(http.StatusNoContent)
	})))
	defer slow.Close()
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		body := io.Reader(strings.NewReader("whole"))
		if method == http.MethodGet {
			body = nil
		}
		r, err := http.NewRequestWithContext(t.Context(), method, slow.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := slow.Client().Do(r)
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusNoContent {
			t.Errorf("%s: status %d, want 204", method, answer.StatusCode)
		}
	}
}

// A compressed body would be read as no JSON; the answer says what is the matter.
func TestAnEncodedBodyIsRefused(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, c := range []struct {
		method, path, body, coding string
		chunked                    bool
		want                       int
	}{
		{"POST", "/api/sessions", "{}", "gzip", false, http.StatusUnsupportedMediaType},
		{"POST", "/api/sessions", "{}", "identity, BR", false, http.StatusUnsupportedMediaType},
		{"POST", "/api/sessions", "{}", "deflate", true, http.StatusUnsupportedMediaType},
		{"POST", "/api/phone", "{}", "zstd", false, http.StatusUnsupportedMediaType},
		{"POST", "/api/sessions", "{}", "Identity", false, http.StatusOK},
		{"POST", "/api/sessions", "{}", "", true, http.StatusOK},
		{"GET", "/readyz", "", "gzip", false, http.StatusOK}, // a head without a body
	} {
		var body io.Reader
		if c.body != "" {
			body = strings.NewReader(c.body)
		}
		if c.chunked {
			body = io.MultiReader(body) // of a length that the client does not know
		}
		r, err := http.NewRequestWithContext(t.Context(), c.method, in.http.URL+c.path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if c.coding != "" {
			r.Header.Set("Content-Encoding", c.coding)
		}
		answer, err := in.http.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != c.want {
			t.Errorf("%s %s, Content-Encoding %q: status %d, %s (%v), want %d",
				c.method, c.path, c.coding, answer.StatusCode, said, err, c.want)
		}
		if told := answer.Header.Get("Accept-Encoding"); c.want == http.StatusUnsupportedMediaType && told != "identity" {
			t.Errorf("Content-Encoding %q: Accept-Encoding %q, want identity", c.coding, told)
		}
	}
}

// What a handler leaves unread of a body is never read as the next request, also if the handler closes the body, as the
// API's framework does.
func TestTheRestOfABodyIsNoRequest(t *testing.T) {
	var smuggled atomic.Bool
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			smuggled.Store(true)
		}
		r = boundBody(w, r, 10*time.Second)
		if _, err := io.CopyN(io.Discard, r.Body, 1000); err != nil {
			t.Error(err)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}))
	defer ts.Close()

	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	inner := strings.Repeat("GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", 20_000)
	go func() { // fails once the server has closed the connection
		_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(inner), inner)
	}()
	answers := bufio.NewReader(conn)
	first, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Close {
		t.Error("the first answer does not close the connection")
	}
	if more, err := io.ReadAll(answers); len(more) > 0 {
		t.Errorf("%.60q came after the first answer, error %v", more, err)
	}
	if smuggled.Load() {
		t.Error("a piece of the body was answered as a request")
	}
}

// A client that waits to be asked for its body has its refusal at once, and the connection ends: whether it sends the
// body all the same is not known.
func TestARefusalDoesNotWaitForABodyThatNobodyAskedFor(t *testing.T) {
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		boundBody(w, r, 10*time.Second)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer ts.Close()
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusUnauthorized || !answer.Close {
		t.Errorf("status %d, connection closed %t", answer.StatusCode, answer.Close)
	}
}
