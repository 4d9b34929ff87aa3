/* A step of AdamW. */
#include <math.h>
#include "loops.h"
#include "vector.h"
#include "names.h"

static inline ip_real root_of(ip_real x)
{
#ifdef IP_DOUBLE
	return sqrt(x);
#else
	return sqrtf(x);
#endif
}

/*
 * The moments go a share of the way to what is new: their old and new part
 * add up to 1, however beta is rounded. And p, whose decay of 1e-9 a step
 * would be lost by itself in float32, is rounded once.
 */
void NAME(ip_adamw)(ip_real *restrict p, ip_real *restrict m,
	ip_real *restrict v, const ip_real *restrict g, size_t n,
	const struct ip_step *step)
{
	const struct ip_step s = *step;
	size_t i;

#pragma omp simd
	for (i = 0; i < n; i++) {
		ip_real d = s.scale * g[i];

		m[i] += s.share1 * (d - m[i]);
		v[i] += s.share2 * (d * d - v[i]);
		p[i] -= s.rate * m[i] / (s.root * root_of(v[i]) + s.eps) +
			s.decay * p[i];
	}
}
