/*
 * A potential put back through the scattering: the cells that it is put through
 * on, and what is told of the microscope.
 */
#include "study/scene.h"
#include "support/columns.h"

/* count pictures (N, N) of t, each side by side with most of itself. */
static void repeat(const struct ip_tensor *t, size_t count,
	struct ip_tensor *out)
{
	size_t w = 2 * N - 6, shape[] = { count, 2 * N, w }, n = 2 * N * w;
	const double *from = t->data;

	assert_int_equal(ip_tensor_new(out, IP_F64, 3, shape), 0);
	for (size_t i = 0; i < count * n; i++)
		((double *)out->data)[i] = from[i / n * N * N + i % n / w % N *
			N + i % w % N];
}

/* Cells of regions, each out of a window that begins elsewhere in a cell. */
static void test_regions(void **state)
{
	struct ip_tensor v = { 0 }, seen = { 0 }, one;
	struct ip_measurement in;
	struct ip_consistency c;
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	repeat(&in.segments, 4, &seen);
	repeat(&zone, 1, &v);
	assert_int_equal(ip_tensor_at(&one, &v, 0, 0), 0);
	in.segments = seen;
	assert_int_equal(ip_consistency(dev, &one, &in, &scope, 0, &c), 0);
	assert_int_equal(c.regions, 4);
	assert_int_equal(c.crystal, 4);
	assert_true(c.ratio < 0.1);
	ip_consistency_free(&c);
	ip_tensor_free(&v);
	ip_tensor_free(&seen);
}

/* Of the microscope each thing counts: told otherwise, more is left. */
static void test_told(void **state)
{
	const struct ip_microscope is = scope;
	double right = ratio(&ip_consistency_fine, THIN, 1, 1, none);
	struct ip_microscope told[4] = { is, is, is, is };

	(void)state;
	told[0].source_fwhm = 1;
	told[1].focal_spread = 100;
	told[2].offset[0] = 4;
	told[3].offset[1] = 4;
	for (int i = 0; i < 4; i++) {
		scope = told[i];
		assert_true(ratio(&ip_consistency_fine, THIN, 1, 1, none) >
			1.5 * right);
	}
	scope = is;
}

/* t (count, N, N), every second column: (count, N, N / 2). */
static void halve(const struct ip_tensor *t, size_t count,
	struct ip_tensor *out)
{
	size_t shape[] = { count, N, N / 2 };
	struct ip_tensor v = { 0 };

	assert_int_equal(ip_tensor_convert(&v, IP_F64, t), 0);
	assert_int_equal(ip_tensor_new(out, IP_F64, 3, shape), 0);
	for (size_t i = 0; i < count * N * N / 2; i++)
		((double *)out->data)[i] = ((double *)v.data)[2 * i];
	ip_tensor_free(&v);
}

/* Pixels need not be square. */
static void test_oblong(void **state)
{
	struct ip_tensor v = { 0 }, seen = { 0 }, one;
	struct ip_measurement in;
	struct ip_consistency c;
	double nm;

	(void)state;
	measured(&in, THIN, &nm);
	halve(&in.segments, 4, &seen);
	halve(&zone, 1, &v);
	assert_int_equal(ip_tensor_at(&one, &v, 0, 0), 0);
	in.segments = seen;
	scope.pixel_size[1] = 0.4;
	assert_int_equal(ip_consistency(dev, &one, &in, &scope, 1, &c), 0);
	scope.pixel_size[1] = 0.2;
	assert_int_equal(c.crystal, 1);
	assert_true(c.ratio < 0.1);
	ip_consistency_free(&c);
	ip_tensor_free(&v);
	ip_tensor_free(&seen);
}

/* Halves of a cell that are alike to some 2 %: taken for the cell only where
 * that much may be left. */
static void test_halves(void **state)
{
	static const struct { double stray, area; } want[] = { { 0.1, 12.8 },
		{ 0.005, 25.6 } };
	struct ip_scene_picture p = { .n = { N, N }, .pixel = { 0.2, 0.2 } };
	struct ip_scene_part part = { .at = { N / 2, N / 2 }, .n = { 1, 1 },
		.slice = 4, .cutoff = 2 };
	struct ip_scene s;
	struct ip_tensor v = { 0 };
	double two_pi = 2 * 3.14159265358979323846, (*a)[2] = s.lattice;

	(void)state;
	assert_int_equal(ip_tensor_convert(&v, IP_F64, &zone), 0);
	for (size_t i = 0; i < N * N; i++)
		((double *)v.data)[i] *= 1 + 0.2 * cos(two_pi * 0.2 *
			(double)(i / N) / (2 * lattice[0][0]));
	p.v = v.data;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ip_scene_of_cell(&p, &part, want[i].stray,
			&s), 0);
		assert_true(fabs(0.04 * (a[0][0] * a[1][1] - a[0][1] * a[1][0])
			- want[i].area) < 0.01 * want[i].area);
		ip_scene_free(&s);
	}
	ip_tensor_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_oblong),
		cmocka_unit_test(test_halves),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
