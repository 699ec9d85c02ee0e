package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"visavis/enrolment"
	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

// keepOne makes a data folder with one enrolment and one picture in it.
func keepOne(t *testing.T, data string) *evidence.Keeper {
	t.Helper()
	r := storage{Data: data}
	if err := r.complete(environment{getenv: func(string) string { return "" }}); err != nil {
		t.Fatal(err)
	}
	k, done, err := r.open(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	if err := k.Store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	record := enrolment.New("the-id", "ABC234", "owner", "fr", enrolment.Declaration{Surname: "SPECIMEN"}, now)
	err = k.Store.InTx(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.Create(t.Context(), record), k.Transition(t.Context(), tx, record.ID, record.Last))
	})
	if err != nil {
		t.Fatal(err)
	}
	item := evidence.Item{ID: "selfie", Kind: evidence.Still, MediaType: "image/jpeg"}
	if err := k.Add(t.Context(), record.ID, item, bytes.Repeat([]byte("picture"), 50), now); err != nil {
		t.Fatal(err)
	}
	return k
}

func runEvidence(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	env := environment{getenv: func(string) string { return "" }, stdout: &out, stderr: t.Output()}
	err := run(t.Context(), append([]string{"evidence"}, args...), env)
	return out.String(), err
}

func TestEvidenceVerifyFindsAFlippedByteWhileTheServerHasTheFileOpen(t *testing.T) {
	data := t.TempDir()
	keepOne(t, data)
	for _, name := range []string{"the-id", "ABC234"} {
		out, err := runEvidence(t, "verify", "--data", data, name)
		if err != nil || !strings.Contains(out, "2 entries, 1 items, 1 transitions") || !strings.Contains(out, "ok: ") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	blobs, err := filepath.Glob(filepath.Join(data, "evidence", "the-id", "selfie-*"))
	if err != nil || len(blobs) != 1 {
		t.Fatalf("%v, %v", blobs, err)
	}
	body, err := os.ReadFile(blobs[0])
	if err != nil {
		t.Fatal(err)
	}
	body[40] ^= 1
	if err := os.WriteFile(blobs[0], body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := runEvidence(t, "verify", "--data", data, "the-id")
	if !errors.Is(err, errProblems) || !strings.Contains(out, "WRONG entry 2: item selfie is not what was stored") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := runEvidence(t, "verify", "--data", data, "another"); err == nil ||
		!strings.Contains(err.Error(), `no enrolment "another"`) {
		t.Errorf("an enrolment that is not there: %v", err)
	}
}

func TestEvidenceVerifyMakesNothing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "none")
	if _, err := runEvidence(t, "verify", "--data", data, "x"); err == nil {
		t.Error("verified nothing at all")
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestAReceiptVerifiesWithThePublicKeyAlone(t *testing.T) {
	data := t.TempDir()
	k := keepOne(t, data)
	receipt, err := k.Delete(context.Background(), "the-id", time.Now(),
		func(r enrolment.Record) (enrolment.Deletion, bool, error) {
			d, err := enrolment.DefaultRules(0.4).DeletionOnRequest(r, time.Now())
			return d, true, err
		})
	if err != nil {
		t.Fatal(err)
	}
	pem, err := runEvidence(t, "public-key", "--data", data)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, forged := t.TempDir(), bytes.Replace(receipt, []byte("ABC234"), []byte("ABC235"), 1)
	for name, body := range map[string][]byte{
		"receipt": receipt, "key.pem": []byte(pem), "forged": forged,
		"answer":     fmt.Appendf(nil, `{"verification":{"id":"ver_a"},"receipts":[%s]}`, receipt),
		"one of two": fmt.Appendf(nil, `{"receipts":[%s,%s]}`, receipt, forged)} {
		if err := os.WriteFile(filepath.Join(elsewhere, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := filepath.Join(elsewhere, "key.pem")
	for _, good := range []string{"receipt", "answer"} {
		if out, err := runEvidence(t, "receipt", "--public-key", key, filepath.Join(elsewhere, good)); err != nil ||
			!strings.Contains(out, "ok: ABC234") {
			t.Errorf("%s: %v\n%s", good, err, out)
		}
	}
	for _, bad := range []string{"forged", "one of two"} {
		if _, err := runEvidence(t, "receipt", "--public-key", key, filepath.Join(elsewhere, bad)); !errors.Is(err,
			evidence.ErrForged) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestRotatingTheMasterKeyKeepsEveryFileReadable(t *testing.T) {
	data := t.TempDir()
	keepOne(t, data)
	path := filepath.Join(data, "keys", "master.key")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := runEvidence(t, "rotate-key", "--data", data); err != nil || !strings.Contains(out, "1 keys") {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := runEvidence(t, "verify", "--data", data, "the-id"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	after, err := os.ReadFile(path)
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("the file is the same, %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
