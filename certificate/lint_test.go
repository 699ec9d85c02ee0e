package certificate

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"

	"visavis/certificate/internal/linttest"
)

func TestZLintAgreesOnTheGoodOnes(t *testing.T) {
	qscd := goodQualified(t)
	qscd.extensions["policies"] = policiesOf(t, policyQCPnQSCD)
	qscd.extensions["qc"] = qc(t, append(goodStatements(t), bare(t, oidQcSSCD))...)
	for name, s := range map[string]*spec{"QCP-n": goodQualified(t), "QCP-n-qscd": qscd, "test": goodTest(t)} {
		if got := linttest.Problems(t, s.sign(t)); len(got) > 0 {
			t.Errorf("%s: zlint finds %v", name, got)
		}
	}
}

// That zlint sees anything at all: mutants of which it has a lint.
func TestZLintAgreesOnSomeMutants(t *testing.T) {
	for name, c := range map[string]struct {
		make func(*testing.T, *spec)
		lint string
	}{
		"statements critical": {critical("qc"), "e_qcstatem_etsi_present_qcs_critical"},
		"no QcCompliance": {statementsOf(func(_ *testing.T, good [][]byte) [][]byte { return good[1:] }),
			"e_qcstatem_mandatory_etsi_statems"},
		"a seal's type": {statementsOf(func(t *testing.T, good [][]byte) [][]byte {
			good[1] = with(t, oidQcType, []asn1.ObjectIdentifier{{1, 2, 3}})
			return good
		}), "e_qcstatem_qctype_oneonly"},
		"digitalSignature with encipherment": {func(t *testing.T, s *spec) {
			s.extensions["usage"] = usage(t, x509.KeyUsageContentCommitment|x509.KeyUsageKeyEncipherment)
		}, "e_etsi_natural_person_key_usage_correct_values"},
	} {
		s := goodQualified(t)
		c.make(t, s)
		der := s.sign(t)
		got := linttest.Problems(t, der)
		ours := Check(Issued{der, [][]byte{s.signer.cert.Raw}}, profileOf(false), expected())
		if len(got) == 0 || len(ours) == 0 {
			t.Errorf("%s: zlint finds %v, we %v; want both to find it", name, got, names(ours))
		}
		if !slices.Contains(got, c.lint) {
			t.Errorf("%s: zlint finds %v, want %s", name, got, c.lint)
		}
	}
}
