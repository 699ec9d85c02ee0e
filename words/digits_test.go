package words

import (
	"testing"
	"unicode"
)

func TestDigitsOfEveryScript(t *testing.T) {
	for typed, want := range map[string]string{
		"42": "42", "042 318": "042318", "042-318": "042318", "\u200e042\u202f318\u2069": "042318",
		"٠٤٢٣١٨": "042318", "۰۴۲۳۱۸": "042318", "０４２－３１８": "042318", "०४२३१८": "042318", "๐๔๒": "042",
		"\ufeff12\t34\n56": "123456", "12\u2011\u200b34": "1234", "𝟘𝟜𝟚": "042", "١2３": "123",
		"": "", " ": "", "12a": "", "1½": "", "²3": "", "④": "", "一二": "", "1.5": "", "+42": "", "1e3": "", "IV": "", "4\x002": "",
		"4\u034f2": "42", "4\ufe0f2\ufe0f": "42", "\u202d42\u202c": "42", "\u202e42": "", "4\u20e32": "",
	} {
		if got := Digits(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	// Every row of Unicode's digits begins with its zero: each digit counts to the next one's.
	last, value := rune(-2), byte(9)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Nd, r) {
			continue
		}
		got, ok := digit(r)
		if want := (value + 1) % 10; !ok || got != want || r != last+1 && got != 0 {
			t.Errorf("%U: %d %v, want %d", r, got, ok, want)
		}
		last, value = r, got
	}
}

func TestInvisibleMarksAreLeftOut(t *testing.T) {
	for typed, want := range map[string]string{
		"\u202d+33\u00a06\u202f39\u202c": "+33 6 39", "\u2066٠٦\u2069": "06", "a\u200d\u200bb\ufeff": "ab", "0\u00ad6": "06",
		"0\u034f6\ufe0f": "06", "\U000e00300": "0", "\u3164": "", "\t1\n": " 1 ",
		"\u202e12": "\u202e12", "1\x002": "1\x002", "é-½²": "é-½²", "": "",
	} {
		if got := Plain(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
