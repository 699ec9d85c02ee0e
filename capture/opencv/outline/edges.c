#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "edges.h"
#include "../pixel/wide.h"

// apart writes a row's three channels one after the other.
static void apart(const uint8_t *restrict lab, int w, int16_t *restrict row)
{
	for (int x = 0; x < w; x++) {
		row[x] = lab[3 * x];
		row[w + x] = lab[3 * x + 1];
		row[2 * w + x] = lab[3 * x + 2];
	}
}

// pass prepares three rows for the differences of the middle one: smoothed from top to
// bottom, and the difference of bottom and top.
static void pass(const int16_t *restrict up, const int16_t *restrict mid, const int16_t *restrict down, int n,
                 int16_t *restrict smooth, int16_t *restrict slope)
{
	for (int x = 0; x < n; x++) {
		smooth[x] = 3 * (up[x] + down[x]) + 10 * mid[x];
		slope[x] = down[x] - up[x];
	}
}

// roots replaces values that are not negative by their square roots. sqrtf might set
// errno, hence goes one by one.
static void roots(float *v, int n)
{
	int i = 0;
#ifdef __SSE2__
	for (; i + 4 <= n; i += 4)
		_mm_storeu_ps(v + i, _mm_sqrt_ps(_mm_loadu_ps(v + i)));
#endif
	for (; i < n; i++)
		v[i] = sqrtf(v[i]);
}

TWICE void visavis_gradients(const uint8_t *lab, int w, int h, float gain, float *dx, float *dy, float *mag, int16_t *rows)
{
	const float unit = 1.0f / 32, coloured = unit * gain; // of the weights' sum
	int16_t *ring[3] = {rows, rows + 3 * w, rows + 6 * w};
	int16_t *s0 = rows + 9 * w, *s1 = s0 + w, *s2 = s0 + 2 * w, *d0 = s0 + 3 * w, *d1 = s0 + 4 * w, *d2 = s0 + 5 * w;
	apart(lab, w, ring[0]);
	apart(lab + 3 * w, w, ring[1]);
	for (int y = 1; y < h - 1; y++) {
		apart(lab + 3 * (y + 1) * w, w, ring[(y + 1) % 3]);
		pass(ring[(y - 1) % 3], ring[y % 3], ring[(y + 1) % 3], 3 * w, s0, d0);
		float *restrict ox = dx + y * w, *restrict oy = dy + y * w, *restrict om = mag + y * w;
		for (int x = 1; x < w - 1; x++) {
			float x0 = unit * (s0[x + 1] - s0[x - 1]), y0 = unit * (3 * (d0[x - 1] + d0[x + 1]) + 10 * d0[x]);
			float x1 = coloured * (s1[x + 1] - s1[x - 1]), y1 = coloured * (3 * (d1[x - 1] + d1[x + 1]) + 10 * d1[x]);
			float x2 = coloured * (s2[x + 1] - s2[x - 1]), y2 = coloured * (3 * (d2[x - 1] + d2[x + 1]) + 10 * d2[x]);
			float m0 = x0 * x0 + y0 * y0, m1 = x1 * x1 + y1 * y1, m2 = x2 * x2 + y2 * y2;
			x1 = m2 > m1 ? x2 : x1;
			y1 = m2 > m1 ? y2 : y1;
			m1 = m2 > m1 ? m2 : m1;
			ox[x] = m0 >= m1 ? x0 : x1;
			oy[x] = m0 >= m1 ? y0 : y1;
			om[x] = m0 >= m1 ? m0 : m1;
		}
		roots(om + 1, w - 2);
	}
}

enum { together = 8 }; // rows whose means are written together

// means writes some rows' means over 2r+1 pixels, clipped, from the columns of sums of them: together
// they take as long as one, whose sum waits for itself.
INTO void means(const float *restrict columns, float *const dst[together], int w, int r)
{
	const float whole = 1.0f / (2 * r + 1);
	float s[together] = {0}, out[together][together];
	for (int x = 0; x < r && x < w; x++)
		for (int k = 0; k < together; k++)
			s[k] += columns[x * together + k];
	for (int left = 0; left < w; left += together) {
		int n = w - left < together ? w - left : together;
		for (int i = 0; i < n; i++) {
			int first = left + i - r, last = left + i + r;
			if (last < w)
				for (int k = 0; k < together; k++)
					s[k] += columns[last * together + k];
			if (first > 0)
				for (int k = 0; k < together; k++)
					s[k] -= columns[(first - 1) * together + k];
			float of = whole;
			if (first < 0 || last >= w)
				of = 1.0f / ((last < w ? last : w - 1) - (first > 0 ? first : 0) + 1);
			for (int k = 0; k < together; k++)
				out[i][k] = s[k] * of;
		}
		for (int k = 0; k < together; k++)
			for (int i = 0; i < n; i++)
				dst[k][left + i] = out[i][k];
	}
}

TWICE void visavis_box_mean(const float *src, float *dst, int w, int h, int r, float *rows)
{
	float *restrict sum = rows, *restrict columns = rows + w;
	for (int x = 0; x < w; x++)
		sum[x] = 0;
	for (int y = 0; y < r && y < h; y++)
		for (int x = 0; x < w; x++)
			sum[x] += src[y * w + x];
	for (int top = 0; top < h; top += together) {
		float *to[together];
		for (int k = 0; k < together; k++) {
			int y = top + k < h ? top + k : h - 1; // the last rows may come twice
			to[k] = dst + y * w;
			if (top + k >= h) {
				for (int x = 0; x < w; x++)
					columns[x * together + k] = columns[x * together + k - 1];
				continue;
			}
			int first = y - r, last = y + r;
			float n = 1.0f / ((last < h ? last : h - 1) - (first > 0 ? first : 0) + 1);
			const float *more = src + (last < h ? last : 0) * w, *less = src + (first > 0 ? first - 1 : 0) * w;
			if (last < h && first > 0) {
				for (int x = 0; x < w; x++) {
					sum[x] = sum[x] + more[x] - less[x];
					columns[x * together + k] = sum[x] * n;
				}
				continue;
			}
			if (last < h)
				for (int x = 0; x < w; x++)
					sum[x] += more[x];
			if (first > 0)
				for (int x = 0; x < w; x++)
					sum[x] -= less[x];
			for (int x = 0; x < w; x++)
				columns[x * together + k] = sum[x] * n;
		}
		means(columns, to, w, r);
	}
}

TWICE void visavis_edge_strength(visavis_changes c, const float *mean, float floor, int away, float *norm, int32_t *side)
{
	const int w = c.w, h = c.h;
	const float least = 0.7f;
	for (int y = 0; y < h; y++) {
		const float *restrict gx = c.dx + y * w, *restrict gy = c.dy + y * w, *restrict m = c.mag + y * w;
		float *restrict out = norm + y * w;
		int32_t *restrict across = side, *restrict down = side + w;
		for (int x = 0; x < w; x++) {
			float f = away / (m[x] > 1e-3f ? m[x] : 1e-3f);
			across[x] = (int32_t)(gx[x] * f);
			down[x] = (int32_t)(gy[x] * f);
		}
		for (int x = 0; x < w; x++) {
			int x1 = x + across[x], x2 = x - across[x], y1 = y + down[x], y2 = y - down[x];
			x1 = x1 < 0 ? 0 : x1 < w ? x1 : w - 1;
			x2 = x2 < 0 ? 0 : x2 < w ? x2 : w - 1;
			y1 = y1 < 0 ? 0 : y1 < h ? y1 : h - 1;
			y2 = y2 < 0 ? 0 : y2 < h ? y2 : h - 1;
			float p = mean[y1 * w + x1], q = mean[y2 * w + x2];
			out[x] = p < q ? p : q;
		}
		for (int x = 0; x < w; x++) {
			float v = (m[x] / (floor + out[x]) - least) * (1 / 1.2f);
			v = v > 0 ? v : 0;
			out[x] = v < 1 ? v : 1;
		}
	}
}

// direction of a gradient, 0 to pi, to 0.0003.
static float direction(float x, float y)
{
	float ax = fabsf(x), ay = fabsf(y);
	float t = ax > ay ? ay / ax : ax / ay, s = t * t;
	float r = ((-0.0464964749f * s + 0.15931422f) * s - 0.327622764f) * s * t + t;
	if (ay > ax)
		r = 1.57079633f - r;
	return (x < 0) != (y < 0) ? 3.14159265f - r : r;
}

TWICE int visavis_thin(visavis_changes c, const float *norm, visavis_edge_point *out, int most, int32_t *peak)
{
	const int w = c.w, h = c.h;
	const float steep = 2.414f; // tangent of 67.5 degrees
	int n = 0;
	for (int y = 2; y < h - 2; y++) {
		const float *restrict gx = c.dx + y * w, *restrict gy = c.dy + y * w, *restrict v = norm + y * w;
		const float *m = c.mag + y * w, *up = m - w, *down = m + w;
		int32_t *restrict top = peak;
		for (int x = 2; x < w - 2; x++) {
			float ax = fabsf(gx[x]), ay = fabsf(gy[x]), here = m[x];
			float left = m[x - 1], right = m[x + 1], above = up[x], below = down[x];
			float nw = up[x - 1], ne = up[x + 1], sw = down[x - 1], se = down[x + 1];
			int falling = gx[x] * gy[x] > 0;
			float before = falling ? nw : ne, after = falling ? se : sw;
			before = ay > steep * ax ? above : before;
			after = ay > steep * ax ? below : after;
			before = ax > steep * ay ? left : before;
			after = ax > steep * ay ? right : after;
			top[x] = (v[x] > 0) & (here >= before) & (here > after);
		}
		for (int x = 2; x < w - 2; x++) {
			if (!top[x])
				continue;
			if (n == most)
				return n;
			out[n++] = (visavis_edge_point){x, y, direction(gx[x], gy[x]), v[x]};
		}
	}
	return n;
}

// along tells whether an edge lies along a side.
static inline int along(const visavis_edge_point *p, const visavis_near_side *s, float turn, float opposite, float reach)
{
	float d = fabsf(p->angle - s->theta), x = p->x, y = p->y;
	if (d > turn && d < opposite)
		return 0;
	float at = s->a * y - s->b * x;
	return fabsf(s->a * x + s->b * y - s->c) <= reach && at >= s->from && at <= s->to;
}

int visavis_near(const visavis_edge_point *all, int n, const visavis_near_side *sides, const uint8_t *may, int bins,
                 float turn, float opposite, float reach, visavis_edge_point *out)
{
	const float unit = (float)(bins / 3.14159265358979323846);
	int found = 0;
	for (const visavis_edge_point *p = all; p < all + n; p++) {
		int bin = (int)(p->angle * unit);
		unsigned of = may[bin < bins ? bin : bins - 1];
		for (int k = 0; of != 0; k++, of >>= 1)
			if (of & 1 && along(p, sides + k, turn, opposite, reach)) {
				out[found++] = *p;
				break;
			}
	}
	return found;
}
