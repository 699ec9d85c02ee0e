// Package outline finds the outline of a document in a picture, and what covers it.
//
// The colour picture is brought to a small working size. Edges are where any of
// the three Lab channels changes more than its surroundings do, so that the weak
// outline of a light card on a light table counts while foliage does not. A
// Hough transform that trusts each edge's own direction gives lines; pairs of
// roughly parallel lines make quadrilaterals; the frame's own edges stand in for
// sides that were cut off. Each quadrilateral is scored by how completely its
// four sides are edges, whether they end at the corners, how different inside
// and outside are, its proportions and what is printed on it. The best one is
// refined by fitting each side again to the edges along it. Where it is only a part of
// a document that the frame cuts off, that document's outline takes its place. Where lines behind
// a document are as clear as its sides, LookAround looks for each side by itself, as far away and
// in the direction in which a portrait has it.
package outline
