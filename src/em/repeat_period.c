/* One period of a crystal's potential on its oblique cell. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/repeat.h"

#define PI 3.14159265358979323846
#define MOST_SLICES 1e5

void ip_reciprocal(const double a[2][2], double b[2][2])
{
	double det = a[0][0] * a[1][1] - a[0][1] * a[1][0];

	b[0][0] = a[1][1] / det;
	b[0][1] = -a[1][0] / det;
	b[1][0] = -a[0][1] / det;
	b[1][1] = a[0][0] / det;
}

void ip_reciprocal_vector(const double b[2][2], double h, double k,
	double out[2])
{
	out[0] = h * b[0][0] + k * b[1][0];
	out[1] = h * b[0][1] + k * b[1][1];
}

/*
 * The lattice of g that the grid cannot tell from 0, of n[i] b[i], by its two
 * shortest vectors: alias[i] counts them in n[0] b[0] and n[1] b[1].
 */
static void reduce(struct ip_period *p)
{
	double u[2][2], q, t;
	int *a = p->alias[0], *b = p->alias[1];

	a[0] = b[1] = 1;
	a[1] = b[0] = 0;
	for (;;) {
		for (int i = 0; i < 2; i++)
			ip_reciprocal_vector((const double (*)[2])p->b,
				p->alias[i][0] * (double)p->n[0],
				p->alias[i][1] * (double)p->n[1], u[i]);
		q = hypot(u[0][0], u[0][1]);
		t = floor((u[0][0] * u[1][0] + u[0][1] * u[1][1]) / (q * q) +
			0.5);
		if (t != 0) {
			b[0] -= (int)t * a[0];
			b[1] -= (int)t * a[1];
		} else if (hypot(u[1][0], u[1][1]) < q * (1 - 1e-9)) {
			int s[2] = { a[0], a[1] };
			memcpy(a, b, sizeof s);
			memcpy(b, s, sizeof s);
		} else {
			break;
		}
	}
	p->pixel = (struct ip_grid){ { 1, 1 }, { 1 / q, 1 / q } };
}

static int check_lattice(const struct ip_repeat_cell *c)
{
	if (!(c->a[0][0] > 0 && c->a[1][1] > 0 && c->a[0][1] == 0 &&
			isfinite(c->a[0][0] * c->a[1][1]) &&
			isfinite(c->a[1][0]) && isfinite(c->shift[0]) &&
			isfinite(c->shift[1]) && c->period > 0 &&
			isfinite(c->period)))
		return ip_fail(IP_EINVAL, "repeat cell: its vectors (%g, %g), "
			"(%g, %g), period %g Angstrom: expected the first "
			"along +x, the second above it", c->a[0][0],
			c->a[0][1], c->a[1][0], c->a[1][1], c->period);
	return 0;
}

static int check_points(const size_t n[2])
{
	for (int i = 0; i < 2; i++)
		if (n[i] < 4 || n[i] > 16384 || !ip_fft_size_ok(n[i]))
			return ip_fail(IP_EINVAL, "repeat cell: %zu points; "
				"expected 4 to 16384 with no prime factors but "
				"2, 3, 5, 7", n[i]);
	return 0;
}

/* Lattice, grid and band. */
static int shape(struct ip_period *p, const struct ip_repeat_cell *c,
	const size_t n[2])
{
	size_t h[2];
	int rc = check_lattice(c);

	if (rc < 0 || (rc = check_points(n)) < 0)
		return rc;
	memcpy(p->a, c->a, sizeof p->a);
	memcpy(p->shift, c->shift, sizeof p->shift);
	p->period = c->period;
	memcpy(p->n, n, sizeof p->n);
	ip_reciprocal(c->a, p->b);
	reduce(p);
	for (int i = 0; i < 2; i++) {
		/* k . a1 is h + kappa's part, which is 1/2 at most. */
		double reach = ip_grid_cutoff(&p->pixel) *
			hypot(p->a[i][0], p->a[i][1]);
		h[i] = (size_t)floor(reach + 0.5);
		if (2 * h[i] + 1 > n[i])
			return ip_fail(IP_EINVAL, "repeat cell: %zu points "
				"cannot hold the waves of a grid so fine "
				"along the other vector", n[i]);
	}
	p->band = (struct ip_band){ n[0], n[1], h[0], h[1] };
	return 0;
}

/* The shortest of the g = h b[0] + k b[1] that are one point of the grid. */
struct shortest {
	size_t count;
	double h[9][2], length;
};

static void shortest(const struct ip_period *p, size_t i, size_t j,
	struct shortest *c)
{
	double x = (double)i / (double)p->n[0], y = (double)j /
		(double)p->n[1], g[2], l;
	const int *a = p->alias[0], *b = p->alias[1];
	/* in the reduced basis, whose determinant is 1 or -1 */
	double det = a[0] * b[1] - a[1] * b[0];
	double s = nearbyint((x * b[1] - y * b[0]) / det);
	double t = nearbyint((y * a[0] - x * a[1]) / det);

	c->count = 0;
	c->length = INFINITY;
	for (int n = 0; n < 9; n++) {
		double u = s + n / 3 - 1, v = t + n % 3 - 1;
		double h = (double)i - (u * a[0] + v * b[0]) * (double)p->n[0];
		double k = (double)j - (u * a[1] + v * b[1]) * (double)p->n[1];
		ip_reciprocal_vector(p->b, h, k, g);
		l = hypot(g[0], g[1]);
		if (l > c->length * (1 + 1e-9))
			continue;
		if (l < c->length * (1 - 1e-9)) {
			c->count = 0;
			c->length = l;
		}
		c->h[c->count][0] = h;
		c->h[c->count++][1] = k;
	}
}

/* The slice of depth z; an atom on an edge belongs below it. */
static size_t slice_of(const struct ip_period *p, double z)
{
	double n = floor((z / p->period) * (double)p->slices + 1e-9);

	if (!(n > 0))
		return 0;
	return n < (double)p->slices ? (size_t)n : p->slices - 1;
}

/* Fractional place of atom a in its slice, whose part of the shift is off. */
static void place(const struct ip_period *p, const struct ip_atom *a,
	double f[2])
{
	double part = (double)slice_of(p, a->r[2]) / (double)p->slices;
	double x = a->r[0] - part * p->shift[0];
	double y = a->r[1] - part * p->shift[1];

	f[0] = x * p->b[0][0] + y * p->b[0][1];
	f[1] = x * p->b[1][0] + y * p->b[1][1];
}

/*
 * The coefficients of one g in all slices: f_e(g)/kappa over the cell's area,
 * damped by displacements, times exp(-2 pi i g . r).
 */
static void coefficient(struct ip_period *p, const struct ip_repeat_cell *c,
	enum ip_factors set, int still, size_t at, double *vg)
{
	size_t points = p->n[0] * p->n[1];
	double area = p->a[0][0] * p->a[1][1], f[2], factor = 0;
	struct shortest near;

	shortest(p, at / p->n[1], at % p->n[1], &near);
	for (size_t i = 0; i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i];
		double u = still ? 0 : a->u, k2 = near.length * near.length;
		double *out = vg + 2 * (slice_of(p, a->r[2]) * points + at);

		if (i == 0 || a->z != a[-1].z)
			factor = ip_factor(set, a->z, near.length) / IP_KAPPA /
				area;
		place(p, a, f);
		for (size_t j = 0; j < near.count; j++) {
			double t = -2 * PI * fmod(near.h[j][0] * f[0] +
				near.h[j][1] * f[1], 1);
			double v = a->occupancy * factor * exp(-2 * PI * PI *
				u * u * k2) / (double)near.count;
			out[0] += v * cos(t);
			out[1] += v * sin(t);
		}
	}
}

static int fill(struct ip_period *p, const struct ip_repeat_cell *c,
	enum ip_factors set, int still)
{
	size_t points = p->n[0] * p->n[1];
	double *vg = ip_alloc_array(p->slices * points, 2 * sizeof *vg);
	int rc = vg ? 0 : IP_ENOMEM;

	for (size_t at = 0; rc == 0 && at < points; at++)
		coefficient(p, c, set, still, at, vg);
	for (size_t s = 0; rc == 0 && s < p->slices; s++)
		rc = ip_fft2_double(vg + 2 * s * points, p->n[0], p->n[1], 1);
	for (size_t i = 0; rc == 0 && i < p->slices * points; i++)
		p->v[i] = vg[2 * i];
	ip_free(vg);
	return rc;
}

static int check_atoms(const struct ip_repeat_cell *c, enum ip_factors set)
{
	if (c->count == 0)
		return ip_fail(IP_EINVAL, "repeat cell: no atoms");
	for (size_t i = 0; i < c->count; i++) {
		const struct ip_atom *a = &c->atoms[i];
		if (isnan(ip_factor(set, a->z, 0)))
			return ip_fail(IP_ENOTFOUND, "repeat cell: these "
				"scattering factors have no element %d", a->z);
		if (!(a->r[2] >= 0 && a->r[2] < c->period) ||
				!isfinite(a->r[0]) || !isfinite(a->r[1]) ||
				!(a->u >= 0 && isfinite(a->u)))
			return ip_fail(IP_EPHYSICS, "repeat cell: atom %zu at "
				"(%g, %g, %g) lies outside the period of %g "
				"Angstrom", i + 1, a->r[0], a->r[1], a->r[2],
				c->period);
	}
	return 0;
}

static int new_with(struct ip_period **out, const struct ip_repeat_cell *c,
	const size_t n[2], size_t slices)
{
	struct ip_period *p = ip_alloc(sizeof *p);
	size_t points;
	int rc = p ? shape(p, c, n) : IP_ENOMEM;

	if (rc == 0 && ip_mul_size(slices, n[0] * n[1], &points))
		rc = ip_fail(IP_ELIMIT, "repeat cell: %zu slices", slices);
	if (rc == 0) {
		p->slices = slices;
		if (!(p->v = ip_alloc_array(points, sizeof *p->v)))
			rc = IP_ENOMEM;
	}
	if (rc < 0)
		ip_period_free(p);
	else
		*out = p;
	return rc;
}

int ip_period_new(struct ip_period **out, const struct ip_repeat_cell *c,
	const size_t n[2], double slice_thickness, enum ip_factors set,
	int still)
{
	struct ip_period *p;
	double slices = fmax(1, floor(c->period / slice_thickness + 0.5));
	int rc = check_lattice(c);

	if (rc == 0 && (!(slice_thickness > 0) || !isfinite(slice_thickness)))
		rc = ip_fail(IP_EINVAL, "slice thickness: %g Angstrom; "
			"expected a positive number", slice_thickness);
	if (rc == 0 && slices > MOST_SLICES)
		rc = ip_fail(IP_ELIMIT, "slice thickness: %g Angstrom makes "
			"%g slices; expected at most %g", slice_thickness,
			slices, MOST_SLICES);
	if (rc == 0)
		rc = check_atoms(c, set);
	if (rc == 0)
		rc = new_with(&p, c, n, (size_t)slices);
	if (rc < 0)
		return rc;
	if ((rc = fill(p, c, set, still)) < 0)
		ip_period_free(p);
	else
		*out = p;
	return rc;
}

int ip_period_from_slices(struct ip_period **out,
	const struct ip_repeat_cell *c, const struct ip_tensor *slices)
{
	struct ip_period *p;
	struct ip_tensor view;
	int rc;

	if (slices->ndim != 3 || slices->shape[0] == 0)
		return ip_fail(IP_EINVAL, "repeat cell: slices of shape "
			"(count, n0, n1) are expected");
	if ((rc = ip_tensor_check_finite(slices, "potential slices")) < 0 ||
		(rc = new_with(&p, c, slices->shape + 1, slices->shape[0])) < 0)
		return rc;
	rc = ip_tensor_wrap(&view, IP_F64, 3, slices->shape, p->v);
	if (rc == 0)
		rc = ip_tensor_copy(&view, slices);
	if (rc < 0)
		ip_period_free(p);
	else
		*out = p;
	return rc;
}

void ip_period_free(struct ip_period *p)
{
	if (p)
		ip_free(p->v);
	ip_free(p);
}

size_t ip_period_slices(const struct ip_period *p)
{
	return p->slices;
}

double ip_period_thickness(const struct ip_period *p)
{
	return p->period / (double)p->slices;
}

const size_t *ip_period_points(const struct ip_period *p)
{
	return p->n;
}

double ip_period_cutoff(const struct ip_period *p)
{
	return ip_grid_cutoff(&p->pixel);
}

size_t ip_period_plane(const struct ip_period *p, double depth)
{
	double n = floor(depth / ip_period_thickness(p) + 0.5);

	return n > 0 && n < 1e15 ? (size_t)n : 0;
}

const double *ip_period_slice(const struct ip_period *p, size_t i)
{
	return p->v + i * p->n[0] * p->n[1];
}

void ip_period_drift(const struct ip_period *p, const double tilt[2],
	double drift[2])
{
	for (int i = 0; i < 2; i++)
		drift[i] = ip_period_thickness(p) * tan(tilt[i] * 1e-3) -
			p->shift[i] / (double)p->slices;
}

int ip_repeat_grid(const struct ip_repeat_cell *c, double sampling,
	size_t n[2])
{
	double b[2][2];
	size_t out[2];
	int rc = check_lattice(c);

	if (rc < 0)
		return rc;
	if (!(sampling > 0) || !isfinite(sampling))
		return ip_fail(IP_EINVAL, "repeat cell: a sampling of %g "
			"Angstrom; expected a positive number", sampling);
	ip_reciprocal(c->a, b);
	for (int i = 0; i < 2; i++) {
		/* a whole number of points stays one, however it was rounded */
		double need = ceil((1 - 1e-9) / (sampling *
			hypot(b[i][0], b[i][1])));
		out[i] = need > 16384 ? 0 : ip_fft_size(need < 4 ? 4 :
			(size_t)need);
		if (out[i] == 0 || out[i] > 16384)
			return ip_fail(IP_ELIMIT, "repeat cell: %g points "
				"along a vector; expected at most 16384", need);
	}
	memcpy(n, out, sizeof out);
	return 0;
}

int ip_repeat_waves(const struct ip_repeat_cell *c, double width,
	size_t waves[2])
{
	double b[2][2];
	int rc = check_lattice(c);

	if (rc < 0)
		return rc;
	if (!(width > 0 && width < 1e6))
		return ip_fail(IP_EINVAL, "k grid: a width of %g Angstrom; "
			"expected a positive number below 1e6", width);
	ip_reciprocal(c->a, b);
	for (int i = 0; i < 2; i++)
		waves[i] = (size_t)fmax(1, ceil((1 - 1e-9) * width *
			hypot(b[i][0], b[i][1])));
	return 0;
}
