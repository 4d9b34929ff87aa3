/* Pictures turned in their plane, and detectors with them. */
#include <math.h>
#include <string.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "measure/measure.h"

#define DEGREE (3.14159265358979323846 / 180)
enum { TAPS = 2 * IP_KERNEL_REACH + 1 };

/* The pictures, and where new pixel (i, j) lies in the old. */
struct turn {
	const double *from;
	double *to;
	size_t count, n[2], size[2];
	double c, s;
	enum ip_kernel kernel;
};

static void turn_pixel(const struct turn *t, size_t i, size_t j)
{
	double x = (double)i - 0.5 * (double)(t->size[0] - 1);
	double y = (double)j - 0.5 * (double)(t->size[1] - 1);
	double at[2] = { 0.5 * (double)(t->n[0] - 1) + t->c * x + t->s * y,
		0.5 * (double)(t->n[1] - 1) - t->s * x + t->c * y };
	size_t ix[TAPS], iy[TAPS], nx, ny, p, a, b;
	double wx[TAPS], wy[TAPS];

	nx = ip_measure_taps(t->kernel, at[0], 1, t->n[0], ix, wx);
	ny = ip_measure_taps(t->kernel, at[1], 1, t->n[1], iy, wy);
	for (p = 0; p < t->count; p++) {
		const double *f = t->from + p * t->n[0] * t->n[1];
		double sum = 0, row;

		for (a = 0; a < nx; a++) {
			for (row = 0, b = 0; b < ny; b++)
				row += wy[b] * f[ix[a] * t->n[1] + iy[b]];
			sum += wx[a] * row;
		}
		t->to[(p * t->size[0] + i) * t->size[1] + j] = sum;
	}
}

int ip_prepare_turn(const struct ip_tensor *t, double degree,
	const size_t size[2], enum ip_kernel kernel, struct ip_tensor *out)
{
	struct ip_tensor in = { 0 }, new = { 0 };
	struct turn how = { .size = { size[0], size[1] }, .kernel = kernel,
		.c = cos(degree * DEGREE), .s = sin(degree * DEGREE) };
	int rc = ip_measure_check(t, "turn"), i;

	if (rc == 0 && (!isfinite(degree) || !size[0] || !size[1]))
		rc = ip_fail(IP_EINVAL, "turn: by %g degree to %zu x %zu"
			" pixels", degree, size[0], size[1]);
	if (rc == 0)
		rc = ip_tensor_convert(&in, IP_F64, t);
	if (rc == 0)
		rc = ip_measure_new(t, size, &new);
	if (rc == 0) {
		how.from = in.data;
		how.to = new.data;
		how.count = ip_measure_count(t);
		how.n[0] = t->shape[t->ndim - 2];
		how.n[1] = t->shape[t->ndim - 1];
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
		for (i = 0; i < (int)size[0]; i++)
			for (size_t j = 0; j < size[1]; j++)
				turn_pixel(&how, (size_t)i, j);
		*out = new;
	}
	ip_tensor_free(&in);
	return rc;
}

/*
 * The largest rectangle with the axes' directions within w x h turned by an
 * angle: it touches all four sides, or, in a long one, only the long two.
 */
void ip_prepare_turned_size(const size_t n[2], double degree, size_t size[2])
{
	double w = (double)n[0] - 1, h = (double)n[1] - 1;	/* to middles */
	double s = fabs(sin(degree * DEGREE)), c = fabs(cos(degree * DEGREE));
	double side = fmin(w, h), d = c * c - s * s, a, b;

	if (side <= 2 * s * c * fmax(w, h) || fabs(d) < 1e-9) {
		a = w >= h ? side / 2 / s : side / 2 / c;
		b = w >= h ? side / 2 / c : side / 2 / s;
	} else {
		a = (w * c - h * s) / d;
		b = (h * c - w * s) / d;
	}
	size[0] = (size_t)fmax(0, floor(a + 1e-9)) + 1;
	size[1] = (size_t)fmax(0, floor(b + 1e-9)) + 1;
}

void ip_prepare_detector(double from, double to, int *k, double *degree)
{
	double quarters = nearbyint((to - from) / 90);

	*degree = to - from - 90 * quarters;
	*k = (int)(fmod(quarters, 4) + 4) % 4;
}
