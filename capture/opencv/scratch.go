package opencv

import "sync"

// buffers are slices of earlier pictures: to get memory for new ones, to clear and to
// collect it takes longer than some of the work done in it.
type buffers[T any] struct{ pool sync.Pool }

var (
	floatBuffers buffers[float32]
	byteBuffers  buffers[uint8]
)

// take is a slice of n values, whatever they are.
func (b *buffers[T]) take(n int) []T {
	if v, ok := b.pool.Get().(*[]T); ok && cap(*v) >= n {
		return (*v)[:n]
	}
	return make([]T, n)
}

// give takes slices back that nothing refers to any more.
func (b *buffers[T]) give(slices ...[]T) {
	for _, s := range slices {
		if cap(s) > 0 {
			b.pool.Put(&s)
		}
	}
}

// scratch is a cleared slice of n values.
func scratch(n int) []float32 {
	s := floatBuffers.take(n)
	clear(s)
	return s
}
