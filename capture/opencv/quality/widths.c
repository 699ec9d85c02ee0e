#include <stdlib.h>

#include "widths.h"
#include "../pixel/wide.h"

static int add(int32_t *counts, int widest, int change, int steep)
{
	int width = (100 * change + steep / 2) / steep;
	counts[width < widest ? width : widest - 1]++;
	return 1;
}

// walk_on takes the next pixel of each line and notes where a rise or fall has ended: by
// how much it went and how steep it was at most. It returns not 0 where one was of at
// least rise. All bits of up are set while a line rises. Inlined it would not be
// vectorised.
TWICE __attribute__((noinline)) static int walk_on(const uint8_t *restrict next, int lines, int16_t rise, int16_t *restrict prev,
                                             int16_t *restrict start, int16_t *restrict steep, int16_t *restrict up,
                                             int16_t *restrict ended, int16_t *restrict slope)
{
	int16_t some = 0;
	for (int i = 0; i < lines; i++) {
		int16_t v = next[i], d = v - prev[i], size = d < 0 ? -d : d;
		int16_t turn = -(d != 0) & (-(d > 0) ^ up[i]); // all bits or none
		int16_t change = prev[i] - start[i];
		change = (change < 0 ? -change : change) & turn;
		some |= -(change >= rise);
		ended[i] = change;
		slope[i] = steep[i];
		start[i] = (prev[i] & turn) | (start[i] & ~turn);
		up[i] ^= turn;
		int16_t before = steep[i] & ~turn;
		steep[i] = before > size ? before : size;
		prev[i] = v;
	}
	return some;
}

enum { chunk = 64 };

// gather lays out the next n pixels of all lines, those of one place side by side.
static void gather(const uint8_t *pix, int n, int step, int lines, int apart, uint8_t *out)
{
	if (step > 1) {
		for (int k = 0; k < n; k++)
			for (int i = 0; i < lines; i++)
				out[k * lines + i] = pix[(size_t)k * step + i * apart];
		return;
	}
	for (int i = 0; i < lines; i++)
		for (int k = 0; k < n; k++)
			out[k * lines + i] = pix[(size_t)i * apart + k];
}

int visavis_edge_widths(const uint8_t *pix, int n, int step, int lines, int apart, int rise, int32_t *counts, int widest,
                        int16_t *work)
{
	int16_t *prev = work, *start = work + lines, *steep = work + 2 * lines, *up = work + 3 * lines;
	int16_t *ended = work + 4 * lines, *slope = work + 5 * lines;
	uint8_t *next = (uint8_t *)(work + 6 * lines);
	int found = 0;
	for (int i = 0; i < lines; i++) {
		prev[i] = start[i] = pix[i * apart];
		steep[i] = up[i] = 0;
	}
	for (int from = 1; from < n; from += chunk) {
		int m = n - from < chunk ? n - from : chunk;
		gather(pix + (size_t)from * step, m, step, lines, apart, next);
		for (int k = 0; k < m; k++) {
			if (!walk_on(next + k * lines, lines, rise, prev, start, steep, up, ended, slope))
				continue;
			for (int i = 0; i < lines; i++)
				if (ended[i] >= rise && slope[i] > 0)
					found += add(counts, widest, ended[i], slope[i]);
		}
	}
	for (int i = 0; i < lines; i++) {
		int change = abs(prev[i] - start[i]);
		if (change >= rise && steep[i] > 0)
			found += add(counts, widest, change, steep[i]);
	}
	return found;
}
