package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
)

const (
	// replayTables keys of replayTurns projections each: the same moment, encoded
	// anew, shares one of them nearly always, another moment hardly ever.
	replayTables, replayTurns = 4, 4
	// replayStep is the width of a bin. Encoding anew moves a sum of 64 grey levels
	// by 6, a head that moves by a tenth of its width by 60.
	replayStep = 30
)

// ReplayFrames is how many different moments of one earlier session a sequence must
// show to be a recording of it. One moment alone may agree by chance.
const ReplayFrames = 3

// ReplayKeys name a moment by its print: two pictures of one moment share a key even
// when size and quality of the JPEG differ. Nil when there is no print.
func ReplayKeys(print []byte) []string {
	if len(print) != 64 {
		return nil
	}
	keys := make([]string, replayTables)
	for t := range keys {
		bins := []byte{byte(t)}
		for k := range replayTurns {
			// A fixed direction for each, drawn from its number.
			d := sha256.Sum256([]byte{byte(t), byte(k)})
			sum := float64(d[31]) / 256 * replayStep
			for i, v := range print {
				if d[i/8]>>(i%8)&1 == 1 {
					sum += float64(v)
				} else {
					sum -= float64(v)
				}
			}
			bin := int(math.Floor(sum / replayStep))
			bins = append(bins, byte(bin), byte(bin>>8))
		}
		h := sha256.Sum256(bins)
		keys[t] = hex.EncodeToString(h[:12])
	}
	return keys
}
