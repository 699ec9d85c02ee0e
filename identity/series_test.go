package identity

import (
	"strings"
	"testing"
	"time"

	"visavis/document"
)

func parse(t *testing.T, lines ...string) MRZ {
	t.Helper()
	m, err := Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSeriesIsFoundByItsZone(t *testing.T) {
	for _, c := range []struct {
		sentence               string
		lines                  []string
		want                   document.ID
		portrait, zone, expiry Side
		inZone                 bool
	}{
		{"French card before 2021", []string{"IDFRALEFEVRE<DUBOIS<<<<<<<<<<<750123", "1503751000420MAEVA<<ANNE<<<8802299F9"}, document.FrenchCardOld, Front, Front, Back, false},
		{"French card of 2021", []string{"IDFRAT0EST12348<<<<<<<<<<<<<<<", "8802299F3512311FRA<<<<<<<<<<<2", "LEFEVRE<DUBOIS<<MAEVA<ANNE<LOU"}, document.FrenchCard, Front, Back, Front, true},
		{"French residence permit", []string{"IRFRAT0TITRE011<<<<<<<<<<<<<<<", "7901058M3111150MAR<<<<<<<<<<<6", "EL<AMRANI<<YOUSSEF<<<<<<<<<<<<"}, document.FrenchPermit, Front, Back, Front, true},
		{"French passport", []string{"PPFRALEFEVRE<DUBOIS<<MAEVA<ANNE<LOUISE<<<<<<", "26TT000015FRA8802299F3512311<<<<<<<<<<<<<<08"}, document.FrenchPassport, Front, Front, Front, true},
		{"another passport", []string{"P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<", "C01X0006H1D<<6408125F1710319<<<<<<<<<<<<<<<0"}, document.AnyPassport, Front, Front, Front, true},
		{"another card", []string{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}, document.AnyCard, Front, Back, Front, true},
		{"another large card", []string{"ITD<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<", "C<00000004D<<6408125F0404011<<<<<<<4"}, document.AnyLargeCard, Front, Front, Front, true},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s, ok := SeriesOf(parse(t, c.lines...))
			if !ok || s.ID != c.want {
				t.Fatalf("%q, %v, want %q", s.ID, ok, c.want)
			}
			if s.Portrait() != c.portrait || s.Zone() != c.zone || s.Expiry != c.expiry ||
				(s.Validity == document.ByZone) != c.inZone {
				t.Errorf("sides: %+v", s)
			}
			if byID, ok := document.ByID(c.want); !ok || byID != s {
				t.Errorf("by its name: %+v", byID)
			}
		})
	}
}

func TestSeriesKindsAreAcceptedOrRefused(t *testing.T) {
	zone := func(code, issuer, nationality string) []string {
		first := (code + "<")[:2] + (issuer + "<<")[:3] + "D231458907<<<<<<<<<<<<<<<"
		return []string{first, "7408122F1204159" + (nationality + "<<")[:3] + "<<<<<<<<<<<6",
			"ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}
	}
	page := func(code string) []string {
		return []string{code + "FRAERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36FRA7408122F1204159ZE184226B<<<<<10"}
	}
	for _, c := range []struct {
		sentence  string
		lines     []string
		specimens bool
		kind      Kind
		want      Refusal
	}{
		{"a national card", zone("ID", "FRA", "FRA"), false, KindIdentityCard, ""},
		{"a permit by its code", zone("IR", "FRA", "FRA"), false, KindResidencePermit, ""},
		{"a permit by its nationality", zone("ID", "D", "MAR"), false, KindResidencePermit, ""},
		{"a crew certificate", zone("AC", "FRA", "FRA"), false, KindCrew, RefusedCrew},
		{"a specimen outside tests", zone("I", "UTO", "UTO"), false, KindIdentityCard, RefusedSpecimen},
		{"a specimen in a test", zone("I", "UTO", "UTO"), true, KindIdentityCard, ""},
		{"a passport of the old code", page("P<"), false, KindPassport, ""},
		{"a passport since 2026", page("PP"), false, KindPassport, ""},
		{"a service passport", page("PO"), false, KindPassport, ""},
		{"an emergency passport", page("PE"), false, KindPassport, RefusedEmergency},
		{"a laissez-passer", page("PL"), false, KindPassport, RefusedLaissezPasser},
		{"a visa of a page", []string{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C<3UTO6908061F9406236ZE184226B<<<<<<<"}, true, KindVisa, RefusedVisa},
		{"a visa of a sticker", []string{"VEFRAWANG<<YI<CHENG<<<<<<<<<<<<<<<<<", "6000000024CHN8001014M1909155<M900618"}, true, KindVisa, RefusedVisa},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			m := parse(t, c.lines...)
			if got := (Policy{Specimens: c.specimens}).Accept(m); got != c.want || KindOf(m) != c.kind {
				t.Errorf("%s %q, want %s %q", KindOf(m), got, c.kind, c.want)
			}
			_, known := SeriesOf(m)
			if accepted := AcceptKind(c.kind) == ""; known != accepted {
				t.Errorf("series known %v, kind accepted %v", known, accepted)
			}
		})
	}
	if k := KindOfLines([]string{"D1FRA13AA000021231231SPECIMEN<8"[:30]}); k != KindDrivingLicence ||
		AcceptKind(k) != RefusedDrivingLicence {
		t.Errorf("driving licence: %s, %s", k, AcceptKind(k))
	}
}

func TestSeriesKindIsReadFromTitles(t *testing.T) {
	for _, c := range []struct {
		text string
		want Kind
	}{
		{"RÉPUBLIQUE FRANÇAISE\nPERMIS DE CONDUIRE", KindDrivingLicence},
		{"TITRE DE SÉJOUR  RESIDENCE PERMIT", KindResidencePermit},
		{"CARTE NATIONALE D’IDENTITÉ N° : 150375100042", KindIdentityCard},
		{"CARTE D'IDENTITE / IDENTITY CARD", KindIdentityCard},
		{"PASSEPORT · PASSPORT", KindPassport},
		{"VISA SCHENGEN", KindVisa},
		{"AVISAGE", KindUnknown},
		{"", KindUnknown},
		{"Мария", KindUnknown},
	} {
		if got := KindOfTitle(c.text); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
	for _, row := range document.All() {
		if got := KindOfTitle(strings.ReplaceAll(row.Title, "<", " ")); row.Title != "" && got != row.Kind {
			t.Errorf("%s, printed above %s: %s, want %s", row.Title, row.ID, got, row.Kind)
		}
	}
}

// oldCard is the zone of a French card made in a month, with its first digit right.
func oldCard(t *testing.T, yymm string) MRZ {
	t.Helper()
	number := yymm + "75100042"
	return parse(t, "IDFRASPECIMEN<<<<<<<<<<<<<<<<<750123",
		number+string(CheckDigit(number))+"MAEVA<<ANNE<<<8802299F0")
}

func TestSeriesDecidesValidity(t *testing.T) {
	card, _ := document.ByID(document.FrenchCard)
	old, _ := document.ByID(document.FrenchCardOld)
	zone := func(expiry string, good bool) MRZ {
		return MRZ{Format: TD1, ExpiryDate: expiry, Checks: []Check{{Name: "expiry", OK: good}}}
	}
	adult, child := on("1970-05-04"), on("1999-06-15")
	var unread time.Time
	wrongDigit := oldCard(t, "1203")
	wrongDigit.Checks[0].OK = false
	for _, c := range []struct {
		sentence       string
		series         Series
		zone           MRZ
		printed, birth time.Time
		status         ValidityStatus
		reason         ValidityDoubtReason
		until          string
		prolonged      bool
	}{
		{"a card that runs on", card, zone("300211", true), on("2030-02-11"), adult, WithinValidity, "", "2030-02-11", false},
		{"its last day", card, zone("261122", true), unread, adult, WithinValidity, "", "2026-11-22", false},
		{"the day after", card, zone("261121", true), unread, adult, Expired, "", "2026-11-21", false},
		{"a past date with a wrong digit", card, zone("261121", false), unread, adult, ValidityDoubt, ExpiryUnproved, "2026-11-21", false},
		{"a printed date in the past alone", card, zone("300211", true), on("2020-02-11"), adult, ValidityDoubt, ExpiryDiffers, "2030-02-11", false},
		{"no date in the zone", card, zone("<<<<<<", true), on("2020-02-11"), adult, ValidityDoubt, ExpiryUnread, "", false},

		{"an adult's card of 2012 runs 5 years more", old, oldCard(t, "1203"), on("2022-03-14"), adult, WithinValidity, "", "2027-03-14", true},
		{"an adult's card of 2011 has run out", old, oldCard(t, "1103"), on("2021-03-14"), adult, Expired, "", "2026-03-14", true},
		{"a child's card of 2012 is not prolonged", old, oldCard(t, "1203"), on("2022-03-14"), child, Expired, "", "2022-03-14", false},
		{"of 2012, the birth date unread", old, oldCard(t, "1203"), on("2022-03-14"), unread, ValidityDoubt, AgeAtIssueUnproved, "2022-03-14", false},
		{"18 in the month of issue", old, oldCard(t, "1203"), on("2022-03-14"), on("1994-03-10"), ValidityDoubt, AgeAtIssueUnproved, "2022-03-14", false},
		{"an adult's card of 2016", old, oldCard(t, "1605"), on("2031-05-19"), adult, WithinValidity, "", "2031-05-19", false},
		{"of 2020, until old cards end", old, oldCard(t, "2005"), on("2035-05-19"), adult, WithinValidity, "", "2031-08-03", false},
		{"a child's card of 2017", old, oldCard(t, "1705"), on("2027-05-19"), on("2005-01-02"), WithinValidity, "", "2027-05-19", false},
		{"of 2017, running on whatever the age", old, oldCard(t, "1705"), on("2027-05-19"), unread, WithinValidity, "", "2027-05-19", false},
		{"15 years on a child's card", old, oldCard(t, "1705"), on("2032-05-19"), on("2005-01-02"), ValidityDoubt, ExpiryImplausible, "2032-05-19", false},
		{"10 years on an adult's card of 2017", old, oldCard(t, "1705"), on("2027-05-19"), adult, ValidityDoubt, ExpiryImplausible, "2027-05-19", false},
		{"12 years", old, oldCard(t, "1203"), on("2024-03-14"), adult, ValidityDoubt, ExpiryImplausible, "2024-03-14", false},
		{"of 1994", old, oldCard(t, "9409"), on("2004-09-20"), adult, Expired, "", "2004-09-20", false},
		{"the print unread", old, oldCard(t, "1203"), unread, adult, ValidityDoubt, ExpiryUnread, "", false},
		{"issued after there were none", old, oldCard(t, "2203"), on("2032-03-14"), adult, ValidityDoubt, IssueUnread, "", false},
		{"the month of issue unproved", old, wrongDigit, on("2022-03-14"), adult, ValidityDoubt, IssueUnread, "", false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			v := dates().Validity(c.series, c.zone, c.printed, c.birth)
			until := ""
			if !v.Until.IsZero() {
				until = v.Until.Format(time.DateOnly)
			}
			if v.Status != c.status || v.Reason != c.reason || until != c.until || v.Prolonged != c.prolonged {
				t.Errorf("%+v, want %s %q until %s, prolonged %v", v, c.status, c.reason, c.until, c.prolonged)
			}
			if v.Source == "" {
				t.Error("no source")
			}
		})
	}
}

// Cards of states that the table accepts only where they are listed.
func TestCardsOfListedStatesPass(t *testing.T) {
	for _, c := range []struct {
		issuer string
		want   document.ID
	}{{"BEL", document.BelgianCard}, {"ESP", document.SpanishCard}, {"D<<", document.GermanCard}} {
		lines := []string{"ID" + c.issuer + "D231458907<<<<<<<<<<<<<<<", "7408122F3012319" + c.issuer + "<<<<<<<<<<<6",
			"ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}
		m := parse(t, lines...)
		row, ok := SeriesOf(m)
		if !ok || row.ID != c.want {
			t.Errorf("%s: series %q", c.issuer, row.ID)
		}
		if got := (Policy{States: []string{"LUX"}}).Accept(m); got != RefusedState {
			t.Errorf("%s, not listed: %q", c.issuer, got)
		}
		if got := (Policy{States: []string{"LUX", m.Issuer}}).Accept(m); got != "" {
			t.Errorf("%s, listed: %q", c.issuer, got)
		}
		if named, ok := RowOf(Reading{Status: Valid, MRZ: m}, nil, KindUnknown); !ok || named.ID != c.want {
			t.Errorf("%s is called %q", c.issuer, named.ID)
		}
	}
	if got, err := ParseStates(" bel, DEU "); err != nil || len(got) != 2 || got[0] != "BEL" || got[1] != "D" {
		t.Errorf("the list of states is read as %q, %v", got, err)
	}
	if _, err := ParseStates("BEL,XYZ"); err == nil {
		t.Error("a state without a row is taken")
	}
	unread := Reading{Status: Unreadable}
	for _, c := range []struct {
		lines []string
		kind  Kind
		want  document.ID
	}{
		{[]string{"D1FRA13AA000026181231MARTIN<<9"}, KindUnknown, document.FrenchLicence},
		{[]string{"D1LUX13AA000026181231MARTIN<<9"}, KindUnknown, document.AnyLicence},
		{nil, KindDrivingLicence, document.AnyLicence},
		{nil, KindVisa, document.AnyVisa},
		{nil, KindUnknown, ""},
	} {
		if row, ok := RowOf(unread, c.lines, c.kind); row.ID != c.want || ok != (c.want != "") {
			t.Errorf("%q, %s: %q", c.lines, c.kind, row.ID)
		}
	}
}
