package identity

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

type vector struct {
	ID     string
	Format Format
	Lines  []string
	Expect struct {
		Valid                                             bool
		Surname, Given, Number, Dob, Sex, Expiry          string
		Nationality, Issuer, Personal, Issue, Dept, Admin string
		Refuse                                            string
		NameTruncated                                     bool   `json:"name_truncated"`
		LongNumber                                        string `json:"long_number"`
		CorrectedNumberFivePairs                          string `json:"corrected_number_five_pairs"`
	}
}

func vectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/mrz_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(data, &vs); err != nil {
		t.Fatal(err)
	}
	if len(vs) != 32 {
		t.Fatalf("read %d vectors, want 32", len(vs))
	}
	return vs
}

func TestParseReadsEveryVector(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			m, err := Parse(v.Lines)
			if err != nil {
				t.Fatal(err)
			}
			if m.Format != v.Format {
				t.Errorf("format %s, want %s", m.Format, v.Format)
			}
			if m.Valid() != v.Expect.Valid {
				t.Errorf("valid %v, want %v: %+v", m.Valid(), v.Expect.Valid, m.Checks)
			}
			if v.Expect.Refuse == "visa" != m.Format.Visa() {
				t.Errorf("visa %v", m.Format.Visa())
			}
			if !v.Expect.Valid || m.Format.Visa() {
				return
			}
			for _, f := range []struct{ name, got, want string }{
				{"surname", m.Surname, v.Expect.Surname},
				{"given names", m.GivenNames, v.Expect.Given},
				{"number", m.Number, v.Expect.Number},
				{"birth date", m.BirthDate, v.Expect.Dob},
				{"sex", m.Sex, v.Expect.Sex},
				{"expiry", m.ExpiryDate, v.Expect.Expiry},
				{"nationality", m.Nationality, v.Expect.Nationality},
				{"issue month", m.IssueMonth, v.Expect.Issue},
				{"department", m.Department, v.Expect.Dept},
				{"office", m.Office, v.Expect.Admin},
			} {
				if f.got != f.want {
					t.Errorf("%s %q, want %q", f.name, f.got, f.want)
				}
			}
			if m.Format != IDFRA && m.NameTruncated != v.Expect.NameTruncated {
				t.Errorf("name truncated %v, want %v", m.NameTruncated, v.Expect.NameTruncated)
			}
			if deviates := strings.Contains(v.Expect.LongNumber, "included"); m.OverflowDigitWithFiller != deviates {
				t.Errorf("overflow digit with filler %v, want %v", m.OverflowDigitWithFiller, deviates)
			}
		})
	}
}

func TestCheckDigitOfTheWorkedExamples(t *testing.T) {
	for field, want := range map[string]byte{
		"520727":    '3',
		"AB2134<<<": '5',
		"HA672242<658022549601086<<<<<<<<<<<<<<0":            '8',
		"D231458907<<<<<<<<<<<<<<<34071279507122<<<<<<<<<<<": '2',
	} {
		if got := CheckDigit(field); got != want {
			t.Errorf("digit of %s is %c, want %c", field, got, want)
		}
	}
}

// A character changed to one of another value class flips the digits that cover
// it; one of the same class flips none: no 7-3-1 digit can see it.
func TestAChangedCharacterIsSeenOnlyAcrossValueClasses(t *testing.T) {
	for _, v := range vectors(t) {
		if !v.Expect.Valid || v.Format.Visa() {
			continue
		}
		line, at := 1, 3 // inside the birth date of TD1, the number of the others
		for _, to := range "0123456789ABCDEFGHIJ" {
			from := v.Lines[line][at]
			lines := append([]string(nil), v.Lines...)
			lines[line] = lines[line][:at] + string(to) + lines[line][at+1:]
			m, err := Parse(lines)
			if err != nil {
				t.Fatal(err)
			}
			same := value(from)%10 == value(byte(to))%10
			if m.Valid() != same {
				t.Errorf("%s: %c to %c: valid %v, want %v", v.ID, from, to, m.Valid(), same)
			}
		}
	}
}

func TestParseRefusesWhatIsNoZone(t *testing.T) {
	for name, lines := range map[string][]string{
		"nothing":           nil,
		"one line":          {strings.Repeat("<", 44)},
		"a short line":      {"P<UTOERIKSSON<<ANNA", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
		"a small letter":    {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "l898902C36UTO7408122F1204159ZE184226B<<<<<10"},
		"a driving licence": {"D1FRA7A00001<<<<<<<<<<<<<<<<<<", "8802299F3512311FRA<<<<<<<<<<<2", "LEFEVRE<<MAEVA<<<<<<<<<<<<<<<<"},
	} {
		if m, err := Parse(lines); err == nil {
			t.Errorf("%s: parsed as %s, want an error", name, m.Format)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(strings.Join(v.Lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse(strings.Split(text, "\n"))
		if err != nil {
			return
		}
		if strings.Join(m.Lines, "\n") != text {
			t.Errorf("lines changed: %q", m.Lines)
		}
		n, length := m.Format.Shape()
		if len(m.Lines) != n || len(m.Lines[0]) != length {
			t.Errorf("%s with %d lines of %d", m.Format, len(m.Lines), len(m.Lines[0]))
		}
	})
}
