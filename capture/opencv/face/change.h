#ifndef VISAVIS_CHANGE_H
#define VISAVIS_CHANGE_H

#include <stdint.h>

// visavis_slopes writes how much a picture of w × h pixels changes across each pixel but the outermost, from
// one to the next step before and behind it, and counts how often it changes by each.
void visavis_slopes(const uint8_t *pix, int w, int h, int step, uint8_t *slopes, int32_t counts[256]);

// visavis_lost sums the squares of the slopes that are at least edge, and of what another picture of the same
// size changes by there.
void visavis_lost(const uint8_t *slopes, const uint8_t *pix, int w, int h, int step, int edge, int64_t *rest, int64_t *whole);

#endif
