package testca_test

import (
	"testing"

	"visavis/certificate/internal/linttest"
)

func TestZLintAgreesOnWhatIsIssued(t *testing.T) {
	b := newBench(t)
	if got := linttest.Problems(t, b.issue(t, "e-1").DER); len(got) > 0 {
		t.Errorf("zlint finds %v", got)
	}
}
