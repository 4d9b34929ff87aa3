/*
 * A potential as iDPC would show it at best. The transform of the probe's
 * intensity is the disc's overlap with itself moved by k.
 */
#include <math.h>
#include <iphase/em.h>
#include "core/core.h"
#include "em/idpc.h"

/* Overlap of two discs of radius k0 a distance k apart, over the disc. */
static double overlap(double k, double k0)
{
	double x = k / (2 * k0);

	return x < 1 ? 2 / IP_PI * (acos(x) - x * sqrt(1 - x * x)) : 0;
}

static int blur(const struct ip_idpc *how, double *f, size_t nx, size_t ny)
{
	double k0 = 1e-3 * how->semiangle / ip_wavelength(how->energy);
	double scale = 1 / ((double)nx * (double)ny), x, y, w;
	size_t i, j;
	int rc;

	if ((rc = ip_idpc_fft2(f, nx, ny, -1)) < 0)
		return rc;
	for (i = 0; i < nx; i++) {
		x = ip_idpc_frequency(i, nx, how->pixel_size[0]);
		for (j = 0; j < ny; j++) {
			y = ip_idpc_frequency(j, ny, how->pixel_size[1]);
			w = i + j > 0 ? scale * overlap(hypot(x, y), k0) : 0;
			f[2 * (i * ny + j)] *= w;
			f[2 * (i * ny + j) + 1] *= w;
		}
	}
	return ip_idpc_fft2(f, nx, ny, 1);
}

/* v [nx][ny], in place, mirrored at the edges where m is 2. */
static int blur_picture(const struct ip_idpc *how, double *v, size_t nx,
	size_t ny, size_t m)
{
	double *f = ip_alloc_array(m * nx, m * ny * 2 * sizeof *f);
	size_t i, j;
	int rc;

	if (f == NULL)
		return IP_ENOMEM;
	for (i = 0; i < m * nx; i++)
		for (j = 0; j < m * ny; j++)
			f[2 * (i * m * ny + j)] =
				v[(i < nx ? i : 2 * nx - 1 - i) * ny
				+ (j < ny ? j : 2 * ny - 1 - j)];
	rc = blur(how, f, m * nx, m * ny);
	for (i = 0; rc == 0 && i < nx; i++)
		for (j = 0; j < ny; j++)
			v[i * ny + j] = f[2 * (i * m * ny + j)];
	ip_free(f);
	return rc;
}

int ip_idpc_blur(const struct ip_tensor *potential, const struct ip_idpc *how,
	struct ip_tensor *blurred)
{
	struct ip_tensor t = {0};
	int rc;

	if (potential->ndim != 2 || ip_tensor_count(potential) == 0)
		return ip_fail(IP_EINVAL, "blur: a potential of %d axes, "
			"expected (nx, ny)", potential->ndim);
	if (!(how->energy > 0) || !(how->semiangle > 0)
		|| !(how->pixel_size[0] > 0) || !(how->pixel_size[1] > 0))
		return ip_fail(IP_EINVAL, "blur: energy %g eV, semiangle %g "
			"mrad, pixel size %g x %g Angstrom, expected positive "
			"numbers", how->energy, how->semiangle,
			how->pixel_size[0], how->pixel_size[1]);
	if ((rc = ip_tensor_check_finite(potential, "potential")) < 0
		|| (rc = ip_tensor_convert(&t, IP_F64, potential)) < 0)
		return rc;
	rc = blur_picture(how, t.data, t.shape[0], t.shape[1],
		how->boundary == IP_MIRRORED ? 2 : 1);
	if (rc < 0)
		ip_tensor_free(&t);
	else
		*blurred = t;
	return rc;
}
