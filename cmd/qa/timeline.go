package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"visavis/qa/mock"
)

// endless is how long the last condition of a timeline lasts.
const endless = 10 * time.Minute

// moment is a condition and how long it lasts.
type moment struct {
	Condition string
	For       time.Duration
}

// timeline is what a camera sees, one after the other.
type timeline []moment

// parseTimeline reads "blurred 2s, dark 1s, good": conditions with how long each
// lasts; the last may go without a time. "→" and "->" separate as commas do.
func parseTimeline(text string) (timeline, error) {
	var line timeline
	text = strings.NewReplacer("→", ",", "->", ",").Replace(text)
	parts := strings.Split(text, ",")
	for i, part := range parts {
		words := strings.Fields(part)
		m := moment{For: endless}
		switch {
		case len(words) == 0 || len(words) == 1 && i < len(parts)-1:
			return nil, fmt.Errorf("%q: want a condition and a time such as \"blurred 2s\"; only the last may go without a time",
				strings.TrimSpace(part))
		case len(words) > 1:
			d, err := time.ParseDuration(strings.Join(words[1:], ""))
			if err != nil || d <= 0 {
				return nil, fmt.Errorf("%q: want a time above 0 such as 2s or 300ms after %s", strings.TrimSpace(part), words[0])
			}
			m.For = d
		}
		if m.Condition = words[0]; !slices.Contains(mock.Conditions(), m.Condition) {
			return nil, fmt.Errorf("condition %q: want one of %s%s", m.Condition, strings.Join(mock.Conditions(), ", "),
				meant(m.Condition, mock.Conditions()))
		}
		line = append(line, m)
	}
	return line, nil
}

// at is the moment of a time since the beginning; the last one lasts.
func (l timeline) at(since time.Duration) moment {
	for _, m := range l {
		if since < m.For {
			return m
		}
		since -= m.For
	}
	return l[len(l)-1]
}

func (l timeline) length() (all time.Duration) {
	for _, m := range l {
		all += m.For
	}
	return all
}

// meant suggests the nearest of some words: ", did you mean …?", or nothing.
func meant(word string, known []string) string {
	best, least := "", len(word)/2+1
	for _, k := range known {
		if d := distance(word, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is how many letters have to change, be added or go.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
