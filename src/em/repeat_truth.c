/* The truth of the pictures: the potential along the beam and the zone axis. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "repeat.h"

#define PI 3.14159265358979323846
/* g . shift this close to a whole number is one. */
#define WHOLE 1e-4

/* The coefficients of one slice, and sums of them. */
struct coefficients {
	const struct ip_period *p;
	double *v, *slice;		/* [n0][n1]: real; complex */
	double *sum;			/* [terms] complex */
	size_t reach[2], columns, terms;
};

static int coefficients_new(struct coefficients *q, const struct ip_period *p)
{
	size_t points = p->n[0] * p->n[1];

	*q = (struct coefficients){ .p = p };
	for (int i = 0; i < 2; i++)
		q->reach[i] = (size_t)floor(ip_period_cutoff(p) *
			hypot(p->a[i][0], p->a[i][1]));
	q->columns = 2 * q->reach[1] + 1;
	q->terms = (2 * q->reach[0] + 1) * q->columns;
	q->v = ip_alloc_array(points, sizeof *q->v);
	q->slice = ip_alloc_array(points, 2 * sizeof *q->slice);
	q->sum = ip_alloc_array(q->terms, 2 * sizeof *q->sum);
	return q->v && q->slice && q->sum ? 0 : IP_ENOMEM;
}

/* g of a term; the band limit there. */
static double term(const struct coefficients *q, size_t i, double g[2])
{
	ip_reciprocal_vector(q->p->b, (double)(i / q->columns) -
		(double)q->reach[0], (double)(i % q->columns) -
		(double)q->reach[1], g);
	return ip_grid_aperture(&q->p->pixel, hypot(g[0], g[1]));
}

/* Add slice s to the sums, moved over the crystal by -drift. */
static int add_slice(struct coefficients *q, size_t s, const double drift[2])
{
	const size_t *n = q->p->n;
	size_t points = n[0] * n[1];
	double g[2];
	int rc = ip_period_get(q->p, s, 1, q->v);

	for (size_t i = 0; i < points; i++) {
		q->slice[2 * i] = q->v[i] / (double)points;
		q->slice[2 * i + 1] = 0;
	}
	if (rc == 0)
		rc = ip_fft2_double(q->slice, n[0], n[1], -1);
	for (size_t i = 0; rc == 0 && i < q->terms; i++) {
		size_t h = (i / q->columns + n[0] - q->reach[0]) % n[0];
		size_t k = (i % q->columns + n[1] - q->reach[1]) % n[1];
		const double *v = q->slice + 2 * (h * n[1] + k);
		if (term(q, i, g) <= 0)
			continue;
		double t = 2 * PI * fmod(g[0] * drift[0] + g[1] * drift[1], 1);
		double c = cos(t), d = sin(t);
		q->sum[2 * i] += v[0] * c - v[1] * d;
		q->sum[2 * i + 1] += v[0] * d + v[1] * c;
	}
	return rc;
}

/* The end of both: rc, and what was made of q goes to *series. */
static int hand_over(int rc, struct coefficients *q,
	struct ip_repeat_series *s, double rotation,
	struct ip_repeat_series *series)
{
	ip_free(q->v);
	ip_free(q->slice);
	ip_free(q->sum);
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
	size_t at = 0;
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
	ip_period_drift(p, tilt, drift);
	for (size_t n = 0; rc == 0 && n < plane_count; n++) {
		double *out = s.c + 2 * n * q.terms;
		for (; rc == 0 && at < planes[n]; at++)
			rc = add_slice(&q, at, (double[]){ drift[0] *
				(double)at, drift[1] * (double)at });
		for (size_t i = 0; i < q.terms; i++) {
			double limit = term(&q, i, g);
			out[2 * i] = limit * q.sum[2 * i];
			out[2 * i + 1] = limit * q.sum[2 * i + 1];
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
	for (size_t n = 0; rc == 0 && n < p->slices; n++) {
		double part = -(double)n / (double)p->slices;
		rc = add_slice(&q, n, (double[]){ part * p->shift[0],
			part * p->shift[1] });
	}
	for (size_t i = 0; rc == 0 && i < q.terms; i++) {
		double limit = term(&q, i, g) / nm;
		double turns = g[0] * p->shift[0] + g[1] * p->shift[1];
		if (limit <= 0 || fabs(turns - nearbyint(turns)) > WHOLE)
			continue;
		s.c[2 * i] = limit * q.sum[2 * i];
		s.c[2 * i + 1] = limit * q.sum[2 * i + 1];
	}
	return hand_over(rc, &q, &s, rotation, series);
}
