#ifndef VISAVIS_HOUGH_H
#define VISAVIS_HOUGH_H

#include <stdbool.h>
#include <stdint.h>

// visavis_edges are edges sorted by their own angle, and the angles at which lines are
// looked for, bins of them: the edges of one begin at start, count of them are left.
typedef struct {
	float *x, *y, *weight;
	int32_t *start, *count;
	const float *cos, *sin;
	const float *kernel; // weights of the votes, 2·reach+1 of them
	int bins, reach, rhos;
	float shift; // added to every distance
} visavis_edges;

// visavis_vote_all fills votes, bins rows of rhos sums, and for each row the highest sum
// and where it is, as visavis_best does.
void visavis_vote_all(const visavis_edges *e, float *votes, float *best, int32_t *at);

// visavis_best is the highest of the sums of a row, its neighbours counting 0.6, and
// where it is.
float visavis_best(const float *row, int rhos, int32_t *at);

// visavis_remove takes the votes back of the edges that lie on the line x·a + y·b = c and
// whose bins are within reach of the line's. It moves them behind those that are left and
// marks the angles whose votes have changed as stale. It returns whether there were any.
int visavis_remove(visavis_edges *e, float a, float b, float c, int bin, int reach, float *votes, bool *stale);

#endif
