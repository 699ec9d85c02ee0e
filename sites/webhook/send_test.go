package webhook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"visavis/sites/webhook"
)

func send(s *webhook.Sender, url string, body string) webhook.Answer {
	return s.Send(context.Background(),
		webhook.Message{URL: url, ID: "evt_1", Signature: "v1,x", At: time.Unix(1_800_000_000, 0), Body: []byte(body)})
}

func TestAMessageArrivesAsItWasSigned(t *testing.T) {
	var got *http.Request
	var body []byte
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, "thank\x00s")
	}))
	defer srv.Close()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	a := send(webhook.New(webhook.Config{Private: true, Roots: &tls.Config{RootCAs: roots}}), srv.URL, `{"a":1}`)
	if a.Problem != "" || a.Status != http.StatusOK || a.Text != "thanks" || string(body) != `{"a":1}` {
		t.Errorf("%+v, body %q", a, body)
	}
	for name, want := range map[string]string{"Webhook-Id": "evt_1", "Webhook-Timestamp": "1800000000",
		"Webhook-Signature": "v1,x", "Content-Type": "application/json"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	if a := send(webhook.New(webhook.Config{Private: true}), srv.URL, ""); !strings.Contains(a.Problem, "certificate") {
		t.Errorf("an unknown certificate: %+v", a)
	}
}

// No endpoint holds a delivery up, fills the memory or leads into this network.
func TestHostileEndpoints(t *testing.T) {
	stop := make(chan struct{})
	hits := 0
	mux := http.NewServeMux()
	mux.HandleFunc("/hang", func(http.ResponseWriter, *http.Request) { <-stop })
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte("x")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-stop:
				return
			case <-r.Context().Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	mux.HandleFunc("/flood", func(w http.ResponseWriter, r *http.Request) { // 10 GB, as far as anybody reads
		w.Header().Set("Content-Length", "10000000000")
		chunk := make([]byte, 64<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/metadata", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) {
		hits++
		http.Redirect(w, r, "/loop", http.StatusPermanentRedirect)
	})
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	mux.HandleFunc("/later", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	raw := func(answer string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(c, answer) // who hangs up early is answered all the same
			_ = c.Close()
		}
	}
	mux.HandleFunc("/short", raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok"))
	mux.HandleFunc("/lengths", raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 900\r\n\r\nok"))
	mux.HandleFunc("/other", raw("220 mail.example.org ESMTP\r\n"))
	mux.HandleFunc("/packed", raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno\x00packet"))
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X", strings.Repeat("x", 64<<10))
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	defer close(stop)
	s := webhook.New(webhook.Config{Private: true, Within: 15 * time.Second})
	hasty := webhook.New(webhook.Config{Private: true, Within: 3 * time.Second}) // for what never ends
	for path, want := range map[string]string{
		"/hang": "in time", "/drip": "did not come to its end", "/metadata": "a redirect is not followed", "/loop": "a redirect is not followed",
		"/gone": "gone", "/later": "answered 429", "/headers": "no connection", "/short": "did not come to its end",
		"/lengths": "no connection", "/other": "no connection",
	} {
		by := s
		if path == "/hang" || path == "/drip" {
			by = hasty
		}
		begun := time.Now()
		a := send(by, srv.URL+path, "{}")
		if !strings.Contains(a.Problem, want) || a.Gone != (path == "/gone") || len(a.Text) > 1<<10 {
			t.Errorf("%s: %+v, want %q", path, a, want)
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("%s took %s", path, took)
		}
		if path == "/later" && a.After != 2*time.Minute {
			t.Errorf("asked to wait %s", a.After)
		}
	}
	if hits != 1 {
		t.Errorf("a loop was followed %d times", hits)
	}
	if a := send(s, srv.URL+"/packed", "{}"); a.Problem != "" || a.Status != http.StatusOK {
		t.Errorf("an answer that is not what it says was opened: %+v", a)
	}
	// What is read of a flood is bounded; that it was taken is what the status says.
	if a := send(s, srv.URL+"/flood", "{}"); len(a.Text) > 1<<10 || a.Status != http.StatusOK {
		t.Errorf("a flood: %d bytes, %d, %s", len(a.Text), a.Status, a.Problem)
	}
	if a := send(s, srv.URL+"/gone", strings.Repeat("x", webhook.MaxBody+1)); !strings.Contains(a.Problem, "bytes") ||
		a.Status != 0 {
		t.Errorf("a message that is too large: %+v", a)
	}
}

// An endpoint may close a connection that was kept, just when the next message goes out on it.
func TestAKeptConnectionThatEndsCostsNoMessage(t *testing.T) {
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Idempotency-Key"]) > 0 {
			t.Error("a header that no standard of webhooks has was sent")
		}
		if asked.Add(1) != 2 {
			return
		}
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = c.Close()
	}))
	defer srv.Close()
	s := webhook.New(webhook.Config{Private: true, Within: 30 * time.Second})
	for n := range 2 {
		if a := send(s, srv.URL, "{}"); a.Problem != "" || a.Status != http.StatusOK {
			t.Errorf("message %d: %+v", n+1, a)
		}
	}
	if asked.Load() != 3 {
		t.Errorf("asked %d times, want the second message twice", asked.Load())
	}
}

func TestNoEndpointIsOfThisNetwork(t *testing.T) {
	asked := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer srv.Close()
	s := webhook.New(webhook.Config{Within: 5 * time.Second})
	for _, url := range []string{
		srv.URL, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1), "http://10.0.0.1/", "http://192.168.1.1/",
		"http://169.254.169.254/latest/", "http://[::1]:80/",
		"http://[fe80::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://2130706433/", "http://[fd00::1]/",
		"http://100.64.0.1/",
	} {
		if a := send(s, url, "{}"); a.Problem == "" || a.Status != 0 {
			t.Errorf("%s: %+v", url, a)
		}
	}
	if asked {
		t.Error("a server of this machine was asked")
	}
	private := webhook.New(webhook.Config{Private: true, Within: 5 * time.Second})
	for _, host := range []string{
		"169.254.169.254", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[fe80::1%25lo]", "[fd00:ec2::254]",
		"[64:ff9b:1::a9fe:a9fe]", "[64:ff9b:1:2:3:4:6464:64c8]", "[64:ff9b:1:a9fe:a9:fe00::]", "[64:ff9b:1:a9:fe:a9fe::]",
		"[64:ff9b:1:0:a9:fea9:fe00:0]", "[2002:a9fe:a9fe::1]", "[2002:a83f:8110::]", "[::169.254.169.254]",
		"[fd20:ce::254]", "[fd00:c1::a9fe:a9fe]", "100.100.100.200", "168.63.129.16",
	} {
		if a := send(private, "http://"+host+"/latest/", "{}"); !strings.Contains(a.Problem, "link-local") {
			t.Errorf("a metadata service where private addresses are allowed: %s: %+v", host, a)
		}
	}
}
