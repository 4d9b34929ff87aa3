/*
 * How far frames have moved: the maximum of their phase correlation, first
 * among pixels, then between them by Newton's method on the Fourier sum.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/core.h"
#include "core/fft.h"
#include "measure/measure.h"

#define PI 3.14159265358979323846
/*
 * Most frequencies hold noise alone, which gives the median of the amplitudes'
 * product; of noise one in 10^5 is more than ten times as large.
 */
#define NOISE 10.0
#define SHARE 1e-4	/* of the largest counts as noise at least */
#define ENOUGH 16	/* frequencies above noise; else all count */
#define NEAR 8.0	/* picture over the deviation of a likely move */

/* Two pictures that overlap, and their correlation's spectrum. */
struct pair {
	const double *ref, *frame;	/* [n[0]][n[1]] */
	size_t n[2];
	long by[2];		/* the frame is taken so many pixels on */
	size_t size[2];		/* of the overlap */
	double *a, *b;		/* [size[0]][size[1]] complex; b: spectrum */
	double *sorted;
};

/* ---- the overlap under a window ---- */

/* Falls to nothing over a sixth at either end, smoothly. */
static double window(size_t i, size_t n)
{
	double t = fmin((double)i + 0.5, (double)(n - i) - 0.5) * 6 / (double)n;
	double s = t < 1 ? sin(0.5 * PI * t) : 1;

	return s * s;
}

/* v from pixel (x, y) on, less its mean under the window, into z. */
static void cut(const struct pair *p, const double *v, size_t x, size_t y,
	double *z)
{
	double sum = 0, weight = 0, w;
	size_t i, j, k;

	for (i = 0; i < p->size[0]; i++)
		for (j = 0; j < p->size[1]; j++) {
			w = window(i, p->size[0]) *
				window(j, p->size[1]);
			sum += w * v[(x + i) * p->n[1] + y + j];
			weight += w;
		}
	for (i = k = 0; i < p->size[0]; i++)
		for (j = 0; j < p->size[1]; j++, k += 2) {
			w = window(i, p->size[0]) *
				window(j, p->size[1]);
			z[k] = w * (v[(x + i) * p->n[1] + y + j] - sum /
				weight);
			z[k + 1] = 0;
		}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* b = b conj(a); sorted: the amplitudes. */
static void multiply(struct pair *p)
{
	size_t n = p->size[0] * p->size[1], i;
	double re, im;

	for (i = 0; i < n; i++) {
		re = p->b[2 * i] * p->a[2 * i] +
			p->b[2 * i + 1] * p->a[2 * i + 1];
		im = p->b[2 * i + 1] * p->a[2 * i] -
			p->b[2 * i] * p->a[2 * i + 1];
		p->b[2 * i] = i ? re : 0;
		p->b[2 * i + 1] = i ? im : 0;
		p->sorted[i] = i ? hypot(re, im) : 0;
	}
	qsort(p->sorted, n, sizeof *p->sorted, ascending);
}

/*
 * Of what stands above noise the phases count, and their amplitudes' roots: a
 * phase is the surer the larger its amplitude is. If there is nothing, the plain
 * correlation must do.
 */
static int whiten(struct pair *p)
{
	size_t n = p->size[0] * p->size[1], i;
	double noise, v;

	multiply(p);
	if (!(p->sorted[n - 1] > 0))
		return ip_fail(IP_EPHYSICS, "drift: a frame without contrast");
	noise = fmax(NOISE * p->sorted[n / 2], SHARE * p->sorted[n - 1]);
	if (p->sorted[n - ENOUGH] <= noise)
		return 0;
	for (i = 0; i < n; i++) {
		v = hypot(p->b[2 * i], p->b[2 * i + 1]);
		v = v > noise ? (1 - noise / v) / sqrt(v) : 0;
		p->b[2 * i] *= v;
		p->b[2 * i + 1] *= v;
	}
	return 0;
}

static int correlate(struct pair *p)
{
	size_t at[2][2];
	int d, rc;

	for (d = 0; d < 2; d++) {
		size_t by = (size_t)labs(p->by[d]);

		if (by >= p->n[d] || 2 * (p->n[d] - by) < p->n[d])
			return ip_fail(IP_EPHYSICS, "drift: a frame has moved"
				" by %ld of %zu pixels, expected half of them"
				" at most", p->by[d], p->n[d]);
		p->size[d] = p->n[d] - by;
		at[0][d] = p->by[d] < 0 ? by : 0;
		at[1][d] = p->by[d] > 0 ? by : 0;
	}
	cut(p, p->ref, at[0][0], at[0][1], p->a);
	cut(p, p->frame, at[1][0], at[1][1], p->b);
	rc = ip_fft_any(p->a, 2, p->size, -1);
	if (rc == 0)
		rc = ip_fft_any(p->b, 2, p->size, -1);
	return rc < 0 ? rc : whiten(p);
}

/* ---- its maximum ---- */

static double moved(size_t i, size_t n)
{
	return i <= n / 2 ? (double)i : (double)i - (double)n;
}

/* Among pixels; what is far is less likely. */
static int coarse(struct pair *p, double shift[2])
{
	size_t i, j, nx = p->size[0], ny = p->size[1];
	double best = -INFINITY, x, y, v;
	int rc;

	memcpy(p->a, p->b, nx * ny * 2 * sizeof *p->a);
	rc = ip_fft_any(p->a, 2, p->size, 1);
	for (i = 0; rc == 0 && i < nx; i++)
		for (j = 0; j < ny; j++) {
			x = NEAR * moved(i, nx) / (double)nx;
			y = NEAR * moved(j, ny) / (double)ny;
			v = p->a[2 * (i * ny + j)] *
				exp(-0.5 * (x * x + y * y));
			if (v > best) {
				best = v;
				shift[0] = moved(i, nx);
				shift[1] = moved(j, ny);
			}
		}
	return rc;
}

/* wave [n] complex = exp(2 pi i k shift / n). */
static void waves(size_t n, double shift, double *wave)
{
	for (size_t i = 0; i < n; i++) {
		double t = 2 * PI * moved(i, n) * shift / (double)n;

		wave[2 * i] = cos(t);
		wave[2 * i + 1] = sin(t);
	}
}

/* Slopes g and curvatures h (xx, yy, xy) of the correlation at shift. */
static void slopes(const struct pair *p, const double *wx, const double *wy,
	double g[2], double h[3])
{
	size_t nx = p->size[0], ny = p->size[1], i, j;

	g[0] = g[1] = h[0] = h[1] = h[2] = 0;
	for (i = 0; i < nx; i++) {
		double x = 2 * PI * moved(i, nx) / (double)nx;

		for (j = 0; j < ny; j++) {
			const double *b = p->b + 2 * (i * ny + j);
			double y = 2 * PI * moved(j, ny) / (double)ny;
			double c = wx[2 * i] * wy[2 * j] -
				wx[2 * i + 1] * wy[2 * j + 1];
			double s = wx[2 * i] * wy[2 * j + 1] +
				wx[2 * i + 1] * wy[2 * j];
			double re = b[0] * c - b[1] * s;
			double im = b[0] * s + b[1] * c;

			g[0] -= x * im;
			g[1] -= y * im;
			h[0] -= x * x * re;
			h[1] -= y * y * re;
			h[2] -= x * y * re;
		}
	}
}

/* Between pixels, from a maximum among them. */
static void fine(const struct pair *p, double shift[2])
{
	double *wx = p->a, *wy = p->a + 2 * p->size[0];
	double at[2] = { shift[0], shift[1] }, g[2], h[3], d, x, y;

	for (int k = 0; k < 20; k++) {
		waves(p->size[0], at[0], wx);
		waves(p->size[1], at[1], wy);
		slopes(p, wx, wy, g, h);
		d = h[0] * h[1] - h[2] * h[2];
		if (!(h[0] < 0 && d > 0))
			break;
		x = -(h[1] * g[0] - h[2] * g[1]) / d;
		y = -(h[0] * g[1] - h[2] * g[0]) / d;
		at[0] += fmax(-0.5, fmin(0.5, x));
		at[1] += fmax(-0.5, fmin(0.5, y));
		if (fabs(at[0] - shift[0]) > 1 || fabs(at[1] - shift[1]) > 1)
			break;		/* not of this maximum */
		if (hypot(x, y) < 1e-4) {
			memcpy(shift, at, sizeof at);
			break;
		}
	}
}

/*
 * shift: where it is likely, then where it is. The second time the windows see
 * the same of the specimen, so that they pull the maximum nowhere.
 */
static int measure(struct pair *p, double shift[2])
{
	double rest[2];
	int rc = 0;

	for (int pass = 0; pass < 3; pass++) {
		p->by[0] = lround(shift[0]);
		p->by[1] = lround(shift[1]);
		rc = correlate(p);
		if (rc == 0)
			rc = coarse(p, rest);
		if (rc < 0)
			break;
		fine(p, rest);
		shift[0] = (double)p->by[0] + rest[0];
		shift[1] = (double)p->by[1] + rest[1];
		if (fabs(rest[0]) <= 0.5 && fabs(rest[1]) <= 0.5)
			break;
	}
	return rc;
}

/* ---- frames ---- */

/* The sum over segments of frame t. */
static int sum_frame(const struct ip_tensor *frames, size_t t, double *sum)
{
	struct ip_tensor one, in = { 0 };
	size_t i, n = frames->shape[2] * frames->shape[3];
	int rc = ip_tensor_at(&one, frames, 0, t);

	if (rc == 0)
		rc = ip_tensor_convert(&in, IP_F64, &one);
	if (rc < 0)
		return rc;
	memset(sum, 0, n * sizeof *sum);
	for (i = 0; i < frames->shape[1] * n; i++)
		sum[i % n] += ((double *)in.data)[i];
	ip_tensor_free(&in);
	return 0;
}

/* Frame number t, moved back, into the mean of those before. */
static int add_to_mean(double *mean, const double *frame, double *moved_back,
	const size_t n[2], const double shift[2], size_t t)
{
	struct ip_sampling how = { { shift[0], shift[1] }, { 1, 1 },
		{ n[0], n[1] }, IP_BAND_LIMITED };
	int rc = ip_measure_sample(&how, frame, n, moved_back);

	for (size_t i = 0; rc == 0 && i < n[0] * n[1]; i++)
		mean[i] += (moved_back[i] - mean[i]) / (double)(t + 1);
	return rc;
}

static int run(const struct ip_tensor *frames,
	enum ip_drift_reference reference, struct pair *p, double *drift)
{
	size_t n = p->n[0] * p->n[1], t;
	double *mean = ip_alloc_array(3 * n, sizeof *mean), shift[2] = { 0, 0 };
	double *frame;
	int rc;

	if (!mean)
		return IP_ENOMEM;
	p->ref = mean;
	p->frame = frame = mean + n;
	rc = sum_frame(frames, 0, mean);
	for (t = 1; rc == 0 && t < frames->shape[0]; t++) {
		rc = sum_frame(frames, t, frame);
		if (rc == 0)
			rc = measure(p, shift);
		if (rc < 0)
			break;
		memcpy(drift + 2 * t, shift, sizeof shift);
		if (reference == IP_DRIFT_MEAN)
			rc = add_to_mean(mean, frame, frame + n, p->n, shift,
				t);
	}
	ip_free(mean);
	return rc;
}

int ip_prepare_drift(const struct ip_tensor *frames,
	enum ip_drift_reference reference, struct ip_tensor *drift)
{
	struct pair p = { 0 };
	struct ip_tensor new = { 0 };
	size_t shape[2] = { 0, 2 }, n;
	int rc;

	if (frames->ndim != 4)
		return ip_fail(IP_EINVAL, "drift: %d axes, expected (frame,"
			" segment, x, y)", frames->ndim);
	rc = ip_measure_check(frames, "drift");
	if (rc < 0)
		return rc;
	p.n[0] = frames->shape[2];
	p.n[1] = frames->shape[3];
	if (p.n[0] < 8 || p.n[1] < 8)
		return ip_fail(IP_EINVAL, "drift: pictures of %zu x %zu,"
			" expected 8 x 8 at least", p.n[0], p.n[1]);
	shape[0] = frames->shape[0];
	n = p.n[0] * p.n[1];
	rc = ip_tensor_new(&new, IP_F64, 2, shape);
	if (rc == 0 && (!(p.a = ip_alloc_array(n, 2 * sizeof *p.a)) ||
	    !(p.b = ip_alloc_array(n, 2 * sizeof *p.b)) ||
	    !(p.sorted = ip_alloc_array(n, sizeof *p.sorted))))
		rc = IP_ENOMEM;
	if (rc == 0)
		rc = run(frames, reference, &p, new.data);
	ip_free(p.a);
	ip_free(p.b);
	ip_free(p.sorted);
	if (rc < 0)
		ip_tensor_free(&new);
	else
		*drift = new;
	return rc;
}
