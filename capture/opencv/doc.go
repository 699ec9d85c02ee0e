// Package opencv measures frames with OpenCV. It and the packages below it alone
// import gocv, and they belong into a worker process.
//
// It is built against OpenCV 4.6 through gocv v0.31, which does not catch C++
// exceptions: a failed OpenCV assertion ends the process, and recover does not
// see it. Hence two rules. Every Mat is checked for emptiness, type and size in
// Go before a call is made on it. And every Mat lives inside the one function
// that made it, closed by defer; what leaves a function are plain Go values.
//
// Loops over all pixels of a frame are C beside the Go files that call them: compilers
// vectorise them there. Every length is checked in Go before such a call; planes.c
// gives up at the decoder's first warning, and OpenCV decodes what it refused.
//
// The packages below it measure one thing each: outline finds the document, quality
// judges its picture, face finds and compares faces, zone and print read. All of them
// build upon pixel and on none of each other; what needs two of them is here.
package opencv
