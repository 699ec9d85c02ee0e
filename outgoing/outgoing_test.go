package outgoing_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"visavis/outgoing"
)

func TestOnlyAddressesOfTheInternetAreConnectedTo(t *testing.T) {
	for address, private := range map[string]bool{
		"127.0.0.1:80": true, "10.0.0.1:80": true, "192.168.1.1:443": true, "169.254.169.254:80": true, "0.0.0.0:80": true,
		"[::1]:80": true, "[fd00::1]:80": true, "[fe80::1]:80": true, "[::ffff:10.0.0.1]:80": true, "nowhere": true,
		"192.0.1.1:80": false, "1.1.1.1:8080": false, "[2606:4700::1]:443": false,
	} {
		network := "tcp4"
		if strings.HasPrefix(address, "[") {
			network = "tcp6"
		}
		if err := outgoing.Internet(network, address, nil); errors.Is(err, outgoing.ErrPrivate) != private {
			t.Errorf("%s: %v, private %t", address, err, private)
		}
	}
}

func TestAQuestionIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/none":
			http.NotFound(w, r)
		case "/slow":
			<-r.Context().Done()
		default:
			_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		}
	}))
	t.Cleanup(server.Close)
	q := outgoing.Question{Type: "text/plain", Within: time.Minute, Most: 20}
	ask := func(path string, change func(*outgoing.Question)) (string, error) {
		one := q
		one.URL = server.URL + path
		change(&one)
		body, err := one.Ask(t.Context())
		return string(body), err
	}
	as := func(*outgoing.Question) {}
	if got, err := ask("/", as); got != "GET  " || err != nil {
		t.Errorf("read: %q, %v", got, err)
	}
	got, err := ask("/", func(q *outgoing.Question) { q.Body = []byte("what") })
	if got != "POST text/plain what" || err != nil {
		t.Errorf("posted, of as many bytes as may be: %q, %v", got, err)
	}
	for want, c := range map[string]struct {
		path   string
		change func(*outgoing.Question)
	}{
		"more than 19 bytes": {"/", func(q *outgoing.Question) { q.Body, q.Most = []byte("what"), 19 }},
		"answered 404":       {"/none", as},
		"deadline exceeded":  {"/slow", func(q *outgoing.Question) { q.Within = 10 * time.Millisecond }},
		"is private":         {"/", func(q *outgoing.Question) { q.Client = outgoing.Public }},
	} {
		if _, err := ask(c.path, c.change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", c.path, err, want)
		}
	}
}

// An address of the internet that sends on to a private one leads nowhere.
func TestARedirectToAPrivateAddressIsNotFollowed(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(inside.Close)
	first := true
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		if first {
			first = false
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {inside.URL}},
				Body: http.NoBody, Request: r}, nil
		}
		return outgoing.Public.Transport.RoundTrip(r)
	})}
	_, err := outgoing.Question{Client: client, URL: "http://list.example/", Within: time.Minute, Most: 1}.Ask(t.Context())
	if !errors.Is(err, outgoing.ErrPrivate) || reached {
		t.Errorf("%v, reached %t", err, reached)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
