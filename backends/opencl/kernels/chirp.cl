/*
 * Transforms of any n points. If f.n is n, as it is; else as a convolution
 * (L. I. Bluestein, 1970) by transforms of f.n >= 2 n - 1 points: chirp [n],
 * exp(-i pi k^2 / n), and behind it its conjugate transformed, divided by f.n.
 */
struct any {
	struct fft f;
	uint n;
	__global const float2 *chirp;
};
#define ANY(a) FFT(a), uint a##_points, IN(a##_chirp)
#define THE_ANY(a) { THE_FFT(a), a##_points, IN_PAIRS(a##_chirp) }

/* What a pass from point to point of all lines is to do: before, in the
 * middle, and after. */
enum stage { SPREAD, FILTER, COLLECT };

void chirp(const struct room *r, const struct any *a, const struct lines *s,
	enum stage what)
{
	float share = 1.0f / (float)s->count;

	for (SHARE(i, a->f.n * s->count)) {
		uint k = over(i, s->count, share), l = i - k * s->count;
		ROOM float2 *v = r->at + l * s->pitch + k * s->step;

		if (what == FILTER)
			*v = times(*v, a->chirp[a->n + k]).yx;
		else if (k >= a->n)
			*v = 0.0f;
		else if (what == SPREAD)
			*v = times(*v, a->chirp[k]);
		else
			*v = times((*v).yx, a->chirp[k]);
	}
	SYNC;
}

/* Forward, as fft() is; lines have room for f.n points. */
void transform(struct room *r, const struct any *a, const struct lines *s)
{
	if (a->n == a->f.n) {
		fft(r, &a->f, s);
		return;
	}
	chirp(r, a, s, SPREAD);
	fft(r, &a->f, s);
	chirp(r, a, s, FILTER);
	fft(r, &a->f, s);
	chirp(r, a, s, COLLECT);
}
