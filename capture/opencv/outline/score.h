#ifndef VISAVIS_SCORE_H
#define VISAVIS_SCORE_H

#include <stdint.h>

// The edges of a picture of w × h pixels.
typedef struct {
	const float *dx, *dy, *norm;
	int w, h;
} visavis_edge_planes;

// The colours of a picture of w × h pixels, three bytes a pixel.
typedef struct {
	const uint8_t *lab;
	int w, h;
} visavis_colours;

// A side of a clockwise outline, from a to b.
typedef struct {
	float ax, ay, bx, by;
} visavis_side;

// What becomes of places outside of the picture, and how near an edge is looked for.
enum {
	VISAVIS_PASS_OVER, // places outside do not count
	VISAVIS_END_THERE, // the first one ends it
	VISAVIS_TWO_WIDE,  // an edge counts up to two pixels to either side; places outside count nothing
};

// n places from x, y on, stepx and stepy apart, at which edges are looked for whose
// gradient lies along nx, ny.
typedef struct {
	float x, y, stepx, stepy, nx, ny;
	int n, how;
} visavis_walk;

// visavis_along sums the strength of the edges along a walk and writes how many of its
// places count.
float visavis_along(visavis_edge_planes e, visavis_walk walk, int *seen);

// visavis_line fills sums with the running sum of the strength of the edges along a line
// a·x + b·y = c, whose nearest place to the origin is footx, footy, at n places from t on, one
// pixel apart: n + 1 values, the first 0.
void visavis_line(visavis_edge_planes e, double a, double b, double footx, double footy, double t, int n, float *sums);

// visavis_contrast compares the colours just inside and just outside of a side. total is
// the sum of the differences' lengths over its stretches, mean the length of their sum,
// and it returns the number of stretches.
int visavis_contrast(visavis_colours p, visavis_side side, float *total, float *mean);

// visavis_content is the share of cells inside an outline whose lightness spreads by
// more than limit. map maps the unit square to the outline, row by row.
float visavis_content(visavis_colours p, const double map[9], float limit);

// visavis_commonest is how often the commonest colour is seen, of 16 steps of lightness, 16 of a and 16 of
// b: two steps of each count together.
int visavis_commonest(const int32_t seen[16 * 16 * 16]);

// visavis_fit looks across a side for the strongest edge within reach pixels and fits a
// straight line that ignores outliers. It writes how far off the line lies at both
// ends, outwards, and returns whether there is one.
int visavis_fit(visavis_colours p, visavis_side side, float reach, float *off0, float *off1);

#endif
