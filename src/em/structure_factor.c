/*
 * Structure factors of one slice: exact, as a product of two tables of 1-D
 * phases; or of atoms spread over four pixels each, as the peer does it.
 */
#include <math.h>
#include <string.h>
#include "core/blas.h"
#include "core/core.h"
#include "core/fft.h"
#include "em/potential.h"

static const double two_pi = 6.28318530717958647693;

size_t ip_structure_factor_work(const struct ip_potential *p, size_t sites)
{
	size_t nx = p->grid.n[0], ny = p->grid.n[1], half = ny / 2 + 1;

	if (p->deposit == IP_BILINEAR)
		return 2 * nx * ny;
	return 2 * (sites * (nx + half) + nx * half);
}

/*
 * out [count] complex: exp(-2 pi i k r / length) for one k. The index at
 * Nyquist stands for k and -k alike: their mean, which is real.
 */
static void phases(double *out, const struct ip_site *sites, int y,
	size_t count, double k, int nyquist)
{
	size_t j;

	for (j = 0; j < count; j++) {
		double t = -two_pi * k * (y ? sites[j].y : sites[j].x);

		out[2 * j] = cos(t);
		out[2 * j + 1] = nyquist ? 0 : sin(t);
	}
}

static void add_product(double *half, const double *f, const double *table,
	size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		half[2 * i] += table[i] * f[2 * i];
		half[2 * i + 1] += table[i] * f[2 * i + 1];
	}
}

static void exact(double *half, const struct ip_potential *p,
	const double *table, const struct ip_site *sites, size_t count,
	double *work)
{
	size_t nx = p->grid.n[0], nh = p->grid.n[1] / 2 + 1, i;
	double *ex = work, *ey = ex + 2 * nx * count, *f = ey + 2 * nh * count;
	static const double one[2] = { 1, 0 }, zero[2] = { 0, 0 };

	for (i = 0; i < nx; i++)
		phases(ex + 2 * i * count, sites, 0, count,
			ip_signed_index(i, nx) / p->grid.length[0],
			2 * i == nx);
	for (i = 0; i < nh; i++)
		phases(ey + 2 * i * count, sites, 1, count,
			(double)i / p->grid.length[1],
			2 * i == p->grid.n[1]);
	cblas_zgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)nx, (int)nh,
		(int)count, one, ex, (int)count, ey, (int)count, zero, f,
		(int)nh);
	add_product(half, f, table, nx * nh);
}

/* Pixel below r on an axis, periodic, and the share of the one above. */
static size_t pixel(double r, double length, size_t n, double *share)
{
	double q = r / length * (double)n, lower = floor(q);
	double wrapped = fmod(lower, (double)n);

	*share = q - lower;
	if (wrapped < 0)
		wrapped += (double)n;
	return (size_t)wrapped % n;
}

static int bilinear(double *half, const struct ip_potential *p,
	const double *table, const struct ip_site *sites, size_t count,
	double *work)
{
	size_t nx = p->grid.n[0], ny = p->grid.n[1], nh = ny / 2 + 1, j, i;
	int rc;

	memset(work, 0, 2 * nx * ny * sizeof(*work));
	for (j = 0; j < count; j++) {
		double fx, fy;
		size_t x = pixel(sites[j].x, p->grid.length[0], nx, &fx);
		size_t y = pixel(sites[j].y, p->grid.length[1], ny, &fy);
		size_t x1 = (x + 1) % nx, y1 = (y + 1) % ny;

		work[2 * (x * ny + y)] += (1 - fx) * (1 - fy);
		work[2 * (x1 * ny + y)] += fx * (1 - fy);
		work[2 * (x * ny + y1)] += (1 - fx) * fy;
		work[2 * (x1 * ny + y1)] += fx * fy;
	}
	if ((rc = ip_fft2_double(work, nx, ny, -1)) < 0)
		return rc;
	for (i = 0; i < nx; i++)
		add_product(half + 2 * i * nh, work + 2 * i * ny,
			table + i * nh, nh);
	return IP_OK;
}

int ip_structure_factor(double *half, const struct ip_potential *p,
	const struct ip_species *species, const struct ip_site *sites,
	size_t count, double *work)
{
	if (count == 0)
		return IP_OK;
	if (p->deposit == IP_BILINEAR)
		return bilinear(half, p, species->table, sites, count, work);
	exact(half, p, species->table, sites, count, work);
	return IP_OK;
}
