// Package subject measures how well the capture judges and reads, on labelled images
// (the tables of a folder) and on drawn ones. It asks the same worker processes and
// the same judging as the server, and knows nothing of how they work.
//
// A subject is one file: it walks its tables, adds figures to its section, and
// names the worst cases. A table that is missing is said; its keys are absent then.
// Every figure has its n and its 95 % interval: Wilson's for shares, DeLong's for
// areas under a curve, a bootstrap with a fixed seed for the rest.
//
// Keys are written subject.figure; figures on drawn images subject.drawn.figure, on
// changes made to real ones subject.graded.figure. docs/accuracy.md is generated
// from the same sections.
package subject
