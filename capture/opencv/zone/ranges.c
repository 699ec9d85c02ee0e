#include <string.h>

#include "ranges.h"
#include "../pixel/wide.h"

TWICE void visavis_ranges(const uint8_t *pix, int w, int h, const int32_t *start, const int32_t *end, int cells, int shortest,
                    uint8_t *out, uint8_t *work)
{
	// The least and the most of ever longer stretches, each made of two.
	uint8_t *restrict least = work, *restrict most = work + w;
	for (int y = 0; y < h; y++, pix += w, out += cells) {
		memcpy(least, pix, w);
		memcpy(most, pix, w);
		for (int n = 1; n < shortest; n *= 2) {
			// What lies ahead has not changed yet.
			for (int x = 0; x + n < w; x++) {
				least[x] = least[x] < least[x + n] ? least[x] : least[x + n];
				most[x] = most[x] > most[x + n] ? most[x] : most[x + n];
			}
		}
		for (int i = 0; i < cells; i++) {
			int a = start[i], b = end[i] - shortest + 1;
			uint8_t low = least[a] < least[b] ? least[a] : least[b], high = most[a] > most[b] ? most[a] : most[b];
			out[i] = high - low;
		}
	}
}
