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

// visavis_ranges writes for each of the cells of each row, from start[i] to end[i]
// inclusive, the difference of its largest and smallest value. Cells are shortest to 2·shortest
// pixels long; shortest is a power of two. work holds 2·w bytes.
void visavis_ranges(const uint8_t *pix, int w, int h, const int32_t *start, const int32_t *end, int cells, int shortest,
                    uint8_t *out, uint8_t *work);

// visavis_edge_widths walks along n pixels of so many lines at once and counts how wide
// their rises and falls of at least rise are, in hundredths of a pixel: change over
// steepness, at most widest - 1. Pixels of a line are step apart, lines apart; work holds
// 38·lines values. It returns how many there are.
int visavis_edge_widths(const uint8_t *pix, int n, int step, int lines, int apart, int rise, int32_t *counts, int widest,
                        int16_t *work);

#endif
