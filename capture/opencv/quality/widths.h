#ifndef VISAVIS_WIDTHS_H
#define VISAVIS_WIDTHS_H

#include <stdint.h>

// visavis_edge_widths walks along n pixels of so many lines at once and counts how wide
// their rises and falls of at least rise are, in hundredths of a pixel: change over
// steepness, at most widest - 1. Pixels of a line are step apart, lines apart; work holds
// 38·lines values. It returns how many there are.
int visavis_edge_widths(const uint8_t *pix, int n, int step, int lines, int apart, int rise, int32_t *counts, int widest,
                        int16_t *work);

#endif
