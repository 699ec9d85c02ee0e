package subject

import (
	"context"
	"fmt"
	"strings"
	"time"

	"visavis/identity"
	"visavis/specimen"
)

// printed is what a side should say.
type printed struct {
	surname, given identity.NameField
	// As printed, where that is known: drawn documents.
	surnameText, givenText string
	birth                  string // YYMMDD
	expiry                 time.Time
}

// vizRun is a run of the subject: what was told of each field of each group, and the
// readings of names for the folds.
type vizRun struct {
	counts map[string]*vizCount
	names  []nameReading
}

// vizCount counts one field of one group.
type vizCount struct{ right, wrong, exact, n, exactN int }

// viz reads printed zones: of drawn documents as they are printed; of real ones the
// names and the birth date, folded to the letters of the machine readable zone.
func viz(ctx context.Context, b *bench, s *section) error {
	v := &vizRun{counts: map[string]*vizCount{}}
	if err := b.vizDrawn(ctx, s, v); err != nil {
		return err
	}
	if err := b.vizReal(ctx, s, v); err != nil {
		return err
	}
	for _, group := range []string{"viz.", "viz.alone.", "viz.drawn.", "viz.drawn.alone."} {
		for _, field := range []string{"surname", "given_names", "birth_date", "expiry_old_card"} {
			c, ok := v.counts[group+field]
			if !ok {
				continue
			}
			s.rate(group+field+"_rate", c.right, c.n)
			s.rate(group+field+"_wrong_rate", c.wrong, c.n)
			s.rate(group+field+"_exact_rate", c.exact, c.exactN)
		}
	}
	outOfFold(s, v.names)
	s.note("What a reviewer is told: readings that are sure, and unsure ones that say what the zone says, which is given " +
		"as labelled; alone, without a zone, the sure ones only. A field that is not told is no error of its own: _rate is " +
		"how often it is told and right, _wrong_rate how often something else was told, _exact_rate with its accents and " +
		"case. Real documents of all countries; labels are known in French and English.")
	return nil
}

// noteField counts one field. text is empty where nothing was read.
func (v *vizRun) noteField(s *section, key, name, text, wanted string, right bool) {
	s.mu.Lock()
	c, ok := v.counts[key]
	if !ok {
		c = &vizCount{}
		v.counts[key] = c
	}
	c.n++
	c.right += one(right)
	c.wrong += one(!right && text != "")
	s.mu.Unlock()
	if !right {
		s.worst(key, 1+float64(one(text != "")), "%s: %q, read %q", name, wanted, text)
	}
}

// compareSide notes every field of one side, told beside its zone and without one.
func (v *vizRun) compareSide(
	s *section, group, name string, zone identity.MRZ, got identity.PrintedSide, want printed,
) {
	for _, f := range got.Fields {
		r := nameReading{document: strings.Join(zone.Lines, ""), confidence: f.Confidence}
		switch f.Name {
		case identity.FieldSurname:
			r.right = identity.SameName(want.surname, f.Text)
		case identity.FieldGivenNames:
			r.right = identity.SameName(want.given, f.Text)
		default:
			continue
		}
		s.mu.Lock()
		v.names = append(v.names, r)
		s.mu.Unlock()
	}
	beside := identity.Reading{Status: identity.Valid, MRZ: zone}
	v.compareTold(s, group, name, identity.Told(beside, []identity.PrintedSide{got})[0], want)
	without := identity.Reading{Status: identity.Unreadable}
	v.compareTold(s, group+"alone.", name, identity.Told(without, []identity.PrintedSide{got})[0], want)
}

// compareTold notes what was told of every field of one side.
func (v *vizRun) compareTold(s *section, group, name string, got identity.PrintedSide, want printed) {
	text := func(f identity.FieldName) string {
		field, _ := got.Field(f)
		return field.Text
	}
	names := []struct {
		key     string
		got     string
		zone    identity.NameField
		printed string
	}{
		{"surname", text(identity.FieldSurname), want.surname, want.surnameText},
		{"given_names", text(identity.FieldGivenNames), want.given, want.givenText},
	}
	for _, n := range names {
		if n.zone.Text == "" {
			continue
		}
		v.noteField(s, group+n.key, name, n.got, n.zone.Text, n.got != "" && identity.SameName(n.zone, n.got))
		if n.printed != "" {
			s.mu.Lock()
			v.counts[group+n.key].exactN++
			v.counts[group+n.key].exact += one(n.got == n.printed)
			s.mu.Unlock()
		}
	}
	if want.birth != "" {
		day, err := identity.PrintedDay(text(identity.FieldBirthDate))
		v.noteField(s, group+"birth_date", name, text(identity.FieldBirthDate), want.birth, err == nil &&
			day == want.birth)
	}
	if !want.expiry.IsZero() {
		at, err := identity.PrintedDate(text(identity.FieldExpiryDate))
		v.noteField(s, group+"expiry_old_card", name, text(identity.FieldExpiryDate),
			want.expiry.Format(time.DateOnly), err == nil && at.Equal(want.expiry))
	}
}

func (b *bench) vizDrawn(ctx context.Context, s *section, v *vizRun) error {
	frames, err := b.drawnFrames(ctx, s)
	if err != nil {
		return err
	}
	return b.eachUntil(ctx, s, len(frames), func(ctx context.Context, i int) error {
		f := frames[i]
		p := f.document.Person
		var want printed
		m, err := identity.Parse(f.document.Zone)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		switch {
		case f.view == specimen.Front:
			want.surname, want.given = identity.ZoneNames(m)
			want.surnameText, want.givenText = strings.ToUpper(p.Surname), strings.Join(p.GivenNames, ", ")
			want.birth = p.Birth.Format("060102")
		case f.kind == specimen.OldFrenchCard:
			want.expiry = p.Expiry.AddDate(-5, 0, 0) // it prints ten years and lasts fifteen
		default:
			return nil
		}
		kind := identity.KindIdentityCard
		switch f.kind {
		case specimen.Passport:
			kind = identity.KindPassport
		case specimen.ResidencePermit:
			kind = identity.KindResidencePermit
		}
		got, err := b.Engine.ReadFields(ctx, identity.FieldRequest{JPEG: f.picture.jpeg, Side: f.identitySide(), Kind: kind})
		if err = passable(err); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		v.compareSide(s, "viz.drawn.", f.name, m, got, want)
		return nil
	})
}

// vizReal reads passports and cards of mrz.tsv that carry print beside their zone:
// data pages, TD2 and visas. A TD1's zone stands on the side without names.
func (b *bench) vizReal(ctx context.Context, s *section, v *vizRun) error {
	rows, err := b.table(s, "mrz.tsv")
	if err != nil {
		return err
	}
	return b.eachUntil(ctx, s, len(rows), func(ctx context.Context, i int) error {
		r := rows[i]
		zone := r.zone()
		if format, err := identity.Detect(zone); err != nil || format == identity.TD1 {
			return nil //nolint:nilerr // nothing to compare with: the row has no zone, or its names stand on another side
		}
		m, err := identity.Parse(zone)
		if err != nil {
			return fmt.Errorf("%s: %w", r["file"], err)
		}
		p, err := load(b.Dir, r["file"])
		if err != nil {
			return err
		}
		got, err := b.Engine.ReadFields(ctx, identity.FieldRequest{
			JPEG: p.jpeg, Side: identity.Front, Kind: identity.KindOf(m)})
		if err = passable(err); err != nil {
			return fmt.Errorf("%s: %w", r["file"], err)
		}
		var want printed
		want.surname, want.given = identity.ZoneNames(m)
		if !strings.Contains(m.BirthDate, "<") {
			want.birth = m.BirthDate
		}
		v.compareSide(s, "viz.", r["file"], m, got, want)
		return nil
	})
}
