package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// native names the figures made from Go benchmarks: those of the native code, run
// with one thread.
var native = map[string]string{
	"BenchmarkDecodeGrey":      "jpeg_gray_decode_ms",
	"BenchmarkDocumentVerdict": "document_verdict_ms",
	"BenchmarkSelfieVerdict":   "selfie_verdict_ms",
	"BenchmarkSelfieBare":      "selfie_bare_ms",
	"BenchmarkOverhead":        "worker_overhead_ms",
}

// readNative reads what `go test -bench` printed, takes the median of each
// benchmark's runs, and adds the ratios. A benchmark that is missing is an error.
func readNative(file string, figures map[string]float64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	runs, err := benchmarks(f)
	if err != nil {
		return err
	}
	for name, key := range native {
		if len(runs[name]) == 0 {
			return fmt.Errorf("%s holds no %s", file, name)
		}
		slices.Sort(runs[name])
		figures[key] = runs[name][len(runs[name])/2]
	}
	figures["document_ratio"] = figures["document_verdict_ms"] / figures["jpeg_gray_decode_ms"]
	figures["selfie_ratio"] = figures["selfie_verdict_ms"] / figures["selfie_bare_ms"]
	return nil
}

// benchmarks returns the milliseconds of one pass of each benchmark's runs.
func benchmarks(r io.Reader) (map[string][]float64, error) {
	runs := map[string][]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || fields[3] != "ns/op" || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		ns, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return nil, fmt.Errorf("benchmark line %q: %w", lines.Text(), err)
		}
		name, _, _ := strings.Cut(fields[0], "-")
		runs[name] = append(runs[name], ns/1e6)
	}
	return runs, lines.Err()
}
