package protocol

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestWholeText(t *testing.T) {
	for body, whole := range map[string]bool{
		``: true, `{}`: true, `"é"`: true, `"\u00e9\n\\"`: true, `"\ud83d\ude00"`: true, `"\uD83D\uDE00\uD83D\uDE00"`: true,
		`"\ufffd"`: true, "\"\ufffd\"": true, // somebody wrote it
		`"\\ud800"`: true, `"\\\\udc00"`: true, `"a\\u`: true, `"\u12`: true, `\`: true,
		`"\ud800"`: false, `"a\ud83d"`: false, `"\ude00"`: false, `"\ud83dx\ude00"`: false, `"\ud83d\ud83d\ude00"`: false,
		`"\ud83d\\ude00"`: false, `"\\\ud800"`: false, `{"\udfff":1}`: false, "\"\xff\"": false, "\"\xed\xa0\x80\"": false,
	} {
		if got := WholeText([]byte(body)); got != whole {
			t.Errorf("%s: %t", body, got)
		}
	}
}

// Escaped units are whole where decoding replaces none of them.
func FuzzWholeText(f *testing.F) {
	for _, seed := range []string{
		"\xd8\x3d\xde\x00", "\xd8\x00", "\xdc\x00\x00a", "\xff\xfd", "\xd8\x3d\xd8\x3d\xde\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, units []byte) {
		body, written := `"`, 0
		for ; len(units) >= 2; units = units[2:] {
			unit := binary.BigEndian.Uint16(units)
			body += fmt.Sprintf(`\u%04x`, unit) // a backslash and the unit
			if unit == 0xFFFD {
				written++
			}
		}
		body += `"`
		var text string
		if err := json.Unmarshal([]byte(body), &text); err != nil {
			t.Fatal(err)
		}
		if replaced := strings.Count(text, "\ufffd") > written; WholeText([]byte(body)) == replaced {
			t.Errorf("%s: replaced %t", body, replaced)
		}
	})
}

func TestTextThatIsNotWholeIsRefused(t *testing.T) {
	for _, text := range []string{`\ud800`, `\ude00\ud83d`, "\xff", "\xed\xa0\x80"} {
		_, ofMessage := Decode([]byte(`{"type":"choose-code","code":"4` + text + `"}`))
		_, ofBody := DecodeOpenSession([]byte(`{"language":"fr` + text + `"}`))
		for what, err := range map[string]error{"message": ofMessage, "body": ofBody} {
			if d, ok := errors.AsType[*DecodeError](err); !ok || d.Code != CodeBadMessage || d.Measured == "" || d.Wanted == "" {
				t.Errorf("%q in a %s: %v", text, what, err)
			}
		}
	}
}
