package identity

import (
	"fmt"
	"slices"
	"strings"

	"visavis/document"
)

// Format is the layout of a machine readable zone.
type Format = document.Format

// The formats that are read: see the package document.
const (
	TD1   = document.TD1
	TD2   = document.TD2
	TD3   = document.TD3
	MRVA  = document.MRVA
	MRVB  = document.MRVB
	IDFRA = document.IDFRA
)

// MRZ is a zone cut into its fields. Fillers are removed at the ends of fields;
// dates are YYMMDD as printed, with < where unknown.
type MRZ struct {
	Format Format
	Lines  []string

	DocumentCode string // "ID", "P", "PP", "IR", "V", ...
	Issuer       string // three letters, "D" for Germany
	Number       string // the whole number, also where it overflows into the optional field
	Surname      string // components separated by a space
	GivenNames   string
	Nationality  string // empty on the old French card: FRA is implied
	BirthDate    string
	Sex          string // "F", "M", "" when unspecified
	ExpiryDate   string // empty on the old French card: it is printed only
	Optional     string // of TD1, both optional fields

	// Old French card only: YYMM of issue, department, administrative code.
	IssueMonth, Department, Office string

	// NameTruncated: the name field is full to its last place, so the name may be
	// longer than what stands there (Doc 9303-3 §4.6).
	NameTruncated bool
	// OverflowDigitWithFiller: the digit of a long number counts the filler, as on
	// old Belgian cards; a deviation from Doc 9303-5 §4.2.4.
	OverflowDigitWithFiller bool

	Checks []Check
}

// Valid tells whether every check digit of the zone is right and no digit stands in
// a name. See Doubts for what else may be wrong then.
func (m MRZ) Valid() bool {
	return m.digitsFit() && !slices.Contains(m.Doubts(), DoubtNameDigit)
}

// digitsFit tells whether every check digit of the zone is right.
func (m MRZ) digitsFit() bool {
	for _, c := range m.Checks {
		if !c.OK {
			return false
		}
	}
	return len(m.Checks) > 0
}

// FormatError says why lines are not a machine readable zone.
type FormatError struct {
	Measured string
	Wanted   string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("machine readable zone: have %s, want %s", e.Measured, e.Wanted)
}

// Detect tells the format by the number and length of the lines, then by the
// first letters. The error is a *FormatError.
func Detect(lines []string) (Format, error) {
	var shape strings.Builder
	fmt.Fprintf(&shape, "%d lines", len(lines))
	for _, l := range lines {
		fmt.Fprintf(&shape, " of %d", len(l))
		for i := range len(l) {
			if c := l[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '<' {
				return "", &FormatError{fmt.Sprintf("character %q", c), "A to Z, 0 to 9 and <"}
			}
		}
	}
	same := func(n, length int) bool {
		if len(lines) != n {
			return false
		}
		for _, l := range lines {
			if len(l) != length {
				return false
			}
		}
		return true
	}
	switch {
	case same(3, 30) && strings.ContainsRune("ACI", rune(lines[0][0])):
		return TD1, nil
	case same(2, 44) && lines[0][0] == 'P':
		return TD3, nil
	case same(2, 44) && lines[0][0] == 'V':
		return MRVA, nil
	case same(2, 36) && lines[0][0] == 'V':
		return MRVB, nil
	case same(2, 36) && strings.HasPrefix(lines[0], "IDFRA"):
		return IDFRA, nil
	case same(2, 36) && strings.ContainsRune("ACI", rune(lines[0][0])):
		return TD2, nil
	}
	return "", &FormatError{shape.String(), "3×30 from A, C or I; 2×36 from A, C, I or V; 2×44 from P or V"}
}

// Parse cuts lines into fields and computes every check digit. It corrects
// nothing: wrong digits are reported in Checks. The error is a *FormatError.
func Parse(lines []string) (MRZ, error) {
	f, err := Detect(lines)
	if err != nil {
		return MRZ{}, err
	}
	m := MRZ{Format: f, Lines: append([]string(nil), lines...)}
	switch f {
	case TD1:
		m.parseTD1()
	case IDFRA:
		m.parseOldFrench()
	default:
		m.parseTwoLines()
	}
	return m, nil
}

func (m *MRZ) parseTD1() {
	l1, l2, l3 := m.Lines[0], m.Lines[1], m.Lines[2]
	m.DocumentCode, m.Issuer = trim(l1[:2]), trim(l1[2:5])
	number := m.number(l1[5:14], l1[14], l1[15:30])
	m.BirthDate, m.Sex, m.ExpiryDate = l2[:6], trim(l2[7:8]), l2[8:14]
	m.Nationality = trim(l2[15:18])
	m.Optional = trim(m.Optional + l2[18:29])
	m.names(l3, "<<")
	m.Checks = []Check{
		number,
		check("birth", l2[:6], l2[6], true),
		check("expiry", l2[8:14], l2[14], true),
		check("composite", l1[5:30]+l2[:7]+l2[8:15]+l2[18:29], l2[29], false),
	}
}

// parseTwoLines reads TD2, TD3 and both visas, whose second lines begin alike.
func (m *MRZ) parseTwoLines() {
	l1, l2 := m.Lines[0], m.Lines[1]
	m.DocumentCode, m.Issuer = trim(l1[:2]), trim(l1[2:5])
	m.names(l1[5:], "<<")
	m.Nationality = trim(l2[10:13])
	m.BirthDate, m.Sex, m.ExpiryDate = l2[13:19], trim(l2[20:21]), l2[21:27]
	var number Check
	if m.Format == TD2 {
		number = m.number(l2[:9], l2[9], l2[28:35])
	} else {
		m.Number, number = trim(l2[:9]), check("number", l2[:9], l2[9], false)
		m.Optional = trim(l2[28:])
	}
	m.Checks = []Check{
		number,
		check("birth", l2[13:19], l2[19], true),
		check("expiry", l2[21:27], l2[27], true),
	}
	switch m.Format {
	case TD2:
		m.Checks = append(m.Checks, check("composite", l2[:10]+l2[13:20]+l2[21:35], l2[35], false))
	case TD3:
		m.Optional = trim(l2[28:42])
		m.Checks = append(m.Checks,
			check("personal", l2[28:42], l2[42], true),
			check("composite", l2[:10]+l2[13:20]+l2[21:43], l2[43], false))
	}
}

func (m *MRZ) parseOldFrench() {
	l1, l2 := m.Lines[0], m.Lines[1]
	m.DocumentCode, m.Issuer = l1[:2], l1[2:5]
	m.Surname = spaces(l1[5:30])
	m.Office = trim(l1[30:])
	m.Number, m.IssueMonth, m.Department = l2[:12], l2[:4], trim(l2[4:7])
	m.GivenNames = spaces(l2[13:27])
	m.NameTruncated = l1[29] != '<' || l2[26] != '<'
	m.BirthDate, m.Sex = l2[27:33], trim(l2[34:35])
	m.Checks = []Check{
		check("number", l2[:12], l2[12], false),
		check("birth", l2[27:33], l2[33], true),
		check("composite", l1+l2[:35], l2[35], false),
	}
}

// number reads a document number of TD1 or TD2, which goes on in the optional
// field when the digit's place holds a filler (Doc 9303-5 §4.2.4).
func (m *MRZ) number(field string, digit byte, optional string) Check {
	m.Number, m.Optional = trim(field), trim(optional)
	end := strings.IndexByte(optional, '<')
	if end < 0 {
		end = len(optional)
	}
	if digit != '<' || end < 2 {
		return check("number", field, digit, false)
	}
	rest, have := optional[:end-1], optional[end-1]
	m.Number = trim(field) + rest
	m.Optional = trim(optional[end:])
	c := check("number", field+rest, have, false)
	if withFiller := check("number", field+"<"+rest, have, false); !c.OK && withFiller.OK {
		m.OverflowDigitWithFiller = true
		return withFiller
	}
	return c
}

func (m *MRZ) names(field, separator string) {
	m.NameTruncated = field[len(field)-1] != '<'
	surname, given, _ := strings.Cut(field, separator)
	if strings.Trim(surname, "<") == "" && strings.Trim(given, "<") == "" {
		return
	}
	m.Surname, m.GivenNames = spaces(surname), spaces(given)
}

func trim(s string) string { return strings.Trim(s, "<") }

// spaces turns the components of a name field into words.
func spaces(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '<' }), " ")
}
