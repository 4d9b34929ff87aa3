/* What a step of AdamW means. */
#include <math.h>
#include "ref.h"

void ip_ref_adamw(double *p, double *m, double *v, const double *g, size_t n,
	const struct ip_adamw *how)
{
	double t = (double)how->step, b1 = how->beta1, b2 = how->beta2;
	size_t i;

	for (i = 0; i < n; i++) {
		double d = how->scale * g[i];

		p[i] *= 1 - how->rate * how->decay;
		m[i] = b1 * m[i] + (1 - b1) * d;
		v[i] = b2 * v[i] + (1 - b2) * d * d;
		p[i] -= how->rate / (1 - pow(b1, t)) * m[i] /
			(sqrt(v[i]) / sqrt(1 - pow(b2, t)) + how->eps);
	}
}
