package identity

import (
	"errors"
	"testing"

	"visavis/document"
)

func TestFieldsAreComparedSourceBySource(t *testing.T) {
	card := Reading{Status: Valid, MRZ: parse(t, "IDFRAT0EST12348<<<<<<<<<<<<<<<", "8802299F3512311FRA<<<<<<<<<<<2",
		"LEFEVRE<DUBOIS<<MAEVA<ANNE<LOU")}
	front := PrintedSide{Kind: KindIdentityCard, Fields: []Field{
		{Name: FieldSurname, Text: "LEFÈVRE-DUBOIS", Confidence: 0.9, Label: "NOM", Box: Box{0.4, 0.2, 0.3, 0.1}},
		{Name: FieldGivenNames, Text: "Maéva, Anne, Louise", Confidence: 0.95},
		{Name: FieldBirthDate, Text: "29 02 1988", Confidence: 0.9},
		{Name: FieldExpiryDate, Text: "31 12 2035", Confidence: 0.9},
	}}
	declared := Declared{DeclaredNames{"Lefèvre-Dubois", "Maéva Anne Louise"}, on("1988-02-29")}
	c, err := dates().Compare(declared, Extract{card, []PrintedSide{front, {}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []FieldComparison{
		{Name: FieldSurname, Declared: "Lefèvre-Dubois", Zone: "LEFEVRE DUBOIS", Printed: "LEFÈVRE-DUBOIS", Value: "Lefèvre-Dubois", Source: SourcePrint, Confidence: 0.9, Class: Exact},
		{Name: FieldGivenNames, Declared: "Maéva Anne Louise", Zone: "MAEVA ANNE LOU", Printed: "Maéva, Anne, Louise", Value: "Maéva Anne Louise", Source: SourcePrint, Confidence: 0.95, Class: Truncated},
		{Name: FieldBirthDate, Declared: "1988-02-29", Zone: "880229", Printed: "29 02 1988", Value: "1988-02-29", Source: SourceZone, Confidence: 0.9, Class: Exact},
		{Name: FieldExpiryDate, Zone: "351231", Printed: "31 12 2035", Value: "2035-12-31", Source: SourceZone, Confidence: 0.9},
	} {
		got, ok := c.Field(want.Name)
		if !ok || got.Box == nil {
			t.Errorf("%s: not there or without its box", want.Name)
			continue
		}
		want.Box, want.Label = got.Box, got.Label
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if !c.Names.Automatic() || c.Validity.Status != WithinValidity || c.Series.ID != document.FrenchCard ||
		!c.Birth.Equal(on("1988-02-29")) {
		t.Errorf("%+v", c)
	}
}

func TestFieldsThatContradictEachOtherSaySo(t *testing.T) {
	zone := Reading{Status: Valid, MRZ: parse(t, "IDFRAT0EST12348<<<<<<<<<<<<<<<", "8802299F3512311FRA<<<<<<<<<<<2",
		"LEFEVRE<DUBOIS<<MAEVA<ANNE<LOU")}
	declared := Declared{DeclaredNames: DeclaredNames{"Lefèvre-Dubois", "Maéva"}}
	field := func(name FieldName, text string) PrintedSide {
		return PrintedSide{Fields: []Field{{Name: name, Text: text, Confidence: 0.5}}}
	}
	for _, c := range []struct {
		sentence string
		printed  PrintedSide
		name     FieldName
		value    string
		source   Source
	}{
		{"another surname in print: the zone's is shown", field(FieldSurname, "LEFÉVRE-DUBOIT"), FieldSurname, "Lefèvre-Dubois", SourceZone},
		{"another given name in print", field(FieldGivenNames, "Maeya, Anne, Louise"), FieldGivenNames, "MAEVA ANNE LOU", SourceZone},
		{"another birth date in print", field(FieldBirthDate, "28 02 1988"), FieldBirthDate, "1988-02-29", SourceZone},
		{"another expiry date in print", field(FieldExpiryDate, "31 12 2025"), FieldExpiryDate, "2035-12-31", SourceZone},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := dates().Compare(declared, Extract{zone, []PrintedSide{c.printed}})
			if err != nil {
				t.Fatal(err)
			}
			f, _ := got.Field(c.name)
			if !f.Differs || f.Value != c.value || f.Source != c.source {
				t.Errorf("%+v, want %q of the %s, and that it differs", f, c.value, c.source)
			}
			if isName := c.name == FieldSurname || c.name == FieldGivenNames; isName && got.Names.Automatic() {
				t.Error("goes on by itself")
			}
		})
	}
}

func TestFieldsOfADocumentWithUsageName(t *testing.T) {
	zone := Reading{Status: Valid,
		MRZ: parse(t, "IDFRALEFEVRE<DUBOIS<<<<<<<<<<<750123", "1503751000420MAEVA<<ANNE<<<8802299F9")}
	front := PrintedSide{Fields: []Field{
		{Name: FieldSurname, Text: "LEFÈVRE-DUBOIS ép. SPECIMEN", Confidence: 0.9},
		{Name: FieldGivenNames, Text: "Maéva, Anne", Confidence: 0.9},
		{Name: FieldBirthDate, Text: "29.02.1988", Confidence: 0.9},
	}}
	back := PrintedSide{Fields: []Field{{Name: FieldExpiryDate, Text: "14.03.2030", Confidence: 0.9}}}
	c, err := dates().Compare(Declared{DeclaredNames: DeclaredNames{"Specimen", "Maéva"}},
		Extract{zone, []PrintedSide{front, back}})
	if err != nil {
		t.Fatal(err)
	}
	usage, _ := c.Field(FieldUsageName)
	surname, _ := c.Field(FieldSurname)
	if c.Names.Class != UsageName || usage.Value != "Specimen" || surname.Printed != "LEFÈVRE-DUBOIS" {
		t.Errorf("%s, usage %+v, surname %+v", c.Names.Class, usage, surname)
	}
	expiry, _ := c.Field(FieldExpiryDate)
	if expiry.Value != "2030-03-14" || expiry.Source != SourcePrint || c.Validity.Status != WithinValidity {
		t.Errorf("expiry %+v, %+v", expiry, c.Validity)
	}
}

func TestFieldsWithoutAZone(t *testing.T) {
	front := PrintedSide{Fields: []Field{
		{Name: FieldSurname, Text: "SPECIMEN", Confidence: 0.9},
		{Name: FieldGivenNames, Text: "Maéva", Confidence: 0.9},
		{Name: FieldBirthDate, Text: "31.02.1990", Confidence: 0.9},
	}}
	c, err := dates().Compare(Declared{DeclaredNames: DeclaredNames{"Specimen", "Maéva"}},
		Extract{Reading{Status: Unreadable}, []PrintedSide{front}})
	if err != nil {
		t.Fatal(err)
	}
	var impossible *DateError
	birth, _ := c.Field(FieldBirthDate)
	if c.Names.Class != Exact || c.Names.Automatic() || !errors.As(birth.Err, &impossible) || !c.Birth.IsZero() ||
		c.Validity.Status != ValidityDoubt {
		t.Errorf("%+v", c)
	}
	if _, err := dates().Compare(Declared{DeclaredNames: DeclaredNames{"Мария", "Maéva"}}, Extract{}); err == nil {
		t.Error("a name that cannot be compared, no error")
	}
}
