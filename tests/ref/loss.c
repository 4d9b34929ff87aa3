/* What the parts of the loss mean. */
#include <math.h>
#include "ref.h"

static double sign(double x)
{
	return (x > 0) - (x < 0);
}

/* ||p1 - p0| - |t1 - t0||, and what it gives to dp times weight. */
static double edge(double *dp, const double *p, const double *t, size_t at,
	size_t next, double weight)
{
	double a = p[next] - p[at];
	double d = fabs(a) - fabs(t[next] - t[at]);

	dp[next] += weight * sign(d) * sign(a);
	dp[at] -= weight * sign(d) * sign(a);
	return fabs(d);
}

void ip_ref_loss_space(double *parts, double *dp, const double *p,
	const double *t, const struct ip_map *m, const double *weight)
{
	size_t line = m->w * m->c, n = m->b * m->h * line, i;
	double rows = (double)(m->b * (m->h - 1) * line);
	double columns = (double)(m->b * m->h * (m->w - 1) * m->c);

	parts[0] = parts[1] = 0;
	for (i = 0; i < n; i++) {
		dp[i] = weight[0] * sign(p[i] - t[i]) / (double)n;
		parts[0] += fabs(p[i] - t[i]) / (double)n;
	}
	for (i = 0; i < n; i++) {
		if (i / line % m->h + 1 < m->h)
			parts[1] += edge(dp, p, t, i, i + line,
				weight[1] / rows) / rows;
		if (i / m->c % m->w + 1 < m->w)
			parts[1] += edge(dp, p, t, i, i + m->c,
				weight[1] / columns) / columns;
	}
}

/* exp(i angle of ky y / h + kx x / w) */
static ref_c wave(const struct ip_map *m, size_t ky, size_t kx, size_t y,
	size_t x)
{
	double turns = (double)(ky * y % m->h) / (double)m->h +
		(double)(kx * x % m->w) / (double)m->w;

	return cexp(I * 6.28318530717958647693 * turns);
}

static ref_c transform(const double *p, const struct ip_map *m, size_t ky,
	size_t kx)
{
	ref_c sum = 0;
	size_t y, x;

	for (y = 0; y < m->h; y++)
		for (x = 0; x < m->w; x++)
			sum += (p[(y * m->w + x) * m->c] + 1e-8) *
				conj(wave(m, ky, kx, y, x));
	return sum;
}

/* One channel of one picture. */
static double moduli(double *dp, const double *p, const double *t,
	const struct ip_map *m, double weight)
{
	size_t ky, kx, y, x;
	double sum = 0;

	for (ky = 0; ky < m->h; ky++)
		for (kx = 0; kx < m->w / 2 + 1; kx++) {
			ref_c a = transform(p, m, ky, kx);
			double d = cabs(a) - cabs(transform(t, m, ky, kx));
			ref_c g = cabs(a) > 0 ? sign(d) * a / cabs(a) : 0;

			sum += fabs(d);
			for (y = 0; y < m->h; y++)
				for (x = 0; x < m->w; x++)
					dp[(y * m->w + x) * m->c] += weight *
						creal(g * wave(m, ky, kx, y,
						x));
		}
	return sum;
}

double ip_ref_loss_fourier(double *dp, const double *p, const double *t,
	const struct ip_map *m, int orthonormal, double weight)
{
	size_t picture = m->h * m->w * m->c, b, i;
	double sum = 0, share = 1 / (double)(m->b * m->c * m->h *
		(m->w / 2 + 1));

	if (orthonormal)
		share /= sqrt((double)(m->h * m->w));
	for (b = 0; b < m->b; b++)
		for (i = 0; i < m->c; i++)
			sum += moduli(dp + b * picture + i, p + b * picture +
				i, t + b * picture + i, m, weight * share);
	return sum * share;
}
