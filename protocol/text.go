package protocol

import (
	"strconv"
	"unicode/utf8"
)

// WholeText reports whether the strings of a JSON body are decoded as they were written: encoding/json puts U+FFFD, in
// silence, in the place of what is not UTF-8 and of an escaped half of a surrogate pair.
func WholeText(body []byte) bool {
	if !utf8.Valid(body) {
		return false
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		unit := escaped(body[i:])
		switch {
		case unit < 0:
			i++ // over what the backslash is before, which may be another one
		case unit >= 0xD800 && unit <= 0xDBFF:
			if low := escaped(body[i+escape:]); low < 0xDC00 || low > 0xDFFF {
				return false
			}
			i += 2*escape - 1
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return false
		default:
			i += escape - 1
		}
	}
	return true
}

// escape is the length of an escaped UTF-16 unit: \u and four digits.
const escape = 6

// escaped returns the UTF-16 unit with whose escape b begins; -1 if it begins otherwise.
func escaped(b []byte) int64 {
	if len(b) < escape || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(b[2:escape]), 16, 16)
	if err != nil {
		return -1
	}
	return int64(unit)
}
