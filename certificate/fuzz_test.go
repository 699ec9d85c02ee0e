package certificate

import (
	"testing"
	"time"
)

// Whatever an issuer hands out is examined without a panic, and only what the
// pinned authority signed can pass.
func FuzzCheck(f *testing.F) {
	chain := theWorld().issuing.cert.Raw
	good := goodQualified(f).sign(f)
	f.Add(good, chain)
	f.Add(goodTest(f).sign(f), chain)
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, der, chain []byte) {
		broken := Check(Issued{der, [][]byte{chain}}, profileOf(false), expected())
		if len(broken) == 0 && string(der) != string(good) {
			t.Errorf("another certificate than the good one passes: %x", der)
		}
		d := newDesk(&scripted{})
		at := start.Add(time.Hour)
		c := d.examine(Certificate{Request: request(), DER: der, Chain: [][]byte{chain}, ReceivedAt: at}, at)
		if c.Visible() != (len(broken) == 0) {
			t.Errorf("visible %v with the broken rules %v", c.Visible(), names(broken))
		}
	})
}
