/*
 * A vector field -> the scalar whose gradient it is, nearest by least
 * squares: phase(k) = (k . d(k)) / (i k^2), d in 1/Angstrom, that is the
 * gradient over 2 pi; k = 0 is not known and set to zero.
 */
#include <complex.h>
#include <math.h>
#include "core/core.h"
#include "core/fft.h"
#include "em/idpc.h"

int ip_idpc_fft2(double *x, size_t nx, size_t ny, int sign)
{
	const size_t n[] = { nx, ny };

	return ip_fft_any(x, 2, n, sign);
}

double ip_idpc_frequency(size_t i, size_t n, double d)
{
	double s = i <= (n - 1) / 2 ? (double)i : (double)i - (double)n;

	return s / ((double)n * d);
}

/* The same for an odd operator: nothing at an even n's Nyquist frequency. */
static double odd_frequency(size_t i, size_t n, double d)
{
	return 2 * i == n ? 0 : ip_idpc_frequency(i, n, d);
}

double ip_idpc_high_pass(const struct ip_idpc *how, double k2)
{
	double s = how->high_pass;

	return s > 0 ? -expm1(-k2 / (2 * s * s)) : 1;
}

/*
 * f = dx + i dy goes in and phase + i ddpc comes out, so one transform each
 * way does: with F at k and G its conjugate at -k, the transforms of dx and dy
 * are (F + G)/2 and (F - G)/2i. This turns the pair k, -k at once.
 */
static void solve_pair(const struct ip_idpc *how, double complex *f,
	double complex *g, double kx, double ky, double k2)
{
	double complex a = *f, b = conj(*g);
	double complex dx = 0.5 * (a + b), dy = -0.5 * I * (a - b);
	double complex d = kx * dx + ky * dy, phase, ddpc;

	phase = k2 > 0 ? -I * d / k2 * ip_idpc_high_pass(how, k2) : 0;
	ddpc = 4 * IP_PI * IP_PI * I * d;
	*f = phase + I * ddpc;
	*g = conj(phase) + I * conj(ddpc);
}

static int solve(const struct ip_idpc *how, double complex *f, size_t nx,
	size_t ny)
{
	const double *p = how->pixel_size;
	double scale = 1 / ((double)nx * (double)ny);
	size_t i, j;
	int rc;

	if ((rc = ip_idpc_fft2((double *)f, nx, ny, -1)) < 0)
		return rc;
	for (i = 0; i < nx; i++) {
		double x = ip_idpc_frequency(i, nx, p[0]);
		size_t mi = (nx - i) % nx;

		for (j = 0; j < ny; j++) {
			double y = ip_idpc_frequency(j, ny, p[1]);
			size_t mj = (ny - j) % ny;

			if (mi * ny + mj < i * ny + j)
				continue;
			solve_pair(how, f + i * ny + j, f + mi * ny + mj,
				odd_frequency(i, nx, p[0]),
				odd_frequency(j, ny, p[1]), x * x + y * y);
		}
	}
	if ((rc = ip_idpc_fft2((double *)f, nx, ny, 1)) < 0)
		return rc;
	for (i = 0; i < nx * ny; i++)
		f[i] *= scale;
	return 0;
}

/*
 * The field continued so that its potential is mirrored at every edge: even
 * in x and y, so dx is odd in x and dy odd in y. Half-sample symmetric.
 */
static void fill(double complex *f, const double *dx, const double *dy,
	size_t nx, size_t ny, int mirrored)
{
	size_t mx = mirrored ? 2 * nx : nx, my = mirrored ? 2 * ny : ny, i, j;

	for (i = 0; i < mx; i++) {
		size_t si = i < nx ? i : mx - 1 - i;

		for (j = 0; j < my; j++) {
			size_t s = si * ny + (j < ny ? j : my - 1 - j);

			f[i * my + j] = (i < nx ? dx[s] : -dx[s])
				+ I * (j < ny ? dy[s] : -dy[s]);
		}
	}
}

/* Central differences of 2, 4, 6, 8 points: weights at +1, +2, .. */
static const double stencil[4][4] = {
	{1.0 / 2, 0, 0, 0},
	{2.0 / 3, -1.0 / 12, 0, 0},
	{3.0 / 4, -3.0 / 20, 1.0 / 60, 0},
	{4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280},
};

double ip_idpc_slope(const double *f, size_t i, size_t n, size_t stride,
	size_t radius, double h)
{
	const double *p = f + i * stride;
	ptrdiff_t s = (ptrdiff_t)stride;
	size_t room = i < n - 1 - i ? i : n - 1 - i, k;
	double sum = 0;

	if (n < 3)
		return n == 2 ? (f[stride] - f[0]) / h : 0;
	if (room == 0) {
		if (i > 0)
			s = -s;
		sum = (-1.5 * p[0] + 2 * p[s] - 0.5 * p[2 * s]) / h;
		return i > 0 ? -sum : sum;
	}
	if (radius > room)
		radius = room;
	for (k = 1; k <= radius; k++)
		sum += stencil[radius - 1][k - 1]
			* (p[(ptrdiff_t)k * s] - p[-(ptrdiff_t)k * s]);
	return sum / h;
}

/* From the picture alone: the mirror's kink would ring along the edges. */
static void local_ddpc(const struct ip_idpc *how, const double *dx,
	const double *dy, size_t nx, size_t ny, double *ddpc)
{
	size_t i, j;

	for (i = 0; i < nx; i++)
		for (j = 0; j < ny; j++)
			ddpc[i * ny + j] = 2 * IP_PI
				* (ip_idpc_slope(dx + j, i, nx, ny, 4,
				how->pixel_size[0])
				+ ip_idpc_slope(dy + i * ny, j, ny, 1, 4,
				how->pixel_size[1]));
}

int ip_idpc_integrate(const struct ip_idpc *how, const double *dx,
	const double *dy, size_t nx, size_t ny, double *phase, double *ddpc)
{
	int mirrored = how->boundary == IP_MIRRORED, rc;
	size_t m = mirrored ? 2 : 1, i, j;
	double complex *f = ip_alloc_array(m * nx, m * ny * sizeof *f);

	if (f == NULL)
		return IP_ENOMEM;
	fill(f, dx, dy, nx, ny, mirrored);
	rc = solve(how, f, m * nx, m * ny);
	for (i = 0; rc == 0 && i < nx; i++) {
		for (j = 0; j < ny; j++) {
			phase[i * ny + j] = creal(f[i * m * ny + j]);
			ddpc[i * ny + j] = cimag(f[i * m * ny + j]);
		}
	}
	if (rc == 0 && mirrored)
		local_ddpc(how, dx, dy, nx, ny, ddpc);
	ip_free(f);
	return rc;
}
