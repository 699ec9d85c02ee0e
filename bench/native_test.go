package main

import (
	"os"
	"path/filepath"
	"testing"
)

// printed are three rounds; the third was slow in all that it measured.
const printed = `goos: linux
BenchmarkDecodeGrey        	     812	   1300000 ns/op
BenchmarkDocumentVerdict-2 	     200	   3900000 ns/op	     120 B/op
BenchmarkSelfieVerdict     	     100	  13000000 ns/op
BenchmarkSelfieBare        	     100	  10000000 ns/op
BenchmarkOverhead          	    5000	    200000 ns/op	 500 MB/s
PASS
BenchmarkDecodeGrey        	     812	   1400000 ns/op
BenchmarkDocumentVerdict-2 	     200	   4900000 ns/op	     120 B/op
BenchmarkSelfieVerdict     	     100	  13000000 ns/op
BenchmarkSelfieBare        	     100	  10000000 ns/op
BenchmarkOverhead          	    5000	    200000 ns/op	 500 MB/s
PASS
BenchmarkDecodeGrey        	     400	   2800000 ns/op
BenchmarkDocumentVerdict-2 	     100	   8400000 ns/op	     120 B/op
BenchmarkSelfieVerdict     	      50	  24000000 ns/op
BenchmarkSelfieBare        	      50	  20000000 ns/op
BenchmarkOverhead          	    5000	    300000 ns/op	 500 MB/s
PASS
`

func TestNativeFiguresAreMediansAndRatios(t *testing.T) {
	file := filepath.Join(t.TempDir(), "native.txt")
	if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	if err := readNative(file, got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{
		"jpeg_gray_decode_ms": 1.4, "document_verdict_ms": 4.9, "document_ratio": 3,
		"selfie_ratio": 1.3, "worker_overhead_ms": 0.2,
	} {
		if d := got[key] - want; d > 1e-9 || d < -1e-9 {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
}

func TestABenchmarkAndItsBaselineHaveTheSameRounds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "native.txt")
	if err := os.WriteFile(file, []byte(printed+"BenchmarkDecodeGrey 1 2 ns/op\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := readNative(file, map[string]float64{}); err == nil {
		t.Error("no error, want one that names the rounds")
	}
}

func TestAMissingBenchmarkIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "native.txt")
	if err := os.WriteFile(file, []byte("BenchmarkDecodeGrey 1 2 ns/op\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := readNative(file, map[string]float64{}); err == nil {
		t.Error("no error, want one that names what is missing")
	}
}
