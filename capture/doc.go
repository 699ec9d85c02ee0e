// Package capture is the pure part of a capture: which steps there are, whether
// bytes are a frame ([NewFrame]), what measured values mean ([Judge] against
// [Limits]) and what happens next ([Flow]). It declares the [Analyzer] that
// measures frames, and implements none.
//
// Nothing here reads a clock, draws random numbers by itself, or keeps a
// goroutine; time comes in as an argument. Values are not safe for concurrent
// use, except [Limits] that nobody changes.
//
// One step, as its phases:
//
//	document:  guiding --3 good previews--> still --accepted--> tilt --seen, skipped--> accepted
//	              ^                           |
//	              +------ refused, late ------+
//
//	selfie:    guiding --3 good previews--> gesture --both seen, skipped--> guiding --> still --> accepted
//
// Without challenges there is no tilt and no gesture. The shutter (a manual
// still) is judged like a still from the phase guiding.
package capture
