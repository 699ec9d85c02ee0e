package specimen

import "testing"

func BenchmarkRender(b *testing.B) {
	a, err := LoadAssets(Paths{})
	if err != nil {
		b.Fatal(err)
	}
	d, err := Draw(IdentityCard, 7, 0, a)
	if err != nil {
		b.Fatal(err)
	}
	shot, err := NewShot(ShotRequest{View: Front, Seed: 1}, d, a)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		shot.At(1)
	}
}
