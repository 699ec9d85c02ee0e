package certificate

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const source412 = "EN 319 412-2, 4.2.4"

var subjectRules = []Rule{
	{"country", source412, "The subject has one country, that of the request.", checkCountry},
	{"common-name", source412, "The subject has one common name, and it is the person's.", checkCommonName},
	{"names", source412, "Given names and surname are those that the person confirmed.", checkNames},
	{"pseudonym", source412, "No pseudonym stands beside a name.", checkPseudonym},
	{"subject-serial", source412, "The subject has at most one serial number, the one of the request where it gave one.", checkSubjectSerial},
	{"subject-encoding", source412, "Names are UTF8String or PrintableString; country and serial number are PrintableString.", checkEncoding},
	{"serial-semantics", "EN 319 412-1, 5.1.3", "A serial number that claims the semantics of a natural person has their form.", checkSemantics},
	{"email", "own", "An e-mail address in the certificate is the person's.", checkEmail},
	{"email-name", "RFC 5280, 4.1.2.6", "An e-mail address of the subject is an alternative name too.", checkEmailName},
	{"name-characters", "EN 319 412-2, 4.2.4", "Names have letters, spaces, hyphens, apostrophes, slashes and dots; other attributes are text that people can see.", checkNameCharacters},
	{"name-length", "RFC 5280, A.1", "An attribute of the subject is no longer than the profile says.", checkNameLength},
	{"subject-attributes", "own", "The subject says nothing that nobody asked for.", checkAttributes},
}

// attribute is one attribute of a distinguished name, with its encoding.
type attribute struct {
	ID   asn1.ObjectIdentifier
	Tag  int
	Text string
}

func parseAttributes(raw []byte) ([]attribute, error) {
	type pair struct {
		ID    asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type set []pair
	var name []asn1.RawValue
	if rest, err := asn1.Unmarshal(raw, &name); err != nil || len(rest) > 0 {
		return nil, errors.New("it is no distinguished name")
	}
	var out []attribute
	for _, one := range name {
		var pairs set
		if rest, err := asn1.UnmarshalWithParams(one.FullBytes, &pairs, "set"); err != nil || len(rest) > 0 {
			return nil, errors.New("it is no distinguished name")
		}
		for _, p := range pairs {
			out = append(out, attribute{p.ID, p.Value.Tag, string(p.Value.Bytes)})
		}
	}
	return out, nil
}

// values returns the texts of one attribute.
func (e *examined) values(id asn1.ObjectIdentifier) (out []string) {
	for _, a := range e.subject {
		if a.ID.Equal(id) {
			out = append(out, a.Text)
		}
	}
	return out
}

func checkCountry(e *examined) []string {
	got := e.values(oidCountry)
	if len(got) != 1 {
		return one(true, "%d countries, want 1", len(got))
	}
	if want := e.want.Subject.Country; want != "" {
		return one(got[0] != want, "country %q, want %q", got[0], want)
	}
	return one(!isCountry(got[0]), "country %q, want two capital letters", got[0])
}

// checkCommonName leaves the form of the name to the issuer, such as capitals, no accents
// or the spelling of the machine readable zone, but requires surname and first given
// name.
func checkCommonName(e *examined) []string {
	got := e.values(oidCommonName)
	if len(got) != 1 {
		return one(true, "%d common names, want 1", len(got))
	}
	first, _, _ := strings.Cut(e.want.Subject.GivenNames, " ")
	for _, want := range []string{e.want.Subject.Surname, first} {
		if !e.contains(got[0], want) {
			return one(true, "common name %q without %q", got[0], want)
		}
	}
	return nil
}

func checkNames(e *examined) []string {
	want := map[string]string{"given name": e.want.Subject.GivenNames, "surname": e.want.Subject.Surname}
	got := map[string][]string{"given name": e.values(oidGivenName), "surname": e.values(oidSurname)}
	var out []string
	for _, which := range []string{"given name", "surname"} {
		w := plainName(want[which])
		switch g := got[which]; {
		case w == "" && len(g) > 0:
			out = append(out, fmt.Sprintf("%s %q, want none", which, g))
		case w != "" && (len(g) != 1 || plainName(g[0]) != w):
			out = append(out, fmt.Sprintf("%s %q, want %q", which, g, w))
		}
	}
	return append(out, one(want["given name"]+want["surname"] == "", "nobody is expected")...)
}

func checkPseudonym(e *examined) []string {
	return one(len(e.values(oidPseudonym)) > 0, "a pseudonym, want none beside a name")
}

func checkSubjectSerial(e *examined) []string {
	got, want := e.values(oidSerialNumber), e.want.Subject.SerialNumber
	if len(got) > 1 {
		return one(true, "%d serial numbers, want at most 1", len(got))
	}
	return one(want != "" && !slices.Equal(got, []string{want}), "serial number %q, want %q", got, want)
}

func checkEncoding(e *examined) (out []string) {
	for _, a := range e.subject {
		want, name := []int{asn1.TagUTF8String, asn1.TagPrintableString}, "UTF8String or PrintableString"
		switch {
		case a.ID.Equal(oidCountry), a.ID.Equal(oidSerialNumber):
			want, name = []int{asn1.TagPrintableString}, "PrintableString"
		case a.ID.Equal(oidCommonName), a.ID.Equal(oidGivenName), a.ID.Equal(oidSurname), a.ID.Equal(oidPseudonym):
		default:
			continue
		}
		out = append(out, one(!slices.Contains(want, a.Tag), "attribute %v has the tag %d, want %s", a.ID, a.Tag, name)...)
	}
	return out
}

// semantic matches `XXXCC-identifier`, or two letters and a colon in place of XXX.
var semantic = regexp.MustCompile(`^(?:(?:PAS|IDC|PNO|TAX|TIN|EID)[A-Z]{2}|[A-Z]{2}:[A-Z]{2})-.+$`)

func checkSemantics(e *examined) []string {
	for _, s := range e.qc.find(oidPkixQCv2) {
		var info struct {
			ID          asn1.ObjectIdentifier `asn1:"optional"`
			Authorities asn1.RawValue         `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(s.Info.FullBytes, &info); err != nil || !info.ID.Equal(oidNaturalID) {
			continue // no semantics, or unknown ones; another rule checks the form
		}
		got := e.values(oidSerialNumber)
		return one(len(got) != 1 || !semantic.MatchString(got[0]), "serial number %q, want one such as PNOFR-…", got)
	}
	return nil
}

func checkEmail(e *examined) (out []string) {
	for _, got := range append(slices.Clone(e.cert.EmailAddresses), e.values(oidEmail)...) {
		out = append(out, one(!strings.EqualFold(got, e.want.Email), "an e-mail address that is not the person's")...)
	}
	return out
}
