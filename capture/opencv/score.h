#ifndef VISAVIS_SCORE_H
#define VISAVIS_SCORE_H

#include <stdint.h>

// Pictures of w × h pixels: edges as three planes of values, colours as three bytes a
// pixel.

// visavis_along sums the strength of the edges at n places from x, y on, stepx and stepy
// apart, whose gradient lies along nx, ny, and writes how many of the places lie in the
// picture. Where wide, an edge counts up to two pixels to either side. Where leave, the
// first place outside ends it; elsewhere places outside are passed over, or count
// nothing where wide.
float visavis_along(const float *dx, const float *dy, const float *norm, int w, int h, float x, float y, float stepx,
                    float stepy, int n, float nx, float ny, int wide, int leave, int *seen);

// visavis_contrast compares the colours just inside and just outside of a side of a
// clockwise outline. total is the sum of the differences' lengths over its stretches,
// mean the length of their sum, and it returns the number of stretches.
int visavis_contrast(const uint8_t *lab, int w, int h, float ax, float ay, float bx, float by, float *total, float *mean);

// visavis_content is the share of cells inside an outline whose lightness spreads by
// more than limit. map maps the unit square to the outline, row by row.
float visavis_content(const uint8_t *lab, int w, int h, const double map[9], float limit);

// visavis_fit looks across a side of a clockwise outline for the strongest edge within
// reach pixels and fits a straight line that ignores outliers. It writes how far off
// the line lies at both ends, outwards, and returns whether there is one.
int visavis_fit(const uint8_t *lab, int w, int h, float ax, float ay, float bx, float by, float reach, float *off0, float *off1);

#endif
