package pairing

import (
	"fmt"
	"testing"
)

func TestComparisonCodesAreStableAndSpread(t *testing.T) {
	const pairs = 20_000
	codes := make(map[string]int)
	for i := range pairs {
		device := fmt.Sprint("device", i)
		code := comparison(testSecret, "desktop", device)
		if again := comparison(testSecret, "desktop", device); code != again {
			t.Fatalf("pair %d: %s, then %s", i, code, again)
		}
		if len(code) != 2 || code < "00" || code > "99" {
			t.Fatalf("pair %d: code %q", i, code)
		}
		codes[code]++
	}
	if len(codes) != 100 {
		t.Errorf("%d different codes, want 100", len(codes))
	}
	for code, n := range codes {
		if n < pairs/100/2 || n > pairs/100*2 { // 7 standard deviations
			t.Errorf("code %s: %d times, want about %d", code, n, pairs/100)
		}
	}
}

// A code tells nothing of another: over many pairs the same one comes about once in a
// hundred.
func TestComparisonDependsOnBothSidesAndTheKey(t *testing.T) {
	other := append([]byte(nil), testSecret...)
	other[0]++
	const pairs = 5_000
	for name, vary := range map[string]func(i int) string{
		"another desktop": func(i int) string { return comparison(testSecret, fmt.Sprint("other", i), "device") },
		"another device":  func(i int) string { return comparison(testSecret, fmt.Sprint("desktop", i), "other") },
		"another key":     func(i int) string { return comparison(other, fmt.Sprint("desktop", i), "device") },
	} {
		same := 0
		for i := range pairs {
			if vary(i) == comparison(testSecret, fmt.Sprint("desktop", i), "device") {
				same++
			}
		}
		if same < pairs/100/3 || same > pairs/100*3 {
			t.Errorf("%s: the same code %d times of %d, want about %d", name, same, pairs, pairs/100)
		}
	}
}
