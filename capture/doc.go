// Package capture is the pure part of a capture: the steps, the check of a frame's bytes
// ([NewFrame]), the judgement of measurements ([Judge] with [Limits]) and the flow
// between steps ([Flow]). It declares the interface [Analyzer], which measures frames,
// but does not implement it.
//
// The package reads no clock, has no random source of its own and starts no goroutine;
// time is an argument. Values are not safe for concurrent use, except [Limits] that
// nobody changes.
//
// The phases of a step:
//
//	document:  guiding --3 good previews--> still --accepted--> tilt --seen, skipped--> accepted
//	              ^                           |
//	              +------ refused, late ------+
//
//	selfie:    guiding --3 good previews--> gesture --both seen, skipped--> guiding --> still --> accepted
//
// Without challenges there is no tilt and no gesture. A manual still (shutter) is judged
// like a still requested in the phase guiding.
package capture
