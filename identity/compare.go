package identity

import (
	"time"
)

// Extract is everything that was read of a document, before it is compared.
type Extract struct {
	// Zone is the reading of the machine readable zone; Unreadable without one.
	Zone Reading
	// Printed is what is printed on the sides, the front first.
	Printed []PrintedSide
}

// FieldComparison is one field from all its sources.
type FieldComparison struct {
	Name     FieldName
	Declared string
	Zone     string
	Printed  string
	// Value is what the document says, as a person is shown it; dates are
	// YYYY-MM-DD. Empty where nothing was read.
	Value string
	// Source is where Value's letters are from.
	Source Source
	// Confidence of the printed reading, 0..1; 0 without one.
	Confidence float64
	// Label and Box say where the print was read.
	Label string
	Box   *Box
	// Class of declared names; Exact or NoMatch of dates that were declared; empty
	// where nothing was declared or nothing was read.
	Class MatchClass
	// Differs: zone and print were both read and are not the same.
	Differs bool
	// Err says why a value that was read cannot be used (a *DateError, a
	// *CenturyError, ErrDateUnknown).
	Err error
}

// Comparison is a document against what was declared, field by field.
type Comparison struct {
	Fields   []FieldComparison
	Names    NameMatch
	Birth    time.Time // zero when it is not settled
	Validity Validity
	Series   Series // zero when the zone was not read
}

// Field returns a field by its name.
func (c Comparison) Field(name FieldName) (FieldComparison, bool) {
	for _, f := range c.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return FieldComparison{}, false
}

// Declared is what the applicant or the site gave about a person. BirthDate may be
// zero.
type Declared struct {
	DeclaredNames
	BirthDate time.Time
}

// Compare puts declared, zone and print side by side. The error is a *NameError of
// the declared names. Readings that are missing or contradict each other are no
// error: the fields say so.
func (d Dates) Compare(declared Declared, x Extract) (Comparison, error) {
	zone := x.Zone.MRZ
	if x.Zone.Status == Unreadable {
		zone = MRZ{}
	}
	doc, printed := documentNames(zone, x.Printed)
	doc = alignOneName(declared.DeclaredNames, doc)
	printed[FieldSurname], printed[FieldGivenNames] = alignedPrint(printed, doc)
	var c Comparison
	var err error
	if c.Names, err = MatchNames(declared.DeclaredNames, doc); err != nil {
		return Comparison{}, err
	}
	c.Series, _ = SeriesOf(zone)
	surname := nameComparison(FieldSurname, declared.Surname, doc.ZoneSurname.Text, printed[FieldSurname], c.Names.Surname)
	given := nameComparison(FieldGivenNames, declared.GivenNames, doc.ZoneGivenNames.Text, printed[FieldGivenNames],
		c.Names.GivenNames)
	birth := d.birthComparison(declared.BirthDate, zone, printed[FieldBirthDate])
	c.Birth = dateOf(birth.Value)
	c.Fields = []FieldComparison{surname, given, birth}
	if usage, ok := printed[FieldUsageName]; ok {
		u := fromPrint(FieldUsageName, usage)
		u.Value = Display(usage.Text, declared.Surname, true)
		c.Fields = append(c.Fields, u)
	}
	expiry := d.expiryComparison(zone, printed[FieldExpiryDate])
	c.Fields = append(c.Fields, expiry)
	if c.Series.ID != "" {
		day, _ := PrintedDate(expiry.Printed)
		c.Validity = d.Validity(c.Series, zone, day, c.Birth)
	} else {
		c.Validity = Validity{Status: ValidityDoubt, Reason: ExpiryUnread}
	}
	return c, nil
}

// documentNames gathers the names of a document; printed has the best reading of
// each field over the sides.
func documentNames(zone MRZ, sides []PrintedSide) (DocumentNames, map[FieldName]Field) {
	printed := map[FieldName]Field{}
	for _, side := range sides {
		for _, f := range side.Fields {
			if best, ok := printed[f.Name]; !ok || f.Confidence > best.Confidence {
				printed[f.Name] = f
			}
		}
	}
	if f, ok := printed[FieldSurname]; ok {
		birth, usage := SplitUsage(f.Text)
		_, separate := printed[FieldUsageName]
		if usage != "" && !separate {
			u := f
			u.Name, u.Text = FieldUsageName, usage
			printed[FieldUsageName] = u
		}
		f.Text = birth
		printed[FieldSurname] = f
	}
	doc := DocumentNames{
		Surname:    printed[FieldSurname].Text,
		GivenNames: printed[FieldGivenNames].Text,
		UsageName:  printed[FieldUsageName].Text,
	}
	doc.ZoneSurname, doc.ZoneGivenNames = ZoneNames(zone)
	return doc, printed
}

// alignedPrint returns the printed surname and given names as alignOneName has put
// them.
func alignedPrint(printed map[FieldName]Field, doc DocumentNames) (surname, given Field) {
	surname, given = printed[FieldSurname], printed[FieldGivenNames]
	if surname.Text == doc.GivenNames && given.Text == doc.Surname && surname.Text != given.Text {
		surname, given = given, surname
		surname.Name, given.Name = FieldSurname, FieldGivenNames
	}
	surname.Text, given.Text = doc.Surname, doc.GivenNames
	return surname, given
}

func fromPrint(name FieldName, f Field) FieldComparison {
	c := FieldComparison{Name: name, Printed: f.Text, Confidence: f.Confidence, Label: f.Label}
	if f.Text != "" {
		box := f.Box
		c.Box, c.Source, c.Value = &box, SourcePrint, f.Text
	}
	return c
}

// nameComparison shows the print, with its accents, unless the zone contradicts
// it: then the zone's letters, which a person has to confirm.
func nameComparison(name FieldName, declared, zone string, f Field, m PartMatch) FieldComparison {
	c := fromPrint(name, f)
	c.Declared, c.Zone, c.Differs = declared, zone, m.PrintDiffers
	if zone != "" || f.Text != "" {
		c.Class = m.Class
	}
	switch {
	case zone != "" && (f.Text == "" || m.PrintDiffers):
		c.Value, c.Source = Display(zone, declared, false), SourceZone
	case f.Text != "":
		c.Value, c.Source = Display(f.Text, declared, true), SourcePrint
	}
	return c
}

// birthComparison settles the birth date: the zone's two digits of the year need
// the print's four where both centuries are possible.
func (d Dates) birthComparison(declared time.Time, zone MRZ, f Field) FieldComparison {
	c := fromPrint(FieldBirthDate, f)
	c.Zone, c.Value, c.Source = zone.BirthDate, "", SourceNone
	printed, printErr := PrintedDate(f.Text)
	day := printed
	switch {
	case zone.BirthDate != "":
		year := 0
		if printErr == nil {
			year = printed.Year()
		}
		day, c.Err = d.Birth(zone.BirthDate, year)
		c.Differs = dayDiffers(f.Text, zone.BirthDate)
		c.Source = SourceZone
	case f.Text != "":
		c.Err, c.Source = printErr, SourcePrint
	}
	c.settleDate(declared, day)
	return c
}

func (d Dates) expiryComparison(zone MRZ, f Field) FieldComparison {
	c := fromPrint(FieldExpiryDate, f)
	c.Zone, c.Value, c.Source = zone.ExpiryDate, "", SourceNone
	printed, printErr := PrintedDate(f.Text)
	day := printed
	switch {
	case zone.ExpiryDate != "":
		day, c.Err = d.Expiry(zone.ExpiryDate)
		c.Differs = dayDiffers(f.Text, zone.ExpiryDate)
		c.Source = SourceZone
	case f.Text != "":
		c.Err, c.Source = printErr, SourcePrint
	}
	c.settleDate(time.Time{}, day)
	return c
}

// dayDiffers tells whether a printed date that can be read is another one than the
// zone's.
func dayDiffers(printed, zone string) bool {
	day, err := PrintedDay(printed)
	return err == nil && day != zone
}

// settleDate writes a date that was read, and what it is to the declared one.
func (c *FieldComparison) settleDate(declared, day time.Time) {
	if !declared.IsZero() {
		c.Declared = declared.Format(time.DateOnly)
	}
	if c.Err != nil || day.IsZero() {
		return
	}
	c.Value = day.Format(time.DateOnly)
	if c.Declared != "" {
		c.Class = NoMatch
		if c.Declared == c.Value {
			c.Class = Exact
		}
	}
}

// dateOf reads what settleDate wrote; zero when it wrote nothing.
func dateOf(value string) time.Time {
	day, _ := time.Parse(time.DateOnly, value)
	return day
}
