/* What training data say of themselves, for the model that learns from them. */
#include <math.h>
#include <stdlib.h>
#include <iphase/formats.h>
#include "support/pictures.h"

/* What a model's attributes will say of it. */
static void test_describe(void **state)
{
	char *a = ip_test_data_file("a.ipt", 3, 6, 10, 1), *c;
	char *b = ip_test_data_file("b.ipt", 2, 8, 8, 1);
	const char *paths[] = { a, b, NULL };
	const double pixel[] = { 0.1, 0.3 };
	struct ip_attrs attrs = { 0 };
	struct ip_bundle other;
	struct ip_dataset *d;
	const struct ip_attr *at;

	(void)state;
	ip_test_data(&other, 1, 8, 8, 7);
	ip_attrs_number(&other.attrs, "energy", 80e3);
	ip_attrs_f64(&other.attrs, "pixel_size", pixel, 2);
	ip_test_replace(&other, "thickness", IP_F64, 0, NULL, 50);
	paths[2] = c = ip_test_bundle_file("c.ipt", &other);
	d = ip_test_dataset(paths, 3);
	assert_int_equal(ip_dataset_describe(d, &attrs), 0);
	at = ip_attrs_find(&attrs, "energy");
	assert_true(at->count == 2 && at->v.f64[0] == 80e3 &&
		at->v.f64[1] == 200e3);
	at = ip_attrs_find(&attrs, "pixel_size");
	assert_true(at->count == 2 && at->v.f64[0] == 0.1 &&
		at->v.f64[1] == 0.3);
	at = ip_attrs_find(&attrs, "thickness");
	assert_true(at->count == 2 && at->v.f64[0] == 20 &&
		at->v.f64[1] == 60);
	assert_string_equal(ip_attrs_get_text(&attrs, "materials"), "M1, M7");
	ip_attrs_free(&attrs);
	ip_dataset_close(d);
	/* one that does not say: nobody knows it of all */
	ip_test_reference(&other, 8, 8, 1);
	assert_int_equal(ip_npz_write(ip_test_tmp("r.npz"), &other, 0), 0);
	ip_bundle_free(&other);
	paths[1] = ip_test_tmp("r.npz");
	d = ip_test_dataset(paths, 2);
	assert_int_equal(ip_dataset_describe(d, &attrs), 0);
	assert_int_equal(attrs.count, 1);
	assert_string_equal(attrs.items[0].key, "thickness");
	ip_attrs_free(&attrs);
	ip_dataset_close(d);
	free(a);
	free(b);
	free(c);
}

/* Angles; outer, which one file does not say, is not known of all. */
static void test_describe_angles(void **state)
{
	const double angle[2][3] = { { 20, 10, 50 }, { 30, 10, NAN } };
	const char *const name[] = { "semiangle", "inner", "outer" };
	const char *paths[2];
	struct ip_attrs attrs = { 0 };
	struct ip_bundle b;
	struct ip_dataset *d;
	const struct ip_attr *at;

	(void)state;
	for (int i = 0; i < 2; i++) {
		ip_test_data(&b, 1, 8, 8, 7);
		for (int k = 0; k < 3; k++)
			if (!isnan(angle[i][k]))
				ip_attrs_number(&b.attrs, name[k], angle[i][k]);
		paths[i] = ip_test_bundle_file(i ? "e.ipt" : "d.ipt", &b);
	}
	d = ip_test_dataset(paths, 2);
	assert_int_equal(ip_dataset_describe(d, &attrs), 0);
	at = ip_attrs_find(&attrs, "semiangle");
	assert_true(at->count == 2 && at->v.f64[0] == 20 &&
		at->v.f64[1] == 30);
	at = ip_attrs_find(&attrs, "inner");
	assert_true(at->count == 1 && at->v.f64[0] == 10);
	assert_null(ip_attrs_find(&attrs, "outer"));
	ip_attrs_free(&attrs);
	ip_dataset_close(d);
	free((char *)paths[0]);
	free((char *)paths[1]);
}

/* What is said of n files, at most 4, of these materials. */
static void check_materials(const char *const *material, size_t n,
	const char *want)
{
	char *path[4];
	const char *paths[4];
	struct ip_attrs attrs = { 0 };
	struct ip_bundle b;
	struct ip_dataset *d;

	for (size_t i = 0; i < n; i++) {
		char name[] = "0.ipt";
		name[0] = (char)('0' + i);
		ip_test_data(&b, 1, 8, 8, 7);
		ip_attrs_text(&b.attrs, "material", material[i]);
		paths[i] = path[i] = ip_test_bundle_file(name, &b);
	}
	d = ip_test_dataset(paths, n);
	assert_int_equal(ip_dataset_describe(d, &attrs), 0);
	assert_string_equal(ip_attrs_get_text(&attrs, "materials"), want);
	ip_attrs_free(&attrs);
	ip_dataset_close(d);
	for (size_t i = 0; i < n; i++)
		free(path[i]);
}

/* Crystals that never were are counted: Si is another crystal. */
static void test_describe_invented(void **state)
{
	static const char *const some[] = { "invented-Si", "GaN",
		"invented-MgO2", "invented-Si" };
	static const char *const one[] = { "invented-Si", "invented-Si" };
	static const char *const none[] = { "invar", "GaN", "invar" };

	(void)state;
	check_materials(some, 4, "GaN, 2 invented crystals");
	check_materials(one, 2, "1 invented crystal");
	check_materials(none, 3, "invar, GaN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_describe_angles),
		cmocka_unit_test(test_describe_invented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
