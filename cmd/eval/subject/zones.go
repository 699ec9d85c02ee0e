package subject

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"time"

	"visavis/identity"
	"visavis/specimen"
)

// How zones are drawn and degraded, each drawn uniformly. Nothing of this is shared
// with what trains or reads.
const (
	drawnZones = 10_500
	zoneSeed   = 90_000_000

	letterLow, letterHigh = 8.0, 30.0 // pixels
	blurHigh              = 2.0       // σ, pixels
	jpegLow, jpegHigh     = 40, 90
	zoneMarginMM          = 3.0
)

// zoneKind is a layout that is drawn, with its share.
type zoneKind struct {
	name   string
	french bool
	weight int
	lines  func(r *rand.Rand) ([]string, error)
}

func zoneKinds() []zoneKind {
	return []zoneKind{
		{"old_card", true, 10, func(r *rand.Rand) ([]string, error) { return randomZone(r, "ID", "FRA", "FRA").OldFrench() }},
		{"card", true, 8, func(r *rand.Rand) ([]string, error) { return randomZone(r, "ID", "FRA", "FRA").TD1() }},
		{"passport", true, 8, func(r *rand.Rand) ([]string, error) {
			return randomZone(r, pick(r, "P", "PP"), "FRA", "FRA").TD3()
		}},
		{"permit", true, 8, func(r *rand.Rand) ([]string, error) { return randomZone(r, "IR", "FRA", country(r)).TD1() }},
		{"td1", false, 12, func(r *rand.Rand) ([]string, error) {
			c := country(r)
			return randomZone(r, pick(r, "I", "ID", "AC", "C"), c, c).TD1()
		}},
		{"td2", false, 12, func(r *rand.Rand) ([]string, error) {
			c := country(r)
			return twoLines(r, randomZone(r, pick(r, "I", "ID", "A"), c, c), 36, true)
		}},
		{"td3", false, 14, func(r *rand.Rand) ([]string, error) {
			c := country(r)
			return randomZone(r, pick(r, "P", "PD", "PO"), c, c).TD3()
		}},
		{"mrva", false, 6, func(r *rand.Rand) ([]string, error) {
			return twoLines(r, randomZone(r, "V", country(r), country(r)), 44, false)
		}},
		{"mrvb", false, 6, func(r *rand.Rand) ([]string, error) {
			return twoLines(r, randomZone(r, "V", country(r), country(r)), 36, false)
		}},
	}
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

func country(r *rand.Rand) string {
	return pick(r, "UTO", "D", "ESP", "ITA", "PRT", "GBR", "USA", "CHE", "BEL", "ROU", "MAR", "TUN", "DZA", "SEN", "CIV",
		"VNM", "CHN", "BRA")
}

// randomZone invents what a zone says: names of syllables, numbers of any
// characters.
func randomZone(r *rand.Rand, code, issuer, nationality string) specimen.Zone {
	day := func(from, years int) time.Time {
		return time.Date(from+r.IntN(years), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	}
	z := specimen.Zone{
		Code: code, Issuer: issuer, Nationality: nationality, Surname: randomName(r),
		Number: randomNumber(r, 9), Sex: pick(r, "F", "M", "<"),
		Birth: day(1940, 70), Expiry: day(2024, 12), Issued: day(2005, 15),
		Department: fmt.Sprintf("%02d%d", 1+r.IntN(95), r.IntN(10)), Sequence: fmt.Sprintf("%05d", r.IntN(100000)),
	}
	z.Office = z.Department + fmt.Sprintf("%03d", r.IntN(1000))
	for range 1 + r.IntN(3) {
		z.GivenNames = append(z.GivenNames, randomName(r))
	}
	return z
}

func randomName(r *rand.Rand) string {
	starts := []string{"B", "BR", "C", "CH", "D", "F", "G", "GR", "H", "J", "K", "L", "M", "N", "P", "QU", "R", "S", "T",
		"V", "W", "X", "Y", "Z"}
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteString(pick(r, starts...))
		b.WriteString(pick(r, "A", "E", "I", "O", "U", "AI", "OU", "EAU", "Y"))
		b.WriteString(pick(r, "", "", "N", "R", "S", "L", "T", "M", "C", "X"))
	}
	return b.String()
}

func randomNumber(r *rand.Rand, n int) string {
	const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = characters[r.IntN(len(characters))]
	}
	return string(b)
}

// twoLines writes a TD2 or a visa, which specimen has no layout of: names above,
// then number, nationality, dates, and what is optional.
func twoLines(r *rand.Rand, z specimen.Zone, width int, composite bool) ([]string, error) {
	pad := func(s string, n int) string { return (s + strings.Repeat("<", n))[:n] }
	seal := func(s string) string { return s + string(rune(identity.CheckDigit(s))) }
	names := z.Surname + "<<" + strings.Join(z.GivenNames, "<")
	number := seal(pad(z.Number, 9))
	birth, expiry := seal(z.Birth.Format("060102")), seal(z.Expiry.Format("060102"))
	second := number + pad(z.Nationality, 3) + birth + z.Sex + expiry
	rest := width - len(second) - one(composite)
	optional := pad(randomNumber(r, r.IntN(2)*rest), rest)
	second += optional
	if composite {
		second += string(rune(identity.CheckDigit(number + birth + expiry + optional)))
	}
	lines := []string{pad(z.Code, 2) + pad(z.Issuer, 3) + pad(names, width-5), second}
	_, err := identity.Parse(lines)
	return lines, err
}

// drawnZone draws the i-th zone and degrades it.
func (b *bench) drawnZone(i int) (p picture, lines []string, kind zoneKind, words string, err error) {
	r := rand.New(rand.NewPCG(zoneSeed, uint64(i)))
	kinds := zoneKinds()
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	at := r.IntN(total)
	for _, kind = range kinds {
		if at -= kind.weight; at < 0 {
			break
		}
	}
	if lines, err = kind.lines(r); err != nil {
		return p, nil, kind, "", fmt.Errorf("drawn zone %d: %w", i, err)
	}
	letter, sigma := between(r, letterLow, letterHigh), between(r, 0, blurHigh)
	quality := jpegLow + r.IntN(jpegHigh-jpegLow+1)
	paper, ink := uint8(between(r, 185, 250)), uint8(between(r, 10, 80))
	img, err := specimen.DrawZone(lines, specimen.ZoneLook{
		Letter: letter, Margin: zoneMarginMM * between(r, 0.7, 1.5),
		Paper: color.RGBA{paper, paper, paper - uint8(r.IntN(15)), 255}, Ink: color.RGBA{ink, ink, ink, 255},
	}, b.Assets)
	if err != nil {
		return p, nil, kind, "", fmt.Errorf("drawn zone %d: %w", i, err)
	}
	p, err = encode(noised(gaussian(img, sigma), between(r, 0, 3), r), stillSide, quality)
	return p, lines, kind, fmt.Sprintf("drawn zone %d (%s, letters %.0f px, σ %.1f, JPEG %d)", i, kind.name, letter, sigma,
		quality), err
}

// noised adds the sensor's noise.
func noised(img *image.RGBA, deviation float64, r *rand.Rand) *image.RGBA {
	return exposed(img, 1, deviation, r)
}

// drawn reads zones that are drawn by the ten thousand, cut out as a search for zones
// would cut them.
func drawn(ctx context.Context, b *bench, s *section) error {
	if b.Assets == nil {
		s.note("Nothing drawn: the typefaces are missing.")
		return nil
	}
	z := &zones{b: b, s: s, prefix: "mrz_drawn.", groups: map[string]*zoneCount{}}
	err := b.eachUntil(ctx, s, b.scaled(drawnZones), func(ctx context.Context, i int) error {
		p, lines, kind, words, err := b.drawnZone(i)
		if err != nil {
			return err
		}
		groups := []string{"", "kind_" + kind.name + "."}
		if kind.french {
			groups = append(groups, "french.")
		}
		return z.one(ctx, words, p, lines, true, groups...)
	})
	if err != nil {
		return err
	}
	for _, g := range []string{"", "french."} {
		c := z.get(g)
		s.rate("mrz_drawn."+g+"exact_rate", c.exact, c.n)
		s.count("mrz_drawn."+g+"wrong_accepted", c.wrong, c.n)
		s.rate("mrz_drawn."+g+"valid_rate", c.valid, c.n)
	}
	for _, k := range zoneKinds() {
		c := z.get("kind_" + k.name + ".")
		s.rate("mrz_drawn.kind_"+k.name+".exact_rate", c.exact, c.n)
	}
	s.note("Letters %.0f to %.0f px, blur σ 0 to %.0f px, JPEG %d to %d, drawn uniformly; paper and ink vary in grey, "+
		"noise up to σ 3.", letterLow, letterHigh, blurHigh, jpegLow, jpegHigh)
	return nil
}
