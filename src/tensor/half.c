/* IEEE 754 binary16. */
#include <math.h>
#include <string.h>
#include "half.h"

float ip_half_to_float(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16;
	uint32_t e = h >> 10 & 31, m = h & 0x3ff, u;
	float f;

	if (e == 0) {	/* zero or subnormal: m 2^-24, exact in float32 */
		f = (float)m * (1.0f / 16777216.0f);
		memcpy(&u, &f, sizeof u);
		u |= sign;
	} else if (e == 31) {
		u = sign | 0x7f800000u | m << 13;
	} else {
		u = sign | (e + 112) << 23 | m << 13;
	}
	memcpy(&f, &u, sizeof f);
	return f;
}

/*
 * The value in units of the last place is an integer after rounding; a carry
 * out of the significand walks into the exponent as it should, up to infinity.
 */
uint16_t ip_half_from_double(double d)
{
	uint16_t sign = signbit(d) ? 0x8000 : 0;
	double a = fabs(d), ulps;
	int e;

	if (isnan(d))
		return sign | 0x7e00;
	if (a >= 65520)	/* half way from 65504, the largest, to 65536 */
		return sign | 0x7c00;
	if (a < 0x1p-14) {
		ulps = a * 0x1p24;
		e = 0;
	} else {
		frexp(a, &e);		/* a = f 2^e, 0.5 <= f < 1 */
		ulps = ldexp(a, 11 - e);	/* 1024 .. 2048 */
		e += 14;		/* 2^-14 has 1 */
		ulps -= 1024;
	}
	ulps = nearbyint(ulps);	/* ties to even */
	return (uint16_t)(sign | ((uint32_t)e * 1024 + (uint32_t)ulps));
}

uint16_t ip_half_from_float(float f)
{
	uint32_t u;
	uint16_t sign, m;

	if (!isnan(f))
		return ip_half_from_double(f);
	memcpy(&u, &f, sizeof u);	/* keep what of the payload fits */
	sign = (uint16_t)(u >> 16 & 0x8000);
	m = (uint16_t)(u >> 13 & 0x3ff);
	return (uint16_t)(sign | 0x7c00 | (m ? m : 0x200));
}
