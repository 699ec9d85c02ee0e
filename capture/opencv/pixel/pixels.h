#ifndef VISAVIS_PIXELS_H
#define VISAVIS_PIXELS_H

#include <stdint.h>

// visavis_flatten fills a grey picture of width × height pixels from the part of src, w × h
// pixels, that map says: it maps the unit square to src, row by row. Outside of src is black.
void visavis_flatten(const uint8_t *src, int w, int h, const double map[9], uint8_t *out, int width, int height);

// visavis_levels counts the grey levels of the rectangle from left, top on.
void visavis_levels(const uint8_t *pix, int stride, int left, int top, int width, int height, int32_t counts[256]);

// visavis_over counts the values that are at least a level.
int visavis_over(const uint8_t *pix, int n, uint8_t level);

#endif
