/*
 * The phase contrast transfer of iDPC by segments. Under the weak object
 * 1 + i e cos(2 pi g r) a segment's share of the captured intensity swings by
 *	-e sin(2 pi g r) D / N,  D = area of segment in A(k) [A(k-g) - A(k+g)],
 * A the evenly lit disc and N the captured area; the shift is calibrated and
 * integrated as in idpc.c. Areas: in polar coordinates round the axis the disc
 * at g covers each ray from k- to k+, which leaves one integral over the angle.
 */
#include <math.h>
#include <stdlib.h>
#include "core/core.h"
#include "em/idpc.h"

enum { NODES = 32, MAX_EDGES = 16 };

struct overlap {
	struct ip_idpc_geometry d;
	double g, phi;		/* the shifted disc's centre */
	double node[NODES], weight[NODES];	/* Gauss-Legendre on (0, 1) */
};

static void gauss_legendre(double *x, double *w)
{
	int i, k, it;

	for (i = 0; i < NODES; i++) {
		double z = cos(IP_PI * (i + 0.75) / (NODES + 0.5)), slope = 1;

		for (it = 0; it < 50; it++) {
			double p = 1, q = 0, step;

			for (k = 0; k < NODES; k++) {
				double r = q;

				q = p;
				p = ((2 * k + 1) * z * q - k * r) / (k + 1);
			}
			slope = NODES * (z * p - q) / (z * z - 1);
			step = p / slope;
			z -= step;
			if (fabs(step) < 1e-15)
				break;
		}
		x[i] = 0.5 * (1 - z);
		w[i] = 1 / ((1 - z * z) * slope * slope);
	}
}

/* Half the square of what the shifted disc covers of the ray at azimuth a. */
static double ray(const struct overlap *o, double a)
{
	double along = o->g * cos(a - o->phi), across = o->g * sin(a - o->phi);
	double s = o->d.k0 * o->d.k0 - across * across, lo, hi;

	if (s <= 0)
		return 0;
	s = sqrt(s);
	lo = fmax(o->d.k1, along - s);
	hi = fmin(o->d.k2, along + s);
	return hi > lo ? 0.5 * (hi * hi - lo * lo) : 0;
}

/* Add azimuth a, if it falls inside (from, to) modulo 2 pi, to edge. */
static void edge_add(double *edge, int *n, double a, double from, double to)
{
	a = from + fmod(fmod(a - from, 2 * IP_PI) + 2 * IP_PI, 2 * IP_PI);
	if (a < to)
		edge[(*n)++] = a;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Where ray() is not smooth between from and to, both ends included. */
static int edges(const struct overlap *o, double from, double to, double *edge)
{
	double k[2], c, a;
	int n = 0, i;

	k[0] = o->d.k1;
	k[1] = o->d.k2;
	edge[n++] = from;
	for (i = 0; i < 2; i++) {
		if (k[i] <= 0)
			continue;
		c = (k[i] * k[i] + o->g * o->g - o->d.k0 * o->d.k0)
			/ (2 * k[i] * o->g);
		if (fabs(c) > 1)
			continue;
		edge_add(edge, &n, o->phi + acos(c), from, to);
		edge_add(edge, &n, o->phi - acos(c), from, to);
	}
	if (o->g > o->d.k0) {
		a = asin(o->d.k0 / o->g);
		edge_add(edge, &n, o->phi + a, from, to);
		edge_add(edge, &n, o->phi - a, from, to);
	}
	edge[n++] = to;
	qsort(edge, (size_t)n, sizeof *edge, by_value);
	return n;
}

/*
 * Area of the shifted disc in the lit piece of ring from .. to. Half a
 * cosine wave as variable takes square-root ends away.
 */
static double area(const struct overlap *o, double from, double to)
{
	double edge[MAX_EDGES], sum = 0;
	int n = edges(o, from, to, edge), i, j;

	for (i = 0; i + 1 < n; i++) {
		double half = 0.5 * (edge[i + 1] - edge[i]);

		for (j = 0; j < NODES; j++) {
			double t = IP_PI * o->node[j];

			sum += o->weight[j] * half * IP_PI * sin(t)
				* ray(o, edge[i] + half * (1 - cos(t)));
		}
	}
	return sum;
}

int ip_idpc_transfer(const struct ip_idpc *how, int segments, double kx,
	double ky, double *re, double *im)
{
	struct overlap o;
	size_t n = segments > 0 ? (size_t)segments : 0, j;
	double step, along = 0, captured;
	int rc;

	if ((rc = ip_idpc_geometry(how, n, &o.d)) < 0)
		return rc;
	*re = *im = 0;
	o.g = hypot(kx, ky);
	if (o.g == 0 || o.g >= 2 * o.d.k0)
		return 0;
	gauss_legendre(o.node, o.weight);
	step = 2 * IP_PI / (double)n;
	for (j = 0; j < n; j++) {
		double middle = ip_idpc_azimuth(how, n, j), d;
		double from = middle - 0.5 * step, to = middle + 0.5 * step;

		o.phi = atan2(ky, kx);
		d = area(&o, from, to);
		o.phi += IP_PI;
		d -= area(&o, from, to);
		along += d * (kx * cos(middle) + ky * sin(middle));
	}
	captured = IP_PI * (o.d.k2 * o.d.k2 - o.d.k1 * o.d.k1);
	*re = o.d.factor / captured * along / (o.g * o.g)
		* ip_idpc_high_pass(how, o.g * o.g);
	return 0;
}
