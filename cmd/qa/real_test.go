package main

import (
	"bytes"
	"crypto/tls"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"visavis/client"
)

// mostTried is how many real pictures a person would try: one in ten of those called
// good is refused by a check.
const mostTried = 5

// labelled are the files of a table's rows whose columns have these values.
func labelled(t *testing.T, dir, table string, wanted map[string]string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, table))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", table, len(rows), err)
	}
	var files []string
	for _, row := range rows[1:] {
		fits := true
		for i, name := range rows[0] {
			want, asked := wanted[name]
			fits = fits && (!asked || i < len(row) && row[i] == want)
		}
		if fits {
			files = append(files, filepath.Join(dir, row[0]))
		}
	}
	if len(files) == 0 {
		t.Fatalf("%s: no row with %v", table, wanted)
	}
	return files
}

// realScenario is a passport's capture with pictures from disk.
func realScenario(t *testing.T, name, steps string) Scenario {
	t.Helper()
	s, err := parseScenario(fmt.Appendf(nil, `name: %s
seed: 1
document: passport
steps:
  - open:
  - claim:
  - choose: {code: right}
  - expect: {message: progress, where: {state: paired}}
  - choose: {document: passport}
  - start:
%s`, name, steps), nil)
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// A real passport and a real face are taken by themselves; a blurred, a dark and no
// document are not, and the hint says why. A photo cannot tilt or turn: no challenge
// is asked for.
func TestScenariosOnRealImages(t *testing.T) {
	notUnderRace(t)
	dir := os.Getenv("VISAVIS_EVAL")
	if dir == "" {
		t.Skip("VISAVIS_EVAL names no folder of labelled images: nothing played with real ones")
	}
	options := Options{Client: client.Config{Server: startProgram(t, "--challenge", "off"),
		TLS: &tls.Config{InsecureSkipVerify: true}, Language: "fr"}}
	run := func(s Scenario) (string, error) {
		var out bytes.Buffer
		err := play(t.Context(), &s, options, &printer{out: &out, start: time.Now()})
		return out.String(), err
	}
	t.Run("happy", func(t *testing.T) {
		pages := labelled(t, dir, "frames.tsv", map[string]string{"condition": "good", "mrz_type": "TD3"})
		faces := labelled(t, dir, "faces.tsv", map[string]string{"faces": "1", "attack": "bona fide", "eyes": "open"})
		var tried []string
		for i := range min(mostTried, len(pages), len(faces)) {
			log, err := run(realScenario(t, "real", fmt.Sprintf(`  - send: {step: document-front, files: [%q], within: 8s}
  - send: {step: selfie, files: [%q], within: 8s}
  - expect: {on: desktop, message: progress, where: {state: done, steps.selfie.state: accepted}}
`, pages[i], faces[i])))
			if err == nil {
				return
			}
			tried = append(tried, fmt.Sprintf("%s, %s: %v\n%s", pages[i], faces[i], err, log))
		}
		t.Errorf("none of %d pairs of pictures was taken:\n%s", len(tried), tried)
	})
	for condition, hint := range map[string]string{"blurred": "blurred", "dark": "too-dark", "none": "no-document"} {
		t.Run(condition, func(t *testing.T) {
			picture := labelled(t, dir, "frames.tsv", map[string]string{"condition": condition})[0]
			s := realScenario(t, condition, fmt.Sprintf(`  - send:
      step: document-front
      files: [%q]
      previews: 8
      until: {message: frame-result, where: {status: judged, good: false, hint: %s}}
      within: 15s
  - expect: {on: desktop, message: live, where: {step: document-front, hint: %s}}
`, picture, hint, hint))
			s.Never = []Match{{On: "phone", Message: "still-result", Where: map[string]any{"accepted": true}}}
			if log, err := run(s); err != nil {
				t.Errorf("%s: %v\n%s", picture, err, log)
			}
		})
	}
}
