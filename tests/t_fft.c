/* FFTW behind the cache of plans; sizes; planning modes and wisdom. */
#include <math.h>
#include "support/support.h"
#include "ref/ref.h"
#include "core/core.h"
#include "core/fft.h"
#include <iphase/status.h>
#include <iphase/threads.h>

/* Direct sums of up to 40 x 49 terms: a few units of rounding. */
static const double tol_double = 2e-15, tol_single = 1e-6;

static const size_t sizes[][2] = { { 1, 1 }, { 1, 8 }, { 8, 1 }, { 16, 12 },
	{ 9, 7 }, { 15, 14 }, { 25, 10 }, { 40, 49 } };

static void test_double_2d(void **state)
{
	size_t k, i;
	int sign;

	(void)state;
	for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
		for (sign = -1; sign <= 1; sign += 2) {
		size_t n = sizes[k][0] * sizes[k][1];
		/* one number off any alignment, and two guards */
		double *x = malloc((2 * n + 3) * sizeof(*x)), *y = x + 1;
		ref_c *want = calloc(n, sizeof(*want));
		uint64_t seed = k;

		for (i = 0; i < 2 * n; i++)
			y[i] = 2 * ip_test_uniform(&seed) - 1;
		x[0] = x[2 * n + 1] = 7;
		ref_c *in = malloc(n * sizeof(*in));
		memcpy(in, y, n * sizeof(*in));
		ip_ref_fft2(want, in, sizes[k][0], sizes[k][1], sign);
		assert_int_equal(ip_fft2_double(y, sizes[k][0], sizes[k][1],
			sign), 0);
		ip_test_assert_close("fft2", y, (double *)want, 2 * n,
			tol_double);
		assert_true(x[0] == 7 && x[2 * n + 1] == 7);
		struct ip_fft2 plan;
		assert_int_equal(ip_fft2_plan(&plan, 1, sizes[k][0],
			sizes[k][1], sign), 0);
		assert_int_equal(ip_fft2_double_scratch(sizes[k][0],
			sizes[k][1]), ip_fft2_scratch(&plan));
		free(in);
		free(x);
		free(want);
	}
}

/* howmany rows in single precision; the input stays as it was. */
static void test_rows(void **state)
{
	size_t n = 12, many = 3, dist = 16, i, r;
	const struct ip_fft *f, *g;
	float *in = ip_alloc(2 * many * dist * sizeof(*in));
	float *out = ip_alloc(2 * many * dist * sizeof(*out));
	uint64_t seed = 3;

	(void)state;
	assert_int_equal(ip_fft_rows(&f, 0, n, many, dist, -1), 0);
	assert_int_equal(ip_fft_rows(&g, 0, n, many, dist, -1), 0);
	assert_ptr_equal(f, g);
	assert_int_equal(ip_fft_rows(&g, 0, n, many, dist, 1), 0);
	assert_ptr_not_equal(f, g);
	for (i = 0; i < 2 * many * dist; i++)
		in[i] = (float)ip_test_uniform(&seed);
	ip_fft_run(f, out, in);
	seed = 3;
	for (i = 0; i < 2 * many * dist; i++)
		assert_true(in[i] == (float)ip_test_uniform(&seed));
	for (r = 0; r < many; r++) {
		ref_c x[12], want[12], got[12];

		for (i = 0; i < n; i++) {
			float *a = in + 2 * (r * dist + i);
			float *b = out + 2 * (r * dist + i);

			x[i] = (double)a[0] + I * (double)a[1];
			got[i] = (double)b[0] + I * (double)b[1];
		}
		ip_ref_fft2(want, x, 1, n, -1);
		ip_test_assert_close("rows", (double *)got, (double *)want,
			2 * n, tol_single);
	}
	ip_free(in);
	ip_free(out);
}

static void test_sizes(void **state)
{
	const struct ip_fft *f;
	double x[22] = { 0 };
	size_t n, k;

	(void)state;
	assert_int_equal((int)ip_fft_size(81), 81);
	assert_int_equal((int)ip_fft_size(11), 12);
	assert_false(ip_fft_size_ok(22));
	for (n = 1; n < 3000; n++) {
		size_t m = ip_fft_size(n);

		assert_true(m >= n && ip_fft_size_ok(m));
		for (k = n; k < m; k++)
			assert_false(ip_fft_size_ok(k));
	}
	assert_false(ip_fft_size_ok(0));
	assert_false(ip_fft_size_ok(11));
	assert_int_equal((int)ip_fft_size((size_t)-1), 0);
	ip_test_log_capture();
	assert_int_equal(ip_fft2_double(x, 1, 11, 1), IP_EINVAL);
	ip_test_assert_logged("12");
	ip_test_log_capture();
	assert_int_equal(ip_fft_rows(&f, 1, 8, 2, 4, 1), IP_EINVAL);
	ip_test_log_capture();
	assert_int_equal(ip_plan_mode_set((enum ip_plan_mode)9), IP_EINVAL);
}

static void test_modes_and_wisdom(void **state)
{
	const struct ip_fft *slow, *fast, *again;
	char path[512];
	uint64_t seed = 1;
	double x[2 * 36], y[2 * 36];
	size_t i;

	(void)state;
	for (i = 0; i < 72; i++)
		x[i] = y[i] = ip_test_uniform(&seed);
	assert_int_equal(ip_fft_rows(&slow, 1, 36, 1, 36, 1), 0);
	assert_int_equal(ip_plan_mode_set(IP_PLAN_MEASURE), 0);
	assert_int_equal(ip_fft_rows(&fast, 1, 36, 1, 36, 1), 0);
	assert_ptr_not_equal(slow, fast);
	assert_int_equal(ip_fft2_double(x, 6, 6, 1), 0);
	assert_int_equal(ip_plan_mode_set(IP_PLAN_ESTIMATE), 0);
	assert_int_equal(ip_fft_rows(&again, 1, 36, 1, 36, 1), 0);
	assert_ptr_equal(slow, again);
	assert_int_equal(ip_fft2_double(y, 6, 6, 1), 0);
	ip_test_assert_close("measured", x, y, 72, tol_double);

	snprintf(path, sizeof(path), "%s", ip_test_tmp("wisdom"));
	assert_int_equal(ip_wisdom_save(path), 0);
	assert_int_equal(ip_wisdom_load(path), 0);
	ip_test_log_capture();
	assert_int_equal(ip_wisdom_load(ip_test_tmp("absent")), IP_EIO);
	ip_test_assert_logged("absent");
	ip_test_write(path, "not wisdom", 10);
	ip_test_log_capture();
	assert_int_equal(ip_wisdom_load(path), IP_EFORMAT);
	ip_test_assert_logged("wisdom");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_double_2d),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_modes_and_wisdom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
