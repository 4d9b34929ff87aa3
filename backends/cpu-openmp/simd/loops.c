/* The hot loops beside the transforms. */
#include <string.h>
#include "loops.h"
#include "vector.h"
#include "names.h"

#define CELL (2 * LANES)

static void turn_in(ip_real *restrict out, const ip_real *restrict in,
	size_t pitch, size_t m)
{
	vec a[16];
	size_t i;

	for (i = 0; i < m; i++, in += CELL, out += LANES * CELL) {
#define ROW_RE(l) a[l] = load(in + (l) * pitch);
#define ROW_IM(l) a[l] = load(in + (l) * pitch + LANES);
#define CELL_RE(l) store(out + (l) * CELL, a[l]);
#define CELL_IM(l) store(out + (l) * CELL + LANES, a[l]);
		UP_TO(LANES, ROW_RE)
		turn(a);
		UP_TO(LANES, CELL_RE)
		UP_TO(LANES, ROW_IM)
		turn(a);
		UP_TO(LANES, CELL_IM)
	}
}

static void turn_out(ip_real *restrict out, size_t pitch,
	const ip_real *restrict in, size_t m)
{
	vec a[16];
	size_t i;

	for (i = 0; i < m; i++, in += LANES * CELL, out += CELL) {
#define COLUMN_RE(l) a[l] = load(in + (l) * CELL);
#define COLUMN_IM(l) a[l] = load(in + (l) * CELL + LANES);
#define LINE_RE(l) store(out + (l) * pitch, a[l]);
#define LINE_IM(l) store(out + (l) * pitch + LANES, a[l]);
		UP_TO(LANES, COLUMN_RE)
		turn(a);
		UP_TO(LANES, LINE_RE)
		UP_TO(LANES, COLUMN_IM)
		turn(a);
		UP_TO(LANES, LINE_IM)
	}
}

static void split(ip_real *restrict out, const ip_real *restrict in,
	size_t pitch, size_t m, size_t width, ip_real scale)
{
	size_t i, l;

	for (i = 0; i < m; i++, in += pitch, out += CELL) {
		if (width == LANES) {
			vec a = load_anywhere(in);
			vec b = load_anywhere(in + LANES);

			store(out, scale * evens(a, b));
			store(out + LANES, scale * odds(a, b));
			continue;
		}
		for (l = 0; l < LANES; l++) {
			out[l] = l < width ? scale * in[2 * l] : 0;
			out[LANES + l] = l < width ? scale * in[2 * l + 1] : 0;
		}
	}
}

static void join(ip_real *restrict out, size_t pitch,
	const ip_real *restrict in, size_t m, size_t width)
{
	size_t i, l;

	for (i = 0; i < m; i++, in += CELL, out += pitch) {
		if (width == LANES) {
			vec re = load(in), im = load(in + LANES);

			store_anywhere(out, pairs_low(re, im));
			store_anywhere(out + LANES, pairs_high(re, im));
			continue;
		}
		for (l = 0; l < width; l++) {
			out[2 * l] = in[l];
			out[2 * l + 1] = in[LANES + l];
		}
	}
}

static void spread(ip_real *restrict out, size_t n, const ip_real *restrict in,
	const size_t *at, size_t m)
{
	size_t j;

	memset(out, 0, n * CELL * sizeof(*out));
	for (j = 0; j < m; j++, in += CELL) {
		store(out + at[j], load(in));
		store(out + at[j] + LANES, load(in + LANES));
	}
}

static void collect(ip_real *restrict out, const ip_real *restrict in,
	const size_t *at, const ip_real *restrict factor, size_t m)
{
	size_t j;

	for (j = 0; j < m; j++, out += CELL) {
		vec re = load(in + at[j]), im = load(in + at[j] + LANES);

		if (factor != NULL) {
			vec a = load(factor + j * CELL);
			vec b = load(factor + j * CELL + LANES);
			vec t = re * a - im * b;

			im = im * a + re * b;
			re = t;
		}
		store(out, re);
		store(out + LANES, im);
	}
}

static void multiply(ip_real *restrict out, const ip_real *restrict x,
	const ip_real *restrict y, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ip_real a = x[2 * i], b = x[2 * i + 1];

		out[2 * i] = a * y[2 * i] - b * y[2 * i + 1];
		out[2 * i + 1] = a * y[2 * i + 1] + b * y[2 * i];
	}
}

static void norm(ip_real *out, const ip_real *in, size_t m)
{
	size_t i;

	for (i = 0; i < m; i++) {
		vec re = load(in + i * CELL), im = load(in + i * CELL + LANES);

		store(out + i * LANES, re * re + im * im);
	}
}

static void add(double *restrict sum, const ip_real *restrict x, double weight,
	size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		sum[i] += weight * (double)x[i];
}

/* x - k pi/2 for the nearest k: three parts of pi/2, the first two so short
 * that their products with k are exact. */
static const double half_pi[3] = { 1.57079632673412561417e+00,
	6.07710050630396597660e-11, 2.02226624879595063154e-21 };
static const double to_turns = 0.63661977236758134308;	/* 2/pi */

/*
 * cos x and sin x of |x| < 1e6 to a unit of double precision: Taylor's series
 * on +-pi/4, where x^17/17! is below 2^-54.
 */
INLINE void turn_of(double x, double *c, double *s)
{
	const double big = 6755399441055744.0;	/* 1.5 2^52: rounds */
	double k = (x * to_turns + big) - big;
	double r = ((x - k * half_pi[0]) - k * half_pi[1]) - k * half_pi[2];
	double z = r * r, sine, cosine, t;
	int q = (int)k;

	sine = r + r * z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 +
		z * (1.0 / 362880 + z * (-1.0 / 39916800 + z * (1.0 /
		6227020800.0 + z * (-1.0 / 1307674368000.0)))))));
	cosine = 1 + z * (-0.5 + z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 /
		40320 + z * (-1.0 / 3628800 + z * (1.0 / 479001600 + z *
		(-1.0 / 87178291200.0 + z * (1.0 / 20922789888000.0))))))));
	t = q & 1 ? sine : cosine;
	sine = q & 1 ? cosine : sine;
	*c = (q + 1) & 2 ? -t : t;
	*s = q & 2 ? -sine : sine;
}

static void phase(ip_real *restrict out, const ip_real *restrict v,
	size_t pitch, double sigma, size_t m, size_t width)
{
	ip_real x[LANES] = { 0 };
	size_t i, l;

	for (i = 0; i < m; i++, v += pitch, out += CELL) {
		memcpy(x, v, width * sizeof(*v));
		for (l = 0; l < LANES; l++) {
			double c, s;

			turn_of(sigma * (double)x[l], &c, &s);
			out[l] = (ip_real)c;
			out[LANES + l] = (ip_real)s;
		}
	}
}

const struct ip_loops NAME(ip_loops) = {
	.lanes = LANES,
	.pass = NAME(ip_lanes_pass),
	.forth = NAME(ip_lanes_forth),
	.back = NAME(ip_lanes_back),
	.turn_in = turn_in,
	.turn_out = turn_out,
	.split = split,
	.join = join,
	.spread = spread,
	.collect = collect,
	.multiply = multiply,
	.norm = norm,
	.add = add,
	.phase = phase,
	.moments = NAME(ip_norm_moments),
	.normalise = NAME(ip_norm_columns),
	.modulate = NAME(ip_modulate),
	.layer_norm = NAME(ip_norm_rows),
	.norm_grad_sums = NAME(ip_norm_grad_sums),
	.norm_grad = NAME(ip_norm_grad),
	.modulate_grad = NAME(ip_modulate_grad),
	.modulate_grad_flat = NAME(ip_modulate_grad_flat),
	.layer_norm_grad = NAME(ip_layer_grad),
	.attend = NAME(ip_attend),
	.attend_grad = NAME(ip_attend_grad),
	.pack = NAME(ip_linear_pack),
	.finish = NAME(ip_linear_finish),
	.slope = NAME(ip_linear_slope),
	.product = NAME(ip_conv_product),
	.product_turned = NAME(ip_conv_product_turned),
	.tile_in = NAME(ip_conv_tile_in),
	.tile_out = NAME(ip_conv_tile_out),
	.tile_dy = NAME(ip_conv_tile_dy),
	.tile_weights = NAME(ip_conv_tile_weights),
	.tile_weights_turned = NAME(ip_conv_tile_weights_turned),
	.tile_dw = NAME(ip_conv_tile_dw),
	.sum_squares = NAME(ip_sum_squares),
	.adamw = NAME(ip_adamw),
};
