package main

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"os"
	"strings"
	"time"
)

// write writes the results into the files that were asked for.
func (r *runFlags) write(runs []*Run) error {
	var errs []error
	if r.junit != "" {
		errs = append(errs, writeJUnit(r.junit, runs))
	}
	if r.jsonOut != "" {
		errs = append(errs, writeJSON(r.jsonOut, runs))
	}
	if r.html != "" {
		errs = append(errs, writeHTML(r.html, runs))
	}
	return errors.Join(errs...)
}

func writeJSON(path string, runs []*Run) error {
	data, err := json.MarshalIndent(map[string]any{"runs": runs}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// The parts of JUnit's XML that build servers read.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func writeJUnit(path string, runs []*Run) error {
	suite := junitSuite{Name: "visavis", Tests: len(runs)}
	var all time.Duration
	for _, run := range runs {
		c := junitCase{Name: run.Name, Class: or2(run.File, "qa"), Time: seconds(run.Took)}
		all += run.Took
		if run.Failure != "" {
			suite.Failures++
			c.Failure = &junitFailure{Message: run.Failure, Text: transcript(run)}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(all)
	return writeSuite(path, suite)
}

func writeSuite(path string, suite junitSuite) error {
	data, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte(xml.Header), append(data, '\n')...), 0o644)
}

// transcript is what happened, line by line.
func transcript(run *Run) string {
	var b strings.Builder
	for _, e := range run.Events {
		arrow := "<-"
		if e.Out {
			arrow = "->"
		}
		fmt.Fprintf(&b, "%8.3f %-10s %s %s %s\n", e.At, e.Who, arrow, e.Type, e.Text)
	}
	return b.String()
}

//go:embed report.html
var reportPage string

// writeHTML writes one file that opens without a server: a timeline of both devices.
func writeHTML(path string, runs []*Run) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"picture": func(b []byte) template.URL {
			//nolint:gosec // made by ourselves
			return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b))
		},
		"failed": func(runs []*Run) (n int) {
			for _, run := range runs {
				if run.Failure != "" {
					n++
				}
			}
			return n
		},
		"scenarios": func(runs []*Run) string { return plural(len(runs), "scenario", "scenarios") },
		"took": func(runs []*Run) string {
			var all time.Duration
			for _, run := range runs {
				all += run.Took
			}
			return all.Round(time.Second / 10).String()
		},
		"desktop": func(who string) bool { return strings.HasPrefix(who, desktopName) },
	}).Parse(reportPage)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(page.Execute(file, runs), file.Close())
}
