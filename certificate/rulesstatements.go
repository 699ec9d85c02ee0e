package certificate

import (
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

const source5 = "EN 319 412-5"

var statementRules = []Rule{
	{"qc-form", source5, "The statements can be read, and each has the form of its kind.", checkStatementForm},
	{"qc-duplicates", "EN 319 412-5 V2.6.1", "No statement stands there twice.", checkDuplicates},
	{"qc-compliance", source5, "Statements of a qualified certificate stand beside QcCompliance.", checkCompliance},
	{"qc-policy", "EN 319 411-2", "A policy QCP-n or QCP-n-qscd and QcCompliance come together.", checkQCPolicy},
	{"qc-person", "EN 319 411-2", "No policy for legal persons or web sites.", checkPersonPolicy},
	{"qc-sscd", source5, "QcSSCD and the policy QCP-n-qscd come together.", checkSSCD},
	{"qc-type", source5, "QcType is electronic signature, and nothing else.", checkQcType},
	{"qc-pds", source5, "QcPDS has https addresses, one a language, one of them English.", checkPDS},
	{"qc-legislation", source5, "No QcCClegislation: that is for countries outside of the EU.", checkForeign(oidQcCC)},
	{"qc-device-legislation", source5, "No QcQSCDlegislation: that is for countries outside of the EU.", checkForeign(oidQcQSCDLaw)},
}

func checkStatementForm(e *examined) []string {
	if e.qcErr != nil {
		return one(true, "%v", e.qcErr)
	}
	var out []string
	for _, s := range e.qc {
		if want, ok := statementForm(s); !ok {
			out = append(out, fmt.Sprintf("statement %v: want %s", s.ID, want))
		}
	}
	return append(out, one(e.extension(oidQcStatements) && len(e.qc) == 0, "no statement in qcStatements")...)
}

// statementForm reports whether a statement has the form of its kind. Unknown kinds may
// have any.
func statementForm(s statement) (want string, ok bool) {
	var into any
	switch {
	case s.ID.Equal(oidQcCompliance), s.ID.Equal(oidQcSSCD):
		return "nothing beside its identifier", len(s.Info.FullBytes) == 0
	case s.ID.Equal(oidQcRetention):
		var years int
		rest, err := asn1.Unmarshal(s.Info.FullBytes, &years)
		return "a number of years", err == nil && len(rest) == 0 && years >= 0
	case s.ID.Equal(oidQcLimit):
		return "a currency of ISO 4217, amount, exponent", goodLimit(s.Info.FullBytes)
	case s.ID.Equal(oidQcPDS):
		want, into = "a sequence of URL and language", &[]location{}
	case len(s.ID) > len(oidQcType) && s.ID[:len(oidQcType)].Equal(oidQcType):
		return "the type inside of QcType, not as a statement", false
	case s.ID.Equal(oidQcType), s.ID.Equal(oidIdentMethod):
		want, into = "a sequence of identifiers", &[]asn1.ObjectIdentifier{}
	default:
		return "", true
	}
	rest, err := asn1.Unmarshal(s.Info.FullBytes, into)
	return want, err == nil && len(rest) == 0
}

// goodLimit checks QcEuLimitValue (EN 319 412-5, 4.3.2).
func goodLimit(der []byte) bool {
	var limit struct {
		Currency         asn1.RawValue
		Amount, Exponent int
	}
	rest, err := asn1.Unmarshal(der, &limit)
	if err != nil || len(rest) > 0 || limit.Amount < 0 {
		return false
	}
	var number int
	switch limit.Currency.Tag {
	case asn1.TagPrintableString:
		code := string(limit.Currency.Bytes)
		_, err := currency.ParseISO(code)
		return err == nil && strings.ToUpper(code) == code
	case asn1.TagInteger:
		_, err := asn1.Unmarshal(limit.Currency.FullBytes, &number)
		return err == nil && number >= 1 && number <= 999
	}
	return false
}

func checkDuplicates(e *examined) (out []string) {
	for i, s := range e.qc {
		before := slices.ContainsFunc(e.qc[:i], func(b statement) bool { return b.ID.Equal(s.ID) })
		out = append(out, one(before, "statement %v stands there twice", s.ID)...)
	}
	return out
}

func checkCompliance(e *examined) []string {
	if e.qc.claims() {
		return nil
	}
	for _, s := range e.qc {
		if len(s.ID) > len(oidETSI) && s.ID[:len(oidETSI)].Equal(oidETSI) {
			return one(true, "statement %v without QcCompliance", s.ID)
		}
	}
	return nil
}

func (e *examined) qualifiedPolicy() bool {
	return hasPolicy(e.cert, policyQCPn) || hasPolicy(e.cert, policyQCPnQSCD)
}

func checkQCPolicy(e *examined) []string {
	own := slices.ContainsFunc(e.profile.Policies, func(p string) bool { return hasPolicy(e.cert, p) })
	return append(one(e.qualifiedPolicy() && !e.qc.claims(), "a policy of qualified certificates without QcCompliance"),
		one(e.qc.claims() && !e.qualifiedPolicy() && !own, "QcCompliance with the policies %v, want QCP-n or QCP-n-qscd",
			e.cert.Policies)...)
}

func checkPersonPolicy(e *examined) (out []string) {
	for _, p := range e.cert.Policies {
		s := p.String()
		out = append(out, one(strings.HasPrefix(s, policyQCArc) && s != policyQCPn && s != policyQCPnQSCD,
			"policy %s is not for persons", s)...)
	}
	return out
}

func checkSSCD(e *examined) []string {
	device, policy := len(e.qc.find(oidQcSSCD)) > 0, hasPolicy(e.cert, policyQCPnQSCD)
	own := slices.ContainsFunc(e.profile.Policies, func(p string) bool { return hasPolicy(e.cert, p) })
	return append(one(policy && !device, "policy QCP-n-qscd without QcSSCD"),
		one(device && !policy && (!own || hasPolicy(e.cert, policyQCPn)), "QcSSCD without the policy QCP-n-qscd")...)
}

func checkQcType(e *examined) []string {
	types := e.qc.types()
	if !e.qc.claims() && len(types) == 0 {
		return nil
	}
	return one(len(types) != 1 || !types[0].Equal(oidTypeESign), "types %v, want electronic signature (%v) alone", types,
		oidTypeESign)
}

func checkPDS(e *examined) (out []string) {
	places, err := e.qc.locations()
	if !e.qc.claims() || err != nil {
		return nil // the rule of forms says so
	}
	var seen []string
	for _, p := range places {
		out = append(out, one(scheme(p.URL) != "https", "%q is no https address", p.URL)...)
		_, err := language.ParseBase(p.Language)
		out = append(out, one(err != nil || len(p.Language) != 2 || strings.ToLower(p.Language) != p.Language,
			"language %q, want two small letters of ISO 639-1", p.Language)...)
		in := strings.ToLower(p.Language)
		out = append(out, one(slices.Contains(seen, in), "two statements in %q", p.Language)...)
		seen = append(seen, in)
	}
	for _, want := range e.profile.wanted().Languages {
		out = append(out, one(!slices.Contains(seen, want), "languages %q, want %s among them", seen, want)...)
	}
	return append(out, plainLocations(e)...)
}

// plainLocations requires the standard's string types: IA5String for a URL,
// PrintableString for a language.
func plainLocations(e *examined) (out []string) {
	for _, s := range e.qc.find(oidQcPDS) {
		var some []struct{ URL, Language asn1.RawValue }
		if _, err := asn1.Unmarshal(s.Info.FullBytes, &some); err != nil {
			return nil // the rule of forms says so
		}
		for _, p := range some {
			out = append(out, one(p.URL.Tag != asn1.TagIA5String || p.Language.Tag != asn1.TagPrintableString,
				"strings of the tags %d and %d, want IA5String and PrintableString", p.URL.Tag, p.Language.Tag)...)
		}
	}
	return out
}

func checkForeign(id asn1.ObjectIdentifier) func(*examined) []string {
	return func(e *examined) []string { return one(len(e.qc.find(id)) > 0, "statement %v", id) }
}
