package live

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrSide is the side of the code in CSS pixels, qrQuiet the quiet zone around it in
// modules (ISO/IEC 18004 requires four).
const (
	qrSide  = 280
	qrQuiet = 4
)

// QRCode draws text as a standalone SVG document: one black path of horizontal
// runs on white, error correction level M.
func QRCode(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw qr code: %w", err)
	}
	n := code.Bounds().Dx()
	dark := func(x, y int) bool {
		r, _, _, _ := code.At(x, y).RGBA()
		return r < 0x8000
	}
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; {
			if !dark(x, y) {
				x++
				continue
			}
			start := x
			for x < n && dark(x, y) {
				x++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start+qrQuiet, y+qrQuiet, x-start, x-start)
		}
	}
	size := n + 2*qrQuiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="%s"/></svg>`,
		qrSide, qrSide, size, size, size, size, path.String()), nil
}
