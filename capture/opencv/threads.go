package opencv

/*
#cgo pkg-config: opencv4
#include "threads.h"
*/
import "C"

// oneThread keeps OpenCV in the calling thread: there is one worker a core, and waking
// others costs more than the small loops of a preview. The variable OPENCV_FOR_THREADS_NUM
// is not heeded by an OpenCV built upon TBB, as Debian's is.
func oneThread() { C.visavis_one_thread() }
