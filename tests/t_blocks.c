/*
 * The network's blocks, forward and back, against PyTorch's numbers of single
 * blocks. What ops promise, they promise: 1e-5 of the largest value forward,
 * 2e-5 back. tests/double runs the same in double precision.
 */
#include <math.h>
#include "core/core.h"
#include "net/blocks.h"
#include "support/network.h"

#define FORWARD 1e-5
#define BACK 2e-5

static struct ip_bundle golden;
static struct ip_dev *dev;

/* A block under test: its weights, and the stack that it works on. */
struct block {
	const char *op;
	struct ip_nn nn;
	struct ip_weights ws;
	struct ip_buf weights;
	int nchw;			/* maps in the file are (n, c, h, w) */
};

static const struct ip_tensor *tensor(const struct block *b, const char *key)
{
	struct ip_item *item;
	char name[120];

	snprintf(name, sizeof(name), "%s/%s", b->op, key);
	item = ip_bundle_find(&golden, name);
	if (!item)
		fail_msg("no golden %s", name);
	return &item->tensor;
}

/* Weights are named ".NAME": added with an empty prefix. */
static void begin(struct block *b)
{
	const struct ip_backend *be = ip_dev_backend(dev);
	size_t size = ip_weights_size(&b->ws), i;
	struct ip_bundle w = { 0 };
	struct ip_tensor t;
	char key[100];

	assert_int_equal(ip_nn_open(&b->nn, dev), 0);
	assert_int_equal(ip_nn_begin(&b->nn, 1 << 22), 0);
	assert_int_equal(be->alloc(dev, &b->weights, size), 0);
	assert_int_equal(be->alloc(dev, &b->nn.gradients, size), 0);
	assert_int_equal(be->ops->fill(dev, &b->nn.gradients,
		size / sizeof(ip_real), 0), 0);
	b->nn.weights = b->weights;
	ip_weights_place(&b->ws, &b->weights);
	for (i = 0; i < b->ws.count; i++) {
		snprintf(key, sizeof(key), "param/%s",
			b->ws.item[i].is.name + 1);
		assert_int_equal(ip_tensor_convert(&t, IP_F32, tensor(b, key)),
			0);
		assert_int_equal(ip_bundle_add(&w, b->ws.item[i].is.name, &t,
			NULL), 0);
	}
	assert_int_equal(ip_weights_check(&b->ws, &w), 0);
	assert_int_equal(ip_weights_put(&b->ws, dev, &w, 0), 0);
	ip_bundle_free(&w);
}

static void end(struct block *b)
{
	ip_dev_backend(dev)->free(dev, &b->weights);
	ip_dev_backend(dev)->free(dev, &b->nn.gradients);
	ip_nn_close(&b->nn);
}

/* A golden map as (n, h, w, c). */
static struct ip_tensor map_of(const struct block *b, const char *key)
{
	static const int last[4] = { 0, 2, 3, 1 };
	struct ip_tensor view = *tensor(b, key), t;

	if (b->nchw)
		assert_int_equal(ip_tensor_permute(&view, tensor(b, key),
			last), 0);
	assert_int_equal(ip_tensor_convert(&t, IP_REAL_DTYPE, &view), 0);
	return t;
}

/* A golden map in channels from first on of a new value with c of them. */
static struct ip_value put(struct block *b, const char *key, size_t c,
	size_t first)
{
	struct ip_tensor from = map_of(b, key), all, part;
	size_t shape[4];
	struct ip_value v;
	struct ip_map m;

	memcpy(shape, from.shape, sizeof(shape));
	shape[3] = c;
	assert_int_equal(ip_tensor_new(&all, IP_REAL_DTYPE, 4, shape), 0);
	assert_int_equal(ip_tensor_slice(&part, &all, 3, first,
		from.shape[3]), 0);
	assert_int_equal(ip_tensor_copy(&part, &from), 0);
	m = (struct ip_map){ shape[0], shape[1], shape[2], c };
	assert_int_equal(ip_nn_map(&b->nn, &v, &m), 0);
	assert_int_equal(ip_dev_backend(dev)->put(dev, &v.buf, 0, all.data,
		v.buf.size), 0);
	ip_tensor_free(&all);
	ip_tensor_free(&from);
	return v;
}

static struct ip_value empty(struct block *b, const char *like, size_t c)
{
	struct ip_tensor t = map_of(b, like);
	struct ip_map m = { t.shape[0], t.shape[1], t.shape[2],
		c ? c : t.shape[3] };
	struct ip_value v;

	assert_int_equal(ip_nn_map(&b->nn, &v, &m), 0);
	ip_tensor_free(&t);
	return v;
}

static void near(const char *op, const char *what, const struct ip_tensor *got,
	const struct ip_tensor *want, double tolerance)
{
	struct ip_tensor a, b;
	const double *x, *y;
	double worst = 0, most = 0;
	size_t i, n = ip_tensor_count(want);

	assert_int_equal(ip_tensor_count(got), n);
	assert_int_equal(ip_tensor_convert(&a, IP_F64, got), 0);
	assert_int_equal(ip_tensor_convert(&b, IP_F64, want), 0);
	for (x = a.data, y = b.data, i = 0; i < n; i++) {
		double d = fabs(x[i] - y[i]);

		worst = d <= worst ? worst : d;
		most = fmax(most, fabs(y[i]));
	}
	if (!(worst <= tolerance * most))
		fail_msg("%s %s: off by %g of %g", op, what, worst, most);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
}

/* Channels from first on of v, as many as the golden map has. */
static void expect(const struct block *b, const char *key,
	const struct ip_value *v, size_t first, double tolerance)
{
	size_t shape[4] = { v->map.b, v->map.h, v->map.w, v->map.c };
	struct ip_tensor want = map_of(b, key), all, part;

	assert_int_equal(ip_tensor_new(&all, IP_REAL_DTYPE, 4, shape), 0);
	assert_int_equal(ip_dev_backend(dev)->get(dev, &v->buf, 0, all.data,
		v->buf.size), 0);
	assert_int_equal(ip_tensor_slice(&part, &all, 3, first,
		want.shape[3]), 0);
	near(b->op, key, &part, &want, tolerance);
	ip_tensor_free(&all);
	ip_tensor_free(&want);
}

static void expect_weights(struct block *b)
{
	struct ip_bundle g = { 0 };
	char key[100];
	size_t i;

	ip_weights_place(&b->ws, &b->nn.gradients);
	assert_int_equal(ip_weights_get(&b->ws, dev, "", &g), 0);
	for (i = 0; i < g.count; i++) {
		snprintf(key, sizeof(key), "gradparam/%s",
			g.items[i].name + 1);
		near(b->op, key, &g.items[i].tensor, tensor(b, key), BACK);
	}
	ip_bundle_free(&g);
}

/* ---- the blocks ---- */

static void swin_blocks(void **state)
{
	static const struct { const char *op; int shift; } all[] = {
		{ "swin_block_noshift_pad", 0 }, { "swin_block_shift_pad", 1 },
		{ "swin_block_shift_small_4x4", 1 },
		{ "swin_block_shift_mixed_4x8", 1 },
	};
	struct ip_swin_kept kept;
	struct ip_swin_block s;
	struct ip_value x, y, d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct block b = { .op = all[i].op };

		ip_swin_block_weights(&s, &b.ws, "", 12, 3, all[i].shift);
		begin(&b);
		x = put(&b, "in/x0", 12, 0);
		y = empty(&b, "out", 0);
		d = put(&b, "gout", 12, 0);
		assert_int_equal(ip_swin_block(&b.nn, &s, &y, &x, &kept), 0);
		expect(&b, "out", &y, 0, FORWARD);
		assert_int_equal(ip_swin_block_back(&b.nn, &s, &d, &kept), 0);
		expect(&b, "grad/x0", &d, 0, BACK);
		/* in place, with nothing kept */
		assert_int_equal(ip_swin_block(&b.nn, &s, &x, &x, NULL), 0);
		expect(&b, "out", &x, 0, FORWARD);
		expect_weights(&b);
		end(&b);
	}
}

static void patch_merging(void **state)
{
	struct block b = { .op = "patch_merging" };
	struct ip_patch_merging p;
	struct ip_value x, y, dx, dy;

	(void)state;
	x.map.c = tensor(&b, "in/x0")->shape[3];
	ip_patch_merging_weights(&p, &b.ws, "", x.map.c);
	begin(&b);
	x = put(&b, "in/x0", x.map.c, 0);
	y = empty(&b, "out", 0);
	dx = empty(&b, "in/x0", 0);
	dy = put(&b, "gout", y.map.c, 0);
	assert_int_equal(ip_patch_merging(&b.nn, &p, &y, &x), 0);
	expect(&b, "out", &y, 0, FORWARD);
	assert_int_equal(ip_patch_merging_back(&b.nn, &p, &dx, &dy, &x), 0);
	expect(&b, "grad/x0", &dx, 0, BACK);
	expect_weights(&b);
	end(&b);
}

/* The output stands between other channels, or fills its map. */
static void res_blocks(void **state)
{
	static const struct {
		const char *op;
		size_t in, pitch, first;
	} all[] = {
		{ "res_block_same", 6, 6, 0 }, { "res_block_same", 6, 11, 2 },
		{ "res_block_proj", 5, 6, 0 }, { "res_block_proj", 5, 9, 3 },
	};
	struct ip_res_kept kept;
	struct ip_res_block r;
	struct ip_value x, y, dx, dy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct block b = { .op = all[i].op, .nchw = 1 };

		ip_res_block_weights(&r, &b.ws, "", all[i].in, 6);
		begin(&b);
		x = put(&b, "in/x0", all[i].in, 0);
		y = empty(&b, "out", all[i].pitch);
		dx = empty(&b, "in/x0", 0);
		dy = put(&b, "gout", all[i].pitch, all[i].first);
		assert_int_equal(ip_res_block(&b.nn, &r, &y, all[i].first, 6,
			&x, &kept), 0);
		expect(&b, "out", &y, all[i].first, FORWARD);
		assert_int_equal(ip_res_block_back(&b.nn, &r, &dx, &dy, &kept),
			0);
		expect(&b, "grad/x0", &dx, 0, BACK);
		assert_int_equal(ip_res_block(&b.nn, &r, &y, all[i].first, 6,
			&x, NULL), 0);
		expect(&b, "out", &y, all[i].first, FORWARD);
		expect_weights(&b);
		end(&b);
	}
}

/* What decoders are: a map grown into half of a level, and a block over it. */
static void up_block(void **state)
{
	struct block b = { .op = "up_block", .nchw = 1 };
	struct ip_value x, level, y, dx, dlevel, dy;
	struct ip_res_kept kept;
	struct ip_res_block r;
	struct ip_buf up;

	(void)state;
	ip_weights_add(&b.ws, &up, IP_LAYOUT_UP, "", "transp_conv.conv.weight",
		8, 4, 2, 2);
	ip_res_block_weights(&r, &b.ws, ".conv_block", 8, 4);
	begin(&b);
	x = put(&b, "in/x0", 8, 0);
	level = put(&b, "in/x1", 8, 4);
	y = empty(&b, "out", 0);
	dx = empty(&b, "in/x0", 0);
	dlevel = empty(&b, "in/x1", 8);
	dy = put(&b, "gout", 4, 0);
	assert_int_equal(ip_nn_conv_transpose(&b.nn, &level, 0, 4, &x, &up),
		0);
	assert_int_equal(ip_res_block(&b.nn, &r, &y, 0, 4, &level, &kept), 0);
	expect(&b, "out", &y, 0, FORWARD);
	assert_int_equal(ip_res_block_back(&b.nn, &r, &dlevel, &dy, &kept), 0);
	assert_int_equal(ip_nn_conv_transpose_back(&b.nn, &dx, &dlevel, 0, 4,
		&x, &up), 0);
	expect(&b, "grad/x0", &dx, 0, BACK);
	expect(&b, "grad/x1", &dlevel, 4, BACK);
	expect_weights(&b);
	end(&b);
}

static int open_all(void **state)
{
	(void)state;
	ip_test_golden("model_ops.npz", &golden);
	return ip_dev_open(&dev, NULL);
}

static int close_all(void **state)
{
	(void)state;
	ip_dev_close(dev);
	ip_bundle_free(&golden);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swin_blocks),
		cmocka_unit_test(patch_merging),
		cmocka_unit_test(res_blocks),
		cmocka_unit_test(up_block),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
