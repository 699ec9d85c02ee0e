#include "hough.h"
#include "../pixel/wide.h"

enum { at_once = 64 };

// votes_at lets n edges from a place on vote at one angle. Where and how much is worked out for
// many at once; then each votes in its turn.
static inline void votes_at(const visavis_edges *e, int from, int n, int bin, float factor, float *votes)
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
static float sum(const float *row, int r) { return 0.6f * row[r - 1] + row[r] + 0.6f * row[r + 1]; }

static inline float best_of(const float *row, int rhos, int32_t *at)
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
		for (int k = -e->reach; k <= e->reach; k++) {
			int from = (bin - k + e->bins) % e->bins;
			votes_at(e, e->start[from], e->count[from], bin, e->kernel[e->reach + k], votes);
		}
		best[bin] = best_of(votes + bin * e->rhos, e->rhos, at + bin);
	}
}

TWICE void visavis_vote(const visavis_edges *e, int bin, int from, int n, float sign, float *votes)
{
	for (int k = -e->reach; k <= e->reach; k++)
		votes_at(e, from, n, (bin + k + e->bins) % e->bins, sign * e->kernel[e->reach + k], votes);
}
