#include "hough.h"
#include "../pixel/wide.h"

enum { at_once = 64 };

// votes_at lets n edges from a place on vote at one angle. Where and how much is worked out for
// many at once; then each votes in its turn.
INTO void votes_at(const visavis_edges *e, int from, int n, int bin, float factor, float *votes)
{
	const float cos = e->cos[bin], sin = e->sin[bin], shift = e->shift;
	float *row = votes + bin * e->rhos;
	int32_t place[at_once];
	float here[at_once], next[at_once];
	for (int end = from + n; from < end; from += at_once) {
		const float *restrict x = e->x + from, *restrict y = e->y + from, *restrict weight = e->weight + from;
		int many = end - from < at_once ? end - from : at_once;
		for (int i = 0; i < many; i++) {
			float rho = x[i] * cos + y[i] * sin + shift;
			int32_t r = (int32_t)rho;
			float part = rho - r, v = weight[i] * factor;
			place[i] = r;
			here[i] = v * (1 - part);
			next[i] = v * part;
		}
		for (int i = 0; i < many; i++) {
			int r = place[i];
			if (r < 1 || r + 2 >= e->rhos)
				continue;
			row[r] += here[i];
			row[r + 1] += next[i];
		}
	}
}

// sum is a place's votes with its neighbours'.
INTO float sum(const float *row, int r) { return 0.6f * row[r - 1] + row[r] + 0.6f * row[r + 1]; }

INTO float best_of(const float *row, int rhos, int32_t *at)
{
	enum { lanes = 8, block = 64 };
	float best = 0;
	*at = 0;
	int r = 1;
	for (; r + block < rhos; r += block) {
		float top[lanes] = {0};
		for (int k = 0; k < block; k += lanes)
			for (int i = 0; i < lanes; i++) {
				float s = sum(row, r + k + i);
				top[i] = s > top[i] ? s : top[i];
			}
		float most = 0;
		for (int i = 0; i < lanes; i++)
			most = top[i] > most ? top[i] : most;
		if (most <= best)
			continue;
		for (int k = 0; k < block; k++)
			if (sum(row, r + k) > best) {
				best = sum(row, r + k);
				*at = r + k;
			}
	}
	for (; r + 1 < rhos; r++)
		if (sum(row, r) > best) {
			best = sum(row, r);
			*at = r;
		}
	return best;
}

TWICE float visavis_best(const float *row, int rhos, int32_t *at) { return best_of(row, rhos, at); }

TWICE void visavis_vote_all(const visavis_edges *e, float *votes, float *best, int32_t *at)
{
	// One row at a time: it stays in the processor's cache.
	for (int bin = 0; bin < e->bins; bin++) {
		int voters = 0;
		for (int k = -e->reach; k <= e->reach; k++) {
			int from = (bin - k + e->bins) % e->bins;
			voters += e->count[from];
			votes_at(e, e->start[from], e->count[from], bin, e->kernel[e->reach + k], votes);
		}
		best[bin] = 0;
		at[bin] = 0;
		if (voters > 0)
			best[bin] = best_of(votes + bin * e->rhos, e->rhos, at + bin);
	}
}

// on tells whether an edge lies on a line.
INTO int on(float x, float y, float a, float b, float c)
{
	float off = x * a + y * b - c;
	return off < 1.3f && off > -1.3f;
}

INTO void swap(float *v, int i, int j)
{
	float kept = v[i];
	v[i] = v[j];
	v[j] = kept;
}

// apart moves those of n edges that lie on a line behind the others, and returns how many
// others there are.
INTO int apart(float *x, float *y, float *weight, int n, float a, float b, float c)
{
	enum { block = 16 };
	int i = 0;
	while (i < n) {
		// Most edges lie elsewhere: these are passed over many at once.
		if (i + block <= n) {
			int any = 0;
			for (int k = 0; k < block; k++)
				any |= on(x[i + k], y[i + k], a, b, c);
			if (!any) {
				i += block;
				continue;
			}
		}
		int end = i + block < n ? i + block : n;
		while (i < end && i < n) {
			if (!on(x[i], y[i], a, b, c)) {
				i++;
				continue;
			}
			n--;
			swap(x, i, n);
			swap(y, i, n);
			swap(weight, i, n);
		}
	}
	return n;
}

TWICE int visavis_remove(visavis_edges *e, float a, float b, float c, int bin, int reach, float *votes, bool *stale)
{
	int any = 0;
	for (int d = -reach; d <= reach; d++) {
		int at = (bin + d + e->bins) % e->bins, from = e->start[at], n = e->count[at];
		int left = apart(e->x + from, e->y + from, e->weight + from, n, a, b, c);
		if (left == n)
			continue;
		any = 1;
		e->count[at] = left;
		for (int k = -e->reach; k <= e->reach; k++) {
			int angle = (at + k + e->bins) % e->bins;
			votes_at(e, from + left, n - left, angle, -e->kernel[e->reach + k], votes);
			stale[angle] = true;
		}
	}
	return any;
}
