// Package hands is what cameras see while people bring a document before them: sequences of
// previews, which the phones of a load show. They are drawn, or read from a folder.
package hands

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Every is the time from one picture of a sequence to the next.
const Every = 200 * time.Millisecond

// Sequence is what one hand shows. At its end it begins again, as a person who tries again.
type Sequence struct {
	// Name of its folder: the document that the phone chooses, "-" and any words.
	Name string
	// Document that the phone chooses, as the protocol names it.
	Document string
	// Pictures are JPEGs, Every apart.
	Pictures [][]byte
}

// Documents that a phone may choose, as the protocol names them.
func Documents() []string { return []string{"identity-card", "passport", "residence-permit"} }

// New is a sequence of a name. A name that begins with no document, and pictures that are none
// or no JPEGs, are errors.
func New(name string, pictures [][]byte) (Sequence, error) {
	s := Sequence{Name: name, Pictures: pictures}
	for _, d := range Documents() {
		if name == d || strings.HasPrefix(name, d+"-") {
			s.Document = d
		}
	}
	if s.Document == "" {
		return s, fmt.Errorf("sequence %q: want a name that begins with %s", name, strings.Join(Documents(), ", "))
	}
	if len(pictures) == 0 {
		return s, fmt.Errorf("sequence %s: no picture; want JPEGs whose names end in .jpg", name)
	}
	for i, p := range pictures {
		if !bytes.HasPrefix(p, []byte{0xff, 0xd8}) {
			return s, fmt.Errorf("sequence %s: picture %d is no JPEG", name, i+1)
		}
	}
	return s, nil
}

// At is the picture at a time since the beginning.
func (s Sequence) At(since time.Duration) []byte {
	return s.Pictures[int(max(0, since)/Every)%len(s.Pictures)]
}

// Show is the sequences of a load.
type Show []Sequence

const golden = 0.6180339887498949

// Of is the number of the sequence that a phone shows, counted from 0, and the moment of it at which
// the phone begins. Phones in a row show sequences far apart in the list, and all of them before
// one is shown again; then it begins at another moment.
func (s Show) Of(phone int) (number int, begins time.Duration) {
	stride := max(1, int(golden*float64(len(s))))
	for common(stride, len(s)) > 1 {
		stride++
	}
	number = phone * stride % len(s)
	_, share := math.Modf(golden*float64(phone/len(s)) + 0.37*float64(number))
	return number, time.Duration(share*float64(len(s[number].Pictures))) * Every
}

// common is the greatest common divisor.
func common(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// Write writes each sequence into a subfolder of its name.
func (s Show) Write(folder string) error {
	for _, one := range s {
		dir := filepath.Join(folder, one.Name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("sequence %s: %w", one.Name, err)
		}
		for i, data := range one.Pictures {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), data, 0o644); err != nil {
				return fmt.Errorf("sequence %s: %w", one.Name, err)
			}
		}
	}
	return nil
}

// Read reads the sequences of a folder, one a subfolder, in the order of their names.
func Read(folder string) (Show, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("sequences: %w", err)
	}
	var all Show
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		names, err := filepath.Glob(filepath.Join(folder, entry.Name(), "*.jpg")) // sorted
		if err != nil {
			return nil, fmt.Errorf("sequences: %w", err)
		}
		var pictures [][]byte
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("sequences: %w", err)
			}
			pictures = append(pictures, data)
		}
		one, err := New(entry.Name(), pictures)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, errors.New("sequences: " + folder + " has no subfolder; want one a sequence, with JPEGs in it")
	}
	return all, nil
}
