package enrolments

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/limits"
)

// Text messages cost money: a network gets few, and all networks together a bounded number.
func TestTextMessagesOfANetworkAreLimited(t *testing.T) {
	p := &Plane{texts: limits.NewMeter()}
	at := func(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(n), 1}) }
	for n := range limits.SMSNetwork.Number() {
		if err := p.admitText(at(0)); err != nil {
			t.Fatalf("message %d: %v", n+1, err)
		}
	}
	over, ok := errors.AsType[*enrolment.LimitError](p.admitText(at(0)))
	if !ok || over.What != "sms" || !over.Next.After(time.Now()) {
		t.Errorf("one too many of a network: %+v", over)
	}
	if err := p.admitText(at(1)); err != nil {
		t.Errorf("another network: %v", err)
	}
	sent := limits.SMSNetwork.Number() + 1
	for n := 2; n < 200; n++ {
		for range 5 {
			if p.admitText(at(n)) == nil {
				sent++
			}
		}
	}
	if want := limits.SMSTotal.Number(); sent < want || sent > want+5 { // a few drain while this runs
		t.Errorf("%d of all networks, want %d", sent, want)
	}
}
