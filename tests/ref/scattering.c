/* The scattering ops by direct sums. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ref.h"

static const double two_pi = 6.283185307179586;

static void dft(ref_c *out, size_t out_step, const ref_c *x, size_t step,
	size_t n, int sign)
{
	size_t k, i;

	for (k = 0; k < n; k++) {
		ref_c sum = 0;

		for (i = 0; i < n; i++)
			sum += x[i * step] * cexp(sign * I * two_pi *
				(double)(i * k % n) / (double)n);
		out[k * out_step] = sum;
	}
}

void ip_ref_fft2(ref_c *out, const ref_c *x, size_t nx, size_t ny, int sign)
{
	ref_c *w = calloc(nx * ny, sizeof(*w));
	size_t i;

	for (i = 0; i < nx; i++)
		dft(w + i * ny, 1, x + i * ny, 1, ny, sign);
	for (i = 0; i < ny; i++)
		dft(out + i, ny, w + i, ny, nx, sign);
	free(w);
}

/* The place of band index (i, j) in the FFT's order. */
static size_t at(const struct ip_band *b, size_t i, size_t j)
{
	return (i + b->nx - b->hx) % b->nx * b->ny +
		(j + b->ny - b->hy) % b->ny;
}

void ip_ref_transmission(ref_c *t, const double *v, const double *aperture,
	const struct ip_band *band, double sigma)
{
	size_t n = band->nx * band->ny, by = 2 * band->hy + 1, i, j;
	ref_c *a = calloc(n, sizeof(*a)), *b = calloc(n, sizeof(*b));

	for (i = 0; i < n; i++)
		a[i] = cexp(I * sigma * v[i]);
	ip_ref_fft2(b, a, band->nx, band->ny, -1);
	memset(a, 0, n * sizeof(*a));
	for (i = 0; i < 2 * band->hx + 1; i++)
		for (j = 0; j < by; j++)
			a[at(band, i, j)] = b[at(band, i, j)] *
				aperture[i * by + j] / (double)n;
	ip_ref_fft2(t, a, band->nx, band->ny, 1);
	free(a);
	free(b);
}

void ip_ref_slice(ref_c *psi, const ref_c *t, const ref_c *prop,
	const struct ip_band *band)
{
	size_t n = band->nx * band->ny, by = 2 * band->hy + 1, i, j;
	ref_c *a = calloc(n, sizeof(*a)), *b = calloc(n, sizeof(*b));

	for (i = 0; i < 2 * band->hx + 1; i++)
		for (j = 0; j < by; j++)
			a[at(band, i, j)] = psi[i * by + j];
	ip_ref_fft2(b, a, band->nx, band->ny, 1);
	for (i = 0; i < n; i++)
		b[i] *= t[i] / (double)n;
	ip_ref_fft2(a, b, band->nx, band->ny, -1);
	for (i = 0; i < 2 * band->hx + 1; i++)
		for (j = 0; j < by; j++)
			psi[i * by + j] = prop[i * by + j] *
				a[at(band, i, j)];
	free(a);
	free(b);
}

void ip_ref_detect(double *out, const ref_c *psi, const struct ip_pixels *p)
{
	size_t r, e;

	memset(out, 0, p->channels * sizeof(*out));
	for (r = 0; r < p->rows; r++)
		for (e = p->first[r]; e < p->first[r + 1]; e++)
			out[p->channel[e]] += (double)p->weight[e] *
				pow(cabs(psi[p->pixel[r]]), 2);
}

void ip_ref_scan(double *out, const ref_c *s, const ref_c *coef,
	const uint32_t *place, const struct ip_pixels *p, size_t columns,
	size_t sx, size_t sy)
{
	size_t r, e, x, y, c;

	memset(out, 0, p->channels * sx * sy * sizeof(*out));
	for (r = 0; r < p->rows; r++)
		for (x = 0; x < sx; x++)
			for (y = 0; y < sy; y++) {
				ref_c a = 0;

				for (c = 0; c < columns; c++)
					a += coef[c] * s[r * columns + c] *
					    cexp(-I * two_pi * ((double)
					    (place[c] / sy * x) / (double)sx +
					    (double)(place[c] % sy * y) /
					    (double)sy));
				for (e = p->first[r]; e < p->first[r + 1]; e++)
					out[(p->channel[e] * sx + x) * sy + y]
					    += (double)p->weight[e] *
					    pow(cabs(a), 2);
			}
}
