package identity

import "strings"

// alignOneName puts the only name of a person's document where the only declared
// name stands. Zones have it on either side of the fillers, and people type it into
// either field. Documents and people with two names stay as they are, and so does
// print beside a zone with two: one of its names was not read.
func alignOneName(declared DeclaredNames, doc DocumentNames) DocumentNames {
	hasSurname, hasGiven := strings.TrimSpace(declared.Surname) != "", strings.TrimSpace(declared.GivenNames) != ""
	zoneSurname, zoneGiven := doc.ZoneSurname.Text != "", doc.ZoneGivenNames.Text != ""
	if hasSurname == hasGiven || zoneSurname == zoneGiven {
		return doc
	}
	if zoneGiven == hasSurname {
		doc.ZoneSurname, doc.ZoneGivenNames = doc.ZoneGivenNames, doc.ZoneSurname
	}
	doc.Surname, doc.GivenNames = noDash(doc.Surname), noDash(doc.GivenNames)
	if printed := doc.Surname != ""; printed != (doc.GivenNames != "") && printed != hasSurname {
		doc.Surname, doc.GivenNames = doc.GivenNames, doc.Surname
	}
	return doc
}

// noDash is empty for what documents print where there is no name: - or ***.
func noDash(printed string) string {
	if strings.Trim(printed, " -–—*./X") == "" {
		return ""
	}
	return printed
}
