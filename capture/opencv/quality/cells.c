#include <string.h>

#include "cells.h"

void visavis_cells(const uint8_t *pix, int w, int h, int columns, int rows, uint8_t burnt, int32_t *steps, int32_t *over)
{
	for (int j = 0; j < rows; j++)
		for (int i = 0; i < columns; i++, steps += VISAVIS_STEPS, over++) {
			int x0 = i * w / columns, x1 = (i + 1) * w / columns, y0 = j * h / rows, y1 = (j + 1) * h / rows;
			int32_t part[2][VISAVIS_STEPS]; // counting one step twice in a row waits
			memset(part, 0, sizeof part);
			*over = 0;
			for (int y = y0; y < y1; y++) {
				const uint8_t *p = pix + y * w;
				int x = x0;
				for (; x + 2 <= x1; x += 2)
					part[0][p[x] / 8]++, part[1][p[x + 1] / 8]++;
				if (x < x1)
					part[0][p[x] / 8]++;
				for (x = x0; x < x1; x++)
					*over += p[x] >= burnt;
			}
			for (int k = 0; k < VISAVIS_STEPS; k++)
				steps[k] = part[0][k] + part[1][k];
		}
}
