/*
 * The gradients of whole layers, windows of attention, Swin blocks and patch
 * merging, against MONAI's. tests/double runs the same in double precision.
 */
#include <iphase/status.h>
#include "support/device.h"
#include "support/golden.h"
#include "support/room.h"

/* Stored in float32; a few roundings of ours, a layer's one after another. */
#define GOLDEN (sizeof(ip_real) == 4 ? 1e-5 : 1e-6)

enum { C = 12, HEADS = 3, TABLE = 169 * HEADS, HIDDEN = 4 * C };

static struct ip_bundle bundle;

/* A golden layer; its attention's parameters are called prefix.. */
struct layer {
	const char *name, *prefix;
	struct ip_windows s;
};

static double *numbers(const struct layer *l, const char *kind,
	const char *key, size_t n)
{
	char full[128];

	snprintf(full, sizeof(full), "%s/%s%s", l->name, kind, key);
	return ip_test_numbers(&bundle, full, n);
}

static void expect(const struct layer *l, const char *kind, const char *key,
	const double *got, size_t n)
{
	double *want = numbers(l, kind, key, n);
	char full[128];

	snprintf(full, sizeof(full), "%s/%s%s", l->name, kind, key);
	ip_test_assert_close(full, got, want, n, GOLDEN);
	free(want);
}

/* A parameter and its gradient, so far 0. */
struct weight { struct ip_test_room value, grad; const char *key; };

static struct weight weight(const struct layer *l, const char *key, size_t n)
{
	struct weight w;

	w.value = ip_test_room_of(dev, numbers(l, "param/", key, n), n);
	w.grad = ip_test_room(dev, n, 1, 0);
	w.key = key;
	return w;
}

/* Its gradient as it should be; with that it is done. */
static void finish(const struct layer *l, struct weight *w)
{
	expect(l, "gradparam/", w->key, ip_test_room_get(&w->grad), w->grad.n);
	ip_test_room_drop(&w->value);
	ip_test_room_drop(&w->grad);
}

struct linear { struct weight w, bias; size_t in, out; };

static struct linear linear(const struct layer *l, const char *w,
	const char *bias, size_t in, size_t out)
{
	struct linear t = { weight(l, w, in * out), weight(l, bias, out), in,
		out };

	return t;
}

/* y <- act(x w' + bias) + add, pixels those of l's windows */
static void forth(const struct layer *l, struct linear *t,
	struct ip_test_room *y, struct ip_test_room *pre,
	struct ip_test_room *x, struct ip_test_room *add)
{
	struct ip_map in = { l->s.b, l->s.h, l->s.w, t->in };

	assert_int_equal(ops->linear(dev, &y->buf, pre ? &pre->buf : NULL,
		&x->buf, &t->w.value.buf, &t->bias.value.buf,
		add ? &add->buf : NULL, &in, t->out, pre ? IP_ACT_GELU :
		IP_ACT_NONE), 0);
}

static void back(const struct layer *l, struct linear *t,
	struct ip_test_room *dx, struct ip_test_room *dy,
	struct ip_test_room *pre, struct ip_test_room *x)
{
	struct ip_map in = { l->s.b, l->s.h, l->s.w, t->in };

	assert_int_equal(ops->linear_grad(dev, &dx->buf, &t->w.grad.buf,
		&t->bias.grad.buf, &dy->buf, pre ? &pre->buf : NULL, &x->buf,
		&t->w.value.buf, &in, t->out), 0);
	ip_test_room_get(dx);
}

struct norm { struct weight gamma, beta; };

static struct norm norm(const struct layer *l, const char *gamma,
	const char *beta, size_t c)
{
	struct norm n = { weight(l, gamma, c), weight(l, beta, c) };

	return n;
}

static struct ip_map rows(const struct ip_test_room *x, size_t c)
{
	struct ip_map m = { 1, 1, x->n / c, c };

	return m;
}

static struct ip_test_room norm_forth(const struct norm *n,
	const struct ip_test_room *x)
{
	struct ip_map m = rows(x, n->gamma.value.n);
	struct ip_test_room y = ip_test_room(dev, x->n, 1, 1);

	assert_int_equal(ops->layer_norm(dev, &y.buf, NULL, &x->buf,
		&n->gamma.value.buf, &n->beta.value.buf, &m, 1e-5), 0);
	ip_test_room_get(&y);
	return y;
}

/* dx <- gradient + add (NULL: 0); the parameters' is as it should be, and
 * with that n is done. */
static struct ip_test_room norm_back(const struct layer *l, struct norm *n,
	const struct ip_test_room *dy, const struct ip_test_room *x,
	const double *add)
{
	struct ip_map m = rows(x, n->gamma.value.n);
	double *start = calloc(x->n, sizeof(*start));
	struct ip_test_room dx;

	if (add)
		memcpy(start, add, x->n * sizeof(*start));
	dx = ip_test_room_of(dev, start, x->n);
	assert_int_equal(ops->layer_norm_grad(dev, &dx.buf,
		&n->gamma.grad.buf, &n->beta.grad.buf, &dy->buf, NULL,
		&x->buf, &n->gamma.value.buf, &m, 1e-5, 1), 0);
	ip_test_room_get(&dx);
	finish(l, &n->gamma);
	finish(l, &n->beta);
	return dx;
}

/* Attention with what is before and behind it. */
struct attend {
	char keys[5][64];
	struct linear in, out;
	struct weight table;
	struct ip_test_room qkv, y;
};

static size_t pixels(const struct layer *l)
{
	return l->s.b * l->s.h * l->s.w;
}

/* y <- attention of x + add */
static void attend(const struct layer *l, struct attend *a,
	struct ip_test_room *y, struct ip_test_room *x,
	struct ip_test_room *add)
{
	static const char *const keys[] = { "qkv.weight", "qkv.bias",
		"proj.weight", "proj.bias", "relative_position_bias_table" };
	size_t i;

	for (i = 0; i < 5; i++)
		snprintf(a->keys[i], sizeof(a->keys[i]), "%s%s", l->prefix,
			keys[i]);
	a->in = linear(l, a->keys[0], a->keys[1], C, 3 * C);
	a->out = linear(l, a->keys[2], a->keys[3], C, C);
	a->table = weight(l, a->keys[4], TABLE);
	a->qkv = ip_test_room(dev, 3 * C * pixels(l), 1, 1);
	a->y = ip_test_room(dev, C * pixels(l), 1, 1);
	forth(l, &a->in, &a->qkv, NULL, x, NULL);
	assert_int_equal(ops->attention(dev, &a->y.buf, &a->qkv.buf,
		&a->in.bias.value.buf, &a->table.value.buf, &l->s), 0);
	forth(l, &a->out, y, NULL, &a->y, add);
	ip_test_room_get(y);
}

/* dx of x, from dy, not of add; with that a is done. */
static void attend_back(const struct layer *l, struct attend *a,
	struct ip_test_room *dx, struct ip_test_room *dy,
	struct ip_test_room *x)
{
	struct ip_test_room d = ip_test_room(dev, C * pixels(l), 1, 1);
	struct ip_test_room dqkv = ip_test_room(dev, 3 * C * pixels(l), 1, 1);

	back(l, &a->out, &d, dy, NULL, &a->y);
	assert_int_equal(ops->attention_grad(dev, &dqkv.buf,
		&a->in.bias.grad.buf, &a->table.grad.buf, &d.buf, &a->qkv.buf,
		&a->in.bias.value.buf, &a->table.value.buf, &l->s), 0);
	back(l, &a->in, dx, &dqkv, NULL, x);
	finish(l, &a->in.w);
	finish(l, &a->in.bias);
	finish(l, &a->out.w);
	finish(l, &a->out.bias);
	finish(l, &a->table);
	ip_test_room_drop(&a->qkv);
	ip_test_room_drop(&a->y);
	ip_test_room_drop(&d);
	ip_test_room_drop(&dqkv);
}

/*
 * The golden windows put where shift and cut find them: map [pixels][C] <-
 * windows in [.][tokens][C], or back.
 */
static void place(double *map, double *windows, const struct ip_windows *s,
	int way_back)
{
	size_t ph = s->h / s->window[0], pw = s->w / s->window[1];
	size_t n = s->window[0] * s->window[1], i, t;

	for (i = 0; i < s->b * ph * pw; i++)
		for (t = 0; t < n; t++, windows += C) {
			size_t r = (i / pw % ph * s->window[0] + t /
				s->window[1] + s->shift[0]) % s->h;
			size_t c = (i % pw * s->window[1] + t %
				s->window[1] + s->shift[1]) % s->w;
			double *m = map + ((i / pw / ph * s->h + r) * s->w +
				c) * C;

			memcpy(way_back ? windows : m, way_back ? m : windows,
				C * sizeof(*m));
		}
}

static struct ip_test_room placed(const struct layer *l, const char *kind)
{
	size_t n = C * pixels(l);
	double *windows = numbers(l, kind, "", n);
	double *map = malloc(n * sizeof(*map));

	place(map, windows, &l->s, 0);
	free(windows);
	return ip_test_room_of(dev, map, n);
}

static void test_windows(void **state)
{
	static const struct layer layers[] = {
		{ "window_attention_mask", "", { 2, 14, 14, HEADS, 4, { 7, 7 },
			{ 3, 3 }, 7 } },
		{ "window_attention_small_6x4", "", { 2, 6, 4, HEADS, 4,
			{ 6, 4 }, { 0, 0 }, 7 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const struct layer *l = &layers[i];
		struct ip_test_room x = placed(l, "in/x0");
		struct ip_test_room dy = placed(l, "gout");
		struct ip_test_room y = ip_test_room(dev, x.n, 1, 1);
		struct ip_test_room dx = ip_test_room(dev, x.n, 1, 1);
		double *windows = malloc(x.n * sizeof(*windows));
		struct attend a;

		attend(l, &a, &y, &x, NULL);
		attend_back(l, &a, &dx, &dy, &x);
		place(dx.host, windows, &l->s, 1);
		expect(l, "grad/", "x0", windows, x.n);
		free(windows);
		ip_test_room_drop(&x);
		ip_test_room_drop(&y);
		ip_test_room_drop(&dx);
		ip_test_room_drop(&dy);
	}
}

/* out = mlp(norm(x)) + x, and dx of that; x and dy are done with that. */
static struct ip_test_room mlp(const struct layer *l, struct ip_test_room *x,
	struct ip_test_room *dy)
{
	size_t n = x->n, hidden = HIDDEN * pixels(l);
	struct norm norm2 = norm(l, "norm2.weight", "norm2.bias", C);
	struct linear first = linear(l, "mlp.linear1.weight",
		"mlp.linear1.bias", C, HIDDEN);
	struct linear second = linear(l, "mlp.linear2.weight",
		"mlp.linear2.bias", HIDDEN, C);
	struct ip_test_room m = norm_forth(&norm2, x), dx;
	struct ip_test_room pre = ip_test_room(dev, hidden, 1, 1);
	struct ip_test_room act = ip_test_room(dev, hidden, 1, 1);
	struct ip_test_room out = ip_test_room(dev, n, 1, 1);
	struct ip_test_room d = ip_test_room(dev, hidden, 1, 1);

	forth(l, &first, &act, &pre, &m, NULL);
	forth(l, &second, &out, NULL, &act, x);
	expect(l, "out", "", ip_test_room_get(&out), n);
	back(l, &second, &d, dy, NULL, &act);
	back(l, &first, &out, &d, &pre, &m);
	dx = norm_back(l, &norm2, &out, x, dy->host);
	finish(l, &first.w);
	finish(l, &first.bias);
	finish(l, &second.w);
	finish(l, &second.bias);
	ip_test_room_drop(&m);
	ip_test_room_drop(&pre);
	ip_test_room_drop(&act);
	ip_test_room_drop(&out);
	ip_test_room_drop(&d);
	ip_test_room_drop(x);
	ip_test_room_drop(dy);
	return dx;
}

static void test_blocks(void **state)
{
#define BLOCK(name, b, h, w, wh, ww, sh, sw) { "swin_block_" name, "attn.", \
	{ b, h, w, HEADS, 4, { wh, ww }, { sh, sw }, 7 } }
	static const struct layer layers[] = {
		BLOCK("noshift_pad", 2, 10, 9, 7, 7, 0, 0),
		BLOCK("shift_pad", 2, 10, 9, 7, 7, 3, 3),
		BLOCK("shift_small_4x4", 1, 4, 4, 4, 4, 0, 0),
		BLOCK("shift_mixed_4x8", 1, 4, 8, 4, 7, 0, 3),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		const struct layer *l = &layers[i];
		size_t n = C * pixels(l);
		struct norm norm1 = norm(l, "norm1.weight", "norm1.bias", C);
		struct ip_test_room x = ip_test_room_of(dev, numbers(l,
			"in/x0", "", n), n);
		struct ip_test_room dy = ip_test_room_of(dev, numbers(l, "gout",
			"", n), n);
		struct ip_test_room m = norm_forth(&norm1, &x), dm, dx;
		struct ip_test_room h = ip_test_room(dev, n, 1, 1);
		struct attend a;

		attend(l, &a, &h, &m, &x);
		dy = mlp(l, &h, &dy);
		dm = ip_test_room(dev, n, 1, 1);
		attend_back(l, &a, &dm, &dy, &m);
		dx = norm_back(l, &norm1, &dm, &x, dy.host);
		expect(l, "grad/", "x0", dx.host, n);
		ip_test_room_drop(&x);
		ip_test_room_drop(&dy);
		ip_test_room_drop(&m);
		ip_test_room_drop(&dm);
		ip_test_room_drop(&dx);
	}
}

static void test_patch_merging(void **state)
{
	static const struct layer l = { "patch_merging", "", { 2, 6, 4, 0, 0,
		{ 0, 0 }, { 0, 0 }, 0 } };
	struct ip_map in = { 2, 6, 4, C }, half = { 2, 3, 2, 4 * C };
	size_t n = C * pixels(&l);
	struct weight w = weight(&l, "reduction.weight", 2 * C * 4 * C);
	struct norm m = norm(&l, "norm.weight", "norm.bias", 4 * C);
	struct ip_test_room x = ip_test_room_of(dev, numbers(&l, "in/x0", "",
		n), n);
	struct ip_test_room dy = ip_test_room_of(dev, numbers(&l, "gout", "",
		n / 2), n / 2);
	struct ip_test_room merged = ip_test_room(dev, n, 1, 1), y, d;
	struct ip_test_room dx = ip_test_room(dev, n, 1, 1);

	(void)state;
	assert_int_equal(ops->merge(dev, &merged.buf, &x.buf, &in), 0);
	ip_test_room_get(&merged);
	y = norm_forth(&m, &merged);
	assert_int_equal(ops->linear_grad(dev, &dx.buf, &w.grad.buf, NULL,
		&dy.buf, NULL, &y.buf, &w.value.buf, &half, 2 * C), 0);
	ip_test_room_get(&dx);
	d = norm_back(&l, &m, &dx, &merged, NULL);
	assert_int_equal(ops->merge_grad(dev, &dx.buf, &d.buf, &in, 0), 0);
	expect(&l, "grad/", "x0", ip_test_room_get(&dx), n);
	finish(&l, &w);
	ip_test_room_drop(&x);
	ip_test_room_drop(&dy);
	ip_test_room_drop(&merged);
	ip_test_room_drop(&y);
	ip_test_room_drop(&d);
	ip_test_room_drop(&dx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_patch_merging),
	};
	int failed;

	ip_test_golden("model_ops.npz", &bundle);
	failed = cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
	ip_bundle_free(&bundle);
	return failed;
}
