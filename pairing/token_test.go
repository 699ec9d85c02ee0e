package pairing

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

var testSecret = bytes.Repeat([]byte("k"), 32)

func TestTokenPrintsAsRedacted(t *testing.T) {
	token := newToken()
	typed := newTyped()
	holder := struct {
		T     Token
		Shown ShownCode
		Tick  *Ticket
		List  []Token
		Map   map[string]Token
	}{token, ShownCode{Token: token, Typed: typed}, &Ticket{Token: token, Code: typed}, []Token{token},
		map[string]Token{"a": typed}}

	var out strings.Builder
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%X", "%d", "%t", "%20s", "%T"} {
		fmt.Fprintf(&out, verb+"\n", token)
		fmt.Fprintf(&out, verb+"\n", holder)
		fmt.Fprintf(&out, verb+"\n", *holder.Tick)
	}
	fmt.Fprintln(&out, token, fmt.Sprint(token), token.String(), fmt.Errorf("bad: %v", token))
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("test", "token", token, "holder", holder, "ticket", *holder.Tick)
	}
	doc, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(doc)
	for _, secret := range []Token{token, typed} {
		plain := string(secret)
		for _, form := range []string{plain, fmt.Sprintf("%x", plain), fmt.Sprintf("%X", plain), fmt.Sprint([]byte(plain))} {
			if strings.Contains(out.String(), form) {
				t.Errorf("a secret shows as %q in:\n%s", form, out.String())
			}
		}
	}
	if got := strings.Count(out.String(), redacted); got < 40 {
		t.Errorf("%d times %q in the output, want 40 or more", got, redacted)
	}
	if got, want := string(doc), `{"T":"redacted"`; !strings.HasPrefix(got, want) {
		t.Errorf("JSON %s, want it to begin with %s", got, want)
	}
}

func TestTokenIs32RandomBytesInBase64URL(t *testing.T) {
	seen := make(map[Token]bool)
	for range 100 {
		token := newToken()
		if len(token) != 43 || !token.plausible() || seen[token] {
			t.Fatalf("token of %d letters, plausible %t, seen before %t", len(token), token.plausible(), seen[token])
		}
		if strings.Trim(string(token), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Fatalf("token has letters that are not base64url")
		}
		seen[token] = true
	}
}

func TestTypedCodeForms(t *testing.T) {
	for range 100 {
		code := newTyped()
		if len(code) != 8 || strings.Trim(string(code), "BCDFGHJKLMNPQRSTVWXZ") != "" {
			t.Fatalf("typed code %q", string(code))
		}
	}
	for _, test := range []struct {
		in   Token
		want Token
		ok   bool
	}{
		{"BCDFGHJK", "BCDFGHJK", true},
		{"bcdf-ghjk", "BCDFGHJK", true},
		{" BCDF GHJK ", "BCDFGHJK", true},
		{"BCDF\u202fGHJK", "BCDFGHJK", true},
		{"ＢＣＤＦ－ＧＨＪＫ", "BCDFGHJK", true},
		{"\u2066bcdf\u2011ghjk\u2069", "BCDFGHJK", true},
		{"BCDF\u200bGHJK\ufeff", "BCDFGHJK", true},
		{"BCDFGHJ", "", false},
		{"BCDFGHJKL", "", false},
		{"ACDFGHJK", "", false},
		{"1CDFGHJK", "", false},
		{"", "", false},
		{"éBCDFGHJ", "", false},
	} {
		if got, ok := normalTyped(test.in); got != test.want || ok != test.ok {
			t.Errorf("normalTyped(%q) = %q, %t; want %q, %t", string(test.in), string(got), ok, string(test.want), test.ok)
		}
	}
}

func TestRandomLettersAreEquallyLikely(t *testing.T) {
	const each = 5000
	counts := make(map[rune]int)
	for _, r := range randomString(typedAlphabet, each*len(typedAlphabet)) {
		counts[r]++
	}
	for _, r := range typedAlphabet {
		if n := counts[r]; n < each*9/10 || n > each*11/10 { // 7 standard deviations
			t.Errorf("%c: %d times, want about %d", r, n, each)
		}
	}
}

func TestHashesAreComparedWhole(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{{"", "", false}, {"ab", "", false}, {"ab", "ab", true}, {"ab", "ac", false}, {"ab", "abc", false}} {
		if got := same(test.a, test.b); got != test.want {
			t.Errorf("same(%q, %q) = %t, want %t", test.a, test.b, got, test.want)
		}
	}
}

func FuzzNormalTyped(f *testing.F) {
	for _, seed := range []string{"BCDFGHJK", "bcdf ghjk", "", "ÉÉÉÉ", "\x00", "BCDF-GHJK-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, ok := normalTyped(Token(in))
		if ok != (len(got) == typedLength) {
			t.Fatalf("%q: %q, %t", in, string(got), ok)
		}
		if again, still := normalTyped(got); ok && (again != got || !still) {
			t.Fatalf("%q: normal form %q is not its own normal form", in, string(got))
		}
	})
}
