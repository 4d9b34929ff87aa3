/* Pictures of no specimen: what the beam alone does. */
#include <math.h>
#include <iphase/infer.h>
#include "support/pictures.h"

enum { SIDE = 64, DRAWS = 200 };

struct lens {
	double disc, inner, outer, offset, dose;
};

/* One picture; a lens whose disc is 0 is not told. */
static struct ip_dataset *seen_by(const struct lens *l)
{
	const double offset[2] = { 0, l->offset };
	const double pixel[2] = { 0.1, 0.1 };
	struct ip_dataset *d;
	struct ip_bundle b;
	char *path;

	ip_test_data(&b, 1, SIDE, SIDE, 1);
	if (l->disc > 0) {
		ip_attrs_number(&b.attrs, "semiangle", l->disc);
		ip_attrs_number(&b.attrs, "inner", l->inner);
		ip_attrs_number(&b.attrs, "outer", l->outer);
	}
	ip_attrs_f64(&b.attrs, "detector_offset", offset, 2);
	ip_attrs_f64(&b.attrs, "pixel_size", pixel, 2);
	ip_attrs_number(&b.attrs, "dose", l->dose);
	path = ip_test_bundle_file("empty.ipt", &b);
	d = ip_test_dataset((const char *const *)&path, 1);
	free(path);
	return d;
}

static const struct ip_feeding all = { .metadata = IP_METADATA_TILT3,
	.scale = 1000, .change = { .empty = 1 } };

static void expect_share(const struct lens *l, double share)
{
	struct ip_dataset *d = seen_by(l);
	struct ip_tensor x, y;
	const size_t n = SIDE * SIDE;

	assert_int_equal(ip_dataset_example(d, 0, 0, &all, &x, &y), 0);
	for (size_t i = 0; i < 4 * n; i++)
		assert_true(fabs((double)((ip_real *)x.data)[i] -
			20 * (share - 0.2)) < 1e-5);
	for (size_t i = 0; i < n; i++)
		assert_true(((ip_real *)y.data)[i] == 0);
	ip_tensor_free(&x);
	ip_tensor_free(&y);
	ip_dataset_close(d);
}

static void test_shares(void **state)
{
	(void)state;
	expect_share(&(struct lens){ 20, 10, 50, 0, 0 }, 0.75 / 4);
	expect_share(&(struct lens){ 20, 0, 10, 0, 0 }, 0.25 / 4);
	expect_share(&(struct lens){ 20, 5, 15, 0, 0 }, 0.5 / 4);
	expect_share(&(struct lens){ 20, 0, 20, 0, 0 }, 1. / 4);
	expect_share(&(struct lens){ 20, 30, 50, 0, 0 }, 0);
}

/* As often as was asked for; and noise comes on top. */
static void test_often(void **state)
{
	struct ip_dataset *d = seen_by(&(struct lens){ 20, 10, 50, 0, 0 });
	struct ip_feeding how = all;
	struct ip_tensor x, y;
	const ip_real *v;
	size_t empty = 0;

	(void)state;
	how.change.empty = 0.3;
	how.change.dose[0] = how.change.dose[1] = 1e4;
	for (uint64_t k = 0; k < DRAWS; k++) {
		assert_int_equal(ip_dataset_example(d, 0, k, &how, &x, &y), 0);
		v = x.data;
		if (((ip_real *)y.data)[0] == 0) {
			empty++;
			assert_true(v[0] != v[1] || v[1] != v[2]);
		}
		ip_tensor_free(&x);
		ip_tensor_free(&y);
	}
	assert_true(fabs((double)empty - 0.3 * DRAWS) <
		5 * sqrt(DRAWS * 0.3 * 0.7));
	ip_dataset_close(d);
}

static void expect_refused(const struct lens *l, const char *why)
{
	struct ip_dataset *d = seen_by(l);
	struct ip_tensor x = { 0 }, y = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_dataset_example(d, 0, 0, &all, &x, &y), IP_EINVAL);
	ip_test_assert_logged(why);
	ip_dataset_close(d);
}

static void test_refused(void **state)
{
	(void)state;
	expect_refused(&(struct lens){ 0, 0, 0, 0, 0 }, "semiangle");
	expect_refused(&(struct lens){ 20, 10, 50, 1, 0 }, "detector_offset");
	expect_refused(&(struct lens){ 20, 50, 10, 0, 0 }, "inner");
	expect_refused(&(struct lens){ 20, 10, 50, 0, 1e4 }, "counts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_often),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
