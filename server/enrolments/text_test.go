package enrolments_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"visavis/enrolment"
)

// Text that a database refuses is refused in words, in every place that takes text,
// on both databases.
func TestTextThatNoDatabaseKeepsIsRefusedInWords(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		in := newPlace(t, url).start(t, "one")
		maeva, reviewer, registrar := in.browser(t, "maeva"), in.browser(t, "reviewer-1"), in.browser(t, "registrar")
		v := maeva.begin()
		own := "/api/enrolments/" + v.ID
		wrong := func(b *browser, method, path, body string) {
			t.Helper()
			var raw any
			if body != "" {
				raw = json.RawMessage(body)
			}
			status, _, answer := b.do(method, path, raw)
			var e struct{ Error struct{ Code, Text string } }
			_ = json.Unmarshal(answer, &e)
			if status != http.StatusUnprocessableEntity && status != http.StatusBadRequest && status != http.StatusNotFound ||
				status != http.StatusNotFound && e.Error.Text == "" {
				t.Errorf("%s %q %q: %d %s", method, path, body, status, answer)
			}
		}
		for _, bad := range []string{`a\u0000b`, "a\xffb", "\xed\xa0\x80", "\xc0\x80", `a\ud800b`, `\udc00`, `\ud83d\ud83d`} {
			for path, field := range map[string]string{
				"/correct": "surname", "/contest": "words", "/dispute": "words", "/confirm": "name", "": "language",
			} {
				at := own + path
				if path == "" {
					at = "/api/enrolments"
				}
				wrong(maeva, "POST", at, `{"`+field+`": "`+bad+`", "field": "surname"}`)
			}
			wrong(maeva, "POST", own+"/consent", `{"answers": [{"kind": "`+bad+`"}]}`)
			wrong(reviewer, "POST", "/api/review/"+v.ID+"/decide", `{"verdict": "refuse", "reason": "`+bad+`"}`)
			wrong(registrar, "POST", "/api/registrar/"+v.ID, `{"reason": "`+bad+`"}`)
			wrong(registrar, "POST", "/api/registrar/"+v.ID, `{"checklist": {"`+bad+`": true}}`)
			wrong(maeva, "POST", "/api/sessions", `{"enrolment": "`+bad+`"}`)
		}
		for _, bad := range []string{"%00", "%ff", "a%c0%80", "%ed%a0%80"} {
			wrong(registrar, "GET", "/api/registrar?reference="+bad, "")
			wrong(maeva, "GET", own+"?lang="+bad, "")
			wrong(maeva, "GET", "/api/directory?q="+bad+strings.Repeat("a", 5), "")
			wrong(maeva, "GET", "/api/enrolments/"+bad, "")
			wrong(maeva, "GET", own+"/pictures/"+bad, "")
			wrong(maeva, "GET", "/api/certificates/"+bad, "")
			wrong(maeva, "GET", "/api/enrolments/"+bad+"/export", "")
			wrong(reviewer, "POST", "/api/review/"+bad+"/put-back", "")
		}
		if v = maeva.see(v.ID); v.State != enrolment.Declared {
			t.Errorf("state %s", v.State)
		}
	})
}
