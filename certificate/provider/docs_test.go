package provider

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"visavis/certificate"
)

var example = regexp.MustCompile("(?s)```json (request|status|fileStatus|file)\n(.*?)```")

func TestTheDocumentsExamplesAreWhatIsSentAndRead(t *testing.T) {
	body, err := os.ReadFile("../../docs/provider.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, m := range example.FindAllStringSubmatch(string(body), -1) {
		found[m[1]]++
		switch m[1] {
		case "file": // held against the OpenAPI file
			continue
		case "fileStatus":
			if _, err := readFileStatus([]byte(m[2]), "0b2f6a4e-6c1f-4a53-9a0e-2f7f2f0a9f11"); err != nil {
				t.Errorf("%s: %v", m[2], err)
			}
			continue
		case "status":
			if _, err := readStatus([]byte(m[2]), "0b2f6a4e-6c1f-4a53-9a0e-2f7f2f0a9f11"); err != nil {
				t.Errorf("%s: %v", m[2], err)
			}
			continue
		}
		var r certificate.Request
		d := json.NewDecoder(strings.NewReader(m[2]))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Fatalf("%s: %v", m[2], err)
		}
		if err := r.Validate(); err != nil {
			t.Error(err)
		}
		if want, got := anyJSON(t, []byte(m[2])), anyJSON(t, must(json.Marshal(r))); got != want {
			t.Errorf("the example and what is sent differ:\n%s\n%s", want, got)
		}
	}
	if found["request"] != 1 || found["status"] != 4 || found["file"] != 1 || found["fileStatus"] != 2 {
		t.Errorf("%v, want one request, four statuses, one file and its two statuses", found)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// anyJSON brings JSON to one form.
func anyJSON(t *testing.T, body []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return string(must(json.Marshal(v)))
}
