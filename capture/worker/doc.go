// Package worker keeps native code in processes of its own. Pool is the parent's
// side: it starts worker processes, hands each one frame at a time, and replaces
// those that die or take too long. Serve and Confine are the child's side. Neither
// knows OpenCV: the child passes in any capture.Analyzer.
//
// What a worker does to itself costs one frame: a native library that ends the
// process, a picture that takes for ever, memory without end. The frame is
// answered with capture.ErrBusy, the worker is started again, and it is counted.
//
//	parent                                child
//	  | start, fd 3 and 4 are pipes -------> | Confine, load models
//	  |<------------------ fd 4: "ready" ----|
//	  |-- fd 3: "analyze", JPEG ------------>|
//	  |<------ fd 4: answer, thumbnail ------|
//	  |-- end of fd 3 ---------------------->| ends
//
// Reading print ("fields"), reading a zone ("zone") and comparing two faces
// ("faces") go the same way, with a longer time of their own.
//
// A message in either direction is two lengths (32 bits each, big endian), a JSON
// header of the first length and raw bytes of the second. Images travel over
// these descriptors alone, never over stdout or a file.
package worker
