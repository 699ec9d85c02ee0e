package pades

import (
	"bytes"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
)

// The objects of a PDF (ISO 32000-1, 7.3). null, true and false are a keyword.
type (
	name    string
	number  string // as written
	keyword string
	text    []byte // a string, decoded
	array   []any
	dict    map[name]any
	ref     struct{ num, gen int }
	stream  struct {
		dict dict
		raw  []byte // still encoded
	}
)

const (
	// maxDepth bounds how deep objects lie in each other.
	maxDepth = 64
	// maxItems bounds what lies in one object, arrays in arrays and all: each takes many times
	// its bytes in memory.
	maxItems = 200_000
)

// lexer reads objects.
type lexer struct {
	b     []byte
	pos   int
	items int // that were read
}

func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// skip passes white space and comments.
func (l *lexer) skip() {
	for l.pos < len(l.b) {
		switch c := l.b[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '%':
			for l.pos < len(l.b) && l.b[l.pos] != '\n' && l.b[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

// has passes s if it stands here.
func (l *lexer) has(s string) bool {
	if !bytes.HasPrefix(l.b[l.pos:], []byte(s)) {
		return false
	}
	l.pos += len(s)
	return true
}

// word reads up to white space or a delimiter.
func (l *lexer) word() string {
	start := l.pos
	for l.pos < len(l.b) && !isSpace(l.b[l.pos]) && !isDelimiter(l.b[l.pos]) {
		l.pos++
	}
	return string(l.b[start:l.pos])
}

// integer reads a number of up to ten digits without a sign.
func (l *lexer) integer() (int, bool) {
	l.skip()
	w := l.word()
	n, err := strconv.Atoi(w)
	return n, err == nil && len(w) <= 10 && w[0] >= '0' && w[0] <= '9'
}

// object reads one object; a stream's data is not part of it.
func (l *lexer) object(depth int) (any, error) {
	if depth > maxDepth {
		return nil, damaged("objects lie deeper than %d in each other", maxDepth)
	}
	if l.items++; l.items > maxItems {
		return nil, unreadable("more than %d items lie in one object", maxItems)
	}
	l.skip()
	switch {
	case l.pos >= len(l.b):
		return nil, damaged("the file ends within an object")
	case l.has("/"):
		return l.name()
	case l.has("("):
		return l.literal()
	case l.has("<<"):
		return l.dict(depth)
	case l.has("<"):
		return l.hex()
	case l.has("["):
		return l.array(depth)
	}
	w := l.word()
	switch {
	case w == "null", w == "true", w == "false":
		return keyword(w), nil
	case !isNumber(w):
		return nil, damaged("at byte %d stands %.20q, want an object", l.pos-len(w), w)
	}
	if r, ok := l.reference(w); ok {
		return r, nil
	}
	return number(w), nil
}

func isNumber(w string) bool {
	digits, points := 0, 0
	for i, c := range []byte(w) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case (c == '+' || c == '-') && i == 0:
		default:
			return false
		}
	}
	return digits > 0 && points < 2 && len(w) <= 40
}

// reference reads the rest of a reference whose first number was w.
func (l *lexer) reference(w string) (ref, bool) {
	num, err := strconv.Atoi(w)
	if err != nil || w[0] == '+' || w[0] == '-' || num == 0 || len(w) > 10 {
		return ref{}, false
	}
	at := l.pos
	if gen, ok := l.integer(); ok {
		l.skip()
		if l.word() == "R" {
			return ref{num, gen}, true
		}
	}
	l.pos = at
	return ref{}, false
}

func (l *lexer) name() (name, error) {
	w := l.word()
	var out []byte
	for i := 0; i < len(w); i++ {
		if w[i] != '#' {
			out = append(out, w[i])
			continue
		}
		if i+2 >= len(w) {
			return "", damaged("the name %.40q ends within an escape", w)
		}
		c, err := hex.DecodeString(w[i+1 : i+3])
		if err != nil {
			return "", damaged("the name %.40q has a bad escape", w)
		}
		out = append(out, c[0])
		i += 2
	}
	return name(out), nil
}

// hex reads a string of hexadecimal digits.
func (l *lexer) hex() (text, error) {
	var digits []byte
	for ; l.pos < len(l.b); l.pos++ {
		switch c := l.b[l.pos]; {
		case c == '>':
			l.pos++
			if len(digits)%2 == 1 {
				digits = append(digits, '0')
			}
			out := make(text, len(digits)/2)
			if _, err := hex.Decode(out, digits); err != nil {
				return nil, damaged("a string has other digits than hexadecimal ones")
			}
			return out, nil
		case !isSpace(c):
			digits = append(digits, c)
		}
	}
	return nil, damaged("the file ends within a string")
}

// escapes of literal strings.
var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f', '(': '(', ')': ')', '\\': '\\'}

// literal reads a string in parentheses.
func (l *lexer) literal() (text, error) {
	out, open := text{}, 1
	for l.pos < len(l.b) {
		c := l.b[l.pos]
		l.pos++
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return out, nil
			}
		case '\\':
			out = l.escape(out)
			continue
		case '\r': // every end of line is one \n
			l.has("\n")
			c = '\n'
		}
		out = append(out, c)
	}
	return nil, damaged("the file ends within a string")
}

// escape reads what follows a backslash.
func (l *lexer) escape(out text) text {
	if l.has("\r\n") || l.has("\r") || l.has("\n") || l.pos >= len(l.b) {
		return out
	}
	c := l.b[l.pos]
	if c >= '0' && c <= '7' {
		n := 0
		for i := 0; i < 3 && l.pos < len(l.b) && l.b[l.pos] >= '0' && l.b[l.pos] <= '7'; i++ {
			n = n*8 + int(l.b[l.pos]-'0')
			l.pos++
		}
		return append(out, byte(n))
	}
	l.pos++
	if e, ok := escapes[c]; ok {
		c = e
	}
	return append(out, c)
}

func (l *lexer) array(depth int) (array, error) {
	out := array{}
	for {
		l.skip()
		if l.has("]") {
			return out, nil
		}
		one, err := l.object(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
}

func (l *lexer) dict(depth int) (dict, error) {
	out := dict{}
	for {
		l.skip()
		switch {
		case l.has(">>"):
			return out, nil
		case !l.has("/"):
			return nil, damaged("at byte %d a dictionary has no name where one is due", l.pos)
		}
		key, err := l.name()
		if err != nil {
			return nil, err
		}
		value, err := l.object(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, twice := out[key]; twice {
			return nil, damaged("a dictionary has %.40q twice", key)
		}
		out[key] = value
	}
}

// write appends an object as it stands in a file. Strings are written in hexadecimal: they mean
// the same.
func write(out []byte, o any) []byte {
	switch v := o.(type) {
	case name:
		return writeName(out, v)
	case number:
		return append(out, v...)
	case keyword:
		return append(out, v...)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case float64:
		return strconv.AppendFloat(out, v, 'f', 2, 64)
	case literal:
		return append(out, v...)
	case text:
		out = append(out, '<')
		out = hex.AppendEncode(out, v)
		return append(out, '>')
	case ref:
		out = strconv.AppendInt(out, int64(v.num), 10)
		out = append(out, ' ')
		out = strconv.AppendInt(out, int64(v.gen), 10)
		return append(out, " R"...)
	case array:
		out = append(out, '[')
		for i, one := range v {
			if i > 0 {
				out = append(out, ' ')
			}
			out = write(out, one)
		}
		return append(out, ']')
	case dict:
		out = append(out, "<<"...)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = writeName(out, key)
			out = append(out, ' ')
			out = write(out, v[key])
		}
		return append(out, ">>"...)
	case stream:
		v.dict["Length"] = len(v.raw)
		out = write(out, v.dict)
		out = append(out, "\nstream\n"...)
		out = append(out, v.raw...)
		return append(out, "\nendstream"...)
	}
	panic("pades: no such object") // a mistake of this package
}

// literal is written as it is.
type literal []byte

func writeName(out []byte, n name) []byte {
	out = append(out, '/')
	for _, c := range []byte(n) {
		if c <= ' ' || c >= 0x7f || c == '#' || isDelimiter(c) {
			out = append(out, '#')
			out = hex.AppendEncode(out, []byte{c})
			continue
		}
		out = append(out, c)
	}
	return out
}
