/* What linear means. */
#include <math.h>
#include "ref.h"

void ip_ref_linear(double *y, double *pre, const double *x, const double *w,
	const double *bias, const double *add, size_t pixels, size_t in,
	size_t out, enum ip_act act)
{
	size_t p, o, i;

	for (p = 0; p < pixels; p++)
		for (o = 0; o < out; o++) {
			double v = bias ? bias[o] : 0;

			for (i = 0; i < in; i++)
				v += x[p * in + i] * w[o * in + i];
			if (pre)
				pre[p * out + o] = v;
			if (act == IP_ACT_GELU)
				v *= 0.5 * erfc(-v / sqrt(2));
			y[p * out + o] = v + (add ? add[p * out + o] : 0);
		}
}

void ip_ref_linear_grad(double *dx, double *dw, double *dbias,
	const double *dy, const double *pre, const double *x, const double *w,
	size_t pixels, size_t in, size_t out)
{
	const double pi = 3.14159265358979323846;
	size_t p, o, i;

	for (p = 0; p < pixels; p++) {
		for (i = 0; i < in; i++)
			dx[p * in + i] = 0;
		for (o = 0; o < out; o++) {
			double d = dy[p * out + o], v;

			if (pre) {
				v = pre[p * out + o];
				d *= 0.5 * erfc(-v / sqrt(2)) +
					v * exp(-v * v / 2) / sqrt(2 * pi);
			}
			dbias[o] += d;
			for (i = 0; i < in; i++) {
				dx[p * in + i] += d * w[o * in + i];
				dw[o * in + i] += d * x[p * in + i];
			}
		}
	}
}
