package pixel

import "sync"

// Buffers are slices of earlier pictures: to get memory for new ones, to clear and to
// collect it takes longer than some of the work done in it.
type Buffers[T any] struct{ pool sync.Pool }

// The buffers that the packages of the analysis share.
var (
	FloatBuffers Buffers[float32]
	ByteBuffers  Buffers[uint8]
)

// Take is a slice of n values, whatever they are.
func (b *Buffers[T]) Take(n int) []T {
	if v, ok := b.pool.Get().(*[]T); ok && cap(*v) >= n {
		return (*v)[:n]
	}
	return make([]T, n)
}

// Give takes slices back that nothing refers to any more.
func (b *Buffers[T]) Give(slices ...[]T) {
	for _, s := range slices {
		if cap(s) > 0 {
			b.pool.Put(&s)
		}
	}
}

// Scratch is a cleared slice of n values.
func Scratch(n int) []float32 {
	s := FloatBuffers.Take(n)
	clear(s)
	return s
}
