#ifndef VISAVIS_EDGES_H
#define VISAVIS_EDGES_H

#include <stdint.h>

// A pixel where the change is largest across the edge; angle is the direction of the
// gradient, 0 to pi.
typedef struct {
	int16_t x, y;
	float angle, weight;
} visavis_edge_point;

// What a picture of w × h pixels changes by at each of them, across, down and in all.
typedef struct {
	const float *dx, *dy, *mag;
	int w, h;
} visavis_changes;

// visavis_gradients fills dx, dy and mag with the 3×3 smoothed difference (Scharr) of
// the channel that changes most of a picture of w × h pixels, three bytes
// each; the last two count gain times. The outermost pixels are left as they are. rows
// holds 15·w values of scratch.
void visavis_gradients(const uint8_t *lab, int w, int h, float gain, float *dx, float *dy, float *mag, int16_t *rows);

// visavis_box_mean writes the mean over a square of 2r+1 pixels, clipped at the border,
// to dst; rows holds 9·w values of scratch.
void visavis_box_mean(const float *src, float *dst, int w, int h, int r, float *rows);

// visavis_edge_strength fills norm with the strength of an edge, 0 to 1: the change
// over floor and the mean change on the quieter of its two sides, away pixels off. side holds
// 2·w values of scratch.
void visavis_edge_strength(visavis_changes c, const float *mean, float floor, int away, float *norm, int32_t *side);

// visavis_thin writes the pixels whose change is the largest across the edge, at most
// most, and returns how many there are. peak holds w values of scratch.
int visavis_thin(visavis_changes c, const float *norm, visavis_edge_point *out, int most, int32_t *peak);

// A side of an outline: a·x + b·y = c, what lies near it along it, and the direction of its
// normal.
typedef struct {
	float a, b, c, from, to, theta;
} visavis_near_side;

// visavis_near writes those of n edges that lie within reach of a side and whose angle is within
// turn of its own, and returns how many there are. may has the sides, as bits, that an edge may
// lie along whose angle is in one of so many bins; opposite is pi less turn.
int visavis_near(const visavis_edge_point *all, int n, const visavis_near_side *sides, const uint8_t *may, int bins,
                 float turn, float opposite, float reach, visavis_edge_point *out);

#endif
