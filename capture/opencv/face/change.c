#include <string.h>

#include "change.h"
#include "../pixel/wide.h"

INTO int slope(const uint8_t *p, int i, int step)
{
	int d = p[i + step] - p[i - step];
	return d < 0 ? -d : d;
}

TWICE void visavis_slopes(const uint8_t *pix, int w, int h, int step, uint8_t *slopes, int32_t counts[256])
{
	int32_t part[4][256]; // counting one change twice in a row waits
	memset(part, 0, sizeof part);
	for (int y = 1; y < h - 1; y++, slopes += w - 2) {
		const uint8_t *p = pix + y * w + 1;
		for (int i = 0; i < w - 2; i++)
			slopes[i] = slope(p, i, step);
		int i = 0;
		for (; i + 4 <= w - 2; i += 4)
			part[0][slopes[i]]++, part[1][slopes[i + 1]]++, part[2][slopes[i + 2]]++, part[3][slopes[i + 3]]++;
		for (; i < w - 2; i++)
			part[0][slopes[i]]++;
	}
	for (int i = 0; i < 256; i++)
		counts[i] = part[0][i] + part[1][i] + part[2][i] + part[3][i];
}

TWICE void visavis_lost(const uint8_t *slopes, const uint8_t *pix, int w, int h, int step, int edge, int64_t *rest, int64_t *whole)
{
	*rest = *whole = 0;
	for (int y = 1; y < h - 1; y++, slopes += w - 2) {
		const uint8_t *p = pix + y * w + 1;
		int32_t of = 0, all = 0; // of a row of at most 2^15 pixels
		for (int i = 0; i < w - 2; i++) {
			int s = slopes[i], b = slope(p, i, step), in = -(s >= edge);
			of += in & (s * s);
			all += in & (b * b);
		}
		*rest += of;
		*whole += all;
	}
}
