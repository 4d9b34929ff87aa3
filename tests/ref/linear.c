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
