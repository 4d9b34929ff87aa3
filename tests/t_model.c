/*
 * Models: every form of file gives the same weights, and what is none is
 * refused by name. Nothing here computes, so all comparisons are of bytes.
 */
#include <math.h>
#include <iphase/formats.h>
#include <iphase/model.h>
#include "core/core.h"
#include "ipt/format.h"
#include "support/network.h"

#define GOLDEN "tests/golden/model_weights.npz"

static void load(const char *path, struct ip_model *m)
{
	memset(m, 0, sizeof(*m));
	assert_int_equal(ip_model_load(path, m), 0);
}

static void assert_same_weights(const struct ip_model *a,
	const struct ip_model *b)
{
	size_t i;

	assert_int_equal(a->weights.count, b->weights.count);
	for (i = 0; i < a->weights.count; i++) {
		const struct ip_item *x = &a->weights.items[i];
		const struct ip_item *y = &b->weights.items[i];

		assert_string_equal(x->name, y->name);
		assert_int_equal(x->tensor.dtype, IP_F32);
		assert_int_equal(y->tensor.dtype, IP_F32);
		assert_int_equal(x->tensor.ndim, y->tensor.ndim);
		assert_memory_equal(x->tensor.data, y->tensor.data,
			4 * ip_tensor_count(&x->tensor));
	}
}

static void test_metadata(void **state)
{
	enum ip_metadata m;

	(void)state;
	assert_int_equal(ip_metadata_channels(IP_METADATA_SINCOS7), 7);
	assert_int_equal(ip_metadata_channels(IP_METADATA_RAW4), 4);
	assert_int_equal(ip_metadata_parse("raw4", &m), 0);
	assert_int_equal(m, IP_METADATA_RAW4);
	assert_string_equal(ip_metadata_name(m), "raw4");
	ip_test_log_capture();
	assert_int_equal(ip_metadata_parse("raw", &m), IP_ENOTFOUND);
	ip_test_assert_logged("sincos7, raw4 or tilt3");
}

/* ---- forms ---- */

/* What is in the file, tensor by tensor, in PyTorch's order. */
static void assert_loadable(const char *path, const struct ip_model *m)
{
	struct ip_bundle b = { 0 };
	size_t i, tables = 0;

	assert_int_equal(ip_npz_read(path, &b), 0);
	for (i = 0; i < b.count; i++) {
		const struct ip_tensor *t = &b.items[i].tensor;
		const int64_t *v = t->data;

		if (!strstr(b.items[i].name, "relative_position_index"))
			continue;
		tables++;
		assert_int_equal(t->dtype, IP_I64);
		/* corners: offsets 0,0; -6,-6; 6,6; and one in between */
		assert_int_equal(v[0], 84);
		assert_int_equal(v[48], 0);
		assert_int_equal(v[48 * 49], 168);
		assert_int_equal(v[8 * 49 + 3], 7 * 13 + 4);
	}
	assert_int_equal(tables, 8);
	assert_int_equal(b.count, m->weights.count + tables);
	ip_bundle_free(&b);
}

static void test_forms(void **state)
{
	struct ip_model a, b;
	double range[2] = { 80e3, 200e3 };

	(void)state;
	load(ip_test_src(GOLDEN), &a);
	assert_int_equal(a.shape.in, 11);
	assert_int_equal(a.shape.out, 1);
	assert_int_equal(a.shape.features, 12);
	assert_int_equal(a.metadata, IP_METADATA_SINCOS7);
	assert_true(a.scale == IP_MODEL_SCALE);
	assert_int_not_equal(a.crc32, 0);
	assert_int_equal(a.weights.count, 151);
	a.scale = 1234.5;
	ip_attrs_f64(&a.attrs, "energy", range, 2);
	ip_attrs_text(&a.attrs, "provenance", "made up");

	assert_int_equal(ip_model_save(ip_test_tmp("a.ipt"), &a, IP_F32), 0);
	load(ip_test_tmp("a.ipt"), &b);
	assert_same_weights(&a, &b);
	assert_true(b.scale == 1234.5);
	assert_int_equal(b.attrs.count, 2);
	assert_true(ip_attrs_find(&b.attrs, "energy")->v.f64[1] == 200e3);

	ip_test_log_capture();
	assert_int_equal(ip_model_save(ip_test_tmp("b.safetensors"), &b,
		IP_F32), 0);
	assert_int_equal(ip_test_log_warnings(), 0);
	ip_model_free(&b);
	load(ip_test_tmp("b.safetensors"), &b);
	assert_same_weights(&a, &b);
	assert_true(b.scale == 1234.5);
	assert_string_equal(ip_attrs_get_text(&b.attrs, "provenance"),
		"made up");

	assert_int_equal(ip_model_save(ip_test_tmp("c.npz"), &b, IP_F32), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_non_null(strstr(ip_test_log_warning(), "weights only"));
	assert_loadable(ip_test_tmp("c.npz"), &b);
	ip_model_free(&b);
	load(ip_test_tmp("c.npz"), &b);
	assert_same_weights(&a, &b);
	assert_true(b.scale == IP_MODEL_SCALE);
	assert_int_equal(b.attrs.count, 0);
	ip_model_free(&a);
	ip_model_free(&b);
}

/* An .npz says when it loses something. */
static void test_npz(void **state)
{
	struct ip_model m;

	(void)state;
	load(ip_test_src(GOLDEN), &m);
	ip_test_log_capture();
	assert_int_equal(ip_model_save(ip_test_tmp("n.npz"), &m, IP_F32), 0);
	assert_int_equal(ip_test_log_warnings(), 0);
	m.scale = 5;
	assert_int_equal(ip_model_save(ip_test_tmp("n.npz"), &m, IP_F32), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	ip_model_free(&m);
}

static void test_crc(void **state)
{
	unsigned char *data;
	struct ip_model m;
	size_t n;

	(void)state;
	data = ip_test_read(ip_test_src(GOLDEN), &n);
	load(ip_test_src(GOLDEN), &m);
	assert_true(m.crc32 == ip_crc32(0, data, n));
	ip_model_free(&m);
	free(data);
}

static void test_golden_forms(void **state)
{
	static const char *const name[] = { "golden/model/fs12_weights.npz",
		"golden/model/fs12_weights.pt",
		"golden/model/fs12_weights_ddp.pt" };
	struct ip_model a, b;
	size_t i;

	(void)state;
	if (!ip_test_shared(name[0]))
		skip();
	load(ip_test_src(GOLDEN), &a);
	for (i = 0; i < 3; i++) {
		load(ip_test_shared(name[i]), &b);
		assert_same_weights(&a, &b);
		ip_model_free(&b);
	}
	ip_model_free(&a);
}

static void test_half(void **state)
{
	struct ip_model a, b;
	struct ip_tensor *t;
	size_t i, j;

	(void)state;
	load(ip_test_src(GOLDEN), &a);
	assert_int_equal(ip_model_save(ip_test_tmp("h.ipt"), &a, IP_F16), 0);
	load(ip_test_tmp("h.ipt"), &b);
	for (i = 0; i < a.weights.count; i++) {
		const float *x = a.weights.items[i].tensor.data;
		const float *y = b.weights.items[i].tensor.data;

		/* 11 bits, and 2^-25 below the smallest normal number */
		for (j = 0; j < ip_tensor_count(&a.weights.items[i].tensor);
			j++)
			assert_true(fabsf(x[j] - y[j]) <=
				fabsf(x[j]) / 2048 + 0x1p-25f);
	}
	ip_model_free(&b);
	t = &ip_bundle_find(&a.weights, "out.conv.conv.bias")->tensor;
	((float *)t->data)[0] = -65519.9f;
	assert_int_equal(ip_model_save(ip_test_tmp("h.ipt"), &a, IP_F16), 0);
	((float *)t->data)[0] = -65520;
	ip_test_log_capture();
	assert_int_equal(ip_model_save(ip_test_tmp("no.ipt"), &a, IP_F16),
		IP_EINVAL);
	ip_test_assert_logged("'out.conv.conv.bias' has a value of 65520");
	assert_false(ip_test_exists(ip_test_tmp("no.ipt")));
	ip_test_log_capture();
	assert_int_equal(ip_model_save(ip_test_tmp("no.pt"), &a, IP_F32),
		IP_EINVAL);
	ip_test_assert_logged("must end in .ipt, .safetensors or .npz");
	ip_test_log_capture();
	assert_int_equal(ip_model_save(ip_test_tmp("no.ipt"), &a, IP_F64),
		IP_EINVAL);
	ip_test_assert_logged("expected float32 or float16");
	ip_model_free(&a);
}

/* ---- names ---- */

static void rename_all(struct ip_bundle *b, const char *prefix)
{
	size_t i;

	for (i = 0; i < b->count; i++) {
		char *name = ip_format("%s%s", prefix, b->items[i].name);

		ip_free(b->items[i].name);
		b->items[i].name = name;
	}
}

static void test_module(void **state)
{
	struct ip_model a, b = { 0 };
	struct ip_bundle w;
	struct ip_tensor t;
	size_t one = 1;

	(void)state;
	load(ip_test_src(GOLDEN), &a);
	ip_test_golden("model_weights.npz", &w);
	assert_true(ip_model_is(&w));
	rename_all(&w, "module.module.");
	ip_free(w.items[1].name);	/* and in the middle of a name */
	w.items[1].name = ip_strdup("swinViT.module.patch_embed.proj.bias");
	assert_true(ip_model_is(&w));
	assert_int_equal(ip_model_from(&w, &b), 0);
	assert_same_weights(&a, &b);
	assert_int_equal(b.crc32, 0);
	ip_model_free(&b);
	assert_int_equal(ip_tensor_new(&t, IP_F32, 1, &one), 0);
	assert_int_equal(ip_bundle_add(&w, "out.conv.conv.bias", &t, NULL), 0);
	ip_test_log_capture();
	assert_int_equal(ip_model_from(&w, &b), IP_EFORMAT);
	ip_test_assert_logged("'out.conv.conv.bias' twice");
	assert_int_equal(b.weights.count, 0);
	rename_all(&w, "x");
	ip_bundle_free(&w);
	assert_false(ip_model_is(&w));
	ip_model_free(&a);
}

/* ---- what is no model ---- */

/* The golden weights with one change are refused with the text. */
struct damage {
	const char *text;
	void (*fn)(struct ip_bundle *b);
};

static void add(struct ip_bundle *b, const char *name, enum ip_dtype dtype,
	int ndim, size_t side)
{
	size_t shape[4] = { side, side, side, side };
	struct ip_tensor t;

	assert_int_equal(ip_tensor_new(&t, dtype, ndim, shape), 0);
	assert_int_equal(ip_bundle_add(b, name, &t, NULL), 0);
}

static void lack(struct ip_bundle *b)
{
	struct ip_item *last = &b->items[b->count - 1];

	assert_string_equal(last->name, "out.conv.conv.bias");
	ip_free(last->name);
	ip_tensor_free(&last->tensor);
	b->count--;
}

static void more(struct ip_bundle *b)
{
	add(b, "out.conv.conv.scale", IP_F32, 1, 3);
}

static void shape(struct ip_bundle *b)
{
	struct ip_item *i = ip_bundle_find(b, "out.conv.conv.bias");

	ip_tensor_free(&i->tensor);
	i->tensor.dtype = IP_F32;
	assert_int_equal(ip_tensor_new(&i->tensor, IP_F32, 0, NULL), 0);
}

static void nan_in(struct ip_bundle *b)
{
	struct ip_item *i = ip_bundle_find(b,
		"swinViT.layers3.0.blocks.1.mlp.linear1.bias");

	((float *)i->tensor.data)[5] = NAN;
}

static void large(struct ip_bundle *b)
{
	struct ip_item *i = ip_bundle_find(b, "out.conv.conv.bias");
	size_t one = 1;

	ip_tensor_free(&i->tensor);
	assert_int_equal(ip_tensor_new(&i->tensor, IP_F64, 1, &one), 0);
	*(double *)i->tensor.data = -1e39;
}

static void whole(struct ip_bundle *b)
{
	struct ip_item *i = ip_bundle_find(b, "out.conv.conv.bias");
	size_t one = 1;

	ip_tensor_free(&i->tensor);
	assert_int_equal(ip_tensor_new(&i->tensor, IP_I32, 1, &one), 0);
}

#define TABLE "swinViT.layers2.0.blocks.0.attn.relative_position_index"

static void table(struct ip_bundle *b)
{
	add(b, TABLE, IP_I64, 2, 49);
}

static void table_shape(struct ip_bundle *b)
{
	add(b, "module." TABLE, IP_I64, 2, 48);
}

static void table_type(struct ip_bundle *b)
{
	add(b, TABLE, IP_F32, 2, 49);
}

static void kind(struct ip_bundle *b)
{
	ip_attrs_text(&b->attrs, "architecture", "unet");
}

static void features(struct ip_bundle *b)
{
	ip_attrs_number(&b->attrs, "feature_size", 24);
}

static void mode(struct ip_bundle *b)
{
	ip_attrs_text(&b->attrs, "metadata", "raw4");
}

static void no_mode(struct ip_bundle *b)
{
	ip_attrs_text(&b->attrs, "metadata", "raw5");
}

static void scale(struct ip_bundle *b)
{
	ip_attrs_number(&b->attrs, "scale", 0);
}

static void test_refused(void **state)
{
	static const struct damage list[] = {
		{ "lack 'out.conv.conv.bias', 1", lack },
		{ "hold 'out.conv.conv.scale'", more },
		{ "'out.conv.conv.bias' is one number: expected 1", shape },
		{ "layers3.0.blocks.1.mlp.linear1.bias: element [5] is not",
			nan_in },
		{ "'out.conv.conv.bias' has a value of 1e+39", large },
		{ "'out.conv.conv.bias' is of int32", whole },
		{ "'" TABLE "' is not the table", table },
		{ "'" TABLE "' is not the table", table_shape },
		{ "'" TABLE "' is not the table", table_type },
		{ "architecture 'unet'", kind },
		{ "feature_size is 24, but its weights are those of 12",
			features },
		{ "network of 11 inputs: expected", mode },
		{ "'raw5'", no_mode }, { "scale is 0", scale },
	};
	struct ip_model m = { 0 };
	struct ip_bundle b;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		ip_test_golden("model_weights.npz", &b);
		list[i].fn(&b);
		ip_test_log_capture();
		rc = ip_model_from(&b, &m);
		ip_test_assert_logged(list[i].text);
		assert_int_equal(rc, list[i].fn == kind ? IP_ENOTSUP :
			IP_EFORMAT);
		assert_int_equal(m.weights.count, 0);
		assert_int_equal(m.attrs.count, 0);
		ip_bundle_free(&b);
	}
}

static void refuse(const char *path, int status, const char *text)
{
	struct ip_model m = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_model_load(path, &m), status);
	ip_test_assert_logged(text);
	assert_int_equal(m.weights.count, 0);
}

static void test_files(void **state)
{
	char old[64] = "\200\002\212\nl\374\234F\371 j\250P\031.";

	(void)state;
	refuse(ip_test_tmp("absent.pt"), IP_EIO, "absent.pt");
	ip_test_write(ip_test_tmp("empty.pt"), "", 0);
	refuse(ip_test_tmp("empty.pt"), IP_EFORMAT, "empty.pt: no model");
	ip_test_write(ip_test_tmp("text.pt"), "weights, but in words", 21);
	refuse(ip_test_tmp("text.pt"), IP_EFORMAT, "text.pt: no model");
	ip_test_write(ip_test_tmp("old.pt"), old, sizeof(old));
	refuse(ip_test_tmp("old.pt"), IP_ENOTSUP, "before 1.6");
	refuse(ip_test_src("tests/golden/model_ops.npz"), IP_EFORMAT,
		"not the weights of a SwinUNETR");
}

/* ---- other networks, and memory ---- */

/* What weights alone tell, there and back by each kind of file. */
static void there_and_back(const struct ip_net_shape *s,
	enum ip_metadata metadata)
{
	static const char *const name[] = { "r.ipt", "r.safetensors", "r.npz" };
	struct ip_model m = { 0 }, again;
	struct ip_bundle b;

	ip_test_network_weights(&b, s, 1);
	assert_int_equal(ip_model_from(&b, &m), 0);
	assert_int_equal(m.metadata, metadata);
	ip_test_network_same(&m.shape, s);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ip_model_save(ip_test_tmp("%s", name[i]), &m,
			IP_F32), 0);
		load(ip_test_tmp("%s", name[i]), &again);
		assert_same_weights(&m, &again);
		assert_int_equal(again.metadata, metadata);
		ip_test_network_same(&again.shape, s);
		ip_model_free(&again);
	}
	ip_model_free(&m);
	ip_bundle_free(&b);
}

static void test_modes(void **state)
{
	struct ip_net_shape raw4 = { 8, 2, 24, IP_SWIN_UNETR };
	struct ip_net_shape tilt3 = { 7, 1, 12, IP_MODULATED };
	struct ip_net_shape odd = { 9, 1, 12, IP_SWIN_UNETR };
	struct ip_model m = { 0 };
	struct ip_bundle b;

	(void)state;
	there_and_back(&raw4, IP_METADATA_RAW4);
	there_and_back(&tilt3, IP_METADATA_TILT3);
	ip_test_network_weights(&b, &odd, 1);
	ip_test_log_capture();
	assert_int_equal(ip_model_from(&b, &m), IP_EFORMAT);
	ip_test_assert_logged("network of 9 inputs");
	ip_bundle_free(&b);
	ip_test_network_weights(&b, &tilt3, 1);
	ip_attrs_text(&b.attrs, "architecture", "swin_unetr");
	ip_test_log_capture();
	assert_int_equal(ip_model_from(&b, &m), IP_ENOTSUP);
	ip_test_assert_logged("its weights are those of modulated");
	ip_bundle_free(&b);
}

static void test_memory(void **state)
{
	struct ip_model m = { 0 };
	struct ip_bundle b;
	long n;
	int rc = IP_ENOMEM;

	(void)state;
	ip_test_golden("model_weights.npz", &b);
	for (n = 0; rc != 0; n += 13) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_model_from(&b, &m);
		ip_alloc_fail_after(-1);
		assert_true(rc == 0 || (rc == IP_ENOMEM &&
			m.weights.count == 0 && ip_test_log_errors() == 1));
	}
	assert_true(n > 600);
	ip_model_free(&m);
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_npz),
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_golden_forms),
		cmocka_unit_test(test_half),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
