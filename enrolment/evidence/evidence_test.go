package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"visavis/enrolment/evidence"
	"visavis/enrolment/store"
)

func TestWhatIsKeptComesBackAndIsEncrypted(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		f := newFile(t, url)
		got, item, err := f.Read(t.Context(), f.record.ID, "selfie")
		if err != nil || !bytes.Equal(got, picture("selfie")) || item.MediaType != "image/jpeg" {
			t.Errorf("read %d bytes, %+v, %v", len(got), item, err)
		}
		sealed, err := os.ReadFile(f.blob(t, "selfie"))
		if err != nil || bytes.Contains(sealed, []byte("picture")) {
			t.Errorf("the blob can be read: %v", err)
		}
		if v := f.verify(t); !v.OK() || v.Entries != 6 || v.Items != 3 || v.Transitions != 3 || v.KeyGone ||
			len(v.Unlisted) > 0 {
			t.Errorf("%+v", v)
		}
		if items, err := f.Items(t.Context(), f.record.ID); err != nil || len(items) != 3 || items[2].ID != "selfie" {
			t.Errorf("%+v, %v", items, err)
		}
		if _, _, err := f.Read(t.Context(), f.record.ID, "none"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an item that is not there: %v", err)
		}
		if err := f.Add(t.Context(), f.record.ID, evidence.Item{ID: "../up"}, nil, t0); err == nil {
			t.Error("an item with a path as its id was added")
		}
	})
}

func TestAddingTheSameItemAgainChangesNothing(t *testing.T) {
	postgres.Each(t, func(t *testing.T, url string) {
		f := newFile(t, url)
		var group sync.WaitGroup
		for range 6 { // one not there yet, one there: all at once
			group.Go(func() { f.add(t, "once", []byte("x")) })
			group.Go(func() { f.add(t, "selfie", []byte("another")) })
		}
		group.Wait()
		if v := f.verify(t); !v.OK() || v.Items != 4 || len(v.Unlisted) > 0 {
			t.Errorf("%+v", v)
		}
		if got, _, _ := f.Read(t.Context(), f.record.ID, "selfie"); !bytes.Equal(got, picture("selfie")) {
			t.Error("the first picture was replaced")
		}
	})
}

func TestWithoutItsKeyAFileCannotBeRead(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	f.sql(t, "DELETE FROM evidence_keys")
	if _, _, err := f.Read(t.Context(), f.record.ID, "selfie"); !errors.Is(err, evidence.ErrNotReadable) {
		t.Errorf("read without the key: %v", err)
	}
	if v := f.verify(t); len(v.Findings) != 1 || !v.KeyGone || !strings.Contains(v.Findings[0].What, "the key is gone") {
		t.Errorf("the hashes still prove the items, the key's absence is told: %+v", v)
	}
}

func TestAnItemDecryptsInItsOwnPlaceOnly(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	front, err := os.ReadFile(f.blob(t, "document-front"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.blob(t, "selfie"), front, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Read(t.Context(), f.record.ID, "selfie"); !errors.Is(err, evidence.ErrNotReadable) {
		t.Errorf("the front in the selfie's place: %v", err)
	}
}

func TestVerifyFindsWhatWasChanged(t *testing.T) {
	id := "enrolment = 'enrolment-1' AND "
	cases := map[string]struct {
		change func(*testing.T, *file)
		want   string
	}{
		"a flipped byte of an item": {func(t *testing.T, f *file) {
			path := f.blob(t, "document-back")
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			body[len(body)/2] ^= 1
			if err := os.WriteFile(path, body, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "document-back is not what was stored"},
		"a removed blob": {func(t *testing.T, f *file) {
			if err := os.Remove(f.blob(t, "document-back")); err != nil {
				t.Fatal(err)
			}
		}, "document-back is missing"},
		"a removed entry":      {func(t *testing.T, f *file) { f.sql(t, "DELETE FROM manifest WHERE "+id+"seq = 4") }, "stands at place 4"},
		"a removed last entry": {func(t *testing.T, f *file) { f.sql(t, "DELETE FROM manifest WHERE "+id+"seq = 6") }, "5 entries, want 6"},
		"entries in another order": {func(t *testing.T, f *file) {
			f.sql(t, "UPDATE manifest SET seq = 99 WHERE "+id+"seq = 2", "UPDATE manifest SET seq = 2 WHERE "+id+"seq = 4",
				"UPDATE manifest SET seq = 4 WHERE "+id+"seq = 99")
		}, "of another place"},
		"a changed body": {func(t *testing.T, f *file) {
			f.sql(t, "UPDATE manifest SET body = replace(body, 'image/jpeg', 'image/jpeh') WHERE "+id+"seq = 2")
		}, "does not have the entry's hash"},
		"a changed hash": {func(t *testing.T, f *file) {
			f.sql(t, "UPDATE manifest SET hash = '"+strings.Repeat("0", 64)+"' WHERE "+id+"seq = 3")
		}, "signature is not this server's"},
		"a signature of another entry": {func(t *testing.T, f *file) {
			f.sql(t, "UPDATE manifest SET signature = (SELECT signature FROM manifest WHERE seq = 1) WHERE "+id+"seq = 3")
		}, "signature is not this server's"},
		"a log that tells something else": {func(t *testing.T, f *file) {
			f.sql(t, "UPDATE transitions SET actor = 'somebody' WHERE "+id+"seq = 2")
		}, "transition 2 is another one"},
		"a transition that is gone from the log": {func(t *testing.T, f *file) {
			f.sql(t, "DELETE FROM transitions WHERE "+id+"seq = 3")
		}, "transition 3 is not in the log"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFile(t, filepath.Join(t.TempDir(), "db"))
			if v := f.verify(t); !v.OK() {
				t.Fatalf("before: %+v", v)
			}
			c.change(t, f)
			if v := f.verify(t); v.OK() || !strings.Contains(fmt.Sprint(v.Findings), c.want) {
				t.Errorf("findings %v, want one that says %q", v.Findings, c.want)
			}
		})
	}
}

func TestABlobThatNobodyListedIsTold(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "db"))
	if err := f.Bucket.Write(t.Context(), f.record.ID+"/stray", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if v := f.verify(t); !v.OK() || len(v.Unlisted) != 1 {
		t.Errorf("%+v", v)
	}
}
