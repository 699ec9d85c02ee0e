package print

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// marksSeen counts the dots and accents that stand apart above the letters of a
// line.
func marksSeen(blobs []rect, line rect) int {
	h, n := line.height(), 0
	for _, b := range blobs {
		inside := b.left >= line.left-h/8 && b.right <= line.right+h/8 && b.top >= line.top-h/8
		if inside && b.bottom < line.top+45*h/100 && 10*b.height() < 4*h && b.right-b.left < h {
			n++
		}
	}
	return n
}

// marksOf counts the dots and accents that a text has above its letters: one of i,
// é and ô, two of ï and Ü, none of ç, whose mark is below and joined.
func marksOf(text string) int {
	n := 0
	letters := []rune(norm.NFD.String(text))
	for i, r := range letters {
		switch {
		case r == 0x308: // two dots
			n += 2
		case r >= 0x300 && r < 0x327:
			n++
		case strings.ContainsRune("ij", r) && (i+1 == len(letters) || letters[i+1] < 0x300 || letters[i+1] >= 0x327):
			n++
		case strings.ContainsRune("’'\"", r):
			n++
		}
	}
	return n
}
