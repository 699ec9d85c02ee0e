// Package fit sets the limits of judging from measurements of composed pictures, and
// tells how well limits set without a document judge that document.
//
// Rows are parted into folds by document, which is by person too: a scan is one
// person's. What is set for a fold is set on all the others.
package fit

import (
	"bufio"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"visavis/capture"
)

// Row is what was measured of one composed picture.
type Row struct {
	Number   int
	Kind     capture.Kind
	Document string // whose it is
	Group    string // scan, colourless or drawn
	Look     string
	Fault    string
	Said     string
	Step     capture.Step
	Asked    capture.Document
	// IoU of the outline that was found with the true one.
	IoU      float64
	Measured capture.DocumentMeasurements
}

// Folds is how many folds there are.
const Folds = 5

// Fold of a row: the same for every picture of a document.
func (r Row) Fold() int {
	h := fnv.New32a()
	h.Write([]byte(r.Document))
	return int(h.Sum32() % Folds)
}

// Name of the row for people.
func (r Row) Name() string {
	kind := "preview"
	if r.Kind == capture.Still {
		kind = "still"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d, %s, %s: %s %s", kind, r.Number, r.Document, r.Look, r.Fault, r.Said))
}

// Side of a document that the row shows, for people, and where its picture is from.
func (r Row) Side() string {
	side := "front"
	if r.Step == capture.DocumentBack {
		side = "back"
	}
	origin := map[string]string{"scan": "scanned", colourless: "scanned", "drawn": "drawn"}[r.Group]
	return fmt.Sprintf("%s of %s, %s", side, strings.ReplaceAll(string(r.Asked), "-", " "), origin)
}

var head = []string{"number", "kind", "document", "group", "look", "fault", "said", "step", "asked", "iou"}

// fields are the measurements that may be kept: numbers, words and answers.
func fields() []int {
	t := reflect.TypeFor[capture.DocumentMeasurements]()
	var list []int
	for i := range t.NumField() {
		switch t.Field(i).Type.Kind() {
		case reflect.Float64, reflect.Int, reflect.Bool, reflect.String:
			list = append(list, i)
		}
	}
	return list
}

func fieldName(i int) string {
	name, _, _ := strings.Cut(reflect.TypeFor[capture.DocumentMeasurements]().Field(i).Tag.Get("json"), ",")
	return name
}

// Write writes rows as a table, without the measurements that are 0 in all of them.
func Write(w io.Writer, rows []Row) error {
	b := bufio.NewWriter(w)
	names := slices.Clone(head)
	kept := slices.DeleteFunc(fields(), func(i int) bool {
		return !slices.ContainsFunc(rows, func(r Row) bool { return !reflect.ValueOf(r.Measured).Field(i).IsZero() })
	})
	for _, i := range kept {
		names = append(names, fieldName(i))
	}
	fmt.Fprintln(b, strings.Join(names, "\t"))
	for _, r := range rows {
		cells := []string{
			strconv.Itoa(r.Number), strconv.Itoa(int(r.Kind)), r.Document, r.Group, r.Look, r.Fault, r.Said, string(r.Step),
			string(r.Asked), number(r.IoU),
		}
		v := reflect.ValueOf(r.Measured)
		for _, i := range kept {
			switch f := v.Field(i); f.Kind() {
			case reflect.Float64:
				cells = append(cells, number(f.Float()))
			case reflect.Int:
				cells = append(cells, strconv.FormatInt(f.Int(), 10))
			case reflect.Bool:
				cells = append(cells, map[bool]string{true: "1"}[f.Bool()])
			case reflect.String:
				cells = append(cells, f.String())
			}
		}
		fmt.Fprintln(b, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	return b.Flush()
}

func number(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// Read reads what Write wrote.
func Read(r io.Reader) ([]Row, error) {
	lines := bufio.NewScanner(r)
	if !lines.Scan() {
		return nil, errors.New("measurements: no line of column names")
	}
	names := strings.Split(lines.Text(), "\t")
	at := map[string]int{}
	for _, i := range fields() {
		at[fieldName(i)] = i
	}
	var rows []Row
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) < len(head)-1 || len(cells) > len(names) {
			return nil, fmt.Errorf("measurements: line %d has %d cells", len(rows)+2, len(cells))
		}
		cells = append(cells, make([]string, len(names)-len(cells))...)
		row := Row{Document: cells[2], Group: cells[3], Look: cells[4], Fault: cells[5], Said: cells[6],
			Step: capture.Step(cells[7]), Asked: capture.Document(cells[8])}
		n, err := strconv.Atoi(cells[0])
		kind, err2 := strconv.Atoi(cells[1])
		if err = errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("measurements: line %d: %w", len(rows)+2, err)
		}
		row.Number, row.Kind = n, capture.Kind(kind)
		row.IoU, _ = strconv.ParseFloat(cells[9], 64)
		v := reflect.ValueOf(&row.Measured).Elem()
		for k, name := range names[len(head):] {
			cell := cells[len(head)+k]
			i, known := at[name]
			if !known || cell == "" {
				continue
			}
			switch f := v.Field(i); f.Kind() {
			case reflect.Float64:
				x, err := strconv.ParseFloat(cell, 64)
				if err != nil {
					return nil, fmt.Errorf("measurements: line %d, %s: %w", len(rows)+2, name, err)
				}
				f.SetFloat(x)
			case reflect.Int:
				x, err := strconv.ParseInt(cell, 10, 64)
				if err != nil {
					return nil, fmt.Errorf("measurements: line %d, %s: %w", len(rows)+2, name, err)
				}
				f.SetInt(x)
			case reflect.Bool:
				f.SetBool(cell == "1")
			case reflect.String:
				f.SetString(cell)
			}
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}
