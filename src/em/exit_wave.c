/* One wave through the specimen, in real space. */
#include <math.h>
#include "core/core.h"
#include "scatter.h"

#define PI 3.14159265358979323846

static int check(const struct ip_simulation *s, const double *position,
	size_t plane)
{
	if (!s->potential)
		return ip_fail(IP_EINVAL, "exit wave: no potential");
	if (!(s->probe.energy > 0) || !isfinite(s->probe.energy))
		return ip_fail(IP_EPHYSICS, "exit wave: beam energy %g eV",
			s->probe.energy);
	if (plane > ip_potential_slices(s->potential))
		return ip_fail(IP_EINVAL, "exit wave: plane %zu lies behind "
			"the specimen of %zu slices", plane,
			ip_potential_slices(s->potential));
	if (position && (!isfinite(position[0]) || !isfinite(position[1])))
		return ip_fail(IP_EINVAL, "exit wave: the position is not a "
			"finite number");
	return 0;
}

/* The incident wave: a probe of sum |psi(k)|^2 = 1, or the wave k = 0. */
static int incident(const struct ip_simulation *s, const struct ip_grid *g,
	const struct ip_band *b, const double *position, ip_real *psi)
{
	struct ip_waves w = { 0 };
	double *coef = NULL;
	int rc;

	if (!position) {
		psi[2 * (b->hx * (2 * b->hy + 1) + b->hy)] = 1;
		return 0;
	}
	rc = ip_probe_waves(&s->probe, g, &w);
	if (rc == 0 && !(coef = ip_alloc_array(w.count, 2 * sizeof *coef)))
		rc = IP_ENOMEM;
	if (rc == 0)
		rc = ip_probe_coefficients(&s->probe, &s->probe.aberrations,
			g, &w, coef);
	for (size_t i = 0; rc == 0 && i < w.count; i++) {
		const int *k = w.index[i];
		double t = -2 * PI * fmod(k[0] * position[0] / g->length[0] +
			k[1] * position[1] / g->length[1], 1);
		double c = cos(t), d = sin(t);
		size_t at = (size_t)((long)b->hx + k[0]) * (2 * b->hy + 1) +
			(size_t)((long)b->hy + k[1]);
		psi[2 * at] = (ip_real)(coef[2 * i] * c - coef[2 * i + 1] * d);
		psi[2 * at + 1] = (ip_real)(coef[2 * i] * d +
			coef[2 * i + 1] * c);
	}
	ip_free(coef);
	ip_waves_free(&w);
	return rc;
}

/* psi, band layout, into x [nx][ny] in FFT order. */
static void spread(const struct ip_band *b, const ip_real *psi, ip_real *x)
{
	for (size_t i = 0; i <= 2 * b->hx; i++)
		for (size_t j = 0; j <= 2 * b->hy; j++) {
			size_t p = (i + b->nx - b->hx) % b->nx * b->ny +
				(j + b->ny - b->hy) % b->ny;
			size_t q = i * (2 * b->hy + 1) + j;
			x[2 * p] = psi[2 * q];
			x[2 * p + 1] = psi[2 * q + 1];
		}
}

/* psi to real space; t is (nx, ny) complex64. */
static int to_real_space(struct ip_dev *dev, const struct ip_band *b,
	const ip_real *psi, double scale, struct ip_tensor *t)
{
	size_t n = b->nx * b->ny;
	struct ip_buf buf = { 0 };
	ip_real *x = ip_alloc_array(n, IP_COMPLEX);
	float *out = t->data;
	int rc = x ? 0 : IP_ENOMEM;

	if (rc == 0)
		rc = ip_dev_need(dev, "fft2");
	if (rc == 0)
		spread(b, psi, x);
	if (rc == 0)
		rc = ip_mem_new(dev, &buf, n * IP_COMPLEX);
	if (rc == 0)
		rc = ip_mem_put(dev, &buf, 0, x, n * IP_COMPLEX);
	if (rc == 0)
		rc = ip_dev_backend(dev)->ops->fft2(dev, &buf, b->nx, b->ny, 1,
			1);
	if (rc == 0)
		rc = ip_mem_get(dev, &buf, 0, x, n * IP_COMPLEX);
	for (size_t i = 0; rc == 0 && i < 2 * n; i++)
		out[i] = (float)(x[i] * scale);
	ip_mem_free(dev, &buf);
	ip_free(x);
	return rc;
}

int ip_exit_wave(struct ip_dev *dev, const struct ip_simulation *s,
	const double *position, size_t plane, struct ip_tensor *wave)
{
	struct ip_slab slab = { 0 };
	struct ip_buf buf = { 0 };
	struct ip_tensor t = { 0 };
	struct ip_band band;
	const struct ip_grid *g;
	ip_real *psi = NULL;
	size_t size;
	int rc = check(s, position, plane);

	if (rc < 0)
		return rc;
	g = ip_potential_grid(s->potential);
	if ((rc = ip_grid_band(g, &band)) < 0)
		return rc;
	size = ip_band_count(&band) * IP_COMPLEX;
	if (!(psi = ip_alloc(size)))
		return IP_ENOMEM;
	rc = incident(s, g, &band, position, psi);
	if (rc == 0)
		rc = ip_slab_open(&slab, dev, s, plane, IP_SLAB_BLOCK, 1);
	if (rc == 0)
		rc = ip_mem_new(dev, &buf, size);
	if (rc == 0)
		rc = ip_mem_put(dev, &buf, 0, psi, size);
	if (rc == 0)
		rc = ip_slab_run(&slab, &buf, 1, 0, plane);
	if (rc == 0)
		rc = ip_mem_get(dev, &buf, 0, psi, size);
	if (rc == 0)
		rc = ip_tensor_new(&t, IP_C64, 2, g->n);
	if (rc == 0)
		rc = to_real_space(dev, &band, psi, position ? 1 /
			((double)g->n[0] * (double)g->n[1]) : 1, &t);
	ip_mem_free(dev, &buf);
	ip_slab_close(&slab);
	ip_free(psi);
	if (rc < 0)
		ip_tensor_free(&t);
	else
		*wave = t;
	return rc;
}
