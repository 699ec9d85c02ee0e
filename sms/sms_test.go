package sms_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"visavis/sms"
)

const to = sms.Number("+33639980012")

func TestNumbersAreInE164(t *testing.T) {
	for text, good := range map[string]bool{
		"+33639980012": true, "+4915112345678": true, "+1234567": true, "+123456789012345": true,
		"": false, "33639980012": false, "0639980012": false, "+0639980012": false, "+33 6 39 98 00 12": false,
		"+123456": false, "+1234567890123456": false, "+33639980012\n": false, "+336399800１2": false, "+33;x": false,
	} {
		n, err := sms.ParseNumber(text)
		if (err == nil) != good || good && string(n) != text {
			t.Errorf("%q: %q, %v", text, n, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error holds %q", text)
		}
	}
}

func TestOnlyListedPrefixesAreWrittenTo(t *testing.T) {
	p, err := sms.ParsePrefixes("+33, +32,+1212")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[sms.Number]bool{
		to: true, "+32470123456": true, "+12125550100": true, "+18095550100": false, "+882163999999": false,
		"+37255512345": false, "": false,
	} {
		if p.Allow(n) != want {
			t.Errorf("%q: allowed %v", n, !want)
		}
	}
	if (sms.Prefixes)(nil).Allow(to) {
		t.Error("no list allows everybody")
	}
	for _, bad := range []string{"", "33", "+", "+33,", "*", "+0", "+33 6"} {
		if p, err := sms.ParsePrefixes(bad); err == nil {
			t.Errorf("%q: %q", bad, p)
		}
	}
}

func TestWhatAMessageIsPaidAs(t *testing.T) {
	for text, want := range map[string]int{
		"": 1, strings.Repeat("é", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2,
		strings.Repeat("a", 307): 3, strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2,
		// a circumflex, a typographic apostrophe and a no-break space are none of the alphabet
		"ê" + strings.Repeat("a", 69): 1, "’" + strings.Repeat("a", 70): 2, "\u202f" + strings.Repeat("a", 133): 2,
		strings.Repeat("я", 134): 2, strings.Repeat("я", 135): 3, strings.Repeat("😀", 35): 1, strings.Repeat("😀", 36): 2,
	} {
		if got := sms.Segments(text); got != want {
			t.Errorf("%d of %.4q: %d, want %d", len(text), text, got, want)
		}
	}
}

// asked is one request to the gateway of a test.
type asked struct{ method, kind, secret, body string }

// gateway answers with the codes, the last one again and again.
type gateway struct {
	*httptest.Server
	mu    sync.Mutex
	asked []asked
	codes []int
}

func newGateway(t *testing.T, codes ...int) *gateway {
	t.Helper()
	g := &gateway{codes: codes}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		g.mu.Lock()
		code := g.codes[min(len(g.asked), len(g.codes)-1)]
		g.asked = append(g.asked, asked{r.Method, r.Header.Get("Content-Type"), r.Header.Get("X-Key"), string(body)})
		g.mu.Unlock()
		if code == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "about "+string(to))
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gateway) list() []asked {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

func (g *gateway) sender(t *testing.T, change func(*sms.Config)) *sms.Gateway {
	t.Helper()
	c := sms.Config{URL: g.URL + "/messages", Header: "X-Key", Secret: "Bearer abc", Sender: "Visavis",
		Body: `{"to":"{to}","plain":"{digits}","from":"{sender}","text":"{text}"}`, Within: time.Minute}
	if change != nil {
		change(&c)
	}
	s, err := sms.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is put into the template stays in its place, whatever it holds.
func TestTheBodyIsTheProviders(t *testing.T) {
	text := "Öffnen \"{to}\" & {sender}\n\\ https://a.example/request?id=1"
	g := newGateway(t, http.StatusAccepted)
	if err := g.sender(t, nil).Send(t.Context(), to, text); err != nil {
		t.Fatal(err)
	}
	form := func(c *sms.Config) { c.Body, c.Method = "To={to}&From={sender}&Body={text}", http.MethodPut }
	if err := g.sender(t, form).Send(t.Context(), to, text); err != nil {
		t.Fatal(err)
	}
	got := g.list()
	if len(got) != 2 || got[0].method != http.MethodPost || got[0].kind != "application/json" ||
		got[0].secret != "Bearer abc" || got[1].method != http.MethodPut ||
		got[1].kind != "application/x-www-form-urlencoded" {
		t.Fatalf("%+v", got)
	}
	var fields map[string]string
	if err := json.Unmarshal([]byte(got[0].body), &fields); err != nil || fields["to"] != string(to) ||
		fields["plain"] != to.Digits() || fields["from"] != "Visavis" || fields["text"] != text {
		t.Errorf("%q: %v", fields, err)
	}
	values, err := url.ParseQuery(got[1].body)
	if err != nil || len(values) != 3 || values.Get("To") != string(to) || values.Get("Body") != text {
		t.Errorf("%q: %v", values, err)
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		codes  []int
		asked  int
		status int // 0: it was taken
		final  bool
	}{
		"taken":          {[]int{200}, 1, 0, false},
		"fails once":     {[]int{503, 202}, 2, 0, false},
		"fails":          {[]int{500}, 2, 500, false},
		"too many":       {[]int{429}, 2, 429, false},
		"the key is bad": {[]int{401}, 1, 401, true},
		"a redirect":     {[]int{302}, 1, 302, true},
	} {
		g := newGateway(t, tt.codes...)
		err := g.sender(t, nil).Send(t.Context(), to, "text")
		bad, ok := errors.AsType[*sms.Error](err)
		if ok != (tt.status != 0) || ok && (bad.Status != tt.status || bad.Final != tt.final) || len(g.list()) != tt.asked {
			t.Errorf("%s: %v, asked %d times", name, err, len(g.list()))
		}
		if err != nil && strings.Contains(err.Error(), string(to)) {
			t.Errorf("%s: the error holds the number: %v", name, err)
		}
	}
}

func TestAGatewayIsBounded(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	g, err := sms.New(sms.Config{URL: slow.URL + "/?key=abc", Body: "t={text}&to={to}", Within: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	err = g.Send(t.Context(), to, "text")
	if err == nil || !strings.Contains(err.Error(), "none in time") || strings.Contains(err.Error(), "abc") {
		t.Errorf("slow: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Send(ctx, to, "text"); err == nil {
		t.Error("sent after its caller left")
	}
	// An answer that does not end is not waited for once enough of it was read.
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	g, err = sms.New(sms.Config{URL: endless.URL, Body: "t={text}&to={to}", Within: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Send(t.Context(), to, "text"); err != nil {
		t.Errorf("endless: %v", err)
	}
}

// Numbers and links do not cross the internet in the clear.
func TestPlainHTTPIsForPrivateAddresses(t *testing.T) {
	g, err := sms.New(sms.Config{URL: "http://192.0.1.1/", Body: "t={text}&to={to}", Within: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Send(t.Context(), to, "text"); err == nil || !strings.Contains(err.Error(), "use https") {
		t.Errorf("to the internet: %v", err)
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	good := sms.Config{URL: "https://sms.example.net/messages", Body: `{"to":"{to}","text":"{text}"}`}
	for want, change := range map[string]func(*sms.Config){
		"the URL":      func(c *sms.Config) { c.URL = "sms.example.net" },
		"header's":     func(c *sms.Config) { c.URL = "https://user:secret@sms.example.net/" },
		"method":       func(c *sms.Config) { c.Method = http.MethodGet },
		"one line":     func(c *sms.Config) { c.Secret = "a\r\nX-Other: b" },
		"colon":        func(c *sms.Config) { c.Header = "Authorization:" },
		"no {text}":    func(c *sms.Config) { c.Body = `{"to":"{to}"}` },
		"{digits}":     func(c *sms.Config) { c.Body = `{"text":"{text}"}` },
		"no JSON":      func(c *sms.Config) { c.Body = `{"to":{to},"text":"{text}"` },
		"nor a form":   func(c *sms.Config) { c.Body = "to={to}&text={text}&x=%zz" },
		"neither JSON": func(c *sms.Config) { c.Body = ` {"to":"{to}","text":"{text}"}` },
		"is no JSON,":  func(c *sms.Config) { c.Body = `{"to":"{to}","text":{text}}` },
	} {
		c := good
		change(&c)
		_, err := sms.New(c)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", want, err)
		}
	}
	around := good
	around.Body = "to={to}&text=Visavis: {text}"
	if _, err := sms.New(around); err != nil {
		t.Errorf("words around the text: %v", err)
	}
	for url, want := range map[string]string{
		"https://sms.example.net/messages": "sms.example.net:443", "http://[::1]:9/": "[::1]:9",
		"http://10.0.0.1": "10.0.0.1:80",
	} {
		c := good
		c.URL = url
		g, err := sms.New(c)
		if err != nil {
			t.Fatal(err)
		}
		at, tls := g.Address()
		if _, _, err := net.SplitHostPort(at); err != nil || at != want || tls != strings.HasPrefix(url, "https") {
			t.Errorf("%s: %s %v", url, at, tls)
		}
	}
}
