package evidence_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store/storetest"
)

func TestEvidenceInS3(t *testing.T) {
	bucket := storetest.NewBucket(t)
	f := newFileIn(t, filepath.Join(t.TempDir(), "visavis.db"), bucket.URL, bucket.Dir)
	got, _, err := f.Read(t.Context(), f.record.ID, "selfie")
	if err != nil || !bytes.Equal(got, picture("selfie")) {
		t.Fatalf("read %d bytes: %v", len(got), err)
	}
	if v := f.verify(t); !v.OK() || v.Items != 3 || len(v.Unlisted) > 0 {
		t.Errorf("before: %+v", v)
	}

	blob := f.blob(t, "selfie")
	sealed, err := os.ReadFile(blob)
	if err != nil || bytes.Contains(sealed, []byte("picture")) {
		t.Fatalf("the blob can be read: %v", err)
	}
	sealed[len(sealed)/2] ^= 1
	if err := os.WriteFile(blob, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if v := f.verify(t); len(v.Findings) != 1 || !strings.Contains(v.Findings[0].What, "selfie") {
		t.Errorf("a flipped byte: %+v", v.Findings)
	}

	receipt, err := f.Delete(t.Context(), f.record.ID, t0, func(r enrolment.Record) (enrolment.Deletion, bool, error) {
		d, err := enrolment.DefaultRules(0.4).DeletionOnRequest(r, t0)
		return d, true, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := evidence.VerifyReceipt(receipt, f.Signer.Public()); err != nil || r.Items != 3 {
		t.Errorf("receipt %+v: %v", r, err)
	}
	if left, _ := filepath.Glob(filepath.Join(f.dir, f.record.ID, "*")); len(left) > 0 {
		t.Errorf("still in the bucket: %v", left)
	}
}
