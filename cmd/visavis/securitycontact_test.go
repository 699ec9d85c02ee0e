package main

import (
	"slices"
	"testing"
)

func TestWhereWeaknessesAreReported(t *testing.T) {
	for text, want := range map[string][]string{
		"":                     {},
		" , ":                  {},
		"security@example.org": {"mailto:security@example.org"},
		" security@example.org , https://example.org/security?a=b ": {"mailto:security@example.org",
			"https://example.org/security?a=b"},
		"maeva@m\u00fcller.example":             {"mailto:maeva@xn--mller-kva.example"},
		"m\u00f6hl@example.org":                 {"mailto:m%C3%B6hl@example.org"},
		"50%@example.org":                       {"mailto:50%25@example.org"},
		"mailto:security%2Btxt@example.org":     {"mailto:security%2Btxt@example.org"},
		"MAILTO:security@example.org?subject=A": {"mailto:security@example.org?subject=A"},
		"tel:+33-1-23-45-67-89":                 {"tel:+33-1-23-45-67-89"},
	} {
		if got, err := securityContacts(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"http://example.org", "https://", "https://a:b@example.org", "security", "@example.org", "security@localhost",
		"mailto:", "mailto:security", "mailto:%zz", "tel:", "tel:+", "tel:call-me", "javascript:alert(1)", "//example.org/x",
		"https://example.org/\nExpires: 2999-01-01T00:00:00Z", "https://example.org/\u00e9", "https://example.org/a b",
		"security@example.org\rContact: tel:1", "security@example.org https://example.org", "security@example.org;tel:1",
	} {
		if got, err := securityContacts(text); err == nil {
			t.Errorf("%q: %q, want a refusal", text, got)
		}
	}
}
