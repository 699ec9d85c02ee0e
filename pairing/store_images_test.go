package pairing

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
)

// maxStill is the limit that the tests give, bytes.
const maxStill = 3 << 20

func storeStillLife(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	life := 100 * time.Millisecond
	for ; ; life *= 2 { // on a busy machine it may have ended before it is prolonged
		begun := time.Now()
		if err := a.PutStill(ctx, s.ID, "selfie", []byte("jpeg"), maxStill, life); err != nil {
			t.Fatal(err)
		}
		save(t, a, &s) // prolongs the still to a minute
		if time.Since(begun) < life {
			break
		}
	}
	<-time.After(life * 3 / 2)
	if got, err := b.Still(ctx, s.ID, "selfie"); err != nil || string(got) != "jpeg" {
		t.Errorf("still of a living record: %q, %v", got, err)
	}
	s.Rev++
	if err := a.Save(ctx, s, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	eventually(t, "still gone with its record", func() bool {
		_, err := b.Still(ctx, s.ID, "selfie")
		return errors.Is(err, ErrNotFound)
	})
}

func storeParts(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	put := func(store Store, upload string, part int, data string) error {
		return store.PutPart(ctx, s.ID, upload, part, []byte(data), 10, time.Minute)
	}
	if got, err := b.Parts(ctx, s.ID, "front/1"); len(got) != 0 || err != nil {
		t.Errorf("no parts yet: %v, %v", got, err)
	}
	if err := errors.Join(put(a, "front/1", 0, "AAAAA"), put(b, "front/1", 2, "cc"),
		put(b, "front/1", 0, "AAAAA")); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "the same part of another picture", put(b, "front/1", 0, "aaaa"), ErrOtherPart)
	wantErr(t, "one byte too many", put(b, "front/1", 1, "bbbb"), ErrTooLarge)
	if err := put(b, "front/1", 1, "bbb"); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
	got, err := b.Parts(ctx, s.ID, "front/1")
	if err != nil || len(got) != 3 || string(got[0]) != "AAAAA" || string(got[1]) != "bbb" || string(got[2]) != "cc" {
		t.Errorf("parts: %v, %v", got, err)
	}
	if err := put(a, "front/2", 0, "new"); err != nil {
		t.Fatal(err)
	}
	if old, err := b.Parts(ctx, s.ID, "front/1"); len(old) != 0 || err != nil {
		t.Errorf("parts of the upload before: %v, %v; want none", old, err)
	}
	if got, err := b.Parts(ctx, s.ID, "front/2"); len(got) != 1 || string(got[0]) != "new" || err != nil {
		t.Errorf("parts of the new upload: %v, %v", got, err)
	}
	if err := a.PutPart(ctx, s.ID, "back/1", 0, []byte("x"), 10, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	eventually(t, "parts forgotten", func() bool {
		got, err := b.Parts(ctx, s.ID, "back/1")
		return len(got) == 0 && err == nil
	})
	if err := put(b, "selfie/1", 0, "last"); err != nil {
		t.Fatal(err)
	}
	if err := a.PutStill(ctx, s.ID, "selfie", []byte("last"), maxStill, time.Minute); err != nil {
		t.Fatal(err)
	}
	s.Finished = true
	save(t, a, &s)
	if got, err := b.Parts(ctx, s.ID, "selfie/1"); len(got) != 0 || err != nil {
		t.Errorf("parts of a capture that is done: %v, %v; want none", got, err)
	}
	if got, err := b.Still(ctx, s.ID, "selfie"); string(got) != "last" || err != nil {
		t.Errorf("a still of a capture that is done: %q, %v", got, err)
	}
	wantErr(t, "part of no session", a.PutPart(ctx, uuid.NewString(), "u", 0, []byte("x"), 10, time.Minute), ErrNotFound)
}

func storeStills(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	_, err := b.Still(ctx, s.ID, "selfie")
	wantErr(t, "no still yet", err, ErrNotFound)
	full := bytes.Repeat([]byte{0xff, 0xd8, 0x00}, maxStill/3)
	if err := a.PutStill(ctx, s.ID, "selfie", full[:maxStill], maxStill, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Still(ctx, s.ID, "selfie"); err != nil || !bytes.Equal(got, full) {
		t.Errorf("still: %d bytes, %v; want the %d that were put", len(got), err, len(full))
	}
	wantErr(t, "still over the limit", a.PutStill(ctx, s.ID, "selfie", append(full, 0), maxStill, time.Minute),
		ErrTooLarge)
	if err := a.PutStill(ctx, s.ID, "selfie", []byte("again"), maxStill, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Still(ctx, s.ID, "selfie"); err != nil || string(got) != "again" {
		t.Errorf("replaced still: %d bytes, %v", len(got), err)
	}
	wantErr(t, "still of no session", a.PutStill(ctx, uuid.NewString(), "selfie", []byte("x"), maxStill, time.Minute),
		ErrNotFound)
}

func storeForgetsImagesAtTheEnd(t *testing.T, a, b Store) {
	ctx := t.Context()
	s := create(t, a, time.Minute)
	put := func() {
		t.Helper()
		if err := errors.Join(
			a.PutStill(ctx, s.ID, "selfie", []byte("x"), maxStill, time.Minute),
			a.PutPart(ctx, s.ID, "u", 0, []byte("x"), 10, time.Minute),
		); err != nil {
			t.Fatal(err)
		}
	}
	save := func(state State) {
		t.Helper()
		s.Rev++
		s.State = state
		if err := b.Save(ctx, s, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	put()
	save(Paired)
	if still, err := b.Still(ctx, s.ID, "selfie"); err != nil || len(still) != 1 {
		t.Errorf("still of a session that goes on: %d bytes, %v", len(still), err)
	}
	save(Ended)
	_, err := a.Still(ctx, s.ID, "selfie")
	wantErr(t, "still of an ended session", err, ErrNotFound)
	if parts, err := a.Parts(ctx, s.ID, "u"); len(parts) != 0 || err != nil {
		t.Errorf("parts of an ended session: %v, %v", parts, err)
	}
	if got, err := a.Load(ctx, s.ID); err != nil || got.State != Ended {
		t.Errorf("the record of an ended session: %s, %v", got.State, err)
	}
}
