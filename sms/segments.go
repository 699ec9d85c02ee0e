package sms

import "strings"

// The characters of the default alphabet of 3GPP TS 23.038, and those of its extension, which
// take two places.
const (
	alphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extension = "\f^{}\\[~]|€"
)

// The places of one message, and of each part of a longer one.
const (
	places, placesOfPart   = 160, 153
	unicode, unicodeOfPart = 70, 67 // units of UTF-16
)

// Segments returns how many messages a text is paid as: one up to 160 places of the default
// alphabet, or 70 units of UTF-16 where a character is none of it.
func Segments(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(alphabet, r):
			n++
		case strings.ContainsRune(extension, r):
			n += 2
		default:
			return parts(unitsOf(text), unicode, unicodeOfPart)
		}
	}
	return parts(n, places, placesOfPart)
}

// unitsOf counts a text's units of UTF-16.
func unitsOf(text string) (n int) {
	for _, r := range text {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}

func parts(n, one, part int) int {
	if n <= one {
		return 1
	}
	return (n + part - 1) / part
}
