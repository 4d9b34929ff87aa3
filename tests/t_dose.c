/* Counts: keyed by place, the same for any threads, and only of intensities. */
#include <math.h>
#include <iphase/em.h>
#include <iphase/random.h>
#include <iphase/status.h>
#include <iphase/threads.h>
#include "support/support.h"

enum { N = 3 * 5 * 7 };

static struct ip_tensor ramp(double *v)
{
	const size_t shape[] = { 3, 5, 7 };
	struct ip_tensor t;
	int i;

	for (i = 0; i < N; i++)
		v[i] = 1e-3 * i;
	assert_int_equal(ip_tensor_wrap(&t, IP_F64, 3, shape, v), 0);
	return t;
}

static void test_keys(void **state)
{
	double v[N], first[N];
	struct ip_tensor t;
	int threads, i;

	(void)state;
	for (threads = 1; threads <= 3; threads++) {
		t = ramp(v);
		ip_threads_set(threads);
		assert_int_equal(ip_dose_apply(&t, 5000, 42), 0);
		for (i = 0; i < N; i++)
			assert_true(v[i] == (double)ip_poisson(42,
				IP_STREAM_DOSE, (uint64_t)i, 1e-3 * i * 5000));
		if (threads == 1)
			memcpy(first, v, sizeof(v));
		assert_memory_equal(v, first, sizeof(v));
	}
	ip_threads_set(0);
	t = ramp(v);
	assert_int_equal(ip_dose_apply(&t, 5000, 43), 0);
	assert_memory_not_equal(v, first, sizeof(v));
}

static void test_small_negative(void **state)
{
	double v[N];
	struct ip_tensor t = ramp(v);

	(void)state;
	v[3] = -1e-7;	/* rounding of a Fourier series */
	assert_int_equal(ip_dose_apply(&t, 1e9, 1), 0);
	assert_true(v[3] == 0 && v[0] == 0 && v[N - 1] > 0);
}

static void refuse(double value, double dose, int code, const char *text)
{
	double v[N], before[N];
	struct ip_tensor t = ramp(v);

	v[5] = value;
	memcpy(before, v, sizeof(v));
	ip_test_log_capture();
	assert_int_equal(ip_dose_apply(&t, dose, 1), code);
	ip_test_assert_logged(text);
	assert_memory_equal(v, before, sizeof(v));
}

static void test_refusals(void **state)
{
	float f[4] = { 1, 2, 3, 4 };
	const size_t shape[] = { 4 };
	struct ip_tensor t;

	(void)state;
	refuse(1, 0, IP_EINVAL, "dose");
	refuse(1, -1, IP_EINVAL, "dose");
	refuse(1, INFINITY, IP_EINVAL, "dose");
	refuse(NAN, 1, IP_EINVAL, "images");
	refuse(-0.01, 1, IP_EINVAL, "intensities");
	refuse(1, 1e16, IP_ELIMIT, "counts");
	assert_int_equal(ip_tensor_wrap(&t, IP_F32, 1, shape, f), 0);
	ip_test_log_capture();
	assert_int_equal(ip_dose_apply(&t, 1, 1), IP_EINVAL);
	ip_test_assert_logged("float64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_small_negative),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
