/*
 * Mixed-radix transforms, a vector of arrays at a time: no shuffles, no order
 * to restore, and the multiplication between a transform and the one back is
 * done in registers. They exist beside FFTW because a slice of a wave takes
 * half as long as a pair of FFTW's measured transforms ('make bench' says how
 * it is here) and the scattering matrix is hundreds of thousands of slices;
 * whatever else needs a transform takes FFTW's. Decimation in frequency on the
 * way there, in time on the way back. A transform of the other sign is the
 * same with the real and the imaginary parts exchanged: 'flip' is where the
 * first of them starts.
 */
#include "loops.h"
#include "dft.h"
#include "names.h"

#define CELL (2 * LANES)

INLINE struct cvec get(const ip_real *p, size_t flip)
{
	struct cvec r = { load(p + flip), load(p + (LANES - flip)) };
	return r;
}

INLINE void put(ip_real *p, size_t flip, struct cvec v)
{
	store(p + flip, v.re);
	store(p + (LANES - flip), v.im);
}

/* Stage s: blocks of r m elements, m of them apart. */
struct stage {
	size_t n, m;
	const ip_real *twiddle;		/* [m][r - 1] */
};

#define STAGE_LOAD(q) x[q] = get(in + at[i + (q) * s->m], flip);
#define STAGE_SAVE(p) { \
	struct cvec v = x[dft_place(r, p)]; \
	if (p > 0) \
		v = c_turn(v, w[2 * (p) - 2], w[2 * (p) - 1]); \
	put(work + (i + (p) * s->m) * CELL, flip, v); \
}
INLINE void forth_stage(int r, const struct stage *s, ip_real *work,
	const ip_real *in, const size_t *at, size_t flip)
{
	struct cvec x[16];
	size_t b, j;

	for (b = 0; b < s->n; b += (size_t)r * s->m) {
		const ip_real *w = s->twiddle;

		for (j = 0; j < s->m; j++, w += 2 * (r - 1)) {
			size_t i = b + j;

			UP_TO(r, STAGE_LOAD)
			dft(r, x);
			UP_TO(r, STAGE_SAVE)
		}
	}
}

#define BACK_LOAD(p) { \
	x[p] = get(work + (i + (p) * s->m) * CELL, flip); \
	if (p > 0) \
		x[p] = c_turn(x[p], w[2 * (p) - 2], w[2 * (p) - 1]); \
}
#define BACK_SAVE(q) put(out + at[i + (q) * s->m], flip, x[dft_place(r, q)]);
INLINE void back_stage(int r, const struct stage *s, const ip_real *work,
	ip_real *out, const size_t *at, size_t flip)
{
	struct cvec x[16];
	size_t b, j;

	for (b = 0; b < s->n; b += (size_t)r * s->m) {
		const ip_real *w = s->twiddle;

		for (j = 0; j < s->m; j++, w += 2 * (r - 1)) {
			size_t i = b + j;

			UP_TO(r, BACK_LOAD)
			dft(r, x);
			UP_TO(r, BACK_SAVE)
		}
	}
}

/* The factor of sign +1 meets exchanged parts: then its conjugate serves. */
INLINE struct cvec times(struct cvec v, enum ip_factor kind, const ip_real *f)
{
	struct cvec r;

	if (kind == IP_FACTOR_PANEL) {
		vec re = load(f), im = load(f + LANES);

		r.re = v.re * re - v.im * im;
		r.im = v.im * re + v.re * im;
	} else if (kind == IP_FACTOR_ONE) {
		r = c_turn(v, f[0], f[1]);
	} else if (kind == IP_FACTOR_ROW) {
		vec a = load_anywhere(f), b = load_anywhere(f + LANES);
		vec re = evens(a, b), im = odds(a, b);

		r.re = v.re * re + v.im * im;
		r.im = v.im * re - v.re * im;
	} else {
		r.re = v.re * f[0] + v.im * f[1];
		r.im = v.im * f[0] - v.re * f[1];
	}
	return r;
}

/* The last stage there, the multiplication, the first stage back. */
#define MIDDLE_LOAD(q) x[q] = get(w + (q) * CELL, flip);
#define MIDDLE_TURN(p) { \
	struct cvec v = times(x[dft_place(r, p)], kind, factor + at[p]); \
	y[p].re = v.im; \
	y[p].im = v.re; \
}
#define MIDDLE_SAVE(q) put(w + (q) * CELL, LANES - flip, y[dft_place(r, q)]);
INLINE void middle(int r, enum ip_factor kind, size_t n, ip_real *w,
	const ip_real *factor, const size_t *at)
{
	const size_t flip = kind == IP_FACTOR_PANEL || kind == IP_FACTOR_ONE
		? 0 : LANES;
	struct cvec x[16], y[16];
	size_t b;

	for (b = 0; b < n; b += (size_t)r, w += r * CELL, at += r) {
		UP_TO(r, MIDDLE_LOAD)
		dft(r, x);
		UP_TO(r, MIDDLE_TURN)
		dft(r, y);
		UP_TO(r, MIDDLE_SAVE)
	}
}

/* One function a radix and kind. */
#define RADICES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(12) \
	F(15) F(16)
#define DEFINE(r) \
static void forth_##r(const struct stage *s, ip_real *work, \
	const ip_real *in, const size_t *at, size_t flip) \
{ forth_stage(r, s, work, in, at, flip); } \
static void back_##r(const struct stage *s, const ip_real *work, \
	ip_real *out, const size_t *at, size_t flip) \
{ back_stage(r, s, work, out, at, flip); } \
static void panel_##r(size_t n, ip_real *w, const ip_real *f, \
	const size_t *at) { middle(r, IP_FACTOR_PANEL, n, w, f, at); } \
static void one_##r(size_t n, ip_real *w, const ip_real *f, \
	const size_t *at) { middle(r, IP_FACTOR_ONE, n, w, f, at); } \
static void row_##r(size_t n, ip_real *w, const ip_real *f, \
	const size_t *at) { middle(r, IP_FACTOR_ROW, n, w, f, at); } \
static void point_##r(size_t n, ip_real *w, const ip_real *f, \
	const size_t *at) { middle(r, IP_FACTOR_POINT, n, w, f, at); }
RADICES(DEFINE)

static const struct {
	void (*forth)(const struct stage *, ip_real *, const ip_real *,
		const size_t *, size_t);
	void (*back)(const struct stage *, const ip_real *, ip_real *,
		const size_t *, size_t);
	void (*middle[4])(size_t, ip_real *, const ip_real *, const size_t *);
} radix[17] = {
#define ENTRY(r) [r] = { forth_##r, back_##r, \
	{ panel_##r, one_##r, row_##r, point_##r } },
	RADICES(ENTRY)
};

static struct stage stage_of(const struct ip_lanes *f, size_t s, size_t block)
{
	struct stage r = { f->n, block / (size_t)f->radix[s], f->twiddle[s] };

	return r;
}

void NAME(ip_lanes_forth)(const struct ip_lanes *f, ip_real *work,
	const ip_real *in, const size_t *in_at, int sign)
{
	size_t s, block = f->n, flip = sign < 0 ? 0 : LANES;

	for (s = 0; s < f->stages; s++) {
		struct stage g = stage_of(f, s, block);

		radix[f->radix[s]].forth(&g, work, in, in_at, flip);
		block = g.m;
		in = work;
		in_at = f->linear;
	}
}

void NAME(ip_lanes_back)(const struct ip_lanes *f, ip_real *work, int sign)
{
	size_t s, block = 1, flip = sign < 0 ? 0 : LANES;

	for (s = f->stages; s-- > 0;) {
		struct stage g;

		block *= (size_t)f->radix[s];
		g = stage_of(f, s, block);
		radix[f->radix[s]].back(&g, work, work, f->linear, flip);
	}
}

void NAME(ip_lanes_pass)(const struct ip_pass *p)
{
	const struct ip_lanes *f = p->lanes;
	size_t s, block = f->n, last = f->stages - 1;
	size_t flip = p->kind == IP_FACTOR_PANEL || p->kind == IP_FACTOR_ONE
		? 0 : LANES;
	const size_t *at = p->in_at;
	const ip_real *in = p->in;
	struct stage g;

	for (s = 0; s < last; s++) {
		g = stage_of(f, s, block);
		radix[f->radix[s]].forth(&g, p->work, in, at, flip);
		block = g.m;
		in = p->work;
		at = f->linear;
	}
	radix[f->radix[last]].middle[p->kind](f->n, p->work, p->factor,
		p->factor_at);
	for (s = last; s-- > 0;) {
		block *= (size_t)f->radix[s];
		g = stage_of(f, s, block);
		radix[f->radix[s]].back(&g, p->work, s == 0 ? p->out :
			p->work, s == 0 ? p->out_at : f->linear, LANES - flip);
	}
}
