// Package specimen draws identity documents that do not exist, and camera
// pictures of them: what the tests, the demonstration and cmd/qa show to a
// camera instead of anybody's papers.
//
// Words: a [Document] is drawn flat, at a known number of pixels a millimetre. A
// [Scene] puts it on a background in front of a pinhole camera and renders one
// picture. A [Footage] is a list of segments, each a scene that moves as a hand
// does, written as JPEG files, as MJPEG or as Y4M.
//
// Everything follows from a seed: the same seed, fonts and portrait give the same
// bytes. The person is always named SPECIMEN, the word lies across every side,
// and the pattern in the background is this package's own. Only the layout and
// the machine readable zone, whose check digits are right, resemble what real
// documents have. The portrait is the photo of the astronaut Eileen Collins, a
// work of NASA in the public domain; without that file a face is drawn.
//
// Nothing here is safe for concurrent use except what says so.
package specimen
