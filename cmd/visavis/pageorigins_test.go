package main

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestVisitorsOfAPublicAddressDoNotLearnTheMachinesOwn(t *testing.T) {
	own := netip.MustParseAddr("10.1.2.3")
	l := &listeners{scheme: "https", port: 8443, machine: []netip.Addr{own}, lookedAt: time.Now().Add(time.Hour),
		extra: []string{"https://kiosk.example"}}
	if got := l.pageOrigins(); !slices.Contains(got, "https://10.1.2.3:8443") ||
		!slices.Contains(got, "https://localhost:8443") || !slices.Contains(got, "https://kiosk.example") {
		t.Errorf("without a public address: %v, want the machine's, localhost and the listed one", got)
	}
	l.public = "https://visavis.example:8443"
	if got, want := l.pageOrigins(),
		[]string{"https://visavis.example:8443", "https://kiosk.example"}; !slices.Equal(got, want) {
		t.Errorf("with a public address: %v, want %v", got, want)
	}
}
