/* One period of a crystal: its lattice, grid and band. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/repeat.h"

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
		t = (u[0][0] * u[1][0] + u[0][1] * u[1][1]) / (q * q);
		/* at 120 degrees rounding must not turn t back and forth */
		t = fabs(t) > 0.5 + 1e-9 ? nearbyint(t) : 0;
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
		if (!(a->occupancy > 0 && a->occupancy <= 1))
			return ip_fail(IP_EINVAL, "repeat cell: atom %zu: "
				"occupancy %g, expected more than 0, at most "
				"1", i + 1, a->occupancy);
	}
	return 0;
}

static int new_with(struct ip_period **out, const struct ip_repeat_cell *c,
	const size_t n[2], size_t slices)
{
	struct ip_period *p = ip_alloc(sizeof *p);
	int rc = p ? shape(p, c, n) : IP_ENOMEM;

	if (rc < 0) {
		ip_period_free(p);
		return rc;
	}
	p->slices = slices;
	*out = p;
	return 0;
}

int ip_period_new(struct ip_period **out, const struct ip_repeat_cell *c,
	const size_t n[2], double slice_thickness, enum ip_factors set,
	int still)
{
	struct ip_period *p = NULL;
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
	if ((rc = ip_period_atoms(p, c, set, still)) < 0)
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
	p->given = ip_alloc_array(ip_tensor_count(slices), sizeof *p->given);
	rc = p->given ? ip_tensor_wrap(&view, IP_F64, 3, slices->shape,
		p->given) : IP_ENOMEM;
	if (rc == 0)
		rc = ip_tensor_copy(&view, slices);
	if (rc < 0)
		ip_period_free(p);
	else
		*out = p;
	return rc;
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
