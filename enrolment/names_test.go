package enrolment

import "testing"

// Kind: one name that keyboards and systems write with other code points.
func TestANameIsStoredInOneForm(t *testing.T) {
	for typed, want := range map[string]string{
		"Maéva": "Maéva", "Mae\u0301va": "Maéva", " Maéva\u00a0 Claire ": "Maéva Claire", "\u212bsa": "Åsa",
		"Ｍａéｖａ　Ｃｌａｉｒｅ": "Maéva Claire", "Ｏ＇Ｎｅｉｌｌ": "O'Neill", "Ｊｅａｎ－Ｌｕｃ": "Jean-Luc",
		"Ｊ０ＨＮ": "J0HN", "Анна": "Анна", "ＡＢ＜": "AB<", // refused by CheckName, as typed otherwise
		"カタカナ": "カタカナ", "ｶﾅ": "カナ", "ㄱ": "ㄱ", // whose ordinary width is the wide one
	} {
		if got := TidyName(typed); got != want || TidyName(got) != got {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
