/* PyTorch's checkpoints, read and refused. */
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/ipt_fixture.h"
#include "support/support.h"

/* The tensors of a are those of b, whose names begin with prefix. */
static void same_but_prefix(const struct ip_bundle *a,
	const struct ip_bundle *b, const char *prefix)
{
	size_t i, n = strlen(prefix);

	assert_int_equal(a->count, b->count);
	for (i = 0; i < a->count; i++) {
		assert_memory_equal(b->items[i].name, prefix, n);
		assert_string_equal(a->items[i].name, b->items[i].name + n);
		assert_true(ip_test_same_tensor(&a->items[i].tensor,
			&b->items[i].tensor));
	}
}

/* One model in its three forms. */
static void forms(void **state)
{
	const char *path = ip_test_shared("golden/model/fs12_weights.npz");
	struct ip_bundle npz = { 0 }, b = { 0 };

	(void)state;
	if (!path)
		skip();
	assert_int_equal(ip_npz_read(path, &npz), 0);
	assert_int_equal(ip_torch_read(ip_test_shared("golden/model/"
		"fs12_weights.pt"), &b), 0);
	same_but_prefix(&npz, &b, "");
	ip_bundle_free(&b);
	assert_int_equal(ip_torch_read(ip_test_shared("golden/model/"
		"fs12_weights_ddp.pt"), &b), 0);
	same_but_prefix(&npz, &b, "module.");
	ip_bundle_free(&b);
	ip_bundle_free(&npz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
	};

	return cmocka_run_group_tests_name("torch", tests, NULL, NULL);
}
