/* The pictures of iphase-idpc, and its table of the transfer function. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <iphase/em.h>
#include <iphase/formats.h>
#include "idpc_tool.h"
#include "panels.h"

#define PI 3.14159265358979323846

/* ---- what came out ---- */

enum { COLUMNS = 5, SEGMENTS_MAX = 10, SIDE = 250 };

/* Pictures side by side, all of one size. */
struct sheet {
	struct ip_tensor *picture;
	struct ip_picture_style *style;
	char (*title)[32];
	size_t count;
	double pixel;
	int zoom;
};

static int sheet_new(struct sheet *s, size_t most, const struct ip_idpc *how,
	size_t nx)
{
	s->picture = calloc(most, sizeof *s->picture);
	s->style = calloc(most, sizeof *s->style);
	s->title = calloc(most, sizeof *s->title);
	s->count = 0;
	s->pixel = how->pixel_size[0];
	s->zoom = nx < SIDE ? (int)((SIDE + nx / 2) / nx) : 1;
	if (s->picture && s->style && s->title)
		return 0;
	return ip_cli_error(IP_ENOMEM, "out of memory");
}

static void sheet_free(struct sheet *s)
{
	free(s->picture);
	free(s->style);
	free(s->title);
}

static struct ip_picture_style *add(struct sheet *s, const struct ip_tensor *t,
	const char *title, enum ip_colormap map)
{
	struct ip_picture_style *y = &s->style[s->count];

	s->picture[s->count] = *t;
	snprintf(s->title[s->count], sizeof s->title[0], "%s", title);
	y->map = map;
	y->pixel_size = s->pixel;
	y->zoom = s->zoom;
	y->title = s->title[s->count++];
	return y;
}

static void range(const struct ip_tensor *t, double *lo, double *hi)
{
	const double *v = t->data;
	size_t i, n = ip_tensor_count(t);

	*lo = INFINITY;
	*hi = -INFINITY;
	for (i = 0; i < n; i++) {
		*lo = fmin(*lo, v[i]);
		*hi = fmax(*hi, v[i]);
	}
}

/* Segments first .. in one scale. */
static int add_segments(struct sheet *s, const struct ip_tensor *segments)
{
	size_t n = segments->shape[0], i;
	struct ip_tensor one;
	double lo, hi;
	char title[32];
	int rc;

	range(segments, &lo, &hi);
	for (i = 0; i < n && i < SEGMENTS_MAX; i++) {
		struct ip_picture_style *y;

		if ((rc = ip_tensor_at(&one, segments, 0, i)) < 0)
			return rc;
		snprintf(title, sizeof title, "segment %d", (int)i);
		y = add(s, &one, title, IP_MAP_GRAY);
		y->lo = lo;
		y->hi = hi;
	}
	return 0;
}

/* Red and blue about zero, one scale for both. */
static void add_shift(struct sheet *s, const struct ip_idpc_result *r)
{
	double lo, hi, most = 0;
	int i;

	for (i = 0; i < 2; i++) {
		range(i ? &r->com_y : &r->com_x, &lo, &hi);
		most = fmax(most, fmax(-lo, hi));
	}
	for (i = 0; i < 2; i++) {
		struct ip_picture_style *y = add(s, i ? &r->com_y : &r->com_x,
			i ? "shift y, 1/A" : "shift x, 1/A", IP_MAP_RDBU);

		y->lo = -most;
		y->hi = most;
	}
}

/* prefix-007-what.png; no number if it is negative. */
static int path_of(char *path, size_t size, const char *prefix, long number,
	const char *what)
{
	int n = number < 0 ? snprintf(path, size, "%s-%s.png", prefix, what)
		: snprintf(path, size, "%s-%03ld-%s.png", prefix, number, what);

	return n < (int)size ? 0 : ip_cli_error(IP_EINVAL, "--png: the name "
		"is too long");
}

static int draw_one(const char *prefix, long number,
	const struct ip_idpc_picture *p, const struct ip_idpc *how)
{
	struct sheet s = {0};
	struct ip_tensor sum = {0};
	char path[4096];
	int rc;

	if ((rc = sheet_new(&s, SEGMENTS_MAX + 7, how, p->r.phase.shape[0])) < 0
		|| (rc = add_segments(&s, &p->segments)) < 0
		|| (rc = ip_cli_sum_segments(&p->segments, &sum)) < 0
		|| (rc = path_of(path, sizeof path, prefix, number,
		"panels")) < 0)
		goto done;
	add(&s, &sum, "sum", IP_MAP_GRAY);
	add_shift(&s, &p->r);
	add(&s, &p->r.ddpc, "dDPC, rad/A2", IP_MAP_GRAY);
	add(&s, &p->r.potential, "iDPC, V A", IP_MAP_VIRIDIS);
	if (p->obf.potential.data)
		add(&s, &p->obf.potential, "OBF, V A", IP_MAP_VIRIDIS);
	if (p->truth.data)
		add(&s, &p->truth, "truth, V A", IP_MAP_VIRIDIS);
	if ((rc = ip_png_panels(path, s.picture, s.style, s.count,
		s.count < COLUMNS ? s.count : COLUMNS)) < 0
		|| (rc = path_of(path, sizeof path, prefix, number,
		"idpc")) < 0)
		goto done;
	s.count = 0;
	add(&s, &p->r.potential, "", IP_MAP_VIRIDIS);
	s.style[0].title = NULL;
	s.style[0].lo = s.style[0].hi = 0;
	rc = ip_png_write(path, &p->r.potential, &s.style[0]);
done:
	ip_tensor_free(&sum);
	sheet_free(&s);
	return rc;
}

/* A row each: one segment, the sum, iDPC and, if there is one, the truth. */
static int draw_series(const char *prefix, const struct ip_idpc_picture *p,
	size_t count, const struct ip_idpc *how)
{
	struct ip_tensor *sum = calloc(count, sizeof *sum), one;
	struct sheet s = {0};
	char title[32], path[4096];
	size_t i, columns = p->truth.data ? 4 : 3;
	int rc = sheet_new(&s, 4 * count, how, p->r.phase.shape[0]);

	if (rc == 0 && !sum)
		rc = ip_cli_error(IP_ENOMEM, "out of memory");
	for (i = 0; rc == 0 && i < count; i++, p++) {
		if ((rc = ip_tensor_at(&one, &p->segments, 0, 0)) < 0
			|| (rc = ip_cli_sum_segments(&p->segments, &sum[i])) < 0)
			break;
		if (isnan(p->thickness))
			snprintf(title, sizeof title, "%d: segment 0", (int)i);
		else
			snprintf(title, sizeof title, "%.3g nm: segment 0",
				p->thickness);
		add(&s, &one, title, IP_MAP_GRAY);
		add(&s, &sum[i], "sum", IP_MAP_GRAY);
		add(&s, &p->r.potential, "iDPC, V A", IP_MAP_VIRIDIS);
		if (p->truth.data)
			add(&s, &p->truth, "truth, V A", IP_MAP_VIRIDIS);
	}
	if (rc == 0)
		rc = path_of(path, sizeof path, prefix, -1, "series");
	if (rc == 0)
		rc = ip_png_panels(path, s.picture, s.style, s.count, columns);
	for (i = 0; sum && i < count; i++)
		ip_tensor_free(&sum[i]);
	free(sum);
	sheet_free(&s);
	return rc;
}

int ip_idpc_draw(const char *prefix, const struct ip_idpc_picture *p,
	size_t count, int series, const struct ip_idpc *how)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < count; i++)
		rc = draw_one(prefix, series ? (long)i : -1, &p[i], how);
	if (rc == 0 && series)
		rc = draw_series(prefix, p, count, how);
	return rc;
}

/* ---- the transfer function ---- */

enum { WIDTH = 240, HEIGHT = 160, POINTS = 20 };
static const double direction[3] = {0, 22.5, 45};

/* What the centre of mass of a detector with pixels has: the disc's overlap. */
static double ideal(double x)
{
	return x < 1 ? 2 / PI * (acos(x) - x * sqrt(1 - x * x)) : 0;
}

static int at(const struct ip_idpc *how, int n, double k, double degree,
	double *t)
{
	double a = degree * PI / 180, im;

	return ip_idpc_transfer(how, n, k * cos(a), k * sin(a), t, &im);
}

/* The curve filled, with the ideal one as a line over it. */
static int draw_curve(const struct ip_idpc *how, int n, double k_max,
	double degree, struct ip_tensor *t)
{
	size_t shape[2] = {WIDTH, HEIGHT}, i, j;
	double *v, top, line;
	int rc;

	if ((rc = ip_tensor_new(t, IP_F64, 2, shape)) < 0)
		return rc;
	v = t->data;
	for (i = 0; i < WIDTH; i++) {
		double x = ((double)i + 0.5) / WIDTH, y;

		if ((rc = at(how, n, x * k_max, degree, &top)) < 0)
			return rc;
		line = ideal(x);
		for (j = 0; j < HEIGHT; j++) {
			/* 0 to 1.1 upwards */
			y = 1.1 * (1 - ((double)j + 0.5) / HEIGHT);
			v[i * HEIGHT + j] = y < top ? 0.2 + 0.5 * top : 0.02;
			if (fmod(x * 10, 1) < 10.0 / WIDTH
				|| fabs(fmod(y + 0.1, 0.2) - 0.1)
				< 0.5 / HEIGHT)
				v[i * HEIGHT + j] += 0.08;
			if (fabs(y - line) < 1.1 / HEIGHT
				* (1 + fabs(ideal(x + 0.01) - line) * 50))
				v[i * HEIGHT + j] = 1;
		}
	}
	return 0;
}

/* All directions: k = 0 in the middle, the band limit at the sides. */
static int draw_map(const struct ip_idpc *how, int n, double k_max,
	struct ip_tensor *t)
{
	size_t shape[2] = {WIDTH, HEIGHT}, i, j;
	double im;
	int rc;

	if ((rc = ip_tensor_new(t, IP_F64, 2, shape)) < 0)
		return rc;
	for (i = 0; i < WIDTH; i++) {
		for (j = 0; j < HEIGHT; j++) {
			double d = 2 * k_max / HEIGHT;

			rc = ip_idpc_transfer(how, n, d * ((double)i
				- WIDTH / 2 + 0.5), d * ((double)j - HEIGHT / 2
				+ 0.5), (double *)t->data + i * HEIGHT + j,
				&im);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

static int draw_transfer(const struct ip_idpc *how, int n, double k_max,
	const char *prefix)
{
	struct ip_tensor t[4] = {{0}};
	struct ip_picture_style style[4] = {{0}};
	char title[4][48], path[4096];
	int rc = 0, i;

	for (i = 0; rc == 0 && i < 4; i++) {
		style[i].map = i < 3 ? IP_MAP_MAGMA : IP_MAP_VIRIDIS;
		style[i].hi = 1;
		style[i].title = title[i];
		if (i < 3) {
			snprintf(title[i], sizeof title[i], "%g deg, 0-%.2f"
				"/A", direction[i], k_max);
			rc = draw_curve(how, n, k_max, direction[i], &t[i]);
		} else {
			snprintf(title[i], sizeof title[i], "all directions");
			rc = draw_map(how, n, k_max, &t[i]);
		}
	}
	if (rc == 0)
		rc = path_of(path, sizeof path, prefix, -1, "transfer");
	if (rc == 0)
		rc = ip_png_panels(path, t, style, 4, 2);
	for (i = 0; i < 4; i++)
		ip_tensor_free(&t[i]);
	return rc;
}

int ip_idpc_show_transfer(const struct ip_idpc *how, int segments,
	const char *prefix)
{
	double k_max = 2e-3 * how->semiangle / ip_wavelength(how->energy);
	double t[3], factor;
	int i, d, rc;

	if ((rc = ip_idpc_calibration(how, segments, &factor)) < 0)
		return rc;
	printf("# phase contrast transfer of iDPC, %d segments of %g to %g "
		"mrad\n# turned by %g degree, disc %g mrad at %g kV, in "
		"focus;\n# calibration %s, shift = %.6g 1/A times sum(share "
		"u)\n# k (1/A)  k/2k0 ", segments, how->inner, how->outer,
		how->rotation * 180 / PI, how->semiangle, how->energy / 1e3,
		how->calibration == IP_RIGID ? "rigid" : "centroid", factor);
	for (d = 0; d < 3; d++)
		printf(" %5g deg", direction[d]);
	printf("  ideal\n");
	for (i = 1; i <= POINTS; i++) {
		double x = (double)i / POINTS;

		for (d = 0; d < 3; d++)
			if ((rc = at(how, segments, x * k_max, direction[d],
				&t[d])) < 0)
				return rc;
		printf("%9.4f %6.2f %10.4f%10.4f%10.4f%7.4f\n", x * k_max, x,
			t[0], t[1], t[2], ideal(x));
	}
	return prefix ? draw_transfer(how, segments, k_max, prefix) : 0;
}

/* ---- comparison ---- */

void ip_idpc_compare(const struct ip_tensor *got, const struct ip_tensor *want,
	struct ip_idpc_match *m)
{
	const double *a = got->data, *b = want->data;
	size_t n = ip_tensor_count(got), i;
	double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;

	for (i = 0; i < n; i++) {
		ma += a[i] / (double)n;
		mb += b[i] / (double)n;
	}
	for (i = 0; i < n; i++) {
		aa += (a[i] - ma) * (a[i] - ma);
		bb += (b[i] - mb) * (b[i] - mb);
		ab += (a[i] - ma) * (b[i] - mb);
	}
	m->pearson = ab / sqrt(aa * bb);
	m->slope = ab / bb;
	m->error = sqrt(fmax(aa - 2 * ab + bb, 0) / bb);
}
