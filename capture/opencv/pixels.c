#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "pixels.h"

// between is the grey level between pixels; x and y are in 65,536ths.
static uint8_t between(const uint8_t *src, int w, int h, int32_t x, int32_t y)
{
	int px = x >> 16, py = y >> 16;
	if (px < -1 || py < -1 || px >= w || py >= h)
		return 0;
	int fx = x >> 8 & 255, fy = y >> 8 & 255, v[4];
	for (int i = 0; i < 4; i++) {
		int cx = px + (i & 1), cy = py + (i >> 1);
		v[i] = cx < 0 || cy < 0 || cx >= w || cy >= h ? 0 : src[cy * w + cx];
	}
	return ((v[0] * (256 - fx) + v[1] * fx) * (256 - fy) + (v[2] * (256 - fx) + v[3] * fx) * fy + (1 << 15)) >> 16;
}

enum { span = 8 }; // pixels between two places that are mapped exactly

// fixed is a coordinate in 65,536ths, far outside where it would not fit.
static int32_t fixed(double v) { return (int32_t)(65536 * (v < -16000 ? -16000 : v > 16000 ? 16000 : v)); }

static int well_inside(int w, int h, int32_t x, int32_t y)
{
	return x >= 0 && y >= 0 && x >> 16 < w - 1 && y >> 16 < h - 1;
}

// mix writes the grey levels at a span's places, all of them well inside.
#ifdef __SSE2__
static int pair(const uint8_t *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

// pairs puts the grey levels at eight places and right of them into words.
static __m128i pairs(const uint8_t *src, const int32_t at[span])
{
	__m128i v = _mm_cvtsi32_si128(pair(src + at[0]));
	v = _mm_insert_epi16(v, pair(src + at[1]), 1);
	v = _mm_insert_epi16(v, pair(src + at[2]), 2);
	v = _mm_insert_epi16(v, pair(src + at[3]), 3);
	v = _mm_insert_epi16(v, pair(src + at[4]), 4);
	v = _mm_insert_epi16(v, pair(src + at[5]), 5);
	v = _mm_insert_epi16(v, pair(src + at[6]), 6);
	return _mm_insert_epi16(v, pair(src + at[7]), 7);
}

// level mixes each word's two bytes by fx, in 128ths.
static __m128i level(__m128i v, __m128i fx)
{
	__m128i left = _mm_and_si128(v, _mm_set1_epi16(255)), right = _mm_srli_epi16(v, 8);
	return _mm_add_epi16(_mm_slli_epi16(left, 7), _mm_mullo_epi16(_mm_sub_epi16(right, left), fx));
}

static void mix(const uint8_t *src, int w, int32_t x, int32_t y, int32_t sx, int32_t sy, uint8_t *out)
{
	const __m128i whole = _mm_set1_epi32(-65536), part = _mm_set1_epi32(127), width = _mm_set1_epi32(w << 16 | 1);
	const __m128i half = _mm_set1_epi32(1 << 13);
	__m128i fx[2], fy[2];
	int32_t at[span];
	for (int i = 0; i < 2; i++, x += 4 * sx, y += 4 * sy) {
		__m128i vx = _mm_set_epi32(x + 3 * sx, x + 2 * sx, x + sx, x), vy = _mm_set_epi32(y + 3 * sy, y + 2 * sy, y + sy, y);
		fx[i] = _mm_and_si128(_mm_srli_epi32(vx, 9), part);
		fy[i] = _mm_and_si128(_mm_srli_epi32(vy, 9), part);
		__m128i place = _mm_or_si128(_mm_srli_epi32(vx, 16), _mm_and_si128(vy, whole));
		_mm_storeu_si128((__m128i *)(at + 4 * i), _mm_madd_epi16(place, width));
	}
	__m128i right = _mm_packs_epi32(fx[0], fx[1]), down = _mm_packs_epi32(fy[0], fy[1]);
	__m128i top = level(pairs(src, at), right), low = level(pairs(src + w, at), right);
	__m128i up = _mm_sub_epi16(_mm_set1_epi16(128), down);
	__m128i a = _mm_madd_epi16(_mm_unpacklo_epi16(top, low), _mm_unpacklo_epi16(up, down));
	__m128i b = _mm_madd_epi16(_mm_unpackhi_epi16(top, low), _mm_unpackhi_epi16(up, down));
	a = _mm_srai_epi32(_mm_add_epi32(a, half), 14);
	b = _mm_srai_epi32(_mm_add_epi32(b, half), 14);
	a = _mm_packs_epi32(a, b);
	_mm_storel_epi64((__m128i *)out, _mm_packus_epi16(a, a));
}
#else
static void mix(const uint8_t *src, int w, int32_t x, int32_t y, int32_t sx, int32_t sy, uint8_t *out)
{
	for (int i = 0; i < span; i++, x += sx, y += sy) {
		const uint8_t *p = src + (y >> 16) * w + (x >> 16);
		int fx = x >> 9 & 127, fy = y >> 9 & 127;
		int top = (p[0] << 7) + (p[1] - p[0]) * fx, low = (p[w] << 7) + (p[w + 1] - p[w]) * fx;
		out[i] = (top * (128 - fy) + low * fy + (1 << 13)) >> 14;
	}
}
#endif

void visavis_flatten(const uint8_t *src, int w, int h, const double map[9], uint8_t *out, int width, int height)
{
	for (int row = 0; row < height; row++, out += width) {
		double v = height > 1 ? (double)row / (height - 1) : 0;
		int32_t x = 0, y = 0;
		for (int left = -span; left < width; left += span) {
			double u = (double)(left + span) / (width > 1 ? width - 1 : 1);
			double d = map[6] * u + map[7] * v + map[8];
			d = 1 / (fabs(d) < 1e-9 ? 1e-9 : d);
			int32_t nx = fixed((map[0] * u + map[1] * v + map[2]) * d), ny = fixed((map[3] * u + map[4] * v + map[5]) * d);
			if (left < 0) {
				x = nx, y = ny;
				continue;
			}
			int32_t sx = (nx - x) / span, sy = (ny - y) / span;
			int n = width - left < span ? width - left : span;
			if (well_inside(w, h, x, y) && well_inside(w, h, nx, ny)) {
				uint8_t mixed[span];
				mix(src, w, x, y, sx, sy, mixed);
				memcpy(out + left, mixed, n);
			} else {
				for (int i = 0; i < n; i++, x += sx, y += sy)
					out[left + i] = between(src, w, h, x, y);
			}
			x = nx, y = ny;
		}
	}
}

void visavis_levels(const uint8_t *pix, int stride, int left, int top, int width, int height, int32_t counts[256])
{
	int32_t part[4][256]; // counting one level twice in a row waits
	memset(part, 0, sizeof part);
	for (int y = top; y < top + height; y++) {
		const uint8_t *p = pix + y * stride + left;
		int x = 0;
		for (; x + 4 <= width; x += 4)
			part[0][p[x]]++, part[1][p[x + 1]]++, part[2][p[x + 2]]++, part[3][p[x + 3]]++;
		for (; x < width; x++)
			part[0][p[x]]++;
	}
	for (int i = 0; i < 256; i++)
		counts[i] = part[0][i] + part[1][i] + part[2][i] + part[3][i];
}

int visavis_over(const uint8_t *pix, int n, uint8_t level)
{
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += pix[i] >= level;
	return sum;
}

void visavis_ranges(const uint8_t *pix, int w, int h, const int32_t *start, const int32_t *end, int cells, int shortest,
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
__attribute__((noinline)) static int walk_on(const uint8_t *restrict next, int lines, int16_t rise, int16_t *restrict prev,
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
