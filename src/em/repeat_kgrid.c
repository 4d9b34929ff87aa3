/*
 * The k grid: the waves of the probe, sorted by the k point kappa they share
 * up to a reciprocal lattice vector, and what detectors see of each point.
 */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "detector.h"
#include "repeat.h"

#define PI 3.14159265358979323846
#define MOST_WAVES 1e7
#define SUB 8	/* places on a side, see add_shares */

/* k = kappa + G; kappa's whole numbers keep what lies on an axis there. */
void ip_kgrid_vector(const struct ip_repeat *r, const int i[2], int g0,
	int g1, double k[2])
{
	double m0 = (double)r->waves[0], m1 = (double)r->waves[1];

	ip_reciprocal_vector(r->period->b, (i[0] + m0 * g0) / m0,
		(i[1] + m1 * g1) / m1, k);
}

/*
 * The soft edge is as wide as the k grid's pixel in the direction of k; for
 * an orthogonal cell as in a supercell's box.
 */
static double aperture(const struct ip_repeat *r, double wavelength,
	const double k[2])
{
	double length = hypot(k[0], k[1]), edge = 1e-3 * r->probe.semiangle;
	double width[2], v;

	if (length == 0)
		return 1;
	if (r->probe.hard)
		return wavelength * length <= edge;
	for (int i = 0; i < 2; i++)
		width[i] = (k[0] * r->period->b[i][0] + k[1] *
			r->period->b[i][1]) / length / (double)r->waves[i];
	v = (edge - wavelength * length) / (wavelength *
		hypot(width[0], width[1])) + 0.5;
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* G along one vector whose kappa + G may lie inside reach (as k . a). */
struct range { int from, to; };

static struct range range_of(double reach, int i, size_t m)
{
	double f = (double)i / (double)m;
	struct range g = { (int)ceil(-reach - f), (int)floor(reach - f) };

	return g;
}

struct reach { double k[2]; };

/* How far the aperture goes along a vector, with its soft edge. */
static struct reach reach_of(const struct ip_repeat *r, double wavelength)
{
	double k = 1e-3 * r->probe.semiangle / wavelength;
	struct reach out;

	for (int i = 0; i < 2; i++)
		k += hypot(r->period->b[i][0], r->period->b[i][1]) /
			(double)r->waves[i];
	for (int i = 0; i < 2; i++)
		out.k[i] = k * hypot(r->period->a[i][0], r->period->a[i][1]);
	return out;
}

static void note(struct ip_kgrid *k, int g0, int g1, double weight)
{
	size_t a = (size_t)(g0 < 0 ? -g0 : g0), b = (size_t)(g1 < 0 ? -g1 : g1);

	if (k->g) {
		k->g[k->count][0] = g0;
		k->g[k->count][1] = g1;
		k->weight[k->count] = weight;
	}
	if (a > k->reach[0])
		k->reach[0] = a;
	if (b > k->reach[1])
		k->reach[1] = b;
	k->count++;
}

/* The waves of one k point; counted, and kept where there is room. */
static int collect_point(struct ip_kgrid *k, const struct ip_repeat *r,
	double wavelength, const int i[2], double *squares)
{
	struct reach reach = reach_of(r, wavelength);
	struct range x = range_of(reach.k[0], i[0], r->waves[0]);
	struct range y = range_of(reach.k[1], i[1], r->waves[1]);
	double v[2], w;

	for (int g0 = x.from; g0 <= x.to; g0++)
		for (int g1 = y.from; g1 <= y.to; g1++) {
			ip_kgrid_vector(r, i, g0, g1, v);
			if ((w = aperture(r, wavelength, v)) <= 0)
				continue;
			if (ip_grid_aperture(&r->period->pixel,
					hypot(v[0], v[1])) < 1)
				return ip_fail(IP_EPHYSICS, "semiangle: %g "
					"mrad reaches into the grid's band "
					"limit, %.1f mrad with its soft edge; "
					"take a finer grid",
					r->probe.semiangle, 1e3 * wavelength *
					ip_period_cutoff(r->period));
			*squares += w * w;
			note(k, g0, g1, w);
		}
	return 0;
}

static int collect(struct ip_kgrid *k, const struct ip_repeat *r,
	double *squares)
{
	double wavelength = ip_wavelength(r->probe.energy);
	int m[2] = { (int)r->waves[0], (int)r->waves[1] }, i[2], rc;

	*squares = 0;
	k->points = k->count = k->most = 0;
	for (i[0] = -(m[0] / 2); i[0] < m[0] - m[0] / 2; i[0]++)
		for (i[1] = -(m[1] / 2); i[1] < m[1] - m[1] / 2; i[1]++) {
			size_t first = k->count, n;
			if ((rc = collect_point(k, r, wavelength, i,
					squares)) < 0)
				return rc;
			if ((n = k->count - first) == 0)
				continue;
			if (n > k->most)
				k->most = n;
			if (k->point)
				k->point[k->points] = (struct ip_kpoint){
					{ i[0], i[1] }, first, n };
			k->points++;
		}
	return 0;
}

int ip_kgrid_new(struct ip_kgrid *k, const struct ip_repeat *r)
{
	double squares;
	int rc;

	*k = (struct ip_kgrid){ 0 };
	if ((rc = collect(k, r, &squares)) < 0)
		return rc;
	if ((double)k->count > MOST_WAVES)
		return ip_fail(IP_ELIMIT, "k grid: %zu waves; expected at most "
			"%g", k->count, MOST_WAVES);
	k->point = ip_alloc_array(k->points, sizeof *k->point);
	k->g = ip_alloc_array(k->count, sizeof *k->g);
	k->weight = ip_alloc_array(k->count, sizeof *k->weight);
	if (!k->point || !k->g || !k->weight)
		return IP_ENOMEM;
	rc = collect(k, r, &squares);
	for (size_t w = 0; rc == 0 && w < k->count; w++)
		k->weight[w] /= sqrt(squares);
	return rc;
}

void ip_kgrid_free(struct ip_kgrid *k)
{
	ip_free(k->point);
	ip_free(k->g);
	ip_free(k->weight);
	*k = (struct ip_kgrid){ 0 };
}

/* cos and sin, exact at the right angles: what lies on an axis stays on one. */
void ip_turned(const double k[2], double rotation, double out[2])
{
	double c = cos(rotation), s = sin(rotation), x = k[0], y = k[1];

	if (fabs(c) < 1e-14 || fabs(s) < 1e-14) {
		c = nearbyint(c);
		s = nearbyint(s);
	}
	out[0] = c * x - s * y;
	out[1] = s * x + c * y;
}

struct lists {
	uint32_t *pixel, *first, *channel;
	ip_real *weight;
	size_t rows, count;
	double *share;			/* [channels], of one place */
};

/* Of the k grid: x, y of its steps from k, in the picture's frame. */
static void step_from(const struct ip_repeat *r, const double k[2], double x,
	double y, double rotation, double at[2])
{
	for (int a = 0; a < 2; a++)
		at[a] = k[a] + x * r->period->b[0][a] / (double)r->waves[0] +
			y * r->period->b[1][a] / (double)r->waves[1];
	ip_turned(at, rotation, at);
}

/* Whether from .. to, in units of step, holds a whole number. */
static int crosses(double from, double to, double step)
{
	return floor(from / step) != floor(to / step);
}

/*
 * Whether an edge of d comes as near to k as a corner of its piece of the
 * plane, mrad: none passes through the piece unseen.
 */
static int has_edge(const struct ip_repeat *r, const struct ip_detector *d,
	const double k[2], double rotation)
{
	static const double none[2] = { 0, 0 };
	double mrad = 1e3 * ip_wavelength(r->probe.energy), at[2], u[2], v[2];
	double rings = d->kind == IP_SEGMENTED ? d->radial : 1;

	if (r->whole || d->kind == IP_COM || d->kind == IP_TOTAL)
		return 0;
	step_from(r, none, 0.5, 0.5, 0, u);
	step_from(r, none, 0.5, -0.5, 0, v);
	double reach = mrad * fmax(hypot(u[0], u[1]), hypot(v[0], v[1]));
	step_from(r, k, 0, 0, rotation, at);
	for (int a = 0; a < 2; a++)
		at[a] = mrad * at[a] - d->offset[a];
	double alpha = hypot(at[0], at[1]);
	if (alpha + reach < d->inner || alpha - reach > d->outer)
		return 0;
	if (crosses(alpha - reach - d->inner, alpha + reach - d->inner,
			(d->outer - d->inner) / rings))
		return 1;
	if (d->kind != IP_SEGMENTED)
		return 0;
	if (alpha <= reach)
		return 1;
	double phi = atan2(at[1], at[0]) - d->rotation;
	double turn = asin(reach / alpha);
	return crosses(phi - turn, phi + turn, 2 * PI / d->azimuthal);
}

/*
 * What a detector has of k: all of it or nothing, or at an edge its share of
 * the piece of the plane that k stands for, the k grid's own, at SUB x SUB
 * places in it.
 */
static void add_shares(const struct ip_repeat *r, const struct ip_detector *d,
	size_t base, const double k[2], double rotation, double *share)
{
	int n = has_edge(r, d, k, rotation) ? SUB : 1;
	double wavelength = ip_wavelength(r->probe.energy), at[2];
	struct ip_entry e[IP_ENTRIES];

	for (int i = 0; i < n * n; i++) {
		step_from(r, k, (i / n + 0.5) / n - 0.5, (i % n + 0.5) / n -
			0.5, rotation, at);
		size_t m = ip_detector_entries(d, base, wavelength, at[0],
			at[1], e);
		for (size_t j = 0; j < m; j++)
			share[e[j].channel] += (double)e[j].weight / (n * n);
	}
}

/* The entries of one place; true if there are any. */
static int add_entries(const struct ip_repeat *r, const double k[2],
	double rotation, size_t channels, struct lists *l)
{
	size_t base = 0, before = l->count;

	memset(l->share, 0, channels * sizeof *l->share);
	for (size_t q = 0; q < r->detector_count; q++) {
		add_shares(r, &r->detectors[q], base, k, rotation, l->share);
		base += ip_detector_channels(&r->detectors[q]);
	}
	for (size_t c = 0; c < channels; c++) {
		if (l->share[c] == 0)
			continue;
		if (l->pixel) {
			l->channel[l->count] = (uint32_t)c;
			l->weight[l->count] = (ip_real)l->share[c];
		}
		l->count++;
	}
	return l->count > before;
}

/* Walk the band of one point; count only, or fill lists that have room. */
static void walk(const struct ip_repeat *r, const struct ip_kpoint *p,
	double rotation, size_t channels, struct lists *l)
{
	const struct ip_band *b = &r->period->band;
	double limit = ip_period_cutoff(r->period), k[2];
	int hx = (int)b->hx, hy = (int)b->hy;
	uint32_t pixel = 0;

	l->rows = l->count = 0;
	for (int i = -hx; i <= hx; i++)
		for (int j = -hy; j <= hy; j++, pixel++) {
			ip_kgrid_vector(r, p->i, i, j, k);
			if (hypot(k[0], k[1]) > limit ||
				!add_entries(r, k, rotation, channels, l))
				continue;
			if (l->pixel) {
				l->pixel[l->rows] = pixel;
				l->first[l->rows + 1] = (uint32_t)l->count;
			}
			l->rows++;
		}
}

int ip_kpoint_pixels(const struct ip_repeat *r, const struct ip_kpoint *p,
	double rotation, struct ip_pixels *pixels)
{
	struct lists l = { 0 };
	size_t channels = 0;
	int rc = 0;

	*pixels = (struct ip_pixels){ 0 };
	for (size_t q = 0; q < r->detector_count; q++)
		channels += ip_detector_channels(&r->detectors[q]);
	l.share = ip_alloc_array(channels, sizeof *l.share);
	if (!l.share)
		return IP_ENOMEM;
	walk(r, p, rotation, channels, &l);
	l.pixel = ip_alloc_array(l.rows, sizeof *l.pixel);
	l.first = ip_alloc_array(l.rows + 1, sizeof *l.first);
	l.channel = ip_alloc_array(l.count, sizeof *l.channel);
	l.weight = ip_alloc_array(l.count, sizeof *l.weight);
	*pixels = (struct ip_pixels){ .rows = l.rows, .pixel = l.pixel,
		.first = l.first, .channel = l.channel, .weight = l.weight,
		.channels = channels };
	if (!l.pixel || !l.first || !l.channel || !l.weight)
		rc = IP_ENOMEM;
	else
		walk(r, p, rotation, channels, &l);
	ip_free(l.share);
	return rc;
}
