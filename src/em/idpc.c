/* DPC, iDPC and dDPC: segments -> disc shift -> phase -> potential. */
#include <math.h>
#include <iphase/em.h>
#include "core/core.h"
#include "em/idpc.h"

int ip_idpc_check_scan(const struct ip_idpc *how, const char *who)
{
	if (!(how->energy > 0) || !isfinite(how->energy))
		return ip_fail(IP_EINVAL, "%s: energy %g eV, expected a "
			"positive number", who, how->energy);
	if (!(how->pixel_size[0] > 0) || !(how->pixel_size[1] > 0)
		|| !isfinite(how->pixel_size[0])
		|| !isfinite(how->pixel_size[1]))
		return ip_fail(IP_EINVAL, "%s: pixel size %g x %g Angstrom, "
			"expected positive numbers", who, how->pixel_size[0],
			how->pixel_size[1]);
	if (!isfinite(how->rotation))
		return ip_fail(IP_EINVAL, "%s: rotation %g rad, expected a "
			"finite number", who, how->rotation);
	if (!(how->high_pass >= 0) || !isfinite(how->high_pass))
		return ip_fail(IP_EINVAL, "%s: high pass %g 1/Angstrom, "
			"expected 0 (none) or a positive number", who,
			how->high_pass);
	return 0;
}

static int check_angles(const struct ip_idpc *how, size_t n)
{
	if (n < 3)
		return ip_fail(IP_EINVAL, "iDPC: %zu segments, expected at "
			"least 3 equal ones round the axis", n);
	if (!(how->semiangle > 0) || !isfinite(how->semiangle))
		return ip_fail(IP_EINVAL, "iDPC: semiangle %g mrad, expected a "
			"positive number", how->semiangle);
	if (!(how->inner >= 0) || !(how->outer > how->inner)
		|| !isfinite(how->outer))
		return ip_fail(IP_EINVAL, "iDPC: detector from %g to %g mrad, "
			"expected 0 <= inner < outer", how->inner, how->outer);
	if (how->inner >= how->semiangle)
		return ip_fail(IP_EPHYSICS, "iDPC: the detector begins at %g "
			"mrad, outside the disc of %g mrad: it sees no shift "
			"of the disc", how->inner, how->semiangle);
	if (how->calibration == IP_RIGID && how->outer < how->semiangle)
		return ip_fail(IP_EINVAL, "iDPC: the detector ends at %g mrad, "
			"inside the disc of %g mrad: the rigid calibration "
			"counts what crosses the disc's rim and needs outer "
			">= semiangle; take the centroid calibration",
			how->outer, how->semiangle);
	return 0;
}

/*
 * Rigid: a shift d of the evenly lit disc carries k0 (d . n) per rad across
 * its rim into or out of each segment; the hole stays evenly lit, so the sum
 * stays pi (k0^2 - k1^2). The least-squares inverse of these n equations for
 * two unknowns is a multiple of sum share_j u_j, as sum u_j u_j^T = n/2.
 * Centroid: that of a piece of ring k1..k2, 2 pi/n wide.
 */
static double calibration_factor(const struct ip_idpc_geometry *g,
	enum ip_calibration c, size_t n)
{
	double half = IP_PI / (double)n;

	if (c == IP_RIGID)
		return IP_PI * (g->k0 - g->k1 * g->k1 / g->k0)
			/ ((double)n * sin(half));
	return 2.0 / 3 * (g->k2 * g->k2 + g->k2 * g->k1 + g->k1 * g->k1)
		/ (g->k2 + g->k1) * sin(half) / half;
}

int ip_idpc_geometry(const struct ip_idpc *how, size_t n,
	struct ip_idpc_geometry *g)
{
	double lambda;
	int rc;

	if ((rc = ip_idpc_check_scan(how, "iDPC")) < 0
		|| (rc = check_angles(how, n)) < 0)
		return rc;
	lambda = ip_wavelength(how->energy);
	g->k0 = 1e-3 * how->semiangle / lambda;
	g->k1 = 1e-3 * how->inner / lambda;
	g->k2 = 1e-3 * fmin(how->outer, how->semiangle) / lambda;
	g->factor = calibration_factor(g, how->calibration, n);
	return 0;
}

int ip_idpc_calibration(const struct ip_idpc *how, int segments, double *factor)
{
	struct ip_idpc_geometry g;
	int rc;

	if (segments < 0)
		segments = 0;
	if ((rc = ip_idpc_geometry(how, (size_t)segments, &g)) == 0)
		*factor = g.factor;
	return rc;
}

double ip_idpc_azimuth(const struct ip_idpc *how, size_t n, size_t j)
{
	double middle = IP_PI * (2 * (double)j + 1) / (double)n;

	return how->rotation + (how->flip ? -middle : middle);
}

void ip_idpc_result_free(struct ip_idpc_result *r)
{
	ip_tensor_free(&r->com_x);
	ip_tensor_free(&r->com_y);
	ip_tensor_free(&r->phase);
	ip_tensor_free(&r->potential);
	ip_tensor_free(&r->ddpc);
}

static int result_new(struct ip_idpc_result *r, const size_t shape[2])
{
	struct ip_idpc_result z = {0};
	int rc;

	*r = z;
	if ((rc = ip_tensor_new(&r->com_x, IP_F64, 2, shape)) < 0
		|| (rc = ip_tensor_new(&r->com_y, IP_F64, 2, shape)) < 0
		|| (rc = ip_tensor_new(&r->phase, IP_F64, 2, shape)) < 0
		|| (rc = ip_tensor_new(&r->potential, IP_F64, 2, shape)) < 0
		|| (rc = ip_tensor_new(&r->ddpc, IP_F64, 2, shape)) < 0)
		ip_idpc_result_free(r);
	return rc;
}

/*
 * On the centred grid the plane's three functions are orthogonal, so each
 * stands alone.
 */
void ip_idpc_background(double *d, size_t nx, size_t ny, enum ip_background b)
{
	double cx = 0.5 * (double)(nx - 1), cy = 0.5 * (double)(ny - 1);
	double s = 0, sx = 0, sy = 0, xx = 0, yy = 0;
	size_t i, j;

	if (b == IP_KEEP)
		return;
	for (i = 0; i < nx; i++) {
		for (j = 0; j < ny; j++) {
			double x = (double)i - cx, y = (double)j - cy;

			s += d[i * ny + j];
			sx += x * d[i * ny + j];
			sy += y * d[i * ny + j];
			xx += x * x;
			yy += y * y;
		}
	}
	s /= (double)nx * (double)ny;
	sx = b == IP_PLANE && xx > 0 ? sx / xx : 0;
	sy = b == IP_PLANE && yy > 0 ? sy / yy : 0;
	for (i = 0; i < nx; i++)
		for (j = 0; j < ny; j++)
			d[i * ny + j] -= s + sx * ((double)i - cx)
				+ sy * ((double)j - cy);
}

/* com_x and com_y of r are there: the rest follows. */
static int result_finish(struct ip_idpc_result *r, const struct ip_idpc *how)
{
	size_t nx = r->phase.shape[0], ny = r->phase.shape[1], i;
	double *phase = r->phase.data, *v = r->potential.data;
	double sigma = ip_sigma(how->energy);
	int rc;

	ip_idpc_background(r->com_x.data, nx, ny, how->background);
	ip_idpc_background(r->com_y.data, nx, ny, how->background);
	rc = ip_idpc_integrate(how, r->com_x.data, r->com_y.data, nx, ny, phase,
		r->ddpc.data);
	if (rc < 0)
		return rc;
	for (i = 0; i < nx * ny; i++)
		v[i] = phase[i] / sigma;
	return 0;
}

/* v [n][ny * ..] of segments, u [n][2] their directions -> shift x, y. */
static int segments_shift(const struct ip_tensor *segments, const double *u,
	double factor, double *x, double *y)
{
	size_t n = segments->shape[0], ny = segments->shape[2];
	size_t count = segments->shape[1] * ny, i, j;
	const double *v = segments->data;
	size_t empty = 0;

	for (i = 0; i < count; i++) {
		double sum = 0, sx = 0, sy = 0;
		int counted = 0;

		for (j = 0; j < n; j++) {
			counted |= v[j * count + i] != 0;
			sum += v[j * count + i];
			sx += u[2 * j] * v[j * count + i];
			sy += u[2 * j + 1] * v[j * count + i];
		}
		if (!counted) {	/* few electrons: none fell here */
			x[i] = y[i] = 0;
			empty++;
			continue;
		}
		if (!(sum > 0) || !isfinite(sum))
			return ip_fail(IP_EINVAL, "iDPC: pixel (%zu, %zu): the "
				"segments sum to %g, expected a positive "
				"number", i / ny, i % ny, sum);
		x[i] = factor * sx / sum;
		y[i] = factor * sy / sum;
	}
	return empty < count ? 0 : ip_fail(IP_EINVAL, "iDPC: the segments are"
		" 0 everywhere");
}

static double *directions(const struct ip_idpc *how, size_t n)
{
	double *u = ip_alloc_array(n, 2 * sizeof *u);
	size_t j;

	for (j = 0; u != NULL && j < n; j++) {
		u[2 * j] = cos(ip_idpc_azimuth(how, n, j));
		u[2 * j + 1] = sin(ip_idpc_azimuth(how, n, j));
	}
	return u;
}

int ip_idpc(const struct ip_tensor *segments, const struct ip_idpc *how,
	struct ip_idpc_result *r)
{
	struct ip_idpc_geometry g;
	struct ip_idpc_result out = {0};
	struct ip_tensor s = {0};
	double *u = NULL;
	int rc;

	if (segments->ndim != 3 || ip_tensor_count(segments) == 0)
		return ip_fail(IP_EINVAL, "iDPC: segments of %d axes and %zu "
			"values, expected (segments, nx, ny)", segments->ndim,
			ip_tensor_count(segments));
	if ((rc = ip_idpc_geometry(how, segments->shape[0], &g)) < 0)
		return rc;
	if ((rc = ip_tensor_check_finite(segments, "iDPC: segments")) < 0
		|| (rc = ip_tensor_convert(&s, IP_F64, segments)) < 0
		|| (rc = result_new(&out, s.shape + 1)) < 0)
		goto done;
	rc = IP_ENOMEM;
	if ((u = directions(how, s.shape[0])) == NULL)
		goto done;
	rc = segments_shift(&s, u, g.factor, out.com_x.data, out.com_y.data);
	if (rc == 0)
		rc = result_finish(&out, how);
done:
	ip_free(u);
	ip_tensor_free(&s);
	if (rc < 0)
		ip_idpc_result_free(&out);
	else
		*r = out;
	return rc;
}

/* (x, y) -> R(rotation) (x, flip ? -y : y). */
static void turn(const struct ip_idpc *how, double *x, double *y, size_t count)
{
	double c = cos(how->rotation), s = sin(how->rotation);
	size_t i;

	if (how->rotation == 0 && !how->flip)
		return;
	for (i = 0; i < count; i++) {
		double a = x[i], b = how->flip ? -y[i] : y[i];

		x[i] = c * a - s * b;
		y[i] = s * a + c * b;
	}
}

int ip_idpc_from_com(const struct ip_tensor *com_x,
	const struct ip_tensor *com_y,
	const struct ip_idpc *how, struct ip_idpc_result *r)
{
	struct ip_idpc_result out = {0};
	int rc;

	if (com_x->ndim != 2 || com_y->ndim != 2
		|| com_x->shape[0] != com_y->shape[0]
		|| com_x->shape[1] != com_y->shape[1]
		|| ip_tensor_count(com_x) == 0)
		return ip_fail(IP_EINVAL, "iDPC: com_x and com_y must be two "
			"images (nx, ny) of one size");
	if ((rc = ip_idpc_check_scan(how, "iDPC")) < 0
		|| (rc = ip_tensor_check_finite(com_x, "iDPC: com_x")) < 0
		|| (rc = ip_tensor_check_finite(com_y, "iDPC: com_y")) < 0
		|| (rc = result_new(&out, com_x->shape)) < 0)
		return rc;
	if ((rc = ip_tensor_copy(&out.com_x, com_x)) == 0
		&& (rc = ip_tensor_copy(&out.com_y, com_y)) == 0) {
		turn(how, out.com_x.data, out.com_y.data,
			ip_tensor_count(com_x));
		rc = result_finish(&out, how);
	}
	if (rc < 0)
		ip_idpc_result_free(&out);
	else
		*r = out;
	return rc;
}
