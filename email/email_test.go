package email

import (
	"errors"
	"strings"
	"testing"
)

func TestAddressesAreKeptAsTyped(t *testing.T) {
	long := strings.Repeat("a", 64)
	for typed, wire := range map[string]string{
		"maeva@example.org":           "maeva@example.org",
		"Maeva.Claire+x@Example.ORG":  "Maeva.Claire+x@example.org",
		`"a..b"@example.org`:          `"a..b"@example.org`,
		`"taro."@example.org`:         `"taro."@example.org`,
		`".taro"@example.org`:         `".taro"@example.org`,
		`"a b"@example.org`:           `"a b"@example.org`,
		`"a@b"@example.org`:           `"a@b"@example.org`,
		`"a\"b\\"@example.org`:        `"a\"b\\"@example.org`,
		`"a,b;<c>"@example.org`:       `"a,b;<c>"@example.org`,
		"o'neill@example.org":         "o'neill@example.org",
		"a!#$%&'*+-/=?^_`{|}~@b.org":  "a!#$%&'*+-/=?^_`{|}~@b.org",
		"maeva@müller.example":        "maeva@xn--mller-kva.example",
		"maeva@MÜLLER.example":        "maeva@xn--mller-kva.example",
		"maeva@straße.example":        "maeva@xn--strae-oqa.example",
		"maeva@почта.example":         "maeva@xn--80a1acny.example",
		"maeva@xn--mller-kva.example": "maeva@xn--mller-kva.example",
		"möhlmann@example.org":        "möhlmann@example.org",
		"дуня@example.org":            "дуня@example.org",
		"用户@例子.公司":                    "用户@xn--fsqu00a.xn--55qx5d",
		long + "@example.org":         long + "@example.org",
		"x@a.b.c.example.museum":      "x@a.b.c.example.museum",
	} {
		a, err := Parse("  " + typed + "\u00a0")
		if err != nil || a.String() != typed || a.Wire() != wire {
			t.Errorf("%s: %q, %q, %v, want %q on the wire", typed, a, a.Wire(), err, wire)
		}
		if ascii := !strings.ContainsFunc(strings.Split(typed, "@")[0], func(r rune) bool {
			return r > 127
		}); a.NeedsUTF8() == ascii {
			t.Errorf("%s needs SMTPUTF8: %v", typed, a.NeedsUTF8())
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for text, want := range map[string]Code{
		"": Shape, "maeva": Shape, "@example.org": Shape, "maeva@": Shape,
		"a..b@example.org": Shape, ".a@example.org": Shape, "taro.@example.org": Shape,
		"a b@example.org": Shape, "a@b@example.org": Shape, `"a"b@example.org`: Shape, `"a@example.org`: Shape,
		`"a"b"@example.org`: Shape, `"a\"@example.org`: Shape, `""@example.org`: Shape, "<a@example.org>": Shape,
		"a,b@example.org": Shape, "(x)a@example.org": Shape, "a@example.org, b@example.org": Shape,
		"\u0301a@example.org": Shape,

		"root@localhost": Local, "root@LOCALHOST": Local, "root@mail.localhost": Local, "root@server": Local, "root@müller": Local,
		"a@localhost.localdomain": Local, "a@x.invalid": Local, "a@printer.local": Local, "a@mail.bank.LOCAL": Local,
		"a@vm.internal": Local, "a@router.home.arpa": Local, "a@abcdefghij.onion": Local, "a@x.alt": Local,
		"a@[127.0.0.1]": Numeric, "a@127.0.0.1": Numeric, "a@[IPv6:::1]": Numeric, "a@[example.org]": Numeric,

		"a@example.org.": Domain, "a@.example.org": Domain, "a@exa_mple.org": Domain, "a@example..org": Domain,
		"a@-x.org": Domain, "a@x-.org": Domain, "a@exam ple.org": Domain, "a@xn--\u00fc.org": Domain, "a@xn--a.org": Domain,
		"a@example.c": Domain, "a@1.2.3": Domain, "a@" + strings.Repeat("b", 64) + ".org": Domain,

		strings.Repeat("a", 65) + "@example.org":                              Long,
		strings.Repeat("é", 33) + "@example.org":                              Long,
		"a@" + strings.Repeat(strings.Repeat("b", 60)+".", 4) + "museums.org": Domain,
		strings.Repeat("a", 60) + "@" + strings.Repeat("bcdefg.", 28) + "org": Long,

		"mae\u202eva@example.org": Hidden, "maeva@exam\u202eple.org": Hidden, "a\u2066@example.org": Hidden, "a\u200b@example.org": Hidden,
		"a@exa\u00admple.org": Hidden, "a\ufeffb@example.org": Hidden, "a\u200db@example.org": Hidden, "a\x00b@example.org": Hidden, "a\r\nBcc: b@example.org": Hidden,
		"\"a\tb\"@example.org": Hidden, "a\u3164@example.org": Hidden, "a\ufe0f@example.org": Hidden,
		"a\u2028b@example.org": Hidden, "a\x7f@example.org": Hidden,
		"a\xffb@example.org": Hidden, "a\u2800@example.org": Hidden, "a\u3000b@example.org": Hidden, "a\U000e0041@example.org": Hidden,
	} {
		a, err := Parse(text)
		bad, ok := errors.AsType[*Error](err)
		if !ok || bad.Code != want || a != (Address{}) {
			t.Errorf("%q: %v, %v, want %s", text, a, err, want)
			continue
		}
		if said := bad.Error(); text != "" && strings.Contains(said, text) || bad.Rune != 0 && want != Hidden {
			t.Errorf("%q: %s, rune %U: want no address in it, and no rune but of a hidden one", text, said, bad.Rune)
		}
	}
}

func TestWhatReachesOneMailbox(t *testing.T) {
	parse := func(text string) Address {
		a, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, pair := range [][2]string{
		{"Maeva@example.org", "maeva@EXAMPLE.org"}, {"a@müller.example", "a@xn--mller-kva.example"}, {`"taro"@example.org`, "taro@example.org"}, {`"t\aro"@example.org`, "taro@example.org"},
		{"mo\u0308hlmann@example.org", "möhlmann@example.org"}, {"a@mu\u0308ller.example", "a@müller.example"}, {"ñ@x.org", "n\u0303@X.org"}, {"\u212bsa@x.org", "åsa@x.org"},
	} {
		if !parse(pair[0]).Same(parse(pair[1])) {
			t.Errorf("%v are two", pair)
		}
	}
	for _, pair := range [][2]string{{"a@example.org", "b@example.org"}, {"a@example.org", "a@example.com"},
		{`"a..b"@example.org`, "a.b@example.org"}, {"mohlmann@example.org", "möhlmann@example.org"}} {
		if parse(pair[0]).Same(parse(pair[1])) {
			t.Errorf("%v are one", pair)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"maeva@müller.example", `"a..b"@example.org`, "a\r\nb@example.org", "a@[::1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(a.String())
		if err != nil || again != a {
			t.Errorf("%q is read as %q, and that as %q, %v", text, a, again, err)
		}
		if wire := a.Wire(); strings.ContainsAny(wire, "\r\n\x00") || len(wire) > 254 {
			t.Errorf("%q on the wire: %q", text, wire)
		}
	})
}
