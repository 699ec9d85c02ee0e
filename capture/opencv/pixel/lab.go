package pixel

/*
#cgo CFLAGS: -O3
#cgo LDFLAGS: -lm
#include "lab.h"
*/
import "C"

import "sync"

var labTables = sync.OnceFunc(func() { C.visavis_lab_tables() })

// labOf turns pixels of blue, green and red into L, a and b of the same length. It is
// OpenCV's conversion, of which one value in 25,000 is one off, in a fraction of its time.
func labOf(bgr, lab []uint8) {
	labTables()
	if n := min(len(bgr), len(lab)) / 3; n > 0 {
		C.visavis_lab((*C.uint8_t)(&bgr[0]), (*C.uint8_t)(&lab[0]), C.int(n))
	}
}
