/* A picture beyond its edges: of an island, of a crystal, of anything. */
#include <math.h>
#include "core/core.h"
#include "em/smear.h"
#include "em/translations.h"

#define EMPTY 0.05	/* of the highest: a rim of an island */
#define NEARLY 0.9	/* of the most alike: as good */
enum { MOST = 64, PASSES = 64 };

struct picture {
	const double *v;
	size_t n[2];
	struct ip_translations shifts;	/* the good ones */
};

static long mirrored(long i, size_t n)
{
	long turn = 2 * (long)n, k = i % turn;

	if (k < 0)
		k += turn;
	return k < (long)n ? k : turn - 1 - k;
}

static long nearest(long i, size_t n)
{
	return i < 0 ? 0 : i < (long)n ? i : (long)n - 1;
}

/*
 * How far x, y is from the picture; in it, how far from a pixel, less 1: so the
 * least is the best.
 */
static double distance(const struct picture *p, double x, double y)
{
	double i = nearbyint(x), j = nearbyint(y);
	double h = (double)p->n[0] - 1, w = (double)p->n[1] - 1;

	if (i >= 0 && i <= h && j >= 0 && j <= w)
		return hypot(x - i, y - j) - 1;
	return hypot(x - fmax(0, fmin(x, h)), y - fmax(0, fmin(y, w)));
}

/* By translations into the picture, or as near as they lead. */
static double beyond(const struct picture *p, double x, double y)
{
	double far = distance(p, x, y);

	for (int pass = 0; far >= 0 && pass < PASSES; pass++) {
		const double *best = NULL;
		for (size_t s = 0; s < p->shifts.count; s++) {
			const double *t = p->shifts.at[s].t;
			double d = distance(p, x - t[0], y - t[1]);
			if (d < far) {
				far = d;
				best = t;
			}
		}
		if (!best)
			break;
		x -= best[0];
		y -= best[1];
	}
	return p->v[mirrored((long)nearbyint(x), p->n[0]) * (long)p->n[1] +
		mirrored((long)nearbyint(y), p->n[1])];
}

static int is_island(const struct picture *p)
{
	size_t h = p->n[0], w = p->n[1], i;
	double rim = 0, high = 0;

	for (i = 0; i < h * w; i++) {
		double v = fabs(p->v[i]);
		high = fmax(high, v);
		if (i < w || i >= (h - 1) * w || i % w == 0 || i % w == w - 1)
			rim = fmax(rim, v);
	}
	return rim < EMPTY * high;
}

static int find_shifts(struct picture *p)
{
	struct ip_translations *f = &p->shifts;
	int rc = ip_translations(p->v, p->n, f);
	size_t i = 0;

	while (i < f->count && i < MOST && f->at[i].alike >= NEARLY *
			f->at[0].alike)
		i++;
	f->count = i;
	return rc;
}

int ip_continue(const double *v, const size_t n[2], const long lo[2],
	const long hi[2], double **out)
{
	struct picture p = { .v = v, .n = { n[0], n[1] } };
	int island = is_island(&p);
	int rc = island ? 0 : find_shifts(&p);
	double *to = rc == 0 ? ip_alloc_array((size_t)(hi[0] - lo[0]),
		(size_t)(hi[1] - lo[1]) * sizeof *to) : NULL;

	*out = to;
	for (long x = lo[0]; to && x < hi[0]; x++)
		for (long y = lo[1]; y < hi[1]; y++)
			*to++ = island ? v[nearest(x, n[0]) * (long)n[1] +
				nearest(y, n[1])] : beyond(&p, (double)x,
				(double)y);
	ip_free(p.shifts.at);
	return rc < 0 || *out ? rc : IP_ENOMEM;
}
