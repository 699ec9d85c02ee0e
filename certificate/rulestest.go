package certificate

import (
	"slices"
	"strings"
	"unicode"
)

const sourceTest = "own: test certificates"

// testRules keep test certificates and real ones apart.
var testRules = []Rule{
	{"test-statements", sourceTest, "A test certificate says nothing of qualified certificates.", checkTestStatements},
	{"test-policy", sourceTest, "A test certificate has policies of the arc for examples (2.999), and no other has.", checkTestPolicy},
	{"test-name", sourceTest, "A test certificate says TEST in its common name and in its issuer's.", checkTestName},
}

func checkTestStatements(e *examined) []string {
	return one(e.profile.Test && e.extension(oidQcStatements), "qcStatements in a test certificate")
}

func checkTestPolicy(e *examined) (out []string) {
	for _, p := range e.cert.Policies {
		example := strings.HasPrefix(p.String(), exampleArc)
		out = append(out, one(example != e.profile.Test,
			"policy %v: policies of the arc 2.999 are for test certificates, and those have no other", p)...)
	}
	return out
}

func checkTestName(e *examined) []string {
	if !e.profile.Test {
		return nil
	}
	own, issuer := strings.Join(e.values(oidCommonName), " "), e.cert.Issuer.CommonName
	return append(one(!saysTest(own), "common name %q without the word TEST", own),
		one(!saysTest(issuer), "issuer %q without the word TEST", issuer)...)
}

// saysTest reports whether TEST is one of the words of a name.
func saysTest(name string) bool {
	words := strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, "TEST") })
}
