#ifndef VISAVIS_RANGES_H
#define VISAVIS_RANGES_H

#include <stdint.h>

// visavis_ranges writes for each of the cells of each row, from start[i] to end[i]
// inclusive, the difference of its largest and smallest value. Cells are shortest to 2·shortest
// pixels long; shortest is a power of two. work holds 2·w bytes.
void visavis_ranges(const uint8_t *pix, int w, int h, const int32_t *start, const int32_t *end, int cells, int shortest,
                    uint8_t *out, uint8_t *work);

#endif
