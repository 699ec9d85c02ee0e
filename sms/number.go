package sms

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Number is a telephone number in E.164: a plus sign, and 7 to 15 digits of which the first
// is none of a trunk. Its zero value is none.
type Number string

var number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// ParseNumber reads a number in E.164. Its error never holds what was given.
func ParseNumber(text string) (Number, error) {
	if !number.MatchString(text) {
		return "", errors.New("sms: not a number in E.164, want a plus sign and 7 to 15 digits")
	}
	return Number(text), nil
}

// Digits returns the number without its plus sign.
func (n Number) Digits() string { return strings.TrimPrefix(string(n), "+") }

// Prefixes are the beginnings of the numbers that are written to: countries, or parts of
// their plans.
type Prefixes []string

var prefix = regexp.MustCompile(`^\+[1-9][0-9]{0,6}$`)

// ParsePrefixes reads a list like "+33,+32".
func ParsePrefixes(text string) (Prefixes, error) {
	var out Prefixes
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if !prefix.MatchString(one) {
			return nil, fmt.Errorf("sms: %q is no beginning of numbers, want a list like +33,+32", one)
		}
		out = append(out, one)
	}
	return out, nil
}

// Allow tells whether a number begins with one of them.
func (p Prefixes) Allow(n Number) bool {
	return slices.ContainsFunc(p, func(one string) bool { return strings.HasPrefix(string(n), one) })
}
