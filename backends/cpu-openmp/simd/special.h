/*
 * Functions of vectors that no instruction gives. In double, and where there
 * are no vectors, they are the C library's, lane by lane. What is not a number
 * stays that.
 */
#ifndef IP_SPECIAL_H
#define IP_SPECIAL_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#include "vector.h"

#ifdef IP_VECTORS
#ifdef IP_DOUBLE
typedef int64_t bits __attribute__((vector_size(VECTOR_BYTES), may_alias));
#else
typedef int32_t bits __attribute__((vector_size(VECTOR_BYTES), may_alias));
#endif

INLINE vec all(ip_real x)
{
	return x - (vec){ 0 };
}

/* a where a > b, else b */
INLINE vec greater(vec a, vec b)
{
	bits m = a > b;

	return (vec)(((bits)a & m) | ((bits)b & ~m));
}

/* a where a < b, else b */
INLINE vec lesser(vec a, vec b)
{
	bits m = a < b;

	return (vec)(((bits)a & m) | ((bits)b & ~m));
}
#else
INLINE vec all(ip_real x)
{
	return x;
}

INLINE vec greater(vec a, vec b)
{
	return a > b ? a : b;
}
#endif

#if defined(IP_VECTORS) && !defined(IP_DOUBLE)
/*
 * 2^x within 0.7 units for x <= 127, and 2^-80 for all x below -80: nothing
 * beside 1, and its products are not yet so small that processors take much
 * longer for them. By the exponent for the nearest whole number n, times
 * 1 + f q(f), f = x - n, q of degree 5 with the least greatest relative error
 * on +-1/2, 2e-9.
 */
INLINE vec power_of_two(vec x)
{
	const float round = 12582912;	/* 1.5 2^23 */
	vec t, f, q;

	x = greater(all(-80), x);
	t = x + (round + 127);		/* n + 127 in the lowest bits */
	f = x - (t - (round + 127));
	q = 1.53533634e-4f * f + 1.33988739e-3f;
	q = q * f + 9.61843692e-3f;
	q = q * f + 5.55033237e-2f;
	q = q * f + 2.40226477e-1f;
	q = q * f + 6.93147182e-1f;
	return (q * f + 1) * (vec)((bits)t << 23);
}

/*
 * x (1 + erf(x / sqrt 2)) / 2 within 1e-7 |x|: max(x, 0) - |x| t(|x|), where t
 * is the normal distribution's tail, erfc(a / sqrt 2) / 2. sqrt(t - d) is
 * 0.707.. + a q(a) with q of degree 11 and the least greatest error of t, 7e-9,
 * up to a = 5.5, beyond which a t(a) is taken for that of 5.5, 1e-7; d makes
 * t(0) = 1/2 although 0.707.. is rounded. So little is rounded near 0, where
 * the error must vanish with x.
 */
INLINE vec gelu(vec x)
{
	vec a = lesser(all(5.5f), (vec)((bits)x & INT32_MAX));
	vec u = a * (2 / 5.5f) - 1, q, p;

	q = 1.69843179e-3f * u - 9.03425098e-5f;
	q = q * u - 8.77179950e-3f;
	q = q * u + 6.44723140e-3f;
	q = q * u + 1.89825278e-2f;
	q = q * u - 3.55993249e-2f;
	q = q * u - 2.24950467e-3f;
	q = q * u + 7.49903172e-2f;
	q = q * u - 8.68733227e-2f;
	q = q * u - 1.37913413e-2f;
	q = q * u + 1.53985426e-1f;
	q = q * u - 2.37279892e-1f;
	p = a * q + 7.07106769e-1f;
	return greater(x, all(0)) - a * (p * p + 1.71142709e-8f);
}

/*
 * The derivative of that, within 2e-7: with a = |x|, for x < 0 it is
 * exp(-a^2 / 2) h(a), where h is erfcx(a / sqrt 2) / 2 - a / sqrt(2 pi), for
 * x > 0 it is 1 minus this. h of degree 11 with the least greatest error of the
 * product, 2e-8; beyond a = 5.5 all is less than 6e-7, and h wrong by little.
 */
INLINE vec gelu_slope(vec x)
{
	vec a = lesser(all(8), (vec)((bits)x & INT32_MAX)), h, g;
	bits m = x > 0;

	h = -3.15543275e-7f * a + 7.70878341e-6f;
	h = h * a - 8.47710326e-5f;
	h = h * a + 5.63652895e-4f;
	h = h * a - 2.59009097e-3f;
	h = h * a + 9.00384877e-3f;
	h = h * a - 2.54718177e-2f;
	h = h * a + 6.19239323e-2f;
	h = h * a - 1.32805780e-1f;
	h = h * a + 2.49972567e-1f;
	h = h * a - 7.97882855e-1f;
	h = h * a + 4.99999970e-1f;
	g = h * power_of_two(-0.72134752f * (a * a));
	return (vec)(((bits)(1 - g) & m) | ((bits)g & ~m));
}
#else
#define LANE_BY_LANE(v, f) \
	ip_real lane[LANES]; \
	size_t l; \
	memcpy(lane, &(v), sizeof(lane)); \
	for (l = 0; l < LANES; l++) \
		lane[l] = (ip_real)(f); \
	memcpy(&(v), lane, sizeof(lane)); \
	return v;

INLINE vec power_of_two(vec x)
{
	LANE_BY_LANE(x, exp2((double)lane[l]))
}

INLINE vec gelu(vec x)
{
	LANE_BY_LANE(x, 0.5 * (double)lane[l] *
		erfc((double)lane[l] * -0.70710678118654752440))
}

INLINE vec gelu_slope(vec x)
{
	LANE_BY_LANE(x, 0.5 * erfc((double)lane[l] * -0.70710678118654752440) +
		0.39894228040143267794 * (double)lane[l] *
		exp(-0.5 * (double)lane[l] * (double)lane[l]))
}
#endif

#endif
