package provider

import (
	"testing"

	"visavis/certificate"
)

// Whatever a provider answers is read without a panic, and is a known progress or
// an error.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"enrolment":"e","status":"refused","refusal":{"code":"x"}}`))
	f.Add([]byte(`{"enrolment":"e","status":"revoked","revocation":{"at":"2026-03-02T09:00:00Z","reason":"x"}}`))
	f.Add([]byte(`{"enrolment":"e","size":5,"sha256":"aa","received":5,"status":"refused","refusal":{"code":"x"}}`))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if issued, err := readCertificates(body); err == nil && len(issued.Certificate) == 0 && len(issued.Chain) > 0 {
			t.Errorf("a chain without a certificate: %q", body)
		}
		if f, err := readFileStatus(body, "e"); err == nil && (f.Received < 0 || f.Received > f.Size ||
			f.Status == certificate.FileRefused && f.Refusal.Code == "") {
			t.Errorf("a file's status %+v of %q", f, body)
		}
		a, err := readStatus(body, "e")
		if err != nil {
			return
		}
		switch a.Progress {
		case certificate.Pending, certificate.ProgressIssued:
		case certificate.ProgressRefused:
			if a.Refusal.Code == "" {
				t.Errorf("refused without a reason: %q", body)
			}
		case certificate.ProgressRevoked:
			if _, ok := a.Revocation.Reason.Code(); !ok || a.Revocation.At.IsZero() {
				t.Errorf("revoked without time or reason: %q", body)
			}
		default:
			t.Errorf("progress %q of %q", a.Progress, body)
		}
	})
}
