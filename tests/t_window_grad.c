/*
 * The gradients of windows of attention, with the linear layers before and
 * behind them, against MONAI's. tests/double runs the same in double precision.
 */
#include "support/op.h"

/* Stored in float32; a few roundings of ours, a layer's one after another. */
#define GOLDEN (sizeof(ip_real) == 4 ? 1e-5 : 1e-6)

enum { C = 12, HEADS = 3, TABLE = 169 * HEADS };

static struct ip_bundle bundle;

struct layer {
	const char *name;
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

/* y <- x w' + bias, pixels those of l's windows */
static void forth(const struct layer *l, struct linear *t,
	struct ip_test_room *y, struct ip_test_room *x)
{
	struct ip_map in = { l->s.b, l->s.h, l->s.w, t->in };

	assert_int_equal(ops->linear(dev, &y->buf, NULL, &x->buf,
		&t->w.value.buf, &t->bias.value.buf, NULL, &in, t->out,
		IP_ACT_NONE), 0);
}

static void back(const struct layer *l, struct linear *t,
	struct ip_test_room *dx, struct ip_test_room *dy,
	struct ip_test_room *x)
{
	struct ip_map in = { l->s.b, l->s.h, l->s.w, t->in };

	assert_int_equal(ops->linear_grad(dev, &dx->buf, &t->w.grad.buf,
		&t->bias.grad.buf, &dy->buf, NULL, &x->buf,
		&t->w.value.buf, &in, t->out), 0);
	ip_test_room_get(dx);
}

/* Attention with what is before and behind it. */
struct attend {
	struct linear in, out;
	struct weight table;
	struct ip_test_room qkv, y;
};

static size_t pixels(const struct layer *l)
{
	return l->s.b * l->s.h * l->s.w;
}

/* y <- attention of x */
static void attend(const struct layer *l, struct attend *a,
	struct ip_test_room *y, struct ip_test_room *x)
{
	a->in = linear(l, "qkv.weight", "qkv.bias", C, 3 * C);
	a->out = linear(l, "proj.weight", "proj.bias", C, C);
	a->table = weight(l, "relative_position_bias_table", TABLE);
	a->qkv = ip_test_room(dev, 3 * C * pixels(l), 1, 1);
	a->y = ip_test_room(dev, C * pixels(l), 1, 1);
	forth(l, &a->in, &a->qkv, x);
	assert_int_equal(ops->attention(dev, &a->y.buf, &a->qkv.buf,
		&a->in.bias.value.buf, &a->table.value.buf, &l->s), 0);
	forth(l, &a->out, y, &a->y);
	ip_test_room_get(y);
}

/* dx of x, from dy; with that a is done. */
static void attend_back(const struct layer *l, struct attend *a,
	struct ip_test_room *dx, struct ip_test_room *dy,
	struct ip_test_room *x)
{
	struct ip_test_room d = ip_test_room(dev, C * pixels(l), 1, 1);
	struct ip_test_room dqkv = ip_test_room(dev, 3 * C * pixels(l), 1, 1);

	back(l, &a->out, &d, dy, &a->y);
	assert_int_equal(ops->attention_grad(dev, &dqkv.buf,
		&a->in.bias.grad.buf, &a->table.grad.buf, &d.buf, &a->qkv.buf,
		&a->in.bias.value.buf, &a->table.value.buf, &l->s), 0);
	back(l, &a->in, dx, &dqkv, x);
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

static struct ip_test_room placed(const struct layer *l, const char *kind)
{
	size_t n = C * pixels(l);
	double *windows = numbers(l, kind, "", n);
	double *map = malloc(n * sizeof(*map));

	ip_test_place(map, windows, &l->s, C, 0);
	free(windows);
	return ip_test_room_of(dev, map, n);
}

static void test_windows(void **state)
{
	static const struct layer layers[] = {
		{ "window_attention_mask", { 2, 14, 14, HEADS, 4, { 7, 7 },
			{ 3, 3 }, 7 } },
		{ "window_attention_small_6x4", { 2, 6, 4, HEADS, 4,
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

		attend(l, &a, &y, &x);
		attend_back(l, &a, &dx, &dy, &x);
		ip_test_place(dx.host, windows, &l->s, C, 1);
		expect(l, "grad/", "x0", windows, x.n);
		free(windows);
		ip_test_room_drop(&x);
		ip_test_room_drop(&y);
		ip_test_room_drop(&dx);
		ip_test_room_drop(&dy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
	};
	int failed;

	ip_test_golden("model_ops.npz", &bundle);
	failed = cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
	ip_bundle_free(&bundle);
	return failed;
}
