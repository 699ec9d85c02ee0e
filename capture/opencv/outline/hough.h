#ifndef VISAVIS_HOUGH_H
#define VISAVIS_HOUGH_H

#include <stdint.h>

// visavis_edges are edges sorted by their own angle, and the angles at which lines are
// looked for, bins of them: the edges of one begin at start, count of them.
typedef struct {
	const float *x, *y, *weight;
	const int32_t *start, *count;
	const float *cos, *sin;
	const float *kernel; // weights of the votes, 2·reach+1 of them
	int bins, reach, rhos;
	float shift; // added to every distance
} visavis_edges;

// visavis_vote_all fills votes, bins rows of rhos sums, and for each row the highest sum
// and where it is, as visavis_best does.
void visavis_vote_all(const visavis_edges *e, float *votes, float *best, int32_t *at);

// visavis_vote lets n edges of a bin, from a place on, vote sign times at all angles
// within reach of theirs.
void visavis_vote(const visavis_edges *e, int bin, int from, int n, float sign, float *votes);

// visavis_best is the highest of the sums of a row, its neighbours counting 0.6, and
// where it is.
float visavis_best(const float *row, int rhos, int32_t *at);

#endif
