package pairing

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// choiceCount is how many codes the phone shows: one right, two wrong.
const choiceCount = 3

// comparison derives the two-digit code of a desktop and a device, and the
// choices among which the phone shows it. Both come from the hashes of both
// secrets under the shared key, so every instance finds the same ones in the
// same order and nobody without the key can choose them.
func comparison(key []byte, desktopHash, deviceHash string) (code string, choices []string) {
	d := draws{key: key, seed: desktopHash + "/" + deviceHash}
	for len(choices) < choiceCount {
		c := fmt.Sprintf("%02d", d.intn(100))
		if !slices.ContainsFunc(choices, func(o string) bool { return alike(c, o) }) {
			choices = append(choices, c)
		}
	}
	code = choices[0]
	for i := len(choices) - 1; i > 0; i-- {
		j := d.intn(i + 1)
		choices[i], choices[j] = choices[j], choices[i]
	}
	return code, choices
}

// alike tells whether two codes could be taken for each other: a digit in the
// same place, or the same digits turned round.
func alike(a, b string) bool {
	return a[0] == b[0] || a[1] == b[1] || a[0] == b[1] && a[1] == b[0]
}

// draws is an endless sequence of numbers that depends on key and seed alone.
type draws struct {
	key   []byte
	seed  string
	block []byte
	count int
}

// intn returns the next number from 0 to n-1, each equally likely.
func (d *draws) intn(n int) int {
	limit := 1<<16 - 1<<16%n
	for {
		if len(d.block) < 2 {
			d.block = keyed(d.key, "comparison", d.seed, fmt.Sprint(d.count))
			d.count++
		}
		v := int(binary.BigEndian.Uint16(d.block))
		d.block = d.block[2:]
		if v < limit {
			return v % n
		}
	}
}
