package subject

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"visavis/capture"
	"visavis/identity"
)

// stillCheck is what stills are counted by: the names of the judged values, and the
// conditions of frames.tsv that should be refused for it.
type stillCheck struct {
	name       string
	values     []string
	conditions []string
}

func stillChecks() []stillCheck {
	checks := []stillCheck{
		{"document", []string{"document", "outline", "shape", "side"}, []string{"none"}},
		{"distance", []string{"fill", "letter-height"}, []string{"far"}},
	}
	for _, c := range qualityChecks() {
		checks = append(checks, stillCheck{c.name, append(slices.Clone(c.low), c.high...), c.conditions})
	}
	return checks
}

// still counts, at the limits as shipped, good stills that are refused and wrong ones
// that are accepted, by check and over all.
func still(ctx context.Context, b *bench, s *section) error {
	labelled, err := b.labelledStills(ctx, s)
	if err != nil {
		return err
	}
	graded, drawn, err := b.spoilt(ctx, s)
	if err != nil {
		return err
	}
	selfies, err := b.spoiltSelfies(ctx, s)
	if err != nil {
		return err
	}
	for _, group := range []struct {
		prefix string
		cases  cases
	}{{"still.", labelled}, {"still.graded.", graded}, {"still.drawn.", drawn}, {"still.selfie.", selfies}} {
		countStills(s, group.prefix, group.cases)
	}
	s.note("A wrong still counts as accepted only when no check refuses it, whichever that is.")
	return nil
}

func countStills(s *section, prefix string, c cases) {
	refused, accepted, wrongs := 0, 0, 0
	for _, j := range c.right {
		refused += one(!j.verdict.Good)
		if !j.verdict.Good {
			s.worst(prefix+"good_refused", 1, "%s: %s (%s)", j.name, j.verdict.Hint, strings.Join(failing(j.verdict), ", "))
		}
	}
	for _, list := range c.wrong {
		for _, j := range list {
			wrongs++
			accepted += one(j.verdict.Good)
		}
	}
	s.rate(prefix+"good_refused", refused, len(c.right))
	s.rate(prefix+"bad_accepted", accepted, wrongs)
	for _, check := range stillChecks() {
		refused, accepted := 0, 0
		for _, j := range c.right {
			refused += one(fails(j.verdict, check.values))
		}
		for _, j := range c.wrong[check.name] {
			accepted += one(j.verdict.Good)
			if j.verdict.Good {
				s.worst(prefix+check.name+".bad_accepted", 1, "%s", j.name)
			}
		}
		if len(c.wrong[check.name]) == 0 {
			continue
		}
		s.rate(prefix+check.name+".good_refused", refused, len(c.right))
		s.rate(prefix+check.name+".bad_accepted", accepted, len(c.wrong[check.name]))
	}
}

// fails tells whether one of the named values is refused.
func fails(v capture.Verdict, names []string) bool {
	return slices.ContainsFunc(v.Checks, func(c capture.Check) bool {
		return !c.OK && !c.Advice && slices.Contains(names, c.Name)
	})
}

// failing names what is refused, with its value.
func failing(v capture.Verdict) []string {
	var names []string
	for _, c := range v.Checks {
		if !c.OK && !c.Advice {
			names = append(names, fmt.Sprintf("%s %.3g", c.Name, c.Value))
		}
	}
	return names
}

// labelledStills judges every frame of the table; low contrast is to be found, not to
// be accepted or refused.
func (b *bench) labelledStills(ctx context.Context, s *section) (cases, error) {
	out := cases{wrong: map[string][]judged{}}
	rows, err := b.table(s, "frames.tsv")
	if err != nil {
		return out, err
	}
	list := make([]judged, len(rows))
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		step, doc := rows[i].asked()
		m, err := b.measure(ctx, rows[i]["file"], step, doc)
		list[i] = judged{rows[i]["file"] + " (" + rows[i]["condition"] + ")", b.judge(m, step, doc)}
		return err
	})
	for i, r := range rows {
		if isGood(r) && acceptable(r) {
			out.right = append(out.right, list[i])
		}
		for _, c := range stillChecks() {
			if slices.Contains(c.conditions, r["condition"]) {
				out.wrong[c.name] = append(out.wrong[c.name], list[i])
			}
		}
	}
	return out, err
}

// acceptable tells whether a good frame shows one side of a document that may be
// accepted: not both sides at once, and no visa.
func acceptable(r Row) bool {
	if identity.Format(r["mrz_type"]).Visa() {
		return false
	}
	if r["mrz_type"] != "TD1" {
		return true
	}
	side, err := sideOf(Row{"condition": "good", "mrz_type": r["mrz_type"],
		"corners_tl_tr_br_bl": r["corners_tl_tr_br_bl"]})
	return err == nil && side == sideBack
}
