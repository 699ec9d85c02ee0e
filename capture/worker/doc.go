// Package worker runs native code in separate processes. Pool is the parent's side: it
// starts the processes, queues requests, gives each worker one at a time and replaces
// workers that crash or exceed their time. Serve, Confine and package jail are the
// child's side. Neither side imports OpenCV: the child passes in any capture.Analyzer.
//
// A worker crash loses only its current frame. The same holds for a picture that exceeds
// the time or the memory limit. The frame is answered with capture.ErrBusy, and the
// restart is counted.
//
// Requests are queued fairly (fairQueue): by class (previews, stills, readings), then by
// network, then by session. Each is charged the processor time that it used. A session
// whose pictures cost two workers gets capture.ErrOffender from then on. A picture that
// cost two workers is refused, also with changed bytes (quarantine).
//
//	parent                                child
//	  | start, fd 3 and 4 are pipes -------> | Confine, load models, jail.Apply
//	  |<------------------ fd 4: "ready" ----|
//	  |-- fd 3: "analyze", JPEG ------------>|
//	  |<------ fd 4: answer, thumbnail ------|
//	  |-- end of fd 3 ---------------------->| exits
//
// Reading print ("fields"), reading a zone ("zone") and comparing two faces
// ("faces") are requests of the same form with a longer timeout.
//
// A message in either direction is two lengths (32 bits each, big endian), a JSON
// header of the first length and raw bytes of the second. Images are never written
// to stdout or to a file.
package worker
