// Package opencv measures frames with OpenCV. It is the only package that
// imports gocv, and it belongs into a worker process.
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
// # How a document is found
//
// The colour picture is brought to a small working size. Edges are where any of
// the three Lab channels changes more than its surroundings do, so that the weak
// outline of a light card on a light table counts while foliage does not. A
// Hough transform that trusts each edge's own direction gives lines; pairs of
// roughly parallel lines make quadrilaterals; the frame's own edges stand in for
// sides that were cut off. Each quadrilateral is scored by how completely its
// four sides are edges, whether they end at the corners, how different inside
// and outside are, its proportions and what is printed on it. The best one is
// refined by fitting each side again to the edges along it.
package opencv
