/*
 * x (1 + erf(x / sqrt 2)) / 2 and its derivative, to 1e-7 |x| and 2e-7, as the
 * processor has them: see simd/special.h for where the numbers are from. The
 * language's erf may be off by 16 units. fma everywhere, so that a number does
 * not depend on where it is computed. What is not a number stays that.
 */
static real gelu(real x)
{
#pragma OPENCL FP_CONTRACT OFF
	real a = 5.5f < fabs(x) ? 5.5f : fabs(x), p;
	real u = fma(a, 2 / 5.5f, -1.0f), q;

	q = fma(1.69843179e-3f, u, -9.03425098e-5f);
	q = fma(q, u, -8.77179950e-3f);
	q = fma(q, u, 6.44723140e-3f);
	q = fma(q, u, 1.89825278e-2f);
	q = fma(q, u, -3.55993249e-2f);
	q = fma(q, u, -2.24950467e-3f);
	q = fma(q, u, 7.49903172e-2f);
	q = fma(q, u, -8.68733227e-2f);
	q = fma(q, u, -1.37913413e-2f);
	q = fma(q, u, 1.53985426e-1f);
	q = fma(q, u, -2.37279892e-1f);
	p = fma(a, q, 7.07106769e-1f);
	return fma(-a, fma(p, p, 1.71142709e-8f), x > 0 ? x : 0);
}

/* 2^x for -80 <= x <= 0; see there. */
static real power_of_two(real x)
{
#pragma OPENCL FP_CONTRACT OFF
	const real round = 12582912;	/* 1.5 2^23 */
	real t = x + (round + 127), f = x - (t - (round + 127)), q;

	q = fma(1.53533634e-4f, f, 1.33988739e-3f);
	q = fma(q, f, 9.61843692e-3f);
	q = fma(q, f, 5.55033237e-2f);
	q = fma(q, f, 2.40226477e-1f);
	q = fma(q, f, 6.93147182e-1f);
	return fma(q, f, 1.0f) * as_float(as_int(t) << 23);
}

static real gelu_slope(real x)
{
#pragma OPENCL FP_CONTRACT OFF
	real a = 8 < fabs(x) ? 8 : fabs(x), h, g;

	h = fma(-3.15543275e-7f, a, 7.70878341e-6f);
	h = fma(h, a, -8.47710326e-5f);
	h = fma(h, a, 5.63652895e-4f);
	h = fma(h, a, -2.59009097e-3f);
	h = fma(h, a, 9.00384877e-3f);
	h = fma(h, a, -2.54718177e-2f);
	h = fma(h, a, 6.19239323e-2f);
	h = fma(h, a, -1.32805780e-1f);
	h = fma(h, a, 2.49972567e-1f);
	h = fma(h, a, -7.97882855e-1f);
	h = fma(h, a, 4.99999970e-1f);
	g = h * power_of_two(-0.72134752f * (a * a));
	return x > 0 ? 1 - g : g;
}
