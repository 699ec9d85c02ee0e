package identity

import (
	"slices"
	"testing"
)

// An unsure reading is told where the zone says the same, and a sure one even where the
// zone says something else: altered print has to be seen.
func TestWhatIsToldOfThePrint(t *testing.T) {
	zone := Reading{Status: Valid, MRZ: parse(t, "IDFRAT0EST12348<<<<<<<<<<<<<<<", "8802299F3512311FRA<<<<<<<<<<<2",
		"LEFEVRE<DUBOIS<<MAEVA<ANNE<LOU")}
	const unsure, sure = SurePrint - 0.01, SurePrint
	for _, c := range []struct {
		sentence string
		zone     Reading
		field    Field
		told     bool
	}{
		{"unsure, as in the zone", zone, Field{Name: FieldSurname, Text: "LEFÈVRE-DUBOIS", Confidence: unsure}, true},
		{"unsure, with a usage name behind", zone,
			Field{Name: FieldSurname, Text: "LEFÈVRE-DUBOIS ép. SPECIMEN", Confidence: unsure}, true},
		{"unsure, more than a full zone has", zone,
			Field{Name: FieldGivenNames, Text: "Maéva, Anne, Louise", Confidence: unsure}, true},
		{"unsure, cut", zone, Field{Name: FieldGivenNames, Text: "Maé", Confidence: unsure}, false},
		{"unsure, another name", zone, Field{Name: FieldSurname, Text: "LEFÈVRE", Confidence: unsure}, false},
		{"sure, another name", zone, Field{Name: FieldSurname, Text: "LEFÈVRE", Confidence: sure}, true},
		{"unsure, as in a zone that cannot be read", Reading{Status: Unreadable, MRZ: zone.MRZ},
			Field{Name: FieldSurname, Text: "LEFÈVRE-DUBOIS", Confidence: unsure}, false},
		{"sure, without a zone", Reading{Status: Unreadable},
			Field{Name: FieldSurname, Text: "LEFÈVRE-DUBOIS", Confidence: sure}, true},
		{"unsure, the zone's day", zone, Field{Name: FieldBirthDate, Text: "29 02 1988", Confidence: unsure}, true},
		{"unsure, another day", zone, Field{Name: FieldBirthDate, Text: "28 02 1988", Confidence: unsure}, false},
		{"unsure, the zone's last day", zone, Field{Name: FieldExpiryDate, Text: "31 12 2035", Confidence: unsure}, true},
		{"unsure, the day of issue, which no zone has", zone,
			Field{Name: FieldIssueDate, Text: "31 12 2025", Confidence: unsure}, false},
		{"unsure, the zone's number", zone, Field{Name: FieldNumber, Text: "T0EST1234", Confidence: unsure}, true},
		{"unsure, another number", zone, Field{Name: FieldNumber, Text: "T0E5T1234", Confidence: unsure}, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			side := PrintedSide{Kind: KindIdentityCard, Words: 9, Fields: []Field{c.field}}
			got := Told(c.zone, []PrintedSide{side})
			if len(got) != 1 || got[0].Kind != side.Kind || got[0].Words != side.Words {
				t.Fatalf("the side is %+v", got)
			}
			if told := slices.Contains(got[0].Fields, c.field); told != c.told {
				t.Errorf("told: %v, want %v", told, c.told)
			}
		})
	}
}
