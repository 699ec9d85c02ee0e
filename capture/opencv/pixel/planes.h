#ifndef VISAVIS_PLANES_H
#define VISAVIS_PLANES_H

#include <stddef.h>
#include <stdint.h>

// visavis_planes decodes a JPEG whose colours are stored at half its size (4:2:0)
// to its own channels: y of width × height bytes, cb and cr of half of both, rounded
// up. It returns 0, or 1 for any other or damaged picture; what is in the buffers
// then is of no use.
int visavis_planes(const uint8_t *data, size_t size, int width, int height, uint8_t *y, uint8_t *cb, uint8_t *cr);

#endif
