package server

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"visavis/protocol"
)

func TestSecondPhoneIsRefusedAndTheDesktopTold(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	code := expect[protocol.Pairing](desktop, "a code", nil)
	first := in.dial(t, "phone", nil)
	first.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	first.send(protocol.Claim{})
	expect[protocol.Welcome](first, "the welcome", nil)
	second := in.dial(t, "phone", nil)
	second.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	expect(second, "the one answer", func(e protocol.Error) bool { return e.Code == protocol.CodeInvalidToken })
	second.expectClose(protocol.CloseInvalidToken)
	expect(desktop, "the notice", func(n protocol.Notice) bool { return n.Code == protocol.NoticeSecondPhone })
}

func TestWrongComparisonCode(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	for try, want := range []struct{ state, reason string }{
		{protocol.StateWaiting, protocol.ReasonWrongCode},
		{protocol.StateEnded, protocol.ReasonWrongCodeTwice},
	} {
		phone, _, right := in.claim(t, desktop)
		for _, none := range []string{"", "7", "123", "x1", " 1", "٤", "²3", "4.2", "४२३"} { // no code: it costs no try
			phone.send(protocol.ChooseCode{Code: none})
			expect(phone, "a refusal of "+none, func(e protocol.Error) bool { return e.Code == protocol.CodeBadMessage })
		}
		phone.send(protocol.ChooseCode{Code: string(right[0]) + string('0'+(right[1]-'0'+1)%10)})
		phone.expectClose(protocol.CloseWrongCode)
		if p := desktop.expectState(want.state); p.Reason != want.reason {
			t.Fatalf("try %d: reason %q, want %q", try+1, p.Reason, want.reason)
		}
	}
	desktop.expectClose(protocol.CloseEnded)
}

// Some languages' keyboards type digits of their own, and what is copied has spaces and marks.
func TestACodeIsTypedInTheDigitsOfAnyScript(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for name, zero := range map[string]rune{"Arabic-Indic": '٠', "Persian": '۰', "full width": '０', "Devanagari": '०'} {
		desktop := in.dialDesktop(t, in.openSession(t))
		phone, _, right := in.claim(t, desktop)
		typed := strings.Map(func(r rune) rune { return zero + r - '0' }, right)
		phone.send(protocol.ChooseCode{Code: "\u200e" + typed + " "})
		if p := phone.expectState(protocol.StatePaired); p.Reason != "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestNotMyPhoneThrowsOutAndShowsANewCode(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	desktop.send(protocol.NotMyPhone{})
	phone.expectClose(protocol.CloseThrownOut)
	if p := desktop.expectState(protocol.StateWaiting); p.Reason != protocol.ReasonNotMyPhone || p.Phone != nil {
		t.Fatalf("after not-my-phone: %+v", p)
	}
	expect[protocol.Pairing](desktop, "a new code", nil)
}

func TestEitherSideEndsTheSession(t *testing.T) {
	tests := []struct {
		name      string
		by        string
		message   protocol.Message
		reason    string
		phoneCode protocol.CloseCode
	}{
		{"the phone says this was not me", "phone", protocol.NotMe{}, protocol.ReasonNotMe, protocol.CloseEnded},
		{"the phone cancels", "phone", protocol.Bye{}, protocol.ReasonCancelledPhone, protocol.CloseEnded},
		{"the desktop cancels", "desktop", protocol.Cancel{}, protocol.ReasonCancelledDesktop, protocol.CloseEnded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := newTestServer(t, newStore(t))
			desktop := in.dialDesktop(t, in.openSession(t))
			phone, _ := in.pair(t, desktop)
			by := phone
			if tt.by == "desktop" {
				by = desktop
			}
			by.send(tt.message)
			if p := desktop.expectState(protocol.StateEnded); p.Reason != tt.reason {
				t.Errorf("reason %q, want %q", p.Reason, tt.reason)
			}
			if p := phone.expectState(protocol.StateEnded); p.Reason != tt.reason {
				t.Errorf("the phone's reason %q, want %q", p.Reason, tt.reason)
			}
			desktop.expectClose(protocol.CloseEnded)
			phone.expectClose(tt.phoneCode)
		})
	}
}

func TestNotMeBeforeTheClaim(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	code := expect[protocol.Pairing](desktop, "a code", nil)
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	expect[protocol.Invitation](phone, "the invitation", nil)
	phone.send(protocol.NotMe{})
	if p := desktop.expectState(protocol.StateEnded); p.Reason != protocol.ReasonNotMe {
		t.Errorf("reason %q, want %q", p.Reason, protocol.ReasonNotMe)
	}
	phone.expectClose(protocol.CloseEnded)
}

func TestTheCodeIsShownInOneTab(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	first := in.dialDesktop(t, cookie)
	expect[protocol.Pairing](first, "the first code", nil)
	second := in.dialDesktop(t, cookie)
	code := expect[protocol.Pairing](second, "the second code", nil)
	expect(first, "the notice", func(n protocol.Notice) bool { return n.Code == protocol.NoticeElsewhere })
	first.send(protocol.Renew{})
	expect(first, "the notice again", func(n protocol.Notice) bool { return n.Code == protocol.NoticeElsewhere })

	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	first.expectState(protocol.StateScanned)
	second.expectState(protocol.StateScanned)

	third := in.dialDesktop(t, cookie) // a reload while scanned keeps that state
	if w := expect[protocol.Welcome](third, "the welcome", nil); w.Progress.State != protocol.StateScanned {
		t.Fatalf("state after a reload: %s, want scanned", w.Progress.State)
	}
}

func TestAnotherTabShowsTheCodeWhenItsTabIsGone(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	other := in.dialDesktop(t, cookie)
	expect[protocol.Pairing](other, "a code", nil)
	desktop := in.dialDesktop(t, cookie)
	in.pair(t, desktop)
	_ = desktop.conn.CloseNow()
	in.waitOpen(t, 2) // until then the lost tab may take the code for itself
	other.send(protocol.NotMyPhone{})
	other.expectState(protocol.StateWaiting)
	expect[protocol.Pairing](other, "the code, taken over", nil)
}

func TestCodeAndAddress(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.Origins = func() []string { return []string{testOrigin, "https://192.0.2.7:8443"} }
		c.TrustURL = func() string { return "http://192.0.2.7:8080/" }
		c.Container = true
	})
	desktop := in.dialDesktop(t, in.openSession(t))
	code := expect[protocol.Pairing](desktop, "a code", nil)
	if !strings.HasPrefix(code.URL, testOrigin+"/p#") || len(code.TypedCode) != 8 || code.TypedURL != testOrigin+"/p" ||
		!strings.HasPrefix(code.QR, "<svg ") || len(code.Origins) != 2 || !code.Container || code.TrustURL == "" {
		t.Fatalf("pairing: %+v", code)
	}
	desktop.send(protocol.SetAddress{Origin: "https://evil.example"})
	expect(desktop, "a Refusal", func(e protocol.Error) bool { return e.Code == protocol.CodeNotAllowed })
	desktop.send(protocol.SetAddress{Origin: "https://192.0.2.7:8443"})
	moved := expect[protocol.Pairing](desktop, "the moved code", nil)
	if !strings.HasPrefix(moved.URL, "https://192.0.2.7:8443/p#") || moved.Origin != "https://192.0.2.7:8443" {
		t.Fatalf("moved: %q, origin %q", moved.URL, moved.Origin)
	}
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Code: strings.ToLower(moved.TypedCode)})
	expect[protocol.Invitation](phone, "the invitation by typed code", nil)
}

func TestSameDeviceNeedsNoComparison(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	expect[protocol.Pairing](desktop, "a code", nil)
	desktop.send(protocol.SameDevice{})
	code := expect(desktop, "the proof", func(p protocol.Pairing) bool { return p.SameDevice != "" })
	phone := in.dial(t, "phone", nil)
	phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
	phone.send(protocol.Claim{SameDevice: code.SameDevice})
	if w := expect[protocol.Welcome](phone, "the welcome", nil); w.Progress.State != protocol.StatePaired {
		t.Fatalf("welcome: %+v", w)
	}
}

func TestPhoneThatSleepsAndComesBack(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	for _, want := range []struct{ say, state string }{{"asleep", "asleep"}, {"awake", "present"}} {
		phone.send(protocol.Presence{State: want.say})
		expect(desktop, want.state, func(p protocol.Progress) bool { return p.Phone != nil && p.Phone.State == want.state })
	}
	phone.send(protocol.SetLanguage{Language: "en"})
	expect(desktop, "English", func(p protocol.Progress) bool { return p.Language == "en" })
}

// A camera that the phone refuses is told to the desktop until the camera is open, and
// to no other phone's desktop.
func TestARefusedCameraIsToldToTheDesktop(t *testing.T) {
	in := newTestServer(t, newStore(t))
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, _ := in.pair(t, desktop)
	camera := func(want string) func(protocol.Progress) bool {
		return func(p protocol.Progress) bool {
			return p.Phone != nil && p.Phone.State == "present" && p.Phone.Camera == want
		}
	}
	phone.send(protocol.ChooseDocument{Document: "passport"})
	expect(desktop, "a camera that nothing is known of", func(p protocol.Progress) bool {
		return p.Document == "passport" && camera("")(p)
	})
	phone.send(protocol.Presence{State: "awake", Camera: "denied"})
	expect(desktop, "a refused camera", camera("denied"))
	phone.send(protocol.Presence{State: "asleep"})
	phone.send(protocol.Presence{State: "awake"})
	expect(desktop, "a phone that slept meanwhile, its camera still refused", func(p protocol.Progress) bool {
		return camera("denied")(p)
	})
	phone.send(protocol.Presence{State: "awake", Camera: "broken"})
	expect(phone, "what it has to say", func(e protocol.Error) bool { return e.Code == protocol.CodeBadMessage })
	phone.send(protocol.Start{CameraWidth: 1920, CameraHeight: 1080})
	expect(desktop, "an open camera", camera(""))
}

func TestDesktopWithoutSession(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, header := range []http.Header{nil, {"Cookie": {cookieName + "=nonsense"}}} {
		c := in.dial(t, "desktop", header)
		c.send(protocol.Hello{})
		c.expectClose(protocol.CloseNoSession)
	}
}

func TestDesktopIgnoresOldVersions(t *testing.T) {
	in := newTestServer(t, newStore(t))
	for _, offered := range [][]string{nil, {"visavis.v0"}} {
		conn, _, err := websocket.Dial(t.Context(), in.http.URL+"/ws/phone", &websocket.DialOptions{Subprotocols: offered})
		if err != nil {
			t.Fatal(err)
		}
		(&client{t: t, conn: conn}).expectClose(protocol.CloseUnsupportedVersion)
	}
}

func TestOriginOfSocketsAndPosts(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.AllowedOrigins = func() []string { return []string{"https://localhost:8443"} }
	})
	tests := []struct {
		origin string
		ok     bool
	}{{"", true}, {testOrigin, true}, {"https://localhost:8443", true}, {"https://evil.example", false}, {"null", false},
		{in.http.URL, false}}
	for _, tt := range tests {
		header := http.Header{}
		if tt.origin != "" {
			header.Set("Origin", tt.origin)
		}
		if a := in.post(t, "/api/sessions", `{}`, header); (a.status == http.StatusOK) != tt.ok {
			t.Errorf("POST with Origin %q: status %d, want ok %v", tt.origin, a.status, tt.ok)
		}
		conn, _, err := websocket.Dial(t.Context(), in.http.URL+"/ws/phone", &websocket.DialOptions{
			Subprotocols: []string{protocol.Subprotocol}, HTTPHeader: header})
		if (err == nil) != tt.ok {
			t.Errorf("socket with Origin %q: error %v, want ok %v", tt.origin, err, tt.ok)
		}
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
}

func TestSessionOfTheCookie(t *testing.T) {
	in := newTestServer(t, newStore(t))
	cookie := in.openSession(t)
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" ||
		cookie.Domain != "" {
		t.Errorf("cookie: %+v", cookie)
	}
	header := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
	if a := in.post(t, "/api/sessions", `{}`, header); len(a.cookies) != 0 || a.status != http.StatusOK {
		t.Errorf("the same session: status %d, %d cookies, want 200 and none", a.status, len(a.cookies))
	}
	if a := in.post(t, "/api/sessions", `{"new":true}`, header); len(a.cookies) != 1 {
		t.Errorf("a new session: %d cookies, want 1", len(a.cookies))
	}
}

// Before anything is claimed the phone knows who asks, from which browser and system,
// from where by the operator's table, and since when.
func TestTheInvitationSaysWhoAsksFromWhere(t *testing.T) {
	for place, asked := range map[string]string{"Londres, Royaume-Uni": "fr", "": "fr"} {
		in := newTestServer(t, newStore(t), func(c *Config) {
			c.Site = "Exemple"
			c.Place = func(a netip.Addr, language string) string {
				if !a.IsLoopback() || language != asked {
					t.Errorf("asked for %s in %s", a, language)
				}
				return place
			}
		})
		began := time.Now().Add(-time.Second).UnixMilli()
		res := in.post(t, "/api/sessions", `{"language":"fr"}`,
			http.Header{"User-Agent": {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}})
		if res.status != http.StatusOK || len(res.cookies) != 1 {
			t.Fatalf("%d %s", res.status, res.body)
		}
		desktop := in.dialDesktop(t, res.cookies[0])
		code := expect[protocol.Pairing](desktop, "a code", nil)
		phone := in.dial(t, "phone", nil)
		phone.send(protocol.Hello{Token: tokenOf(t, code.URL)})
		got := expect[protocol.Invitation](phone, "the invitation", nil)
		if got.Site != "Exemple" || got.Desktop != "Firefox, Windows" || got.Place != place || got.OpenedAt < began ||
			got.OpenedAt > time.Now().UnixMilli() {
			t.Errorf("%+v", got)
		}
	}
}
