package journey

import (
	"strings"

	"visavis/document"
	"visavis/enrolment"
	"visavis/identity"
	"visavis/sites"
)

// kind judges whether the document is accepted.
func (j *judgement) kind() {
	kind, why, source := identity.KindOf(j.s.zone.MRZ), j.v.accepts(j.r).Accept(j.s.zone.MRZ), "mrz"
	if j.s.zone.Status == identity.Unreadable {
		kind, why, source = j.printedKind(), "", "print"
		if kind != identity.KindUnknown {
			why = identity.AcceptKind(kind)
		}
	}
	j.report.Kind, j.report.Series = string(kind), string(j.c.Series.ID)
	value := string(kind)
	if why != "" {
		value += ": " + string(why)
	}
	j.check(Check{Name: "kind", Value: value, Limit: acceptedKinds(), OK: why == "", Source: source}, "kind")
	if why != "" && (j.sure() || source == "print") {
		j.refuse(enrolment.KindNotAccepted)
		if row, ok := identity.RowOf(j.s.zone.Reading, j.s.zone.Recognised, kind); ok && row.Accepted != document.Always {
			j.paper = string(row.ID)
		}
	}
	if kind != identity.KindUnknown && why == "" {
		j.check(Check{Name: "chosen-kind", Value: string(kind), Limit: j.r.Document, OK: string(kind) == j.r.Document,
			Source: source}, "other-kind")
	}
}

// accepts returns the policy for an enrolment: one that a site requested with a test key
// accepts only specimens.
func (v *Verifier) accepts(r enrolment.Record) identity.Policy {
	p := v.Accepts
	if _, live, ok := sites.OfSubject(r.Owner); ok && !live {
		p.Specimens, p.OnlySpecimens = true, true
	}
	return p
}

// acceptedKinds lists the kinds that may be chosen.
func acceptedKinds() string {
	var names []string
	for _, k := range document.Chosen() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// printedKind is the kind by a licence's one line, or by the title.
func (j *judgement) printedKind() identity.Kind {
	if kind := identity.KindOfLines(j.s.zone.Recognised); kind == identity.KindDrivingLicence ||
		kind == identity.KindVisa {
		return kind
	}
	for _, side := range j.s.printed {
		if side.Kind != identity.KindUnknown && side.Kind != "" {
			return side.Kind
		}
	}
	return identity.KindUnknown
}
