/* The probe as plane waves, and in real space. */
#include <math.h>
#include "core/core.h"
#include "core/fft.h"
#include "scatter.h"

static const double pi = 3.14159265358979323846;

struct polar { double k, alpha, phi; };

static struct polar polar_of(const struct ip_grid *g, double wavelength,
	long i, long j)
{
	double kx = (double)i / g->length[0], ky = (double)j / g->length[1];
	struct polar p;

	p.k = hypot(kx, ky);
	p.alpha = wavelength * p.k;
	p.phi = atan2(ky, kx);
	return p;
}

/* The soft edge is one pixel of the box's Fourier grid wide. */
static double aperture(const struct ip_probe *probe, const struct ip_grid *g,
	double wavelength, long i, long j)
{
	struct polar p = polar_of(g, wavelength, i, j);
	double edge = 1e-3 * probe->semiangle, width, v;

	if (i == 0 && j == 0)
		return 1;
	if (probe->hard)
		return p.alpha <= edge;
	width = hypot(cos(p.phi) * wavelength / g->length[0],
		sin(p.phi) * wavelength / g->length[1]);
	v = (edge - p.alpha) / width + 0.5;
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

int ip_probe_check(const struct ip_probe *p)
{
	if (!(p->energy >= 1e3 && p->energy <= 1e7))
		return ip_fail(IP_EINVAL, "energy: %g eV; expected 1e3 to 1e7",
			p->energy);
	if (!(p->semiangle > 0 && p->semiangle < 500))
		return ip_fail(IP_EINVAL, "semiangle: %g mrad; expected above "
			"0 and below 500", p->semiangle);
	if (!(fabs(p->tilt[0]) < 200 && fabs(p->tilt[1]) < 200))
		return ip_fail(IP_EINVAL, "beam tilt: %g, %g mrad; expected "
			"less than 200", p->tilt[0], p->tilt[1]);
	return IP_OK;
}

/* Count the waves, or fill them in if w has room; the sum of squares. */
static size_t collect(const struct ip_probe *probe, const struct ip_grid *g,
	const long h[2], struct ip_waves *w, double *squares)
{
	double wavelength = ip_wavelength(probe->energy), a;
	size_t n = 0;
	long i, j;

	*squares = 0;
	for (i = -h[0]; i <= h[0]; i++)
		for (j = -h[1]; j <= h[1]; j++) {
			if ((a = aperture(probe, g, wavelength, i, j)) <= 0)
				continue;
			if (w->weight != NULL) {
				w->index[n][0] = (int)i;
				w->index[n][1] = (int)j;
				w->weight[n] = a;
			}
			*squares += a * a;
			n++;
		}
	return n;
}

int ip_probe_waves(const struct ip_probe *probe, const struct ip_grid *g,
	struct ip_waves *w)
{
	double wavelength, squares, reach;
	struct ip_waves out = { 0, NULL, NULL };
	struct ip_band band;
	long h[2];
	size_t i;
	int rc;

	if ((rc = ip_probe_check(probe)) < 0 || (rc = ip_grid_band(g, &band)) < 0)
		return rc;
	wavelength = ip_wavelength(probe->energy);
	for (i = 0; i < 2; i++) {
		reach = 1e-3 * probe->semiangle / wavelength * g->length[i];
		h[i] = (long)reach + 2;
		if (reach > 20000)
			return ip_fail(IP_ELIMIT, "semiangle: the aperture "
				"holds %g grid points; expected 20000", reach);
	}
	out.count = collect(probe, g, h, &out, &squares);
	out.index = ip_alloc_array(out.count, sizeof(*out.index));
	out.weight = ip_alloc_array(out.count, sizeof(*out.weight));
	if (out.index == NULL || out.weight == NULL) {
		ip_waves_free(&out);
		return IP_ENOMEM;
	}
	collect(probe, g, h, &out, &squares);
	for (i = 0; i < out.count; i++) {
		struct polar p = polar_of(g, wavelength, out.index[i][0],
			out.index[i][1]);

		if (ip_grid_aperture(g, p.k) < 1) {
			ip_waves_free(&out);
			return ip_fail(IP_EPHYSICS, "semiangle: %g mrad "
				"reaches into the grid's band limit, %.1f mrad "
				"with its soft edge; take a finer grid",
				probe->semiangle,
				1e3 * wavelength * ip_grid_cutoff(g));
		}
		out.weight[i] /= sqrt(squares);
	}
	*w = out;
	return IP_OK;
}

void ip_waves_free(struct ip_waves *w)
{
	ip_free(w->index);
	ip_free(w->weight);
	w->index = NULL;
	w->weight = NULL;
	w->count = 0;
}

int ip_probe_coefficients(const struct ip_probe *probe,
	const struct ip_aberrations *a, const struct ip_grid *g,
	const struct ip_waves *w, double *coef)
{
	double wavelength = ip_wavelength(probe->energy), chi;
	size_t i;

	for (i = 0; i < w->count; i++) {
		struct polar p = polar_of(g, wavelength, w->index[i][0],
			w->index[i][1]);

		chi = ip_chi(a, wavelength, p.alpha, p.phi);
		if (!isfinite(chi))
			return ip_fail(IP_EINVAL, "aberrations: the phase at "
				"%g mrad is not finite", 1e3 * p.alpha);
		coef[2 * i] = w->weight[i] * cos(chi);
		coef[2 * i + 1] = -w->weight[i] * sin(chi);
	}
	return IP_OK;
}

int ip_probe_build(const struct ip_probe *probe, const struct ip_grid *g,
	const double position[2], double *psi)
{
	size_t nx = g->n[0], ny = g->n[1], i;
	struct ip_waves w = { 0, NULL, NULL };
	double *coef;
	int rc;

	if ((rc = ip_probe_waves(probe, g, &w)) < 0)
		return rc;
	if ((coef = ip_alloc_array(w.count, 2 * sizeof(*coef))) == NULL) {
		rc = IP_ENOMEM;
		goto out;
	}
	if ((rc = ip_probe_coefficients(probe, &probe->aberrations, g, &w,
			coef)) < 0)
		goto out;
	for (i = 0; i < 2 * nx * ny; i++)
		psi[i] = 0;
	for (i = 0; i < w.count; i++) {
		double t = -2 * pi * (w.index[i][0] * position[0] /
			g->length[0] + w.index[i][1] * position[1] /
			g->length[1]);
		double c = cos(t), s = sin(t), n = (double)nx * (double)ny;
		size_t x = (size_t)(w.index[i][0] + (long)nx) % nx;
		size_t y = (size_t)(w.index[i][1] + (long)ny) % ny;

		psi[2 * (x * ny + y)] = (coef[2 * i] * c -
			coef[2 * i + 1] * s) / n;
		psi[2 * (x * ny + y) + 1] = (coef[2 * i] * s +
			coef[2 * i + 1] * c) / n;
	}
	rc = ip_fft2_double(psi, nx, ny, 1);
out:
	ip_free(coef);
	ip_waves_free(&w);
	return rc;
}
