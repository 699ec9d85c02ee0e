package identity

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
)

// specimenIssuer is the state of specimens (ICAO Doc 9303-3 §5).
const specimenIssuer = "UTO"

// Accept says why a document is not accepted here; empty when it is. specimens
// lets the issuer UTO pass, for tests and demonstrations.
//
// Passports are accepted with any second letter but those of papers that are
// issued without a full check of identity (PE, PU emergency; PL laissez-passer)
// or are none for travel abroad (PM military): Doc 9303-4, amendment of 2026.
func Accept(m MRZ, specimens bool) Refusal {
	if r := AcceptKind(KindOf(m)); r != "" {
		return r
	}
	if m.Issuer == specimenIssuer && !specimens {
		return RefusedSpecimen
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
