package enrolments

import "testing"

func TestACellIsNoFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=HYPERLINK(\"https://evil.example\")": "'=HYPERLINK(\"https://evil.example\")", "+1": "'+1", "-1": "'-1",
		"@x": "'@x", "\tx": "'\tx", "\n=1": "'\n=1", "\r=1": "'\r=1",
		"＝1+1": "'＝1+1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x", "": "", "a=b": "a=b",
		"demo:operator": "demo:operator", "élan": "élan",
	} {
		if got := cell(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
