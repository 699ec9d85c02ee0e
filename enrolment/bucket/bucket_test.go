package bucket_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"visavis/enrolment/bucket"
	"visavis/enrolment/store/storetest"
)

func TestBuckets(t *testing.T) {
	for name, place := range map[string]func(t *testing.T) string{
		"folder": func(t *testing.T) string { return filepath.Join(t.TempDir(), "a", "b") },
		"s3":     func(t *testing.T) string { return storetest.NewBucket(t).URL },
	} {
		t.Run(name, func(t *testing.T) {
			b, err := bucket.Open(place(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = b.Close() })
			keeps(t, b)
			lists(t, b)
		})
	}
}

func keeps(t *testing.T, b bucket.Bucket) {
	t.Helper()
	ctx := t.Context()
	if _, err := b.Read(ctx, "a/one"); !errors.Is(err, bucket.ErrNotFound) {
		t.Errorf("what is not there: %v", err)
	}
	for _, body := range [][]byte{[]byte("first"), bytes.Repeat([]byte("second"), 1<<18), {}} {
		if err := b.Write(ctx, "a/one", body); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Read(ctx, "a/one"); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes, %v, want %d", len(got), err, len(body))
		}
	}
	for want, name := range map[bool]string{true: "a/one", false: "a/two"} {
		if got, err := b.Exists(ctx, name); err != nil || got != want {
			t.Errorf("%s exists: %v %v", name, got, err)
		}
	}
	for range 2 {
		if err := b.Delete(ctx, "a/one"); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	for _, bad := range []string{"", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "a\x00b", "a b", "é"} {
		if err := b.Write(ctx, bad, []byte("x")); err == nil {
			t.Errorf("%q was taken for a name", bad)
		}
		if _, err := b.Read(ctx, bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func lists(t *testing.T, b bucket.Bucket) {
	t.Helper()
	ctx := t.Context()
	var want []string
	for i := range 30 {
		name := fmt.Sprintf("many/%04d", i)
		want = append(want, name)
		if err := b.Write(ctx, name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"manyfold", "other/deep/er", "texts/a.html"} {
		if err := b.Write(ctx, name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := b.List(ctx, "many/"); err != nil || !slices.Equal(got, want) {
		t.Errorf("list: %d names, %v, want %d", len(got), err, len(want))
	}
	if got, err := b.List(ctx, "other/d"); err != nil || !slices.Equal(got, []string{"other/deep/er"}) {
		t.Errorf("a part of a name: %v %v", got, err)
	}
	if got, err := b.List(ctx, "nowhere/"); err != nil || len(got) != 0 {
		t.Errorf("nothing: %v %v", got, err)
	}
	if got, err := b.Folders(ctx); err != nil || !slices.Equal(got, []string{"many", "other", "texts"}) {
		t.Errorf("folders: %v %v", got, err)
	}
}

func TestPlacesThatAreNone(t *testing.T) {
	for _, place := range []string{"", "gs://bucket", "s3://", "s3://b?endpoint=nothing"} {
		if _, err := bucket.Open(place); err == nil {
			t.Errorf("%q was opened", place)
		}
	}
}
