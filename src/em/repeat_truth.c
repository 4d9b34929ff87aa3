/* The truth of the pictures: the potential along the beam and the zone axis. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "repeat.h"

#define PI 3.14159265358979323846
/* g . shift this close to a whole number is one. */
#define WHOLE 1e-4

/* One coefficient of all slices, band-limited. */
struct coefficients {
	const struct ip_period *p;
	double *v;			/* [slices][n0][n1] complex */
	size_t reach[2], columns, terms;
};

static int coefficients_new(struct coefficients *q, const struct ip_period *p)
{
	size_t points = p->n[0] * p->n[1];
	int rc = 0;

	*q = (struct coefficients){ .p = p };
	for (int i = 0; i < 2; i++)
		q->reach[i] = (size_t)floor(ip_period_cutoff(p) *
			hypot(p->a[i][0], p->a[i][1]));
	q->columns = 2 * q->reach[1] + 1;
	q->terms = (2 * q->reach[0] + 1) * q->columns;
	if (!(q->v = ip_alloc_array(p->slices * points, 2 * sizeof *q->v)))
		return IP_ENOMEM;
	for (size_t i = 0; i < p->slices * points; i++)
		q->v[2 * i] = p->v[i] / (double)points;
	for (size_t s = 0; rc == 0 && s < p->slices; s++)
		rc = ip_fft2_double(q->v + 2 * s * points, p->n[0], p->n[1],
			-1);
	return rc;
}

/* g of a term; the band limit there. */
static double term(const struct coefficients *q, size_t i, double g[2])
{
	ip_reciprocal_vector(q->p->b, (double)(i / q->columns) -
		(double)q->reach[0], (double)(i % q->columns) -
		(double)q->reach[1], g);
	return ip_grid_aperture(&q->p->pixel, hypot(g[0], g[1]));
}

/* Add a term of slice s, as stored, to sum, s + whole periods passed before. */
static void add_slice(const struct coefficients *q, size_t i, size_t s,
	double turns, double sum[2])
{
	const size_t *n = q->p->n;
	size_t h = (i / q->columns + n[0] - q->reach[0]) % n[0];
	size_t k = (i % q->columns + n[1] - q->reach[1]) % n[1];
	const double *v = q->v + 2 * ((s * n[0] + h) * n[1] + k);
	double t = fmod(turns, 1), c = cos(2 * PI * t), d = sin(2 * PI * t);

	sum[0] += v[0] * c - v[1] * d;
	sum[1] += v[0] * d + v[1] * c;
}

/* The end of both: rc, and what was made of q goes to *series. */
static int hand_over(int rc, struct coefficients *q,
	struct ip_repeat_series *s, double rotation,
	struct ip_repeat_series *series)
{
	ip_free(q->v);
	if (rc < 0) {
		ip_repeat_series_free(s);
		return rc;
	}
	s->rotation[0] = rotation;
	*series = *s;
	return 0;
}

int ip_repeat_beam(const struct ip_period *p, const double tilt[2],
	const size_t *planes, size_t plane_count, double rotation,
	struct ip_repeat_series *series)
{
	struct ip_repeat_series s = { 0 };
	struct coefficients q = { 0 };
	double drift[2], g[2];
	int rc = ip_planes_check(planes, plane_count, SIZE_MAX);

	if (rc == 0 && !(fabs(tilt[0]) < 200 && fabs(tilt[1]) < 200 &&
			isfinite(rotation)))
		rc = ip_fail(IP_EINVAL, "projection: tilt (%g, %g) mrad, "
			"rotation %g; expected less than 200 mrad", tilt[0],
			tilt[1], rotation);
	if (rc == 0)
		rc = coefficients_new(&q, p);
	if (rc == 0)
		rc = ip_repeat_series_new(&s, p->a, 1, plane_count, 1,
			q.reach);
	for (size_t i = 0; rc == 0 && i < q.terms; i++) {
		double limit = term(&q, i, g), sum[2] = { 0, 0 };
		size_t at = 0;
		if (limit <= 0)
			continue;
		ip_period_drift(p, tilt, drift);
		for (size_t n = 0; n < plane_count; n++) {
			double *out = s.c + 2 * (n * q.terms + i);
			for (; at < planes[n]; at++)
				add_slice(&q, i, at % p->slices, (double)at *
					(g[0] * drift[0] + g[1] * drift[1]),
					sum);
			out[0] = limit * sum[0];
			out[1] = limit * sum[1];
		}
	}
	return hand_over(rc, &q, &s, rotation, series);
}

int ip_repeat_along_zone(const struct ip_period *p, double rotation,
	struct ip_repeat_series *series)
{
	struct ip_repeat_series s = { 0 };
	struct coefficients q = { 0 };
	double g[2], nm = p->period / 10;
	int rc = 0;

	if (!isfinite(rotation))
		return ip_fail(IP_EINVAL, "projection: the rotation is not a "
			"finite number");
	rc = coefficients_new(&q, p);
	if (rc == 0)
		rc = ip_repeat_series_new(&s, p->a, 1, 1, 1, q.reach);
	for (size_t i = 0; rc == 0 && i < q.terms; i++) {
		double limit = term(&q, i, g), sum[2] = { 0, 0 };
		double turns = g[0] * p->shift[0] + g[1] * p->shift[1];
		if (limit <= 0 || fabs(turns - nearbyint(turns)) > WHOLE)
			continue;
		for (size_t n = 0; n < p->slices; n++)
			add_slice(&q, i, n, -turns * (double)n /
				(double)p->slices, sum);
		s.c[2 * i] = limit * sum[0] / nm;
		s.c[2 * i + 1] = limit * sum[1] / nm;
	}
	return hand_over(rc, &q, &s, rotation, series);
}
