package email_test

import (
	"errors"
	"strings"
	"testing"

	"visavis/email"
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
		a, err := email.Parse("  " + typed + "\u00a0")
		if err != nil || a.String() != typed || a.Wire() != wire {
			t.Errorf("%s: %q, %q, %v, want %q on the wire", typed, a, a.Wire(), err, wire)
		}
		if ascii := !strings.ContainsFunc(strings.Split(typed, "@")[0], func(r rune) bool { return r > 127 }); a.NeedsUTF8() == ascii {
			t.Errorf("%s needs SMTPUTF8: %v", typed, a.NeedsUTF8())
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for text, want := range map[string]email.Code{
		"": email.Shape, "maeva": email.Shape, "@example.org": email.Shape, "maeva@": email.Shape,
		"a..b@example.org": email.Shape, ".a@example.org": email.Shape, "taro.@example.org": email.Shape,
		"a b@example.org": email.Shape, "a@b@example.org": email.Shape, `"a"b@example.org`: email.Shape, `"a@example.org`: email.Shape,
		`"a"b"@example.org`: email.Shape, `"a\"@example.org`: email.Shape, `""@example.org`: email.Shape, "<a@example.org>": email.Shape,
		"a,b@example.org": email.Shape, "(x)a@example.org": email.Shape, "a@example.org, b@example.org": email.Shape,
		"\u0301a@example.org": email.Shape,

		"root@localhost": email.Local, "root@LOCALHOST": email.Local, "root@mail.localhost": email.Local, "root@server": email.Local, "root@müller": email.Local,
		"a@localhost.localdomain": email.Local, "a@x.invalid": email.Local,
		"a@[127.0.0.1]": email.Numeric, "a@127.0.0.1": email.Numeric, "a@[IPv6:::1]": email.Numeric, "a@[example.org]": email.Numeric,

		"a@example.org.": email.Domain, "a@.example.org": email.Domain, "a@exa_mple.org": email.Domain, "a@example..org": email.Domain,
		"a@-x.org": email.Domain, "a@x-.org": email.Domain, "a@exam ple.org": email.Domain, "a@xn--\u00fc.org": email.Domain, "a@xn--a.org": email.Domain,
		"a@example.c": email.Domain, "a@1.2.3": email.Domain, "a@" + strings.Repeat("b", 64) + ".org": email.Domain,

		strings.Repeat("a", 65) + "@example.org":                              email.Long,
		strings.Repeat("é", 33) + "@example.org":                              email.Long,
		"a@" + strings.Repeat(strings.Repeat("b", 60)+".", 4) + "museums.org": email.Domain,
		strings.Repeat("a", 60) + "@" + strings.Repeat("bcdefg.", 28) + "org": email.Long,

		"mae\u202eva@example.org": email.Hidden, "maeva@exam\u202eple.org": email.Hidden, "a\u2066@example.org": email.Hidden, "a\u200b@example.org": email.Hidden,
		"a@exa\u00admple.org": email.Hidden, "a\ufeffb@example.org": email.Hidden, "a\u200db@example.org": email.Hidden, "a\x00b@example.org": email.Hidden, "a\r\nBcc: b@example.org": email.Hidden,
		"\"a\tb\"@example.org": email.Hidden, "a\u3164@example.org": email.Hidden, "a\ufe0f@example.org": email.Hidden, "a\u2028b@example.org": email.Hidden, "a\x7f@example.org": email.Hidden,
		"a\xffb@example.org": email.Hidden, "a\u2800@example.org": email.Hidden, "a\u3000b@example.org": email.Hidden, "a\U000e0041@example.org": email.Hidden,
	} {
		a, err := email.Parse(text)
		bad, ok := errors.AsType[*email.Error](err)
		if !ok || bad.Code != want || a != (email.Address{}) {
			t.Errorf("%q: %v, %v, want %s", text, a, err, want)
			continue
		}
		for _, language := range []string{"fr", "en"} {
			if words := bad.Words(language); len(words) < 20 || text != "" && strings.Contains(words, text) {
				t.Errorf("%q in %s: %s", text, language, words)
			}
		}
	}
}

func TestWhatReachesOneMailbox(t *testing.T) {
	parse := func(text string) email.Address {
		a, err := email.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, pair := range [][2]string{
		{"Maeva@example.org", "maeva@EXAMPLE.org"}, {"a@müller.example", "a@xn--mller-kva.example"}, {`"taro"@example.org`, "taro@example.org"}, {`"t\aro"@example.org`, "taro@example.org"},
	} {
		if !parse(pair[0]).Same(parse(pair[1])) {
			t.Errorf("%v are two", pair)
		}
	}
	for _, pair := range [][2]string{{"a@example.org", "b@example.org"}, {"a@example.org", "a@example.com"}, {`"a..b"@example.org`, "a.b@example.org"}, {"mohlmann@example.org", "möhlmann@example.org"}} {
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
		a, err := email.Parse(text)
		if err != nil {
			return
		}
		again, err := email.Parse(a.String())
		if err != nil || again != a {
			t.Errorf("%q is read as %q, and that as %q, %v", text, a, again, err)
		}
		if wire := a.Wire(); strings.ContainsAny(wire, "\r\n\x00") || len(wire) > 254 {
			t.Errorf("%q on the wire: %q", text, wire)
		}
	})
}
