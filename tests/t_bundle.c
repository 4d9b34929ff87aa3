/* Attributes and bundles, also when memory runs out. */
#include "support/support.h"
#include <iphase/bundle.h>
#include "core/core.h"

static void attributes(void **state)
{
	static const double d[] = { 1, 2, 3 };
	static const int64_t n[] = { -5 };
	struct ip_attrs a = { 0 }, b = { 0 };
	char key[32];
	int i;

	(void)state;
	assert_int_equal(ip_attrs_text(&a, "tool", "x"), 0);
	assert_int_equal(ip_attrs_f64(&a, "tilt", d, 3), 0);
	assert_int_equal(ip_attrs_i64(&a, "seed", n, 1), 0);
	assert_int_equal(ip_attrs_number(&a, "energy", 200), 0);
	assert_int_equal(ip_attrs_f64(&a, "none", NULL, 0), 0);
	assert_int_equal(ip_attrs_text(&a, "tool", "longer"), 0);
	assert_int_equal(a.count, 5);
	assert_string_equal(a.items[0].key, "tool");
	assert_string_equal(ip_attrs_get_text(&a, "tool"), "longer");
	assert_int_equal(a.items[0].count, 6);
	assert_null(ip_attrs_get_text(&a, "seed"));
	assert_null(ip_attrs_get_text(&a, "absent"));
	assert_true(ip_attrs_get(&a, "seed", 0) == -5);
	assert_true(ip_attrs_get(&a, "energy", 0) == 200);
	assert_true(ip_attrs_get(&a, "tilt", 9) == 9);	/* three numbers */
	assert_true(ip_attrs_get(&a, "tool", 9) == 9);
	assert_true(ip_attrs_get(&a, "absent", 9) == 9);
	/* a value set from itself */
	assert_int_equal(ip_attrs_f64(&a, "tilt",
		ip_attrs_find(&a, "tilt")->v.f64 + 1, 2), 0);
	assert_true(ip_attrs_find(&a, "tilt")->v.f64[1] == 3);
	for (i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "k%d", i);
		assert_int_equal(ip_attrs_number(&a, key, i), 0);
	}
	assert_int_equal(ip_attrs_copy(&b, &a), 0);
	assert_int_equal(b.count, 105);
	assert_true(ip_attrs_get(&b, "k77", 0) == 77);
	ip_test_log_capture();
	assert_int_equal(ip_attrs_number(&a, "", 1), IP_EINVAL);
	ip_attrs_free(&a);
	ip_attrs_free(&b);
	assert_int_equal(a.count, 0);
	ip_attrs_free(&a);
}

static void bundles(void **state)
{
	static const size_t shape[] = { 4, 5 };
	struct ip_bundle b = { 0 };
	struct ip_tensor t, v;
	struct ip_item *it;
	char name[32];
	void *data;
	int i;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F32, 2, shape), 0);
	data = t.data;
	assert_int_equal(ip_tensor_at(&v, &t, 1, 3), 0);
	assert_int_equal(ip_bundle_add(&b, "view", &v, &it), 0);
	assert_int_equal(it->tensor.shape[0], 4);
	assert_ptr_not_equal(it->tensor.owner, NULL);	/* copied */
	assert_null(v.data);
	assert_int_equal(ip_bundle_add(&b, "t", &t, &it), 0);
	assert_ptr_equal(it->tensor.data, data);	/* taken over */
	assert_null(t.data);
	assert_int_equal(ip_attrs_text(&it->attrs, "unit", "V"), 0);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "n%d", i);
		assert_int_equal(ip_tensor_new(&t, IP_U8, 0, NULL), 0);
		assert_int_equal(ip_bundle_add(&b, name, &t, NULL), 0);
	}
	assert_int_equal(b.count, 22);
	assert_ptr_equal(ip_bundle_find(&b, "t")->tensor.data, data);
	assert_null(ip_bundle_find(&b, "absent"));
	assert_int_equal(ip_tensor_new(&t, IP_U8, 0, NULL), 0);
	ip_test_log_capture();
	assert_int_equal(ip_bundle_add(&b, "t", &t, NULL), IP_EINVAL);
	ip_test_assert_logged("two tensors named 't'");
	assert_int_equal(ip_bundle_add(&b, "", &t, NULL), IP_EINVAL);
	assert_non_null(t.data);	/* still ours */
	ip_tensor_free(&t);
	ip_bundle_free(&b);
	ip_bundle_free(&b);
}

static int build(void)
{
	struct ip_bundle b = { 0 };
	struct ip_tensor t = { 0 };
	struct ip_item *it;
	static const size_t n = 3;
	int rc;

	rc = ip_attrs_text(&b.attrs, "tool", "x");
	if (rc == 0)
		rc = ip_tensor_new(&t, IP_F64, 1, &n);
	if (rc == 0)
		rc = ip_bundle_add(&b, "a", &t, &it);
	if (rc == 0)
		rc = ip_attrs_number(&it->attrs, "k", 1);
	ip_tensor_free(&t);
	ip_bundle_free(&b);
	return rc;
}

/* Every allocation fails once: IP_ENOMEM, one message, and (ASan) no leak. */
static void out_of_memory(void **state)
{
	int n, rc;

	(void)state;
	for (n = 0; ; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = build();
		ip_alloc_fail_after(-1);
		if (rc == 0)
			break;
		assert_int_equal(rc, IP_ENOMEM);
		ip_test_assert_logged("out of memory");
	}
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes),
		cmocka_unit_test(bundles),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
