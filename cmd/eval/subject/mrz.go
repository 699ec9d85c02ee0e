package subject

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"visavis/identity"
)

// largeSide is the long side of an image from where on a zone should be read in any
// case, pixels.
const largeSide = 700

// zoneCount counts readings of one group.
type zoneCount struct{ exact, valid, wrong, n, blank, blankWrong int }

// zones reads labelled zones and counts.
type zones struct {
	b *bench
	s *section
	// prefix of the keys under which the worst cases are named.
	prefix string
	groups map[string]*zoneCount
}

// one reads one picture. digitsRight is false where a check digit is wrong on the
// document itself: then "valid" is the wrong answer. want is nil where the picture
// shows no zone.
func (z *zones) one(ctx context.Context, name string, p picture, want []string, digitsRight bool,
	groups ...string) error {
	got, err := z.b.Engine.ReadZone(ctx, identity.ZoneRequest{JPEG: p.jpeg})
	if err = passable(err); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	text := readingLines(got)
	exact := want != nil && slices.Equal(text, want)
	valid := got.Status == identity.Valid
	wrong := valid && (!exact || !digitsRight)
	z.s.mu.Lock()
	for _, g := range groups {
		c, ok := z.groups[g]
		if !ok {
			c = &zoneCount{}
			z.groups[g] = c
		}
		if want == nil {
			c.blank++
			c.blankWrong += one(wrong)
			continue
		}
		c.n++
		c.exact += one(exact)
		c.valid += one(valid)
		c.wrong += one(wrong)
	}
	z.s.mu.Unlock()
	switch {
	case wrong:
		z.s.worst(z.prefix+"wrong_accepted", 10, "%s: WRONG ACCEPTED as valid: %s, labelled %s", name,
			strings.Join(text, "|"), strings.Join(want, "|"))
	case want != nil && !exact:
		z.s.worst(z.prefix+groups[0], missing(text, want), "%s: %s, %s", name, got.Status, difference(text, want))
	}
	return nil
}

func (z *zones) get(group string) zoneCount {
	if c, ok := z.groups[group]; ok {
		return *c
	}
	return zoneCount{}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// readingLines are the lines of a reading: put right where they could be, else as
// recognised.
func readingLines(r identity.ZoneReading) []string {
	if len(r.MRZ.Lines) > 0 {
		return r.MRZ.Lines
	}
	return r.Recognised
}

// missing is how bad a reading is: 2 where nothing was found, less for few letters.
func missing(text, want []string) float64 {
	if len(text) == 0 {
		return 2
	}
	wrong, all := letters(text, want)
	return float64(wrong) / float64(max(1, all))
}

// letters counts the places where two zones differ.
func letters(text, want []string) (wrong, all int) {
	for i, w := range want {
		line := ""
		if i < len(text) {
			line = text[i]
		}
		all += len(w)
		for k := range len(w) {
			if k >= len(line) || line[k] != w[k] {
				wrong++
			}
		}
	}
	return wrong, all
}

func difference(text, want []string) string {
	if len(text) == 0 {
		return "no zone found"
	}
	wrong, all := letters(text, want)
	return fmt.Sprintf("%d lines, %d of %d letters differ", len(text), wrong, all)
}

// mrz reads whole zones: every labelled row of mrz.tsv whatever the verdict, the
// frames apart, drawn documents apart, single lines apart.
func mrz(ctx context.Context, b *bench, s *section) error {
	z := &zones{b: b, s: s, prefix: "mrz.", groups: map[string]*zoneCount{}}
	if err := z.scans(ctx); err != nil {
		return err
	}
	if err := z.frames(ctx); err != nil {
		return err
	}
	if err := z.drawnDocuments(ctx); err != nil {
		return err
	}
	all := z.get("all")
	s.rate("mrz.exact_rate", all.exact, all.n)
	s.rate("mrz.exact_rate_large", z.get("large").exact, z.get("large").n)
	s.count("mrz.wrong_accepted", all.wrong+all.blankWrong, all.n+all.blank)
	s.rate("mrz.valid_rate", all.valid, all.n)
	for _, f := range []string{"TD1", "TD2", "TD3", "MRVA", "MRVB", "IDFRA"} {
		s.rate("mrz.formats."+f, z.get(f).exact, z.get(f).n)
	}
	frames := z.get("frames")
	s.rate("mrz.frames_exact_rate", frames.exact, frames.n)
	s.rate("mrz.frames_valid_rate", frames.valid, frames.n)
	spoilt := z.get("all frames")
	s.count("mrz.frames_wrong_accepted", spoilt.wrong+spoilt.blankWrong, spoilt.n+spoilt.blank)
	drawn := z.get("drawn")
	s.rate("mrz.drawn.exact_rate", drawn.exact, drawn.n)
	s.count("mrz.drawn.wrong_accepted", drawn.wrong+drawn.blankWrong, drawn.n+drawn.blank)
	return b.lines(ctx, s)
}

func (z *zones) scans(ctx context.Context) error {
	rows, err := z.b.table(z.s, "mrz.tsv")
	if err != nil {
		return err
	}
	return z.b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		r := rows[i]
		want := r.zone()
		if want == nil && r["mrz_type"] != "none" {
			return nil
		}
		p, err := load(z.b.Dir, r["file"])
		if err != nil {
			return err
		}
		groups := []string{"all"}
		if want != nil {
			groups = append(groups, r["mrz_type"])
			if max(integer(r["width"]), integer(r["height"])) >= largeSide {
				groups = append(groups, "large")
			}
		}
		return z.one(ctx, r["file"], p, want, !strings.Contains(r["check_digits_valid"], "0"), groups...)
	})
}

func (z *zones) frames(ctx context.Context) error {
	rows, err := z.b.table(z.s, "frames.tsv")
	if err != nil {
		return err
	}
	return z.b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		r := rows[i]
		want := r.zone()
		if want == nil && r["condition"] != "none" {
			return nil
		}
		p, err := load(z.b.Dir, r["file"])
		if err != nil {
			return err
		}
		groups := []string{"all frames"}
		if slices.Contains([]string{"good", "rotated", "tilted", "far"}, r["condition"]) {
			groups = append(groups, "frames")
		}
		m, err := identity.Parse(want)
		return z.one(ctx, r["file"]+" ("+r["condition"]+")", p, want, err == nil && m.Valid(), groups...)
	})
}

func (z *zones) drawnDocuments(ctx context.Context) error {
	frames, err := z.b.drawnFrames(ctx, z.s)
	if err != nil {
		return err
	}
	return z.b.each(ctx, len(frames), func(ctx context.Context, i int) error {
		f := frames[i]
		want := f.zone()
		groups := []string{"drawn"}
		if format, err := identity.Detect(want); err == nil && format == identity.IDFRA {
			groups = append(groups, "IDFRA")
		}
		return z.one(ctx, f.name, f.picture, want, true, groups...)
	})
}

// lines reads single lines, cut out.
func (b *bench) lines(ctx context.Context, s *section) error {
	rows, err := b.table(s, "lines.tsv")
	if err != nil {
		return err
	}
	texts := make([]string, len(rows))
	err = b.each(ctx, len(rows), func(ctx context.Context, i int) error {
		p, err := load(b.Dir, rows[i]["file"])
		if err != nil {
			return err
		}
		got, err := b.Engine.ReadZone(ctx, identity.ZoneRequest{JPEG: p.jpeg, Line: true})
		if err = passable(err); err != nil {
			return fmt.Errorf("%s: %w", rows[i]["file"], err)
		}
		if len(got.Recognised) > 0 {
			texts[i] = got.Recognised[0]
		}
		return nil
	})
	if err != nil {
		return err
	}
	exact, wrong, all := 0, 0, 0
	for i, r := range rows {
		exact += one(texts[i] == r["text"])
		w, n := letters([]string{texts[i]}, []string{r["text"]})
		wrong, all = wrong+w, all+n
		if texts[i] != r["text"] {
			s.worst("mrz.lines", float64(w)/float64(max(1, n))/2, "%s: %s, labelled %s", r["file"], texts[i], r["text"])
		}
	}
	s.rate("mrz.lines_exact_rate", exact, len(rows))
	s.rate("mrz.lines_letter_error_rate", wrong, all)
	return nil
}
