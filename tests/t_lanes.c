/*
 * The transforms of the hot loops, a vector of arrays at a time, against
 * direct sums: every size to 100 and some larger ones, so every radix in
 * every place; both signs; all factors; each instruction set there is.
 * tests/double runs the same in double precision.
 */
#include <complex.h>
#include <math.h>
#include "support/support.h"
#include "ref/ref.h"
#include "../backends/cpu-openmp/cpu.h"
#include <iphase/threads.h>

/*
 * The error of a transform, over its largest value, is a few units of
 * rounding a stage; there are at most 4 here. Two transforms and a product
 * with numbers up to 1.4 make it about three times that.
 */
static const double unit = sizeof(ip_real) == 4 ? 6e-8 : 1.2e-16;
static const double tolerance = sizeof(ip_real) == 4 ? 25 * 6e-8 : 25 * 1.2e-16;

static const enum ip_isa isas[] = { IP_ISA_BASELINE, IP_ISA_AVX2,
	IP_ISA_AVX512, IP_ISA_NEON };

/* The next instruction set that works here, from *i on. */
static const struct ip_loops *next_isa(size_t *i)
{
	while (*i < sizeof(isas) / sizeof(isas[0])) {
		ip_test_log_capture();
		if (ip_isa_set(isas[(*i)++]) == 0)
			return ip_loops();
	}
	ip_isa_set(IP_ISA_AUTO);
	return NULL;
}

static ip_real *numbers(size_t n, uint64_t seed)
{
	ip_real *x = ip_alloc_array(n, sizeof(*x));
	size_t i;

	assert_non_null(x);
	for (i = 0; i < n; i++)
		x[i] = (ip_real)(2 * ip_test_uniform(&seed) - 1);
	return x;
}

static const size_t large[] = { 105, 126, 128, 180, 240, 243, 256, 343, 384,
	500, 512, 625, 1024 };

/* All sizes that can be transformed to 100, then the large ones; 0 ends. */
static size_t next_size(size_t n)
{
	size_t i;

	for (n++; n <= 100; n++)
		if (ip_fft_size_ok(n))
			return n;
	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++)
		if (large[i] >= n)
			return large[i];
	return 0;
}

/* Lane l of a panel in natural order, as one array. */
static void lane_of(ref_c *out, const ip_real *panel, size_t n, size_t lanes,
	size_t l)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (double)panel[2 * lanes * i + l] +
			I * (double)panel[2 * lanes * i + lanes + l];
}

static void test_forth_and_back(void **state)
{
	const struct ip_loops *loops;
	size_t k = 0, n, i, l;
	int sign;

	(void)state;
	while ((loops = next_isa(&k)) != NULL)
		for (n = next_size(0); n != 0; n = next_size(n))
			for (sign = -1; sign <= 1; sign += 2) {
		size_t lanes = loops->lanes, cell = 2 * lanes;
		ip_real *x = numbers(n * cell, n), *w = numbers(n * cell, 2);
		ref_c *a = calloc(n, sizeof(*a)), *b = calloc(n, sizeof(*b));
		ref_c *want = calloc(n, sizeof(*want));
		struct ip_lanes f;

		assert_int_equal(ip_lanes_init(&f, n), 0);
		loops->forth(&f, w, x, f.linear, sign);
		for (l = 0; l < lanes; l += lanes > 1 ? lanes - 1 : 1) {
			lane_of(a, x, n, lanes, l);
			ip_ref_fft2(want, a, 1, n, sign);
			lane_of(a, w, n, lanes, l);
			for (i = 0; i < n; i++)
				b[f.frequency[i]] = a[i];
			for (i = 0; i < n; i++)
				assert_int_equal(f.place[f.frequency[i]], i);
			ip_test_assert_close("forth", (double *)b,
				(double *)want, 2 * n, tolerance);
		}
		loops->back(&f, w, -sign);
		for (i = 0; i < n * cell; i++)
			assert_true(fabs((double)w[i] / (double)n -
				(double)x[i]) <= 2 * tolerance);
		ip_lanes_free(&f);
		ip_free(x);
		ip_free(w);
		free(a);
		free(b);
		free(want);
	}
}

/* The factor at place p for lane l, as the kind keeps it. */
static ref_c factor_of(const ip_real *factor, enum ip_factor kind,
	size_t lanes, size_t p, size_t l)
{
	const ip_real *f = factor + 2 * lanes * p;

	if (kind == IP_FACTOR_PANEL)
		return (double)f[l] + I * (double)f[lanes + l];
	if (kind == IP_FACTOR_ROW)
		return (double)f[2 * l] + I * (double)f[2 * l + 1];
	return (double)f[0] + I * (double)f[1];
}

/* in and out through tables that reverse, so that they cannot be mixed up. */
static void pass_case(const struct ip_loops *loops, size_t n,
	enum ip_factor kind)
{
	size_t lanes = loops->lanes, cell = 2 * lanes, i, l;
	int sign = kind == IP_FACTOR_PANEL || kind == IP_FACTOR_ONE ? -1 : 1;
	ip_real *x = numbers(n * cell, n), *y = numbers(n * cell, 3);
	ip_real *w = numbers(n * cell, 4), *factor = numbers(n * cell, 5);
	ref_c *a = calloc(n, sizeof(*a)), *b = calloc(n, sizeof(*b));
	size_t *reverse = calloc(n, sizeof(*reverse));
	struct ip_lanes f;
	struct ip_pass p;

	assert_int_equal(ip_lanes_init(&f, n), 0);
	for (i = 0; i < n; i++)
		reverse[i] = (n - 1 - i) * cell;
	p = (struct ip_pass){ &f, kind, x, factor, reverse, f.linear, reverse,
		w, y };
	loops->pass(&p);
	for (l = 0; l < lanes; l++) {
		lane_of(a, x, n, lanes, l);
		for (i = 0; i < n; i++)
			b[n - 1 - i] = a[i];
		ip_ref_fft2(a, b, 1, n, sign);
		for (i = 0; i < n; i++)
			a[f.frequency[i]] *= factor_of(factor, kind, lanes, i,
				l);
		ip_ref_fft2(b, a, 1, n, -sign);
		for (i = 0; i < n; i++)
			a[n - 1 - i] = b[i];
		lane_of(b, y, n, lanes, l);
		ip_test_assert_close("pass", (double *)b, (double *)a, 2 * n,
			3 * tolerance);
	}
	ip_lanes_free(&f);
	ip_free(x);
	ip_free(y);
	ip_free(w);
	ip_free(factor);
	free(a);
	free(b);
	free(reverse);
}

static void test_pass(void **state)
{
	const struct ip_loops *loops;
	size_t k = 0, n;
	int kind;

	(void)state;
	while ((loops = next_isa(&k)) != NULL)
		for (n = next_size(0); n != 0 && n <= 128; n = next_size(n))
			for (kind = 0; kind < 4; kind++)
				pass_case(loops, n, (enum ip_factor)kind);
}

/* lanes rows of m cells, there and back, both against the definition. */
static void test_turn(void **state)
{
	const struct ip_loops *loops;
	size_t k = 0, m = 3, i, l, c;

	(void)state;
	while ((loops = next_isa(&k)) != NULL) {
		size_t lanes = loops->lanes, cell = 2 * lanes;
		size_t pitch = (m + 1) * cell;
		ip_real *x = numbers(lanes * pitch, 1);
		ip_real *y = numbers(m * lanes * cell, 2);
		ip_real *z = numbers(lanes * pitch, 3);

		loops->turn_in(y, x, pitch, m);
		loops->turn_out(z, pitch, y, m);
		for (l = 0; l < lanes; l++)
			for (i = 0; i < m * lanes; i++)
				for (c = 0; c < cell; c += lanes) {
			ip_real was = x[l * pitch + i / lanes * cell + c +
				i % lanes];

			assert_true(y[i * cell + c + l] == was);
			assert_true(z[l * pitch + i / lanes * cell + c +
				i % lanes] == was);
		}
		ip_free(x);
		ip_free(y);
		ip_free(z);
	}
}

static void test_split_and_join(void **state)
{
	const struct ip_loops *loops;
	size_t k = 0, width, l;

	(void)state;
	while ((loops = next_isa(&k)) != NULL)
		for (width = 1; width <= loops->lanes; width++) {
		size_t lanes = loops->lanes;
		ip_real *x = numbers(4 * lanes + 2, 1);
		ip_real *cells = numbers(4 * lanes, 2);
		ip_real *back = numbers(4 * lanes + 2, 3);

		/* two rows, one number apart from alignment */
		loops->split(cells, x + 1, 2 * lanes, 2, width, 2);
		loops->join(back + 1, 2 * lanes, cells, 2, width);
		for (l = 0; l < lanes; l++) {
			ip_real re = l < width ? 2 * x[1 + 2 * lanes + 2 * l] :
				0;

			assert_true(cells[2 * lanes + l] == re);
		}
		for (l = 0; l < 2 * width; l++)
			assert_true(back[1 + 2 * lanes + l] ==
				2 * x[1 + 2 * lanes + l]);
		ip_free(x);
		ip_free(cells);
		ip_free(back);
	}
}

static void test_phase(void **state)
{
	const struct ip_loops *loops;
	size_t k = 0, rows = 4000, i, l, width;
	double far, x, worst;

	(void)state;
	while ((loops = next_isa(&k)) != NULL)
		for (far = 1; far < 2e6; far *= 10) {
		size_t lanes = loops->lanes;
		ip_real *v = numbers(rows * lanes, 7);
		ip_real *out = numbers(2 * rows * lanes, 8);

		width = lanes > 1 ? lanes - 1 : 1;
		worst = 0;
		loops->phase(out, v, lanes, far / 2, rows, width);
		for (i = 0; i < rows; i++)
			for (l = 0; l < width; l++) {
			ip_real *at = out + 2 * lanes * i + l;

			x = far / 2 * (double)v[i * lanes + l];
			worst = fmax(worst, fabs((double)at[0] - cos(x)));
			worst = fmax(worst, fabs((double)at[lanes] - sin(x)));
		}
		/* half a unit of rounding near 1; in double, two in all */
		assert_true(worst <= (sizeof(ip_real) == 4 ? 1 : 3) * unit);
		ip_free(v);
		ip_free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forth_and_back),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_split_and_join),
		cmocka_unit_test(test_phase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
