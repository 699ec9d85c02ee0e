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

// ratios are the figures that compare two benchmarks.
var ratios = map[string][2]string{
	"document_ratio": {"BenchmarkDocumentVerdict", "BenchmarkDecodeGrey"},
	"selfie_ratio":   {"BenchmarkSelfieVerdict", "BenchmarkSelfieBare"},
}

// readNative reads what rounds of `go test -bench` printed and takes the median of each
// benchmark's runs. A ratio is the median of the rounds' own ratios: a machine that other
// work slows down for a while slows down both sides of a round. A benchmark that is
// missing is an error, and so is one with more rounds than its baseline.
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
		figures[key] = median(runs[name])
	}
	for key, of := range ratios {
		measured, base := runs[of[0]], runs[of[1]]
		if len(measured) != len(base) {
			return fmt.Errorf("%s: %d rounds of %s, %d of %s", file, len(measured), of[0], len(base), of[1])
		}
		rounds := make([]float64, len(base))
		for i := range base {
			rounds[i] = measured[i] / base[i]
		}
		figures[key] = median(rounds)
	}
	return nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
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
