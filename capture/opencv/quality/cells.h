#ifndef VISAVIS_CELLS_H
#define VISAVIS_CELLS_H

#include <stdint.h>

// Steps of eight grey levels.
enum { VISAVIS_STEPS = 32 };

// visavis_cells counts the pixels of each of columns × rows cells of a picture by steps of eight grey levels, and
// those that are at least burnt.
void visavis_cells(const uint8_t *pix, int w, int h, int columns, int rows, uint8_t burnt, int32_t *steps, int32_t *over);

#endif
