package server

import (
	"net/http"
	"net/netip"
	"testing"

	"visavis/protocol"
)

// A device secret that is used from elsewhere is told to the desktop, over the socket and by POST; a phone that stays
// in its network, or comes back to one, is not.
func TestAPhonesSecretUsedElsewhereIsTold(t *testing.T) {
	in := newTestServer(t, newStore(t), func(c *Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	from := func(a string) http.Header { return http.Header{"X-Forwarded-For": {a}} }
	desktop := in.dialDesktop(t, in.openSession(t))
	phone, secret := in.pair(t, desktop)
	_ = phone.conn.CloseNow()
	moved := func(how string) {
		t.Helper()
		expect(desktop, how, func(n protocol.Notice) bool { return n.Code == protocol.NoticePhoneMoved })
	}
	resume := func(a string) {
		t.Helper()
		c := in.dial(t, "phone", from(a))
		c.send(protocol.Hello{DeviceSecret: secret})
		expect[protocol.Welcome](c, "the welcome from "+a, nil)
	}
	resume("192.0.2.1") // it claimed from the loopback
	moved("another network")
	resume("192.0.2.200")
	resume("2001:db8:1:1::1")
	moved("a network of IPv6")
	resume("2001:db8:1:2::1")
	resume("192.0.2.1")
	for _, a := range []string{"192.0.2.7", "203.0.113.1"} {
		header := from(a)
		header.Set("Content-Type", "application/json")
		header.Set("Visavis-Device", secret)
		if got := in.post(t, "/api/phone", `{"type":"beat"}`, header); got.status != http.StatusOK {
			t.Fatalf("POST from %s: %d %s", a, got.status, got.body)
		}
	}
	moved("a POST from elsewhere")
	desktop.send(protocol.Renew{Manual: true}) // refused: what comes before it came before
	for {
		m, err := desktop.next()
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := m.(protocol.Notice); ok && n.Code == protocol.NoticePhoneMoved {
			t.Error("a network that was seen is told again")
		}
		if _, ok := m.(protocol.Error); ok {
			return
		}
	}
}
