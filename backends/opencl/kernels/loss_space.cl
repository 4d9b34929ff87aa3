/* The parts of the loss that compare pixels and their neighbours'
 * differences. */
#pragma OPENCL FP_CONTRACT OFF

enum { PIXEL, DOWN, RIGHT, SUMS };

static real sign_of(real x)
{
	return (real)((x > 0) - (x < 0));
}

/* What ||a| - |b|| is, and its derivative with respect to a. */
struct misfit { real value, slope; };
static struct misfit misfit(real a, real b)
{
	real d = fabs(a) - fabs(b);
	struct misfit m;

	m.value = fabs(d);
	m.slope = sign_of(d) * sign_of(a);
	return m;
}

/*
 * Of pictures of h rows of 'wide' numbers, which the cut takes for pixels of
 * one channel; parts [blocks][SUMS]. Beyond the border is the pixel at the
 * border: a difference of 0, of which nothing comes.
 */
__kernel void compare(BUF(parts), BUF(dp), IN(p), IN(t), uint h, uint wide,
	uint channels, real pixel, real down, real right, CUT,
	__local float2 *room)
{
	struct place w = CUT_PLACE;
	float2 s[SUMS] = { 0, 0, 0 };
	uint r, i, k;

	for (r = 0, i = (uint)w.pixel; r < w.rows; r++, i += lanes) {
		uint y = i / wide % h, x = i % wide;
		__global const real *a = AT(p) + i, *b = AT(t) + i;
		uint up = y > 0 ? wide : 0, low = y + 1 < h ? wide : 0;
		uint left = x < channels ? 0 : channels;
		uint far = x + channels < wide ? channels : 0;
		real a0 = a[0], b0 = b[0], d = a0 - b0;
		struct misfit u, v, l, m;

		u = misfit(a0 - *(a - up), b0 - *(b - up));
		v = misfit(a[low] - a0, b[low] - b0);
		l = misfit(a0 - *(a - left), b0 - *(b - left));
		m = misfit(a[far] - a0, b[far] - b0);
		s[PIXEL] = add(s[PIXEL], fabs(d));
		s[DOWN] = add(s[DOWN], v.value);
		s[RIGHT] = add(s[RIGHT], m.value);
		AT(dp)[i] = pixel * sign_of(d) + down * (u.slope - v.slope) +
			right * (l.slope - m.slope);
	}
	for (k = 0; k < SUMS; k++) {
		s[k] = over_lanes(room, w.lane, lanes, width, s[k]);
		if (w.first)
			AT(parts)[w.unit * SUMS + k] = total(s[k]);
	}
}

/* One over the numbers of each sum; the cut is that of parts. */
__kernel void settle(BUF(out), IN(parts), real pixel, real down, real right,
	CUT, __local float2 *room)
{
	struct place p = CUT_PLACE;
	real sums[SUMS];

	for (uint k = 0; k < SUMS; k++) {
		float2 s = 0;

		for (uint r = 0; r < p.rows; r++)
			s = add(s, AT(parts)[(p.lane + r * lanes) * SUMS + k]);
		sums[k] = total(over_lanes(room, p.lane, lanes, width, s));
	}
	if (!p.first)
		return;
	AT(out)[0] = sums[PIXEL] * pixel;
	AT(out)[1] = sums[DOWN] * down + sums[RIGHT] * right;
}
