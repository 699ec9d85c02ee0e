#include <math.h>

#include "score.h"
#include "../pixel/wide.h"
#ifdef WIDE
#include <immintrin.h>
#endif
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// stronger is the strength of the edge at a pixel if it is more than best and the gradient lies
// along a, b; else best.
static inline float stronger(visavis_edge_planes e, int x, int y, float a, float b, float best)
{
	if (x < 0 || y < 0 || x >= e.w || y >= e.h)
		return best;
	int i = y * e.w + x;
	float v = e.norm[i];
	if (v <= best)
		return best;
	float along = fabsf(e.dx[i] * a + e.dy[i] * b), across = fabsf(e.dx[i] * b - e.dy[i] * a);
	return across < 0.45f * along ? v : best; // within 24 degrees
}

// edge_at is the strength of an edge within a pixel of x, y whose gradient lies along a, b.
static float edge_at(visavis_edge_planes e, float x, float y, float a, float b)
{
	float best = 0;
	for (int k = -1; k <= 1; k++)
		best = stronger(e, (int)(x + k * a + 0.5f), (int)(y + k * b + 0.5f), a, b, best);
	return best;
}

INTO int inside(int w, int h, float x, float y) { return x >= 0 && y >= 0 && x <= w - 1 && y <= h - 1; }

#ifdef WIDE
// edges_at is edge_at at eight places.
WIDE static __m256 edges_at(visavis_edge_planes e, __m256 x, __m256 y, float a, float b)
{
	const __m256 va = _mm256_set1_ps(a), vb = _mm256_set1_ps(b), half = _mm256_set1_ps(0.5f);
	const __m256 positive = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
	const __m256i w = _mm256_set1_epi32(e.w), h = _mm256_set1_epi32(e.h), before = _mm256_set1_epi32(-1);
	__m256 best = _mm256_setzero_ps();
	for (int k = -1; k <= 1; k++) {
		__m256i px = _mm256_cvttps_epi32(_mm256_add_ps(_mm256_add_ps(x, _mm256_set1_ps(k * a)), half));
		__m256i py = _mm256_cvttps_epi32(_mm256_add_ps(_mm256_add_ps(y, _mm256_set1_ps(k * b)), half));
		__m256i in = _mm256_and_si256(_mm256_and_si256(_mm256_cmpgt_epi32(px, before), _mm256_cmpgt_epi32(w, px)),
		                              _mm256_and_si256(_mm256_cmpgt_epi32(py, before), _mm256_cmpgt_epi32(h, py)));
		__m256i at = _mm256_add_epi32(_mm256_mullo_epi32(py, w), px);
		__m256 v = _mm256_mask_i32gather_ps(_mm256_setzero_ps(), e.norm, at, _mm256_castsi256_ps(in), 4);
		__m256 more = _mm256_cmp_ps(v, best, _CMP_GT_OQ);
		if (_mm256_movemask_ps(more) == 0)
			continue;
		__m256 dx = _mm256_mask_i32gather_ps(_mm256_setzero_ps(), e.dx, at, more, 4);
		__m256 dy = _mm256_mask_i32gather_ps(_mm256_setzero_ps(), e.dy, at, more, 4);
		__m256 along = _mm256_and_ps(_mm256_add_ps(_mm256_mul_ps(dx, va), _mm256_mul_ps(dy, vb)), positive);
		__m256 across = _mm256_and_ps(_mm256_sub_ps(_mm256_mul_ps(dx, vb), _mm256_mul_ps(dy, va)), positive);
		__m256 lies = _mm256_cmp_ps(across, _mm256_mul_ps(_mm256_set1_ps(0.45f), along), _CMP_LT_OQ);
		best = _mm256_blendv_ps(best, v, _mm256_and_ps(more, lies));
	}
	return best;
}

// along_wide is visavis_along, eight places at once.
WIDE static float along_wide(visavis_edge_planes e, visavis_walk walk, int *seen)
{
	float sum = 0, nx = walk.nx, ny = walk.ny, edges[8];
	const __m256 right = _mm256_set1_ps(e.w - 1), bottom = _mm256_set1_ps(e.h - 1), zero = _mm256_setzero_ps();
	*seen = 0;
	for (int from = 0; from < walk.n; from += 8) {
		__m256 i = _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_set1_epi32(from), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
		__m256 x = _mm256_add_ps(_mm256_set1_ps(walk.x), _mm256_mul_ps(i, _mm256_set1_ps(walk.stepx)));
		__m256 y = _mm256_add_ps(_mm256_set1_ps(walk.y), _mm256_mul_ps(i, _mm256_set1_ps(walk.stepy)));
		__m256 in = _mm256_and_ps(_mm256_and_ps(_mm256_cmp_ps(x, zero, _CMP_GE_OQ), _mm256_cmp_ps(y, zero, _CMP_GE_OQ)),
		                          _mm256_and_ps(_mm256_cmp_ps(x, right, _CMP_LE_OQ), _mm256_cmp_ps(y, bottom, _CMP_LE_OQ)));
		int counts = walk.how == VISAVIS_TWO_WIDE ? 255 : _mm256_movemask_ps(in);
		int last = 0;
		if (walk.n - from < 8)
			counts &= (1 << (walk.n - from)) - 1;
		if (walk.how == VISAVIS_END_THERE && counts != 255) {
			counts &= ~counts - 1; // those before the first that is outside
			last = 1;
		}
		if (counts != 0) {
			__m256 best = edges_at(e, x, y, nx, ny);
			if (walk.how == VISAVIS_TWO_WIDE) {
				const __m256 vx = _mm256_set1_ps(nx), vy = _mm256_set1_ps(ny);
				__m256 one = edges_at(e, _mm256_add_ps(x, vx), _mm256_add_ps(y, vy), nx, ny);
				__m256 other = edges_at(e, _mm256_sub_ps(x, vx), _mm256_sub_ps(y, vy), nx, ny);
				best = _mm256_max_ps(best, _mm256_max_ps(one, other));
			}
			_mm256_storeu_ps(edges, best);
			for (int k = 0; k < 8; k++)
				if (counts >> k & 1) {
					sum += edges[k];
					(*seen)++;
				}
		}
		if (last)
			break;
	}
	return sum;
}
#endif

float visavis_along(visavis_edge_planes e, visavis_walk walk, int *seen)
{
#ifdef WIDE
	if (__builtin_cpu_supports("avx2"))
		return along_wide(e, walk, seen);
#endif
	float sum = 0, nx = walk.nx, ny = walk.ny;
	*seen = 0;
	for (int i = 0; i < walk.n; i++) {
		float x = walk.x + i * walk.stepx, y = walk.y + i * walk.stepy;
		if (!inside(e.w, e.h, x, y)) {
			if (walk.how == VISAVIS_END_THERE)
				break;
			if (walk.how == VISAVIS_PASS_OVER)
				continue;
		}
		(*seen)++;
		float best = edge_at(e, x, y, nx, ny);
		if (walk.how == VISAVIS_TWO_WIDE)
			best = fmaxf(best, fmaxf(edge_at(e, x + nx, y + ny, nx, ny), edge_at(e, x - nx, y - ny, nx, ny)));
		sum += best;
	}
	return sum;
}

void visavis_line(visavis_edge_planes e, double a, double b, double footx, double footy, double t, int n, float *sums)
{
	const float nx = a, ny = b;
	sums[0] = 0;
	for (int i = 0; i < n; i++) {
		double at = t + i + 0.5, x = footx - b * at, y = footy + a * at;
		float best = 0;
		for (int k = -1; k <= 1; k++)
			best = stronger(e, (int)(x + k * (double)nx + 0.5), (int)(y + k * (double)ny + 0.5), nx, ny, best);
		sums[i + 1] = sums[i] + best;
	}
}

INTO const uint8_t *pixel(visavis_colours p, float x, float y)
{
	int px = (int)(x + 0.5f), py = (int)(y + 0.5f);
	px = px < 0 ? 0 : px < p.w ? px : p.w - 1;
	py = py < 0 ? 0 : py < p.h ? py : p.h - 1;
	return p.lab + 3 * (py * p.w + px);
}

INTO float length3(const float d[3]) { return sqrtf(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]); }

// The colour differences count for a little more than lightness.
static const float gain[3] = {1, 1.4f, 1.4f};

TWICE int visavis_contrast(visavis_colours p, visavis_side side, float *total, float *mean)
{
	float ax = side.ax, ay = side.ay, bx = side.bx, by = side.by;
	enum { stretches = 14, places = 3 };
	float length = hypotf(bx - ax, by - ay);
	float nx = (by - ay) / length, ny = -(bx - ax) / length;
	float all[3] = {0};
	int count = 0;
	*total = 0;
	for (int i = 0; i < stretches; i++) {
		int d[3] = {0}, n = 0;
		for (int j = 0; j < places; j++) {
			float t = 0.05f + 0.9f * (places * i + j + 0.5f) / (places * stretches);
			float x = ax + (bx - ax) * t, y = ay + (by - ay) * t;
			for (int depth = 2; depth <= 4; depth++) {
				float ox = x + nx * depth, oy = y + ny * depth, ix = x - nx * depth, iy = y - ny * depth;
				if (!inside(p.w, p.h, ix, iy) || !inside(p.w, p.h, ox, oy))
					continue;
				const uint8_t *in = pixel(p, ix, iy), *out = pixel(p, ox, oy);
				for (int k = 0; k < 3; k++)
					d[k] += out[k] - in[k];
				n++;
			}
		}
		if (n == 0)
			continue;
		float v[3];
		for (int k = 0; k < 3; k++) {
			v[k] = gain[k] * d[k] / n;
			all[k] += v[k];
		}
		*total += length3(v);
		count++;
	}
	*mean = length3(all);
	return count;
}

TWICE float visavis_content(visavis_colours p, const double map[9], float limit)
{
	enum { columns = 12, rows = 8 };
	int found = 0, seen = 0;
	float m[9];
	for (int i = 0; i < 9; i++)
		m[i] = map[i];
	for (int j = 0; j < rows; j++) {
		for (int i = 0; i < columns; i++) {
			float u = 0.08f + 0.84f * (i + 0.5f) / columns, v = 0.08f + 0.84f * (j + 0.5f) / rows;
			int low = 255, high = 0, n = 0;
			for (int k = 0; k < 9; k++) {
				float pu = u + 0.028f * (k % 3 - 1), pv = v + 0.04f * (k / 3 - 1);
				float d = m[6] * pu + m[7] * pv + m[8];
				d = 1 / (fabsf(d) < 1e-9f ? 1e-9f : d);
				float x = (m[0] * pu + m[1] * pv + m[2]) * d, y = (m[3] * pu + m[4] * pv + m[5]) * d;
				if (!inside(p.w, p.h, x, y))
					continue;
				int l = *pixel(p, x, y);
				low = l < low ? l : low;
				high = l > high ? l : high;
				n++;
			}
			if (n >= 5) {
				seen++;
				found += high - low > limit;
			}
		}
	}
	return seen ? (float)found / seen : 0;
}

TWICE int visavis_commonest(const int32_t seen[16 * 16 * 16])
{
	int32_t best = 0;
	for (int l = 0; l < 16; l++)
		for (int a = 0; a < 15; a++) {
			const int32_t *p = seen + 256 * l + 16 * a, *darker = l > 0 ? p - 256 : p;
			const int32_t twice = l > 0 ? 1 : 0;
			for (int b = 0; b < 15; b++) {
				int32_t sum = p[b] + p[b + 1] + p[b + 16] + p[b + 17];
				sum += twice * (darker[b] + darker[b + 1] + darker[b + 16] + darker[b + 17]);
				best = sum > best ? sum : best;
			}
		}
	return best;
}

// smooth is the colour between pixels, the differences with their gain.
INTO void smooth(visavis_colours from, float x, float y, float out[3])
{
	int w = from.w, h = from.h;
	x = x < 0 ? 0 : x > w - 1 ? w - 1 : x;
	y = y < 0 ? 0 : y > h - 1 ? h - 1 : y;
	int px = (int)x, py = (int)y;
	float fx = x - px, fy = y - py;
	const uint8_t *p = from.lab + 3 * (py * w + px);
	int right = px + 1 < w ? 3 : 0, down = py + 1 < h ? 3 * w : 0;
	float a = (1 - fx) * (1 - fy), b = fx * (1 - fy), c = (1 - fx) * fy, d = fx * fy;
	for (int k = 0; k < 3; k++)
		out[k] = gain[k] * (a * p[k] + b * p[k + right] + c * p[k + down] + d * p[k + right + down]);
}

// places are where along a side, 0 to 1, its edge lies off the given line, and how
// strong it is.
enum { most_places = 64 };
struct places {
	float t[most_places], off[most_places], weight[most_places];
	int n;
};

// peak_shift is the place of a parabola's top between samples, -0.5 to 0.5.
INTO float peak_shift(const float *v, int i, int n)
{
	if (i == 0 || i == n - 1)
		return 0;
	float d = v[i - 1] - 2 * v[i] + v[i + 1];
	if (d >= 0)
		return 0;
	float s = 0.5f * (v[i - 1] - v[i + 1]) / d;
	return s < -0.5f ? -0.5f : s > 0.5f ? 0.5f : s;
}

// look finds the edge across the side at x, y.
INTO void look(visavis_colours from, float t, visavis_walk at_side, float reach, struct places *p)
{
	float x = at_side.x, y = at_side.y, nx = at_side.nx, ny = at_side.ny;
	enum { most_steps = 9 };
	int steps = (int)ceilf(2 * reach) + 1, n = 2 * steps + 1;
	float colours[2 * most_steps + 5][3], profile[2 * most_steps + 1];
	// The colours every half pixel across the side, from one pixel before the profile.
	for (int k = 0; k < n + 4; k++) {
		float o = 0.5f * (k - steps) - 1;
		smooth(from, x + nx * o, y + ny * o, colours[k]);
	}
	float best = 0;
	int at = 0;
	for (int k = 0; k < n; k++) {
		float d[3] = {colours[k + 4][0] - colours[k][0], colours[k + 4][1] - colours[k][1], colours[k + 4][2] - colours[k][2]};
		profile[k] = length3(d) * (1 - 0.25f * fabsf(0.5f * (k - steps)) / (reach + 0.5f));
		if (profile[k] > best) {
			best = profile[k];
			at = k;
		}
	}
	if (best < 1.5f)
		return;
	p->t[p->n] = t;
	p->off[p->n] = 0.5f * (at - steps) + 0.5f * peak_shift(profile, at, n);
	p->weight[p->n] = best < 25 ? best : 25;
	p->n++;
}

// agreement is the weight of the places within a pixel of a line.
INTO float agreement(const struct places *p, float start, float slope)
{
	const float near = 0.8f;
#ifdef __SSE2__
	const __m128 from = _mm_set1_ps(start), rise = _mm_set1_ps(slope), most = _mm_set1_ps(near), one = _mm_set1_ps(1);
	const __m128 loss = _mm_set1_ps(0.5f / near), sign = _mm_set1_ps(-0.0f);
	__m128 sum = _mm_setzero_ps();
	for (int i = 0; i < p->n; i += 4) { // as below, four at once
		__m128 d = _mm_sub_ps(_mm_sub_ps(_mm_loadu_ps(p->off + i), from), _mm_mul_ps(rise, _mm_loadu_ps(p->t + i)));
		d = _mm_andnot_ps(sign, d);
		__m128 w = _mm_mul_ps(_mm_loadu_ps(p->weight + i), _mm_sub_ps(one, _mm_mul_ps(loss, d)));
		sum = _mm_add_ps(sum, _mm_and_ps(_mm_cmplt_ps(d, most), w));
	}
	float all[4];
	_mm_storeu_ps(all, sum);
	return all[0] + all[1] + all[2] + all[3];
#else
	float part[4] = {0};
	for (int i = 0; i < p->n; i += 4) // places that are not there have no weight
		for (int k = 0; k < 4; k++) {
			float d = fabsf(p->off[i + k] - start - slope * p->t[i + k]);
			float w = p->weight[i + k] * (1 - 0.5f / near * d);
			part[k] += d < near ? w : 0;
		}
	return part[0] + part[1] + part[2] + part[3];
#endif
}

// settle fits a line by least squares to the places near one, twice.
INTO void settle(const struct places *p, float *off0, float *off1)
{
	for (int pass = 0; pass < 2; pass++) {
		float s = 0, st = 0, stt = 0, so = 0, sto = 0;
		for (int i = 0; i < p->n; i++) {
			float t = p->t[i], o = p->off[i], d = fabsf(o - *off0 - (*off1 - *off0) * t);
			if (d > 1.5f)
				continue;
			float w = p->weight[i] / (0.3f + d);
			s += w;
			st += w * t;
			stt += w * t * t;
			so += w * o;
			sto += w * t * o;
		}
		float det = s * stt - st * st;
		if (det > 1e-6f) {
			float start = (stt * so - st * sto) / det;
			*off1 = start + (s * sto - st * so) / det;
			*off0 = start;
		}
	}
}

// line finds the line most places agree with.
INTO int line(const struct places *p, float reach, float *off0, float *off1)
{
	float best = 0;
	int step = p->n / 20 > 1 ? p->n / 20 : 1;
	for (int i = 0; i < p->n; i += step)
		for (int j = i + 1; j < p->n; j += step) {
			float run = p->t[j] - p->t[i];
			if (run < 0.3f)
				continue;
			float slope = (p->off[j] - p->off[i]) / run, start = p->off[i] - slope * p->t[i];
			if (fabsf(start) > reach + 1 || fabsf(start + slope) > reach + 1)
				continue;
			float sum = agreement(p, start, slope);
			if (sum > best) {
				best = sum;
				*off0 = start;
				*off1 = start + slope;
			}
		}
	if (best > 0)
		settle(p, off0, off1);
	return best > 0;
}

TWICE int visavis_fit(visavis_colours from, visavis_side side, float reach, float *off0, float *off1)
{
	float ax = side.ax, ay = side.ay, bx = side.bx, by = side.by;
	float length = hypotf(bx - ax, by - ay);
	if (length < 8 || reach > 4)
		return 0;
	float nx = (by - ay) / length, ny = -(bx - ax) / length; // outwards of a clockwise outline
	int n = (int)(length / 3);
	n = n < 16 ? 16 : n < most_places ? n : most_places;
	struct places p = {.n = 0};
	for (int i = 0; i < n; i++) {
		float t = 0.05f + 0.9f * (i + 0.5f) / n, x = ax + (bx - ax) * t, y = ay + (by - ay) * t, r = reach + 2;
		if (inside(from.w, from.h, x - nx * r, y - ny * r) && inside(from.w, from.h, x + nx * r, y + ny * r))
			look(from, t, (visavis_walk){.x = x, .y = y, .nx = nx, .ny = ny}, reach, &p);
	}
	if (p.n < (n / 4 > 6 ? n / 4 : 6))
		return 0;
	return line(&p, reach, off0, off1);
}
