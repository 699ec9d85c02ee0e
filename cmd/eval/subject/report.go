package subject

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"visavis/cmd/eval/fit"
)

// figure is one key of eval.json.
type figure struct {
	key           string
	value, lo, hi float64
	n             int
}

// section is what one subject found. Its methods may be called by any goroutine.
type section struct {
	name, title string
	took        time.Duration

	mu      sync.Mutex
	figures []figure
	notes   []string
	lacks   []string // what was to be measured and was not
	cases   []worstCase
}

// worstCase is one of the cases that a reader should look at.
type worstCase struct {
	figure  string // what it spoils
	badness float64
	text    string
}

func (s *section) add(f figure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.figures = append(s.figures, f)
}

// rate adds a share with Wilson's interval; nothing when n is 0.
func (s *section) rate(key string, k, n int) {
	if n == 0 {
		return
	}
	lo, hi := fit.Wilson(k, n)
	s.add(figure{key, float64(k) / float64(n), lo, hi, n})
}

// count adds a number of cases among n; the interval is Wilson's times n.
func (s *section) count(key string, k, n int) {
	if n == 0 {
		return
	}
	lo, hi := fit.Wilson(k, n)
	if k == 0 {
		lo = 0
	}
	s.add(figure{key, float64(k), lo * float64(n), hi * float64(n), n})
}

// mean adds a mean with a bootstrapped interval.
func (s *section) mean(key string, values []float64) {
	if len(values) == 0 {
		return
	}
	lo, hi := bootstrap(len(values), func(drawn []int) float64 {
		sum := 0.0
		for _, i := range drawn {
			sum += values[i]
		}
		return sum / float64(len(drawn))
	})
	s.add(figure{key, mean(values), lo, hi, len(values)})
}

// auc adds the area under the curve of right against wrong cases.
func (s *section) auc(key string, right, wrong []float64) {
	if len(right) == 0 || len(wrong) == 0 {
		return
	}
	value, lo, hi := AUC(right, wrong)
	s.add(figure{key, value, lo, hi, len(right) + len(wrong)})
}

// quantile adds a quantile with a bootstrapped interval.
func (s *section) quantile(key string, values []float64, q float64) {
	if len(values) == 0 {
		return
	}
	lo, hi := bootstrap(len(values), func(drawn []int) float64 {
		v := make([]float64, len(drawn))
		for i, at := range drawn {
			v[i] = values[at]
		}
		return quantile(v, q)
	})
	s.add(figure{key, quantile(values, q), lo, hi, len(values)})
}

// note adds a sentence under the table, once.
func (s *section) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := fmt.Sprintf(format, args...); !slices.Contains(s.notes, text) {
		s.notes = append(s.notes, text)
	}
}

// lack notes what was to be measured and was not.
func (s *section) lack(format string, args ...any) {
	s.note(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lacks = append(s.lacks, fmt.Sprintf(format, args...))
}

// worst notes a case that spoils a figure; the higher its badness, the earlier it
// is named among those of the figure.
func (s *section) worst(figure string, badness float64, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cases = append(s.cases, worstCase{figure, badness, fmt.Sprintf(format, args...)})
}

// namedEach are the cases that are named of one figure.
const namedEach = 4

// named are the worst cases of every figure, in the order of the figures' names, and
// how many cases there are in all.
func (s *section) named() (lines []string, all int) {
	cases := slices.Clone(s.cases)
	slices.SortFunc(cases, func(a, b worstCase) int {
		// Cases come from goroutines: the text makes the order the same in each run.
		return cmp.Or(cmp.Compare(a.figure, b.figure), -cmp.Compare(a.badness, b.badness), cmp.Compare(a.text, b.text))
	})
	of := map[string]int{}
	for _, c := range cases {
		if of[c.figure]++; of[c.figure] <= namedEach {
			lines = append(lines, c.figure+": "+c.text)
		}
	}
	return lines, len(cases)
}
