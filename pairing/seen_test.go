package pairing

import "testing"

func TestWhatAnotherSessionShowedIsKnown(t *testing.T) {
	v, err := NewService(NewMemory(MemoryLimits{}), Config{Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		id, key  string
		remember bool
		want     string
	}{
		{"a", "x", true, ""}, {"a", "x", true, ""}, {"b", "x", true, "a"}, {"b", "y", false, ""}, {"c", "y", true, ""}, {"b", "y", true, "c"},
	} {
		other, key, err := v.Seen(t.Context(), c.id, c.remember, c.key)
		if err != nil || other != c.want || (key != "") != (c.want != "") {
			t.Errorf("%d: seen by %q with %q, %v; want %q", i, other, key, err, c.want)
		}
	}
}
