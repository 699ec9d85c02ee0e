#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pixels.h"
#include "wide.h"
#ifdef WIDE
#include <immintrin.h>
#endif

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

enum { span = 8, ahead = 4 }; // pixels between two places that are mapped exactly; rows fetched before they are read

// fixed is a coordinate in 65,536ths, far outside where it would not fit.
static int32_t fixed(double v) { return (int32_t)(65536 * (v < -16000 ? -16000 : v > 16000 ? 16000 : v)); }

// well_inside tells whether four pixels to the right and the row below are in the picture.
static int well_inside(int w, int h, int32_t x, int32_t y)
{
	return x >= 0 && y >= 0 && x >> 16 < w - 3 && y >> 16 < h - 1;
}

// mix writes the grey levels at a span's places, all of them well inside.
static void mix(const uint8_t *src, int w, int32_t x, int32_t y, int32_t sx, int32_t sy, uint8_t *out)
{
	for (int i = 0; i < span; i++, x += sx, y += sy) {
		const uint8_t *p = src + (y >> 16) * w + (x >> 16);
		int fx = x >> 9 & 127, fy = y >> 9 & 127;
		int top = (p[0] << 7) + (p[1] - p[0]) * fx, low = (p[w] << 7) + (p[w + 1] - p[w]) * fx;
		out[i] = (top * (128 - fy) + low * fy + (1 << 13)) >> 14;
	}
}

#ifdef WIDE
static int four(const uint8_t *p)
{
	int32_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

// level mixes the two bytes at eight places by fx, in 128ths. Four bytes are read at each,
// one by one: gathering them in one instruction takes longer.
WIDE static __m256i level(const uint8_t *src, const int32_t at[span], __m256i fx)
{
	const __m256i words = _mm256_setr_epi8(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1,
	                                       0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1);
	__m256i v = _mm256_setr_epi32(four(src + at[0]), four(src + at[1]), four(src + at[2]), four(src + at[3]),
	                              four(src + at[4]), four(src + at[5]), four(src + at[6]), four(src + at[7]));
	return _mm256_madd_epi16(_mm256_shuffle_epi8(v, words), fx);
}

// mix_wide is mix with all places of a span at once.
WIDE static void mix_wide(const uint8_t *src, int w, int32_t x, int32_t y, int32_t sx, int32_t sy, uint8_t *out)
{
	const __m256i step = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), part = _mm256_set1_epi32(127);
	__m256i vx = _mm256_add_epi32(_mm256_set1_epi32(x), _mm256_mullo_epi32(step, _mm256_set1_epi32(sx)));
	__m256i vy = _mm256_add_epi32(_mm256_set1_epi32(y), _mm256_mullo_epi32(step, _mm256_set1_epi32(sy)));
	__m256i fx = _mm256_and_si256(_mm256_srli_epi32(vx, 9), part), fy = _mm256_and_si256(_mm256_srli_epi32(vy, 9), part);
	// Words of 128 less the part, and the part.
	const __m256i whole = _mm256_set1_epi32(128);
	fx = _mm256_or_si256(_mm256_sub_epi32(whole, fx), _mm256_slli_epi32(fx, 16));
	fy = _mm256_or_si256(_mm256_sub_epi32(whole, fy), _mm256_slli_epi32(fy, 16));
	int32_t at[span];
	_mm256_storeu_si256((__m256i *)at, _mm256_add_epi32(_mm256_mullo_epi32(_mm256_srli_epi32(vy, 16), _mm256_set1_epi32(w)), _mm256_srli_epi32(vx, 16)));
	__m256i top = level(src, at, fx), low = level(src + w, at, fx);
	__m256i v = _mm256_madd_epi16(_mm256_or_si256(top, _mm256_slli_epi32(low, 16)), fy);
	v = _mm256_srli_epi32(_mm256_add_epi32(v, _mm256_set1_epi32(1 << 13)), 14);
	__m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
	_mm_storel_epi64((__m128i *)out, _mm_packus_epi16(words, words));
}
#endif

// mixer is mix or mix_wide.
typedef void mixer(const uint8_t *src, int w, int32_t x, int32_t y, int32_t sx, int32_t sy, uint8_t *out);

enum { stretch = 64 }; // spans whose places are worked out together

// mapped writes where places of a row are in the source, one span after the other.
__attribute__((always_inline)) static inline void mapped(const double map[9], double u, double du, double v, int32_t *restrict x, int32_t *restrict y)
{
	double px = map[1] * v + map[2], py = map[4] * v + map[5], pd = map[7] * v + map[8];
	for (int i = 0; i <= stretch; i++) {
		double at = u + i * du, d = map[6] * at + pd;
		d = 1 / (fabs(d) < 1e-9 ? 1e-9 : d);
		x[i] = fixed((map[0] * at + px) * d);
		y[i] = fixed((map[3] * at + py) * d);
	}
}

__attribute__((always_inline)) static inline void flatten(mixer *mixed, const uint8_t *src, int w, int h, const double map[9],
                                                          uint8_t *out, int width, int height)
{
	const double unit = 1.0 / (width > 1 ? width - 1 : 1);
	int32_t px[stretch + 1], py[stretch + 1];
	for (int row = 0; row < height; row++, out += width) {
		double v = height > 1 ? (double)row / (height - 1) : 0;
		for (int left = 0, i = stretch; left < width; left += span, i++) {
			if (i == stretch) {
				mapped(map, left * unit, span * unit, v, px, py);
				i = 0;
			}
			int32_t x = px[i], y = py[i], nx = px[i + 1], ny = py[i + 1];
			int32_t sx = (nx - x) / span, sy = (ny - y) / span;
			int n = width - left < span ? width - left : span;
			if (well_inside(w, h, x, y) && well_inside(w, h, nx, ny)) {
				uint8_t levels[span];
				int below = (y >> 16) + ahead < h ? (y >> 16) + ahead : h - 1;
				__builtin_prefetch(src + (size_t)below * w + (x >> 16));
				mixed(src, w, x, y, sx, sy, n == span ? out + left : levels);
				if (n < span)
					memcpy(out + left, levels, n);
			} else {
				for (int k = 0; k < n; k++, x += sx, y += sy)
					out[left + k] = between(src, w, h, x, y);
			}
		}
	}
}

#ifdef WIDE
WIDE static void flatten_wide(const uint8_t *src, int w, int h, const double map[9], uint8_t *out, int width, int height)
{
	flatten(mix_wide, src, w, h, map, out, width, height);
}
#endif

void visavis_flatten(const uint8_t *src, int w, int h, const double map[9], uint8_t *out, int width, int height)
{
#ifdef WIDE
	if (__builtin_cpu_supports("avx2")) {
		flatten_wide(src, w, h, map, out, width, height);
		return;
	}
#endif
	flatten(mix, src, w, h, map, out, width, height);
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
