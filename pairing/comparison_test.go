package pairing

import (
	"fmt"
	"slices"
	"testing"
)

func TestComparisonCodesAreDistinctStableAndSpread(t *testing.T) {
	const pairs = 20_000
	codes, places := make(map[string]int), make(map[int]int)
	for i := range pairs {
		device := fmt.Sprint("device", i)
		code, choices := comparison(testSecret, "desktop", device)
		again, order := comparison(testSecret, "desktop", device)
		if code != again || !slices.Equal(choices, order) {
			t.Fatalf("pair %d: %s %q, then %s %q", i, code, choices, again, order)
		}
		if len(choices) != 3 || !slices.Contains(choices, code) {
			t.Fatalf("pair %d: %s is not one of three in %q", i, code, choices)
		}
		for j, a := range choices {
			if len(a) != 2 || a < "00" || a > "99" {
				t.Fatalf("pair %d: choice %q", i, a)
			}
			for _, b := range choices[j+1:] {
				if alike(a, b) {
					t.Fatalf("pair %d: %q and %q can be taken for each other", i, a, b)
				}
			}
		}
		codes[code]++
		places[slices.Index(choices, code)]++
	}
	if len(codes) != 100 {
		t.Errorf("%d different codes, want 100", len(codes))
	}
	for code, n := range codes {
		if n < pairs/100/2 || n > pairs/100*2 { // 7 standard deviations
			t.Errorf("code %s: %d times, want about %d", code, n, pairs/100)
		}
	}
	for place, n := range places {
		if n < pairs/3*9/10 || n > pairs/3*11/10 {
			t.Errorf("right code at place %d: %d times, want about %d", place, n, pairs/3)
		}
	}
}

func TestComparisonDependsOnBothSidesAndTheKey(t *testing.T) {
	_, base := comparison(testSecret, "desktop", "device")
	other := append([]byte(nil), testSecret...)
	other[0]++
	for name, choices := range map[string][]string{
		"another desktop": second(comparison(testSecret, "desktop 2", "device")),
		"another device":  second(comparison(testSecret, "desktop", "device 2")),
		"another key":     second(comparison(other, "desktop", "device")),
	} {
		if slices.Equal(choices, base) {
			t.Errorf("%s: the same choices %q", name, choices)
		}
	}
}

func second(_ string, choices []string) []string { return choices }
