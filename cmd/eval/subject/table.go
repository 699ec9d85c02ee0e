package subject

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"visavis/capture"
)

// Row is one line of a table, by the names of its columns.
type Row map[string]string

// ReadTable reads a table of a folder: tab-separated lines under one of column names. A missing one
// is no error: found is false.
func ReadTable(dir, name string) (rows []Row, found bool, err error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("table: %w", err)
	}
	rows, err = parseTable(string(data))
	if err != nil {
		return nil, false, fmt.Errorf("table %s: %w", name, err)
	}
	return rows, true, nil
}

// parseTable reads tab-separated lines under a line of column names.
func parseTable(text string) ([]Row, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	names := strings.Split(lines[0], "\t")
	if strings.TrimSpace(lines[0]) == "" {
		return nil, errors.New("no line of column names")
	}
	var rows []Row
	for i, line := range lines[1:] {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) > len(names) {
			return nil, fmt.Errorf("line %d has %d cells, want at most %d", i+2, len(cells), len(names))
		}
		r := Row{}
		for k, cell := range cells {
			r[names[k]] = strings.TrimSpace(cell)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// corners reads "x,y x,y x,y x,y"; known is false where there are none.
func (r Row) corners() (q quad, known bool, err error) {
	cell := r["corners_tl_tr_br_bl"]
	if cell == "" {
		return q, false, nil
	}
	points := strings.Fields(cell)
	if len(points) != 4 {
		return q, false, fmt.Errorf("%s: %d corners, want 4", r["file"], len(points))
	}
	for i, p := range points {
		if n, err := fmt.Sscanf(p, "%f,%f", &q[i].X, &q[i].Y); n != 2 {
			return q, false, fmt.Errorf("%s: corner %q: %w", r["file"], p, err)
		}
	}
	return q, true, nil
}

// zone is the labelled machine readable zone, line by line; nil where unread.
func (r Row) zone() []string {
	if r["mrz"] == "" || r["mrz_type"] == "none" || r["mrz_type"] == "unlabelled" {
		return nil
	}
	return strings.Split(r["mrz"], "|")
}

// asked is the step and the kind of document that the row's document would be shown
// for.
func (r Row) asked() (capture.Step, capture.Document) {
	switch {
	case r["mrz_type"] == "TD1":
		return capture.DocumentBack, capture.IdentityCard
	case r["mrz_type"] == "TD3" || strings.HasPrefix(r["mrz_type"], "MRV"):
		return capture.DocumentFront, capture.Passport
	}
	return capture.DocumentFront, capture.IdentityCard
}
