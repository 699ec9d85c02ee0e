package journey

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/identity"
)

// Report is the result of a verification, as stored in the evidence.
type Report struct {
	Kind     string    `json:"kind,omitempty"`   // of the document, as its zone has it
	Series   string    `json:"series,omitempty"` // as in identity.SeriesID
	Readings []Reading `json:"readings"`
	Checks   []Check   `json:"checks"`
	Doubts   []string  `json:"doubts,omitempty"`
	Notes    []string  `json:"notes,omitempty"`
	Certain  string    `json:"certain,omitempty"`  // the reason of an automatic refusal
	Portrait *Place    `json:"portrait,omitempty"` // of the document
	Selfie   *Place    `json:"selfie,omitempty"`
}

// Place is the location of a face: an item, and a part of its picture; nil if none was
// found.
type Place struct {
	Item string        `json:"item"`
	Face *identity.Box `json:"face,omitempty"`
}

// Reading is one field, side by side from each source.
type Reading struct {
	Field    string `json:"field"`
	Declared string `json:"declared,omitempty"`
	Zone     string `json:"mrz,omitempty"`
	Printed  string `json:"printed,omitempty"`
	Value    string `json:"value,omitempty"` // what counts; dates as YYYY-MM-DD
	Differs  bool   `json:"differs,omitempty"`
	Class    string `json:"class,omitempty"` // as in identity.MatchClass
}

// Check is one automatic check.
type Check struct {
	Name   string `json:"name"`
	Value  any    `json:"value"` // a number or a word
	Limit  any    `json:"limit,omitempty"`
	Unit   string `json:"unit,omitempty"`
	OK     bool   `json:"ok"`
	Source string `json:"source,omitempty"`
}

// reportPrefix is the id prefix of reports.
const reportPrefix = "report-"

// Report returns the newest report of an enrolment, or the zero Report.
func (s *Service) Report(ctx context.Context, id string) (Report, error) {
	items, err := s.cfg.Keeper.Items(ctx, id)
	if err != nil {
		return Report{}, err
	}
	for _, item := range slices.Backward(items) {
		if item.Kind != evidence.Report || !strings.HasPrefix(item.ID, reportPrefix) {
			continue
		}
		body, _, err := s.cfg.Keeper.Read(ctx, id, item.ID)
		if err != nil {
			return Report{}, err
		}
		var r Report
		if err := json.Unmarshal(body, &r); err != nil {
			return Report{}, fmt.Errorf("report: %w", err)
		}
		return r, nil
	}
	return Report{}, nil
}

// keepReport stores a report once. A verification repeated after a crash finds its own.
func (s *Service) keepReport(ctx context.Context, r enrolment.Record, report Report) error {
	readings, err := json.Marshal(report.Readings)
	if err != nil {
		return err
	}
	body, err := json.Marshal(report)
	if err != nil {
		return err
	}
	run := runOf(r)
	item := evidence.Item{ID: "reading-" + run, Kind: evidence.Reading, MediaType: "application/json"}
	if err := s.cfg.Keeper.Add(ctx, r.ID, item, readings, s.now()); err != nil {
		return err
	}
	item = evidence.Item{ID: reportPrefix + run, Kind: evidence.Report, MediaType: "application/json"}
	return s.cfg.Keeper.Add(ctx, r.ID, item, body, s.now())
}
