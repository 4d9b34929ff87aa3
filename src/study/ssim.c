/* Structural similarity: Z. Wang et al., IEEE TIP 13 (2004) 600. */
#include <math.h>
#include "../core/core.h"
#include "study.h"

#define RADIUS 5	/* pixels: windows of 11 x 11, as in the paper */
#define WIDTH (2 * RADIUS + 1)
#define SIGMA 1.5
#define MOMENTS 5	/* of a and b: a, b, aa, bb, ab */

static void make_window(double *g)
{
	double sum = 0;
	int i;

	for (i = 0; i < WIDTH; i++) {
		double x = i - RADIUS;

		g[i] = exp(-x * x / (2 * SIGMA * SIGMA));
		sum += g[i];
	}
	for (i = 0; i < WIDTH; i++)
		g[i] /= sum;
}

/*
 * The moments of WIDTH rows, weighted down the columns; line holds MOMENTS a
 * column. Pictures are less their own middles am and bm, so that variances
 * are not small differences of large numbers.
 */
static void weigh_rows(double *line, const double *a, const double *b,
	size_t w, const double *g, double am, double bm)
{
	size_t x, i;

	for (x = 0; x < w; x++) {
		double *m = line + MOMENTS * x;

		m[0] = m[1] = m[2] = m[3] = m[4] = 0;
		for (i = 0; i < WIDTH; i++) {
			double p = a[i * w + x] - am, q = b[i * w + x] - bm;

			m[0] += g[i] * p;
			m[1] += g[i] * q;
			m[2] += g[i] * p * p;
			m[3] += g[i] * q * q;
			m[4] += g[i] * p * q;
		}
	}
}

/* Equation 13 at one window, from the moments of its WIDTH columns. */
static double at_window(const double *line, const double *g, double am,
	double bm, double c1, double c2)
{
	double m[MOMENTS] = { 0 }, mu, nu, aa, bb, ab;
	size_t i, k;

	for (i = 0; i < WIDTH; i++)
		for (k = 0; k < MOMENTS; k++)
			m[k] += g[i] * line[MOMENTS * i + k];
	aa = m[2] - m[0] * m[0];
	bb = m[3] - m[1] * m[1];
	ab = m[4] - m[0] * m[1];
	mu = m[0] + am;
	nu = m[1] + bm;
	return (2 * mu * nu + c1) * (2 * ab + c2)
		/ ((mu * mu + nu * nu + c1) * (aa + bb + c2));
}

static double mean_of(const double *v, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

int ip_ssim(const double *a, const double *b, size_t h, size_t w,
	double range, double *ssim)
{
	double g[WIDTH], am, bm, c1, c2, sum = 0, *line;
	size_t x, y;

	*ssim = NAN;
	if (h < WIDTH || w < WIDTH)
		return 0;
	line = ip_alloc_array(w, MOMENTS * sizeof *line);
	if (!line)
		return IP_ENOMEM;
	make_window(g);
	am = mean_of(a, h * w);
	bm = mean_of(b, h * w);
	c1 = 0.01 * range * 0.01 * range;
	c2 = 0.03 * range * 0.03 * range;
	for (y = 0; y + WIDTH <= h; y++) {
		weigh_rows(line, a + y * w, b + y * w, w, g, am, bm);
		for (x = 0; x + WIDTH <= w; x++)
			sum += at_window(line + MOMENTS * x, g, am, bm, c1,
				c2);
	}
	*ssim = sum / (double)((h - WIDTH + 1) * (w - WIDTH + 1));
	ip_free(line);
	return 0;
}
