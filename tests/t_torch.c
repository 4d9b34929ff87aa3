/* PyTorch's checkpoints, read. */
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/ipt_fixture.h"
#include "support/support.h"
#include "support/torch.h"

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

/* That path holds want, under names that begin with prefix. */
static void holds(const char *path, const struct ip_bundle *want,
	const char *prefix)
{
	struct ip_bundle b = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_torch_read(path, &b), 0);
	assert_int_equal(ip_test_log_errors() + ip_test_log_warnings(), 0);
	same_but_prefix(want, &b, prefix);
	assert_int_equal(b.attrs.count, 0);
	ip_bundle_free(&b);
}

static void load_npz(const char *name, struct ip_bundle *b)
{
	char path[64];

	snprintf(path, sizeof path, "tests/golden/%s", name);
	assert_int_equal(ip_npz_read(ip_test_src(path), b), 0);
}

/* ---- what PyTorch wrote ---- */

/* One model in its three forms. */
static void forms(void **state)
{
	const char *path = ip_test_shared("golden/model/fs12_weights.npz");
	struct ip_bundle npz = { 0 };

	(void)state;
	if (!path)
		skip();
	assert_int_equal(ip_npz_read(path, &npz), 0);
	holds(ip_test_shared("golden/model/fs12_weights.pt"), &npz, "");
	holds(ip_test_shared("golden/model/fs12_weights_ddp.pt"), &npz,
		"module.");
	ip_bundle_free(&npz);
}

/* Types, strides, storages that are shared; what training leaves behind. */
static void real(void **state)
{
	struct ip_bundle npz = { 0 };

	(void)state;
	load_npz("torch_types.npz", &npz);
	assert_int_equal(npz.count, 19);
	holds(ip_test_src("tests/golden/torch_types.pt"), &npz, "");
	holds(ip_test_src("tests/golden/torch_proto4.pt"), &npz, "");
	ip_bundle_free(&npz);
	load_npz("torch_trained.npz", &npz);
	assert_int_equal(npz.count, 7);
	holds(ip_test_src("tests/golden/torch_trained.pt"), &npz, "");
	ip_bundle_free(&npz);
}

/* A network of ours, with the bytes that torch.save would write. */
static void weights(void **state)
{
	const char *path = ip_test_tmp("w.pt");
	struct ip_bundle npz = { 0 };

	(void)state;
	load_npz("model_weights.npz", &npz);
	ip_test_torch_write(path, &npz, "", 0);
	holds(path, &npz, "");
	ip_test_torch_write(path, &npz, "module.", 0);
	holds(path, &npz, "module.");
	ip_test_torch_write(path, &npz, "module.", 1);
	holds(path, &npz, "module.");
	ip_bundle_free(&npz);
}

/* ---- unusual ---- */

/* Odd, but whole. */
static void odd_tensors(void **state)
{
	static const struct {
		struct ip_test_torch_tensor t;
		size_t count;
		float last;
	} list[] = {
		{ { "FloatStorage", "0", 24, 23, 0, { 0 }, { 0 } }, 1, 23 },
		{ { "FloatStorage", "0", 24, 2, 3, { 2, 1, 3 },
			{ 10, INT64_MAX, 4 } }, 6, 20 },
		{ { "FloatStorage", "0", 24, 5, 2, { 4, 3 }, { 0, 0 } }, 12,
			5 },
		{ { "FloatStorage", "0", 24, 24, 2, { 0, INT64_MAX },
			{ INT64_MAX, INT64_MAX } }, 0, 0 },
	};
	const char *path = ip_test_tmp("t.pt");
	struct ip_bundle b = { 0 };
	const struct ip_tensor *t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof list / sizeof *list; i++) {
		ip_test_torch_tensor(path, &list[i].t);
		assert_int_equal(ip_torch_read(path, &b), 0);
		t = &b.items[0].tensor;
		assert_int_equal(ip_tensor_count(t), list[i].count);
		assert_true(ip_tensor_contiguous(t));
		if (list[i].count)
			assert_true(((float *)t->data)[list[i].count - 1] ==
				list[i].last);
		ip_bundle_free(&b);
	}
}

/* What stands beside the state_dict may be anything, and is left alone. */
static void beside(void **state)
{
	static const char items[] = "X\1\0\0\0a]q\0h\0aX\12\0\0\0state_dict}"
		"X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0stor"
		"agectorch\nFloatStorage\nU\0010U\3cpuK\30tQ"
		"K\1K\2\205K\4\205\211NtRsX\1\0\0\0bctorch._utils\n"
		"_rebuild_tensor_v2\n)R";
	const char *path = ip_test_tmp("b.pt");
	struct ip_test_pickle k = { 0 };
	struct ip_bundle b = { 0 };

	(void)state;
	ip_test_pickle_put(&k, items, sizeof items - 1);
	ip_test_torch_items(path, &k);
	assert_int_equal(ip_torch_read(path, &b), 0);
	assert_int_equal(b.count, 1);
	assert_int_equal(b.items[0].tensor.shape[0], 2);
	assert_true(((float *)b.items[0].tensor.data)[1] == 5);
	ip_bundle_free(&b);
	free(k.p);
}

/* Deflated members are not PyTorch's, but fine. */
static void deflated(void **state)
{
	const char *path = ip_test_tmp("d.pt");
	struct ip_test_torch_tensor t = { "FloatStorage", "0", 24, 0, 2,
		{ 6, 4 }, { 1, 6 } };
	struct ip_test_pickle k = { 0 };
	struct ip_bundle b = { 0 };

	(void)state;
	ip_test_torch_storages(&b);
	ip_test_pickle_begin(&k);
	ip_test_pickle_ordered_dict(&k);
	ip_test_pickle_text(&k, "w");
	ip_test_pickle_tensor(&k, &t);
	ip_test_pickle_puts(&k, "s.");
	ip_test_torch_archive(path, &k, &b, "little", 1);
	ip_bundle_free(&b);
	assert_int_equal(ip_torch_read(path, &b), 0);
	assert_true(((float *)b.items[0].tensor.data)[1] == 6);
	ip_bundle_free(&b);
	free(k.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(real),
		cmocka_unit_test(weights),
		cmocka_unit_test(odd_tensors),
		cmocka_unit_test(beside),
		cmocka_unit_test(deflated),
	};

	return cmocka_run_group_tests_name("torch", tests, NULL, NULL);
}
