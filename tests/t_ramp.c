/* Ramps of thickness, of series that are linear in it: nothing is lost then. */
#include <math.h>
#include <iphase/random.h>
#include "support/pictures.h"
#include "train/augment.h"
#include "train/example.h"

enum { PLANES = 6, H = 24, W = 40, DRAWS = 400 };

static double *numbers(struct ip_bundle *b, const char *name)
{
	struct ip_item *item = ip_bundle_find(b, name);
	struct ip_tensor t;

	assert_int_equal(ip_tensor_convert(&t, IP_F64, &item->tensor), 0);
	ip_tensor_free(&item->tensor);
	item->tensor = t;
	return t.data;
}

/* Segment k at pixel i is k + i / 1000 + t / 100, the truth 7 t + i. */
static struct ip_data_file series(const double *nm, int turned)
{
	struct ip_data_file f = { 0 };
	struct ip_bundle b;
	double *s, *v, *t, angles[PLANES][3] = { { 0 } };
	size_t p, k, i, n = H * W, shape[2] = { PLANES, 3 };
	char *path;

	ip_test_data(&b, PLANES, H, W, 1);
	s = numbers(&b, "segments");
	v = numbers(&b, "potential_beam");
	t = numbers(&b, "thickness");
	for (p = 0; p < PLANES; p++) {
		t[p] = nm[p];
		angles[p][0] = (int)p < turned ? 30 : 0;
		angles[p][2] = -0.25;
		for (i = 0; i < n; i++) {
			v[p * n + i] = 7 * nm[p] + (double)i;
			for (k = 0; k < 4; k++)
				s[(4 * p + k) * n + i] = (double)k + (double)i /
					1000 + nm[p] / 100;
		}
	}
	ip_test_replace(&b, "euler", IP_F64, 2, shape, 0);
	memcpy(numbers(&b, "euler"), angles, sizeof(angles));
	path = ip_test_bundle_file("ramp.ipt", &b);
	assert_int_equal(ip_data_file_open(&f, path, IP_TRUTH_BEAM), 0);
	free(path);
	f.incident = 3;
	return f;
}

/* What is in a sample belongs to its map of thickness; it is turned as
 * these pictures are. */
static void expect_linear(const struct ip_sample *s)
{
	const double *t = s->thickness.data;
	const float *g = s->segments.data, *v = s->truth.data;
	size_t i, k, n = H * W;

	assert_true(s->euler[0] == 30 && s->euler[1] == 0 &&
		s->euler[2] == -0.25);
	assert_true(s->incident == 3);
	for (i = 0; i < n; i++) {
		assert_true(fabs((double)v[i] - 7 * t[i] - (double)i) < 1e-3);
		for (k = 0; k < 4; k++)
			assert_true(fabs((double)g[k * n + i] - (double)k -
				(double)i / 1000 - t[i] / 100) < 1e-5);
	}
}

static void test_linear(void **state)
{
	const double nm[PLANES] = { 20, 22, 25, 26, 30, 34.5 };
	struct ip_data_file f = series(nm, PLANES);
	size_t up = 0, down = 0, flat = 0, most = 0;
	struct ip_sample s;

	(void)state;
	for (uint64_t key = 0; key < DRAWS; key++) {
		assert_int_equal(ip_ramp_get(&f, IP_TRUTH_BEAM, 2, 0.75, key,
			&s), 0);
		if (s.thickness.ndim != 2) {
			flat++;
			ip_sample_free(&s);
			continue;
		}
		const double *t = s.thickness.data;
		double lo = INFINITY, hi = -INFINITY;
		expect_linear(&s);
		for (size_t i = 0; i < H * W; i++) {
			lo = fmin(lo, t[i]);
			hi = fmax(hi, t[i]);
		}
		/* one end is the picture's own */
		assert_true(fabs(lo - 25) < 1e-9 || fabs(hi - 25) < 1e-9);
		up += hi > 25 + 1e-9;
		down += lo < 25 - 1e-9;
		most += hi > 34.4;
		ip_sample_free(&s);
	}
	/* a quarter, and a sixth of the rest, which ends where it began; half
	 * of the others go up. 5 deviations. */
	assert_true(fabs((double)flat - DRAWS * 0.375) < 5 * 9.7);
	assert_true(fabs((double)up - DRAWS * 0.375) < 5 * 9.7);
	assert_true(fabs((double)down - DRAWS * 0.25) < 5 * 8.7);
	assert_true(most > 0);
	ip_data_file_free(&f);
}

/* Not over a gap, nor into another orientation, nor back. */
static void test_bounds(void **state)
{
	const double nm[PLANES] = { 10, 15, 20.1, 24, 28, 26 };
	struct ip_data_file f = series(nm, 4);
	struct ip_sample s;

	(void)state;
	for (uint64_t key = 0; key < 60; key++) {
		for (size_t i = 0; i < PLANES; i++) {
			static const double end[PLANES][2] = { { 10, 15 },
				{ 10, 15 }, { 20.1, 24 }, { 20.1, 24 },
				{ 28, 28 }, { 26, 26 } };
			assert_int_equal(ip_ramp_get(&f, IP_TRUTH_BEAM, i, 1,
				key, &s), 0);
			const double *t = s.thickness.data;
			size_t n = ip_tensor_count(&s.thickness);
			for (size_t k = 0; k < n; k++)
				assert_true(t[k] >= end[i][0] - 1e-9 &&
					t[k] <= end[i][1] + 1e-9);
			if (n > 1)
				expect_linear(&s);
			ip_sample_free(&s);
		}
	}
	ip_data_file_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
