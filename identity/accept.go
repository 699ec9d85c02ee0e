package identity

import (
	"fmt"
	"slices"
	"strings"

	"visavis/document"
)

// Refusal is the code of why a kind of document is not accepted. It is certain:
// the machine may refuse alone.
type Refusal string

// The refusals.
const (
	RefusedVisa           Refusal = "visa"
	RefusedDrivingLicence Refusal = "driving-licence"
	RefusedCrew           Refusal = "crew-certificate"
	RefusedEmergency      Refusal = "emergency-passport"
	RefusedLaissezPasser  Refusal = "laissez-passer"
	RefusedMilitary       Refusal = "military-document"
	RefusedSpecimen       Refusal = "specimen"
	RefusedUnknown        Refusal = "unknown-kind"
	RefusedState          Refusal = "state-not-listed"
	RefusedNotSpecimen    Refusal = "not-specimen"
)

// specimenIssuer is the state of specimens (ICAO Doc 9303-3 §5).
const specimenIssuer = "UTO"

// Policy says which documents are accepted here.
type Policy struct {
	// Specimens lets the issuer UTO pass, for tests and demonstrations.
	Specimens bool
	// OnlySpecimens lets nothing else pass: for the tests of a site.
	OnlySpecimens bool
	// States are the issuers, as in the zone, whose documents pass that the table
	// accepts only where their state is listed.
	States []string
}

// Accept says why a document is not accepted here; empty when it is.
//
// Passports are accepted with any second letter but those of papers that are
// issued without a full check of identity (PE, PU emergency; PL laissez-passer)
// or are none for travel abroad (PM military): Doc 9303-4, amendment of 2026.
func (p Policy) Accept(m MRZ) Refusal {
	if r := AcceptKind(KindOf(m)); r != "" {
		return r
	}
	if m.Issuer == specimenIssuer && !p.Specimens {
		return RefusedSpecimen
	}
	if m.Issuer != specimenIssuer && p.OnlySpecimens {
		return RefusedNotSpecimen
	}
	if row, _ := SeriesOf(m); row.Accepted == document.IfListed && !slices.Contains(p.States, m.Issuer) {
		return RefusedState
	}
	switch m.DocumentCode {
	case "PE", "PU":
		return RefusedEmergency
	case "PL":
		return RefusedLaissezPasser
	case "PM":
		return RefusedMilitary
	}
	return ""
}

// AcceptKind says why a kind is not accepted; empty when it is.
func AcceptKind(k Kind) Refusal {
	switch k {
	case KindIdentityCard, KindPassport, KindResidencePermit:
		return ""
	case KindVisa:
		return RefusedVisa
	case KindDrivingLicence:
		return RefusedDrivingLicence
	case KindCrew:
		return RefusedCrew
	}
	return RefusedUnknown
}

// ParseStates reads a list of states by commas, three letters of ISO 3166-1 each, and
// writes them as zones do: DEU is D there. Only states that the table accepts where
// they are listed may stand in it. Empty text is none.
func ParseStates(text string) ([]string, error) {
	var out []string
	for state := range strings.SplitSeq(text, ",") {
		if state = strings.ToUpper(strings.TrimSpace(state)); state == "" {
			continue
		}
		if state == "DEU" {
			state = "D"
		}
		var known []string
		for _, r := range document.All() {
			if r.Accepted == document.IfListed {
				known = append(known, r.Issuer)
			}
		}
		if !slices.Contains(known, state) {
			return nil, fmt.Errorf("state %q: want some of %v", state, known)
		}
		out = append(out, state)
	}
	return out, nil
}
