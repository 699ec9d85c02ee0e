package specimen

import (
	"fmt"
	"strings"
	"time"
)

// CheckDigit computes the check digit of ICAO 9303-3 over s: weights 7, 3, 1
// from the left, 0 to 9 as they are, A to Z as 10 to 35, the filler as 0. A
// character outside that alphabet is an error.
func CheckDigit(s string) (byte, error) {
	weights := [3]int{7, 3, 1}
	sum := 0
	for i := range len(s) {
		c := s[i]
		value := 0
		switch {
		case c >= '0' && c <= '9':
			value = int(c - '0')
		case c >= 'A' && c <= 'Z':
			value = int(c-'A') + 10
		case c == '<':
		default:
			return 0, fmt.Errorf("check digit of %q: character %q is not in A-Z, 0-9, <", s, c)
		}
		sum += value * weights[i%3]
	}
	return byte('0' + sum%10), nil
}

// Zone is what a machine readable zone says. Names are in the document's own
// spelling; the zone transliterates them.
type Zone struct {
	Code        string // document code: "ID", "IR", "P", "PP", "V", "D1"
	Issuer      string // three letters
	Nationality string // three letters
	Surname     string
	GivenNames  []string
	Number      string // at most 9 characters
	Sex         string // "F", "M" or "<"
	Birth       time.Time
	Expiry      time.Time
	Issued      time.Time // old French card only
	Department  string    // old French card only: 3 characters
	Sequence    string    // old French card only: 5 digits
	Office      string    // old French card only: administrative code of 6 characters, or empty
}

// sealedFields returns number, birth and expiry, each followed by its check digit.
func (z Zone) sealedFields() (number, birth, expiry string, err error) {
	fields := [...]struct {
		into  *string
		value string
		width int
	}{{&number, z.Number, 9}, {&birth, date(z.Birth), 6}, {&expiry, date(z.Expiry), 6}}
	for _, f := range fields {
		if *f.into, err = z.sealed(f.value, f.width); err != nil {
			return "", "", "", err
		}
	}
	return number, birth, expiry, nil
}

// TD1 returns the three lines of 30 characters of a card.
func (z Zone) TD1() ([]string, error) {
	first, birth, expiry, err := z.sealedFields()
	if err != nil {
		return nil, err
	}
	upper := first + strings.Repeat("<", 15)
	optional := strings.Repeat("<", 11)
	composite, err := CheckDigit(upper + birth + expiry + optional)
	if err != nil {
		return nil, err
	}
	return []string{
		pad(z.Code, 2) + pad(z.Issuer, 3) + upper,
		birth + pad(z.Sex, 1) + expiry + pad(z.Nationality, 3) + optional + string(composite),
		names(z.Surname, z.GivenNames, 30),
	}, nil
}

// TD3 returns the two lines of 44 characters of a passport.
func (z Zone) TD3() ([]string, error) {
	number, birth, expiry, err := z.sealedFields()
	if err != nil {
		return nil, err
	}
	optional := strings.Repeat("<", 14) + "0"
	composite, err := CheckDigit(number + birth + expiry + optional)
	if err != nil {
		return nil, err
	}
	return []string{
		pad(z.Code, 2) + pad(z.Issuer, 3) + names(z.Surname, z.GivenNames, 39),
		number + pad(z.Nationality, 3) + birth + pad(z.Sex, 1) + expiry + optional + string(composite),
	}, nil
}

// MRVA returns the two lines of 44 characters of a visa (ICAO 9303-7), which have
// no digit over everything.
func (z Zone) MRVA() ([]string, error) {
	number, birth, expiry, err := z.sealedFields()
	if err != nil {
		return nil, err
	}
	return []string{
		pad(z.Code, 2) + pad(z.Issuer, 3) + names(z.Surname, z.GivenNames, 39),
		number + pad(z.Nationality, 3) + birth + pad(z.Sex, 1) + expiry + strings.Repeat("<", 16),
	}, nil
}

// licence returns the one line of 30 characters of a French driving licence: its
// number, the expiry, the beginning of the surname, and two digits, each over
// everything before it.
func (z Zone) licence() ([]string, error) {
	number, err := z.sealed(pad(z.Code, 2)+pad(z.Issuer, 3)+pad(z.Number, 9), 14)
	if err != nil {
		return nil, err
	}
	line, err := z.sealed(number+date(z.Expiry)+pad(transliterate(z.Surname), 8), 29)
	return []string{line}, err
}

// OldFrench returns the two lines of 36 characters of the French card before
// August 2021. It has a layout of its own: no expiry, given names separated by
// two fillers, and a last digit over everything.
func (z Zone) OldFrench() ([]string, error) {
	upper := "IDFRA" + pad(transliterate(z.Surname), 25) + pad(z.Office, 6)
	number, err := z.sealed(z.Issued.Format("0601")+pad(z.Department, 3)+pad(z.Sequence, 5), 12)
	if err != nil {
		return nil, err
	}
	birth, err := z.sealed(date(z.Birth), 6)
	if err != nil {
		return nil, err
	}
	given := make([]string, len(z.GivenNames))
	for i, name := range z.GivenNames {
		given[i] = transliterate(name)
	}
	lower := number + pad(strings.Join(given, "<<"), 14) + birth + pad(z.Sex, 1)
	last, err := CheckDigit(upper + lower)
	if err != nil {
		return nil, err
	}
	return []string{upper, lower + string(last)}, nil
}

// sealed pads s to n characters and appends its check digit.
func (z Zone) sealed(s string, n int) (string, error) {
	if len(s) > n {
		return "", fmt.Errorf("zone field %q: longer than %d characters", s, n)
	}
	s = pad(s, n)
	digit, err := CheckDigit(s)
	if err != nil {
		return "", err
	}
	return s + string(digit), nil
}

func date(t time.Time) string { return t.Format("060102") }

// pad fills s with fillers, or cuts it, to n characters.
func pad(s string, n int) string {
	if len(s) >= n {
		return s[:n]
	}
	return s + strings.Repeat("<", n-len(s))
}

func names(surname string, given []string, n int) string {
	parts := make([]string, len(given))
	for i, name := range given {
		parts[i] = transliterate(name)
	}
	return pad(transliterate(surname)+"<<"+strings.Join(parts, "<"), n)
}

// transliterate spells a French name with A to Z and the filler, by ICAO 9303-3
// section 6: accents fall off, the apostrophe is dropped, hyphen and space become
// the filler.
func transliterate(name string) string {
	folded := strings.NewReplacer(
		"À", "A", "Â", "A", "Ä", "AE", "Ç", "C", "É", "E", "È", "E", "Ê", "E", "Ë", "E",
		"Î", "I", "Ï", "I", "Ô", "O", "Ö", "OE", "Ù", "U", "Û", "U", "Ü", "UE", "Ÿ", "Y",
		"Æ", "AE", "Œ", "OE", "'", "", "’", "", "-", "<", " ", "<",
	).Replace(strings.ToUpper(name))
	return strings.Map(func(r rune) rune {
		if r == '<' || (r >= 'A' && r <= 'Z') {
			return r
		}
		return -1
	}, folded)
}
