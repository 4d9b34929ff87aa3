/*
 * The potential along the beam of a tilted perfect crystal from that along its
 * zone axis: an integral along a line, in pixels. Every pixel's line is the
 * same, so the integral is a sum over neighbours with weights that are made
 * once; a map of thickness makes them anew where it changes.
 */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "em/smear.h"
#include <iphase/em.h>
#include <iphase/specimen.h>

#define PI 3.14159265358979323846
#define NM 10.0			/* Angstrom */
#define STEEP 30.0		/* degree; no crystal is so far off its axis */
#define LONGEST 4096.0		/* pixels */

/*
 * Between pixels pictures are a sum of sin(pi x)/(pi x) under a Kaiser window
 * of 2 HALF pixels. Up to two thirds of what pixels can show it is right to
 * 1e-3; three points of Gauss a pixel are better: (2 pi / 3)^6 / 2016000.
 */
enum { HALF = 6, TAPS = 2 * HALF, NODES = 3 };
#define KAISER 6.0
static const double node[NODES] = { 0.1127016653792583, 0.5,
	0.8872983346207417 };
static const double share[NODES] = { 5. / 18, 8. / 18, 5. / 18 };

/* Weights between pixels are linear between so many places. They bend by less
 * than 4 a square pixel: 4 / 8 / PLACES^2 off. */
enum { PLACES = 1024 };

/* Pixel (i, j) shows the sum of w[a][b] times pixel (i+lo[0]+a, j+lo[1]+b). */
struct line {
	double (*between)[TAPS];	/* [PLACES + 1] */
	double step[2];		/* pixels a nm of depth */
	double nm;		/* the depth that w is for */
	long lo[2];
	size_t n[2], room;
	double *w;
};

static double bessel_i0(double x)
{
	double sum = 1, term = 1;

	for (int k = 1; k < 30; k++)
		sum += term *= x * x / (4.0 * k * k);
	return sum;
}

/* Of pixels 1 - HALF .. HALF at f, 0 <= f <= 1; they add up to 1. */
static void weigh(double f, double w[TAPS])
{
	double sum = 0;

	for (int i = 0; i < TAPS; i++) {
		double x = f - (i + 1 - HALF), r = x / HALF;
		/* (sin of a multiple of PI is not quite 0) */
		w[i] = f == floor(f) ? x == 0 : sin(PI * x) / (PI * x) *
			bessel_i0(KAISER * sqrt(fmax(0, 1 - r * r)));
		sum += w[i];
	}
	for (int i = 0; i < TAPS; i++)
		w[i] /= sum;
}

static int weigh_all(struct line *l)
{
	l->between = ip_alloc_array(PLACES + 1, sizeof *l->between);
	if (!l->between)
		return IP_ENOMEM;
	for (int i = 0; i <= PLACES; i++)
		weigh((double)i / PLACES, l->between[i]);
	return 0;
}

/* The box of weights that a line down to nm needs. */
static int make_room(struct line *l, double nm)
{
	size_t need;

	for (int a = 0; a < 2; a++) {
		double end = l->step[a] * nm;
		if (!(fabs(end) <= LONGEST))
			return ip_fail(IP_ELIMIT, "beam of zone: the crystal "
				"moves by %g pixels under the beam, expected "
				"at most %g", end, LONGEST);
		l->lo[a] = (long)floor(fmin(0, end)) + 1 - HALF;
		l->n[a] = (size_t)((long)floor(fmax(0, end)) + HALF -
			l->lo[a] + 1);
	}
	need = l->n[0] * l->n[1];
	if (need > l->room) {
		ip_free(l->w);
		l->room = 0;
		l->w = ip_alloc_array(need, sizeof *l->w);
		if (!l->w)
			return IP_ENOMEM;
		l->room = need;
	}
	memset(l->w, 0, need * sizeof *l->w);
	return 0;
}

static void add_node(struct line *l, double nm, double weight)
{
	double w[2][TAPS];
	size_t at[2];

	for (int a = 0; a < 2; a++) {
		double p = l->step[a] * nm, whole = floor(p);
		double f = (p - whole) * PLACES;
		int k = (int)fmin(f, PLACES - 1);
		double part = f - k;
		for (int i = 0; i < TAPS; i++)
			w[a][i] = (1 - part) * l->between[k][i] + part *
				l->between[k + 1][i];
		at[a] = (size_t)((long)whole + 1 - HALF - l->lo[a]);
	}
	for (size_t i = 0; i < TAPS; i++)
		for (size_t j = 0; j < TAPS; j++)
			l->w[(at[0] + i) * l->n[1] + at[1] + j] += weight *
				w[0][i] * w[1][j];
}

static int aim(struct line *l, double nm)
{
	double parts = ceil(nm * hypot(l->step[0], l->step[1]));
	int rc = make_room(l, nm);

	if (rc < 0)
		return rc;
	l->nm = nm;
	if (parts == 0)
		add_node(l, 0, nm);
	for (double k = 0; k < parts; k++)
		for (int i = 0; i < NODES; i++)
			add_node(l, nm * (k + node[i]) / parts,
				nm * share[i] / parts);
	return 0;
}

/* Row a of the weights is not 0 from *first to before *end only. */
static const double *row_of(const struct line *l, size_t a, size_t *first,
	size_t *end)
{
	const double *w = l->w + a * l->n[1];

	for (*first = 0; *first < l->n[1] && w[*first] == 0; ++*first)
		;
	for (*end = l->n[1]; *end > *first && w[*end - 1] == 0; --*end)
		;
	return w;
}

/* Pixels first .. of the picture, which go on beyond its edges. */
struct wide {
	double *v;
	long first[2];
	size_t width;
};

/* sum[n] = pixels j .. of row i. */
static void add_up(const struct line *l, const struct wide *q, size_t i,
	size_t j, size_t n, double *sum)
{
	memset(sum, 0, n * sizeof *sum);
	for (size_t a = 0; a < l->n[0]; a++) {
		size_t first, end, x;
		const double *k = row_of(l, a, &first, &end);
		const double *v = q->v + (size_t)((long)(i + a) + l->lo[0] -
			q->first[0]) * q->width + ((long)j + l->lo[1] -
			q->first[1]);

		for (; first < end; first++)
#pragma omp simd
			for (x = 0; x < n; x++)
				sum[x] += k[first] * v[first + x];
	}
}

/* Pixels of one thickness in a row go together. */
static int smear(struct line *l, const struct wide *q, const double *nm,
	int one, const size_t *shape, float *out, double *sum)
{
	size_t h = shape[0], w = shape[1], i, j, n, x;
	int rc;

	for (i = 0; i < h; i++)
		for (j = 0; j < w; j += n) {
			const double *t = one ? nm : nm + i * w + j;
			for (n = 1; j + n < w && (one || t[n] == *t); n++)
				;
			rc = l->w && l->nm == *t ? 0 : aim(l, *t);
			if (rc < 0)
				return rc;
			add_up(l, q, i, j, n, sum);
			for (x = 0; x < n; x++)
				out[i * w + j + x] = (float)sum[x];
		}
	return 0;
}

/* The picture, as wide as the thickest place needs it. */
static int widen(struct line *l, const struct ip_tensor *v,
	const struct ip_tensor *nm, struct wide *q)
{
	size_t i, n = ip_tensor_count(nm);
	double most = 0;
	long end[2];
	int rc;

	for (i = 0; i < n; i++)
		most = fmax(most, ((double *)nm->data)[i]);
	rc = aim(l, most);
	for (int a = 0; rc == 0 && a < 2; a++) {
		q->first[a] = l->lo[a];
		end[a] = (long)(v->shape[a] + l->n[a]) - 1 + l->lo[a];
	}
	q->width = v->shape[1] + l->n[1] - 1;
	return rc < 0 ? rc : ip_continue(v->data, v->shape, q->first, end,
		&q->v);
}

static int check(const struct ip_tensor *zone,
	const struct ip_tensor *thickness, const double *euler,
	const double *pixel_size)
{
	const size_t *s = zone->shape;

	if (!zone->data || !ip_tensor_is_real(zone) || zone->ndim != 2 ||
		ip_tensor_count(zone) == 0)
		return ip_fail(IP_EINVAL, "beam of zone: a potential of %d "
			"axes of %s, expected a picture of real numbers",
			zone->ndim, ip_dtype_name(zone->dtype));
	if (!thickness->data || !ip_tensor_is_real(thickness) ||
		(ip_tensor_count(thickness) != 1 && (thickness->ndim != 2 ||
		thickness->shape[0] != s[0] || thickness->shape[1] != s[1])))
		return ip_fail(IP_EINVAL, "beam of zone: the thickness: "
			"expected one number, or a map of %zu x %zu", s[0],
			s[1]);
	if (!(fabs(euler[1]) <= STEEP && fabs(euler[2]) <= STEEP))
		return ip_fail(IP_EINVAL, "beam of zone: a tilt of %g, %g "
			"degree, expected up to %g", euler[1], euler[2],
			STEEP);
	for (int a = 0; a < 2; a++)
		if (!(pixel_size[a] > 0) || !isfinite(pixel_size[a]))
			return ip_fail(IP_EINVAL, "beam of zone: pixels of %g "
				"A, expected a positive number",
				pixel_size[a]);
	return ip_tensor_check_finite(zone, "potential_zone");
}

static int read_thickness(const struct ip_tensor *t, struct ip_tensor *nm)
{
	const double *v;
	int rc = ip_tensor_check_finite(t, "thickness");

	if (rc == 0)
		rc = ip_tensor_convert(nm, IP_F64, t);
	if (rc < 0)
		return rc;
	v = nm->data;
	for (size_t i = 0; i < ip_tensor_count(nm); i++)
		if (v[i] < 0)
			return ip_fail(IP_EINVAL, "beam of zone: a thickness "
				"of %g nm, expected 0 or more", v[i]);
	return 0;
}

int ip_beam_of_zone(const struct ip_tensor *zone,
	const struct ip_tensor *thickness, const double euler[3],
	const double pixel_size[2], struct ip_tensor *beam)
{
	struct ip_tensor v = { 0 }, nm = { 0 }, out = { 0 };
	struct wide q = { 0 };
	struct line l = { 0 };
	double slope[2], *sum = NULL;
	int rc = check(zone, thickness, euler, pixel_size);

	if (rc < 0)
		return rc;
	/* where the lattice at a depth of 1 nm is above r: see iphase(7) */
	ip_euler_slope(euler, slope);
	for (int i = 0; i < 2; i++)
		l.step[i] = NM * slope[i] / pixel_size[i];
	rc = read_thickness(thickness, &nm);
	if (rc == 0)
		rc = ip_tensor_convert(&v, IP_F64, zone);
	if (rc == 0)
		rc = ip_tensor_new(&out, IP_F32, 2, zone->shape);
	if (rc == 0 && !(sum = ip_alloc_array(zone->shape[1], sizeof *sum)))
		rc = IP_ENOMEM;
	if (rc == 0)
		rc = weigh_all(&l);
	if (rc == 0)
		rc = widen(&l, &v, &nm, &q);
	if (rc == 0)
		rc = smear(&l, &q, nm.data, ip_tensor_count(&nm) == 1,
			zone->shape, out.data, sum);
	ip_free(sum);
	ip_free(q.v);
	ip_free(l.w);
	ip_free(l.between);
	ip_tensor_free(&v);
	ip_tensor_free(&nm);
	if (rc < 0)
		ip_tensor_free(&out);
	else
		*beam = out;
	return rc;
}
