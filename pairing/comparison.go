package pairing

import (
	"encoding/binary"
	"fmt"
)

// comparison derives the two digits that the desktop shows and the person types on the
// phone. They come from the hashes of both secrets under the shared key, so every
// instance finds the same ones and nobody without the key can choose them. A phone that
// was not shown them has one try in a hundred.
func comparison(key []byte, desktopHash, deviceHash string) string {
	// Numbers from limit on would favour the first codes: they are drawn again.
	const codes, limit = 100, 1<<16 - 1<<16%100
	for n := 0; ; n++ {
		block := keyed(key, "comparison", desktopHash+"/"+deviceHash, fmt.Sprint(n))
		for ; len(block) >= 2; block = block[2:] {
			if v := int(binary.BigEndian.Uint16(block)); v < limit {
				return fmt.Sprintf("%02d", v%codes)
			}
		}
	}
}
