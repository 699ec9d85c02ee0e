package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
)

// What somebody without a session, or with one of their own, may see and say.

func TestALanguageIsOneOfOurs(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	expect[protocol.Pairing](desktop, "a code", nil)
	for _, tt := range []struct{ said, want string }{{"en", "en"}, {strings.Repeat("x", 9000), "fr"}} {
		desktop.send(protocol.SetLanguage{Language: tt.said})
		expect(desktop, "the language "+tt.want, func(p protocol.Progress) bool { return p.Language == tt.want })
	}
}

// TestSecretsStayOutOfLogAndAnswers puts secrets where only a mistake puts them,
// and looks for them in everything that is written down or sent back.
func TestSecretsStayOutOfLogAndAnswers(t *testing.T) {
	in := newTestServer(t, newStore(t))
	secret := strings.Repeat("Zx9_", 10) + "abc"
	header := http.Header{
		"Referer": {testOrigin + "/p#" + secret}, "Cookie": {cookieName + "=" + secret}, "Visavis-Device": {secret}, "User-Agent": {secret},
	}
	for _, target := range []string{"/p%23" + secret, "/p/" + secret, "/p?token=" + secret, "/js/" + secret,
		"/api/desktop/state?tab=" + secret, "/ws/" + secret, "/companion%3F" + secret} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
			if a := in.do(t, method, target, nil, header); bytes.Contains(a.body, []byte(secret)) ||
				strings.Contains(fmt.Sprint(a.header), secret) {
				t.Errorf("%s %s: the answer repeats the secret", method, target)
			}
		}
	}
	for _, path := range []string{"/api/phone", "/api/desktop", "/api/sessions"} {
		for _, field := range []string{"token", "code", "deviceSecret", "type"} {
			in.post(t, path, `{"type":"hello","`+field+`":"`+secret+`"}`, header)
		}
	}
	phone := in.dial(t, "phone", header)
	phone.send(protocol.Hello{Token: secret})
	phone.expectClose(protocol.CloseInvalidToken)
	if strings.Contains(in.log.String(), secret) {
		t.Errorf("a secret is in the log:\n%s", in.log)
	}
}

// TestOneAnswerForEveryTicketThatIsNone compares whole answers, so that nothing in
// them tells an unknown token from a used one.
func TestOneAnswerForEveryTicketThatIsNone(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	used := tokenOf(t, expect[protocol.Pairing](desktop, "a code", nil).URL)
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: used})
	phone.send(protocol.Claim{})
	expect[protocol.Welcome](phone, "the welcome", nil)
	ask := func(body string) string {
		a := in.post(t, "/api/phone", body, nil)
		return fmt.Sprint(a.status, string(a.body))
	}
	want := ask(`{"type":"hello","token":"` + strings.Repeat("A", 43) + `"}`)
	for _, body := range []string{
		`{"type":"hello","token":"` + used + `"}`, `{"type":"claim","token":"` + used + `"}`,
		`{"type":"hello","token":"short"}`,
		`{"type":"hello","code":"BCDFGHJK"}`, `{"type":"hello","deviceSecret":"` + used + `"}`, `{"type":"hello"}`,
	} {
		if got := ask(body); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// TestThePhonesWayIgnoresCookies brings the desktop's own cookie to the phone's
// addresses: it opens nothing there.
func TestThePhonesWayIgnoresCookies(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	in.pair(t, in.dialDesktop(t, cookie))
	header := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
	for _, body := range []string{`{"type":"beat"}`, `{"type":"start"}`, `{"type":"hello"}`, `{"type":"bye"}`} {
		if a := in.post(t, "/api/phone", body, header); a.status != http.StatusUnauthorized {
			t.Errorf("POST %s with the desktop's cookie: status %d, want 401", body, a.status)
		}
	}
	header.Set("Visavis-Device", cookie.Value)
	if a := in.post(t, "/api/phone", `{"type":"beat"}`, header); a.status != http.StatusUnauthorized {
		t.Errorf("the desktop's secret as a device's: status %d, want 401", a.status)
	}
	phone := in.dial(t, "phone", header)
	phone.send(protocol.Hello{})
	phone.expectClose(protocol.CloseInvalidToken)
}

// TestAPhoneSeesItsOwnPartAlone reads everything that a phone is sent up to the end.
func TestAPhoneSeesItsOwnPartAlone(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	desktop := in.dialDesktop(t, cookie)
	code := expect[protocol.Pairing](desktop, "a code", nil)
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	phone.send(protocol.Claim{Device: "Pixel 9"})
	right := desktop.expectState(protocol.StateComparing).Code
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, b, err := phone.conn.Read(ctx)
		cancel()
		if err != nil {
			if int(websocket.CloseStatus(err)) != int(protocol.CloseEnded) {
				t.Fatal(err)
			}
			return
		}
		for _, secret := range []string{cookie.Value, `"code":"` + right + `"`, `"phone":`, "Pixel 9", `"qr"`,
			code.TypedCode} {
			if strings.Contains(string(b), secret) {
				t.Errorf("a phone is told %s: %s", secret, b)
			}
		}
		if strings.Contains(string(b), `"type":"welcome"`) {
			phone.send(protocol.ChooseCode{Code: right})
			phone.send(protocol.Bye{})
		}
	}
}

func TestAPageOfAnotherOriginReadsNothing(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	for _, origin := range []string{"https://evil.example", "null", testOrigin + ".evil.example",
		"http://visavis.example"} {
		a := in.do(t, http.MethodGet, "/api/desktop/state?tab=a", nil,
			http.Header{"Origin": {origin}, "Cookie": {cookie.Name + "=" + cookie.Value}})
		if a.status != http.StatusForbidden {
			t.Errorf("Origin %s reads the state: status %d, want 403", origin, a.status)
		}
		if a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("Origin %s is let in by CORS", origin)
		}
	}
}
