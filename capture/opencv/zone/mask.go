package zone

import (
	"strings"

	"visavis/identity"
)

// classSets are the symbols of each class of places.
var classSets = map[rune]*symbolSet{'l': symbolsOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 'd': symbolsOf("0123456789"),
	'c': symbolsOf("0123456789"), 'a': symbolsOf(mrzAlphabet)}

// symbolsOf is a set of letters and the filler, which may stand anywhere.
func symbolsOf(letters string) *symbolSet {
	var set symbolSet
	for i, letter := range mrzAlphabet {
		set[i+1] = letter == '<' || strings.ContainsRune(letters, letter)
	}
	return &set
}

// orderlyZone reads lines as each format with such lines would have them. What was
// seen counts all the same: a letter that the format rules out leaves another one
// that is not sure.
func orderlyZone(lines []zoneLine, letters int) Found {
	var best Found
	for _, f := range []identity.Format{identity.TD1, identity.TD2, identity.TD3, identity.MRVA, identity.MRVB,
		identity.IDFRA} {
		classes := identity.Classes(f)
		if len(classes) != len(lines) || len(classes[0]) != letters {
			continue
		}
		var set []spelling
		for i, l := range lines {
			s, ok := l.columns.spellMasked(letters, maskOf(classes[i]))
			if !ok {
				return Found{}
			}
			if len(trimmed(s.text)) != len(trimmed(l.free.text)) {
				s = s.doubted()
			}
			set = append(set, s)
		}
		if z := zoneOfTexts(set); z.content.MRZ.Format == f && z.Better(best) {
			best = z
		}
	}
	return best
}

// lineMasks are the masks of all lines there are, by their length.
var lineMasks = masksOf(identity.TD1, identity.TD2, identity.TD3, identity.MRVA, identity.MRVB, identity.IDFRA)

func masksOf(formats ...identity.Format) map[int][][]*symbolSet {
	masks, seen := map[int][][]*symbolSet{}, map[string]bool{}
	for _, f := range formats {
		for _, classes := range identity.Classes(f) {
			if seen[classes] {
				continue
			}
			seen[classes] = true
			masks[len(classes)] = append(masks[len(classes)], maskOf(classes))
		}
	}
	return masks
}

func maskOf(classes string) []*symbolSet {
	var mask []*symbolSet
	for _, class := range classes {
		mask = append(mask, classSets[class])
	}
	return mask
}

// mostLoss is by how much, as the logarithm of a probability, a line may be less
// likely than what was seen to be taken for one that keeps to a format. A letter that
// was seen clearly costs more: it stays, and the line breaks the format's rule.
const mostLoss = 2.5

// orderly is a line of any length as the likeliest format would have it, where what
// was seen allows that.
func (c columns) orderly(free spelling) spelling {
	best, loss := free, mostLoss
	for _, mask := range lineMasks[len(free.text)] {
		if s, ok := c.spellMasked(len(mask), mask); ok && free.score-s.score < loss {
			best, loss = s, free.score-s.score
		}
	}
	return best
}
