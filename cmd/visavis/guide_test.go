package main

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"
)

// TestTheTerminalShowsTheCodeOfThePhonesAddress reads the drawn code back, module by
// module: it is the one of the address that a phone opens first.
func TestTheTerminalShowsTheCodeOfThePhonesAddress(t *testing.T) {
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Close() }()
	for name, c := range map[string]struct {
		l    *listeners
		want string
	}{
		"a certificate that phones trust": {&listeners{scheme: "https", public: "https://visavis.example"}, "https://visavis.example"},
		"a root of its own": {&listeners{
			scheme: "https", public: "https://192.0.2.7:8443", plain: plain, root: func() []byte { return nil },
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.want
			if want == "" {
				want = c.l.trustURL()
			}
			var out bytes.Buffer
			c.l.guide(&out)
			code, err := qr.Encode(want, qr.L)
			if err != nil {
				t.Fatal(err)
			}
			drawn := modules(out.String())
			const quiet = 2
			if len(drawn) < code.Size+2*quiet {
				t.Fatalf("%d rows are drawn, want %d and the quiet zone:\n%s", len(drawn), code.Size, out.String())
			}
			for y := range code.Size {
				for x := range code.Size {
					if drawn[y+quiet][x+quiet] != code.Black(x, y) {
						t.Fatalf("module %d,%d of the code of %s differs", x, y, want)
					}
				}
			}
			if !strings.Contains(out.String(), want) {
				t.Errorf("the address %s is not written beside its code", want)
			}
		})
	}
}

// modules are the dark places of a code drawn with half blocks, two rows a line.
func modules(text string) [][]bool {
	halves := map[string][2]bool{
		qrterminal.BLACK_BLACK: {true, true}, qrterminal.BLACK_WHITE: {true, false},
		qrterminal.WHITE_WHITE: {false, false}, qrterminal.WHITE_BLACK: {false, true},
	}
	var rows [][]bool
	for line := range strings.Lines(text) {
		var upper, lower []bool
		for _, r := range strings.TrimSuffix(line, "\n") {
			half, ok := halves[string(r)]
			if !ok {
				upper = nil
				break
			}
			upper, lower = append(upper, half[0]), append(lower, half[1])
		}
		if len(upper) > 20 {
			rows = append(rows, upper, lower)
		}
	}
	return rows
}
