package email

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// The limits of RFC 5321, in octets as they are on the wire.
const (
	maxLocal   = 64
	maxAddress = 254
)

// private are the last labels of names that the public DNS does not have, so that no
// public mail server delivers to them: RFC 6761, 6762, 7686 and 9476, ICANN's "internal",
// home.arpa of RFC 8375, and the domain that some systems give themselves. Those for
// documentation and tests ("example", "test") are left out: specimens have them.
var private = []string{"localhost", "localdomain", "invalid", "local", "onion", "alt", "internal", "arpa"}

// Address is an e-mail address. Its zero value is none.
type Address struct {
	local  string // with its quotes, if it has them
	domain string // as typed
	ascii  string // the domain on the wire
}

// Parse reads one bare address; blanks around it are left out. Letters with marks are
// composed, as RFC 6532 3.1 asks: some systems hand over a letter and its mark apart. An
// error is an *Error, with words for who typed it.
func Parse(text string) (Address, error) {
	text = norm.NFC.String(strings.Trim(text, " \t\r\n\u00a0\u202f"))
	if r, bad := unseen(text); bad {
		return Address{}, hidden(r)
	}
	// The last @ ends the local part: a quoted one may hold others.
	at := strings.LastIndexByte(text, '@')
	if at < 1 || at == len(text)-1 {
		return Address{}, problem(Shape)
	}
	a := Address{local: text[:at], domain: text[at+1:]}
	if err := checkLocal(a.local); err != nil {
		return Address{}, err
	}
	var err error
	if a.ascii, err = wireDomain(a.domain); err != nil {
		return Address{}, err
	}
	if len(a.local) > maxLocal || len(a.Wire()) > maxAddress {
		return Address{}, problem(Long)
	}
	return a, nil
}

// String returns the address as it was typed.
func (a Address) String() string {
	if a.local == "" {
		return ""
	}
	return a.local + "@" + a.domain
}

// Wire returns the address as RCPT TO names it: the local part as typed, with its
// quotes, and the domain in ASCII.
func (a Address) Wire() string { return a.local + "@" + a.ascii }

// NeedsUTF8 tells that only a server with SMTPUTF8 takes the address.
func (a Address) NeedsUTF8() bool { return !isASCII(a.local) }

// Same tells whether two addresses reach one mailbox as far as one may know from
// outside: domains are compared on the wire, local parts without regard to case and
// to quotes that change nothing.
func (a Address) Same(b Address) bool {
	return a.ascii == b.ascii && strings.EqualFold(a.bare(), b.bare())
}

// bare returns the local part without quotes and escapes.
func (a Address) bare() string {
	if !strings.HasPrefix(a.local, `"`) {
		return a.local
	}
	var out strings.Builder
	for i := 1; i < len(a.local)-1; i++ {
		if a.local[i] == '\\' {
			i++
		}
		out.WriteByte(a.local[i])
	}
	return out.String()
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// unseen returns the first character that nobody sees where it stands, or that
// changes the order of others. A blank is seen to by the grammar.
func unseen(text string) (rune, bool) {
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1, r != ' ' && !unicode.IsPrint(r), r == '\u2800',
			unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return r, true
		}
	}
	return 0, false
}

// checkLocal checks a local part: a dot-atom or a quoted string (RFC 5321 4.1.2),
// with letters beyond ASCII (RFC 6531 3.3).
func checkLocal(local string) error {
	if first, _ := utf8.DecodeRuneInString(local); unicode.IsMark(first) {
		return problem(Shape)
	}
	if strings.HasPrefix(local, `"`) {
		return checkQuoted(local)
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool { return r < utf8.RuneSelf && !isAtext(r) }) {
			return problem(Shape)
		}
	}
	return nil
}

// checkQuoted checks a quoted string that is not empty.
func checkQuoted(local string) error {
	if len(local) < 3 || !strings.HasSuffix(local, `"`) {
		return problem(Shape)
	}
	inside := local[1 : len(local)-1]
	for i := 0; i < len(inside); i++ {
		switch inside[i] {
		case '"':
			return problem(Shape)
		case '\\':
			if i++; i == len(inside) || inside[i] >= utf8.RuneSelf {
				return problem(Shape)
			}
		}
	}
	return nil
}

func isAtext(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' ||
		strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// wireDomain returns a domain's A-labels; an error for one that is no public name.
func wireDomain(domain string) (string, error) {
	bare := strings.Trim(domain, "[]")
	if _, err := netip.ParseAddr(strings.TrimPrefix(bare, "IPv6:")); err == nil || bare != domain {
		return "", problem(Numeric)
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || ascii == "" || len(ascii) > 253 {
		return "", problem(Domain)
	}
	labels := strings.Split(ascii, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return "", problem(Domain)
		}
	}
	last := labels[len(labels)-1]
	switch {
	case len(labels) < 2, slices.Contains(private, last):
		return "", problem(Local)
	case len(last) < 2 || last[0] >= '0' && last[0] <= '9':
		return "", problem(Domain)
	}
	return ascii, nil
}
