/* merge against plain loops, and in the layers that begin with it. */
#include <math.h>
#include "ref/ref.h"
#include "support/op.h"

static const struct ip_map shapes[] = {
	{ 1, 2, 2, 1 }, { 3, 2, 6, 5 }, { 2, 10, 4, 11 }, { 1, 16, 18, 12 },
	{ 2, 8, 8, 48 }, { 1, 4, 2, 768 },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void test_loops(void **state)
{
	size_t i;
	int threads;

	(void)state;
	for (threads = 1; threads <= 3; threads++)
		for (i = 0; i < SHAPES; i++) {
			const struct ip_map *m = &shapes[i];
			size_t n = m->b * m->h * m->w * m->c;
			struct ip_test_room x = ip_test_room(dev, n, i, 1);
			struct ip_test_room y = ip_test_room(dev, n, 99, 1);
			double *want = malloc(n * sizeof(*want));

			assert_int_equal(ip_threads_set(threads), 0);
			ip_ref_merge(want, x.host, m);
			assert_int_equal(ops->merge(dev, &y.buf, &x.buf, m), 0);
			ip_test_room_expect("merge", &y, want, 0);
			free(want);
			ip_test_room_drop(&x);
			ip_test_room_drop(&y);
		}
	assert_int_equal(ip_threads_set(0), 0);
}

/* merge of x, as doubles, new */
static double *merged(double *x, const struct ip_map *m)
{
	size_t n = m->b * m->h * m->w * m->c;
	struct ip_test_room from = ip_test_room_of(dev, x, n);
	struct ip_test_room to = ip_test_room(dev, n, 1, 1);
	double *y = malloc(n * sizeof(*y));

	assert_int_equal(ops->merge(dev, &to.buf, &from.buf, m), 0);
	memcpy(y, ip_test_room_get(&to), n * sizeof(*y));
	ip_test_room_drop(&from);
	ip_test_room_drop(&to);
	return y;
}

/* With its layer norm and linear layer in double: PatchMerging. */
static void test_golden_patch_merging(void **state)
{
	static const struct ip_map m = { 2, 6, 4, 12 };
	struct ip_bundle b;
	double *x, *w, *gamma, *beta, *want, y[12 * 24];
	size_t p, i, o;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
#define KEY "patch_merging/"
	x = merged(ip_test_numbers(&b, KEY "in/x0", 576), &m);
	w = ip_test_numbers(&b, KEY "param/reduction.weight", 24 * 48);
	gamma = ip_test_numbers(&b, KEY "param/norm.weight", 48);
	beta = ip_test_numbers(&b, KEY "param/norm.bias", 48);
	want = ip_test_numbers(&b, KEY "out", 12 * 24);
	ip_ref_layer_norm(x, x, gamma, beta, 12, 48, 1e-5);
	for (p = 0; p < 12; p++)
		for (o = 0; o < 24; o++)
			for (y[p * 24 + o] = 0, i = 0; i < 48; i++)
				y[p * 24 + o] += x[p * 48 + i] * w[o * 48 + i];
	ip_test_assert_close("patch_merging", y, want, 12 * 24, 1e-5);
	free(x);
	free(w);
	free(gamma);
	free(beta);
	free(want);
	ip_bundle_free(&b);
}

/* With a product in double: the convolution of 2 x 2 by steps of 2. */
static void test_golden_patch_embed(void **state)
{
	static const struct ip_map m = { 2, 6, 8, 11 };
	struct ip_bundle b;
	double *x, *w, *bias, *want, y[24 * 12];
	size_t p, i, k, o;

	(void)state;
	ip_test_golden("model_ops.npz", &b);
	x = merged(ip_test_nhwc(ip_test_numbers(&b, "patch_embed/in/x", 1056),
		2, 11, 6, 8), &m);
	w = ip_test_numbers(&b, "patch_embed/in/w", 12 * 44);
	bias = ip_test_numbers(&b, "patch_embed/in/b", 12);
	want = ip_test_nhwc(ip_test_numbers(&b, "patch_embed/out", 24 * 12), 2,
		12, 3, 4);
	for (p = 0; p < 24; p++)
		for (o = 0; o < 12; o++) {
			double sum = bias[o];

			/* w (o, i, row, column); x (p, column, row, i) */
			for (k = 0; k < 4; k++)
				for (i = 0; i < 11; i++)
					sum += x[(p * 4 + k) * 11 + i] *
						w[(o * 11 + i) * 4 + k % 2 * 2 +
						k / 2];
			y[p * 12 + o] = sum;
		}
	ip_test_assert_close("patch_embed", y, want, 24 * 12, 1e-5);
	free(x);
	free(w);
	free(bias);
	free(want);
	ip_bundle_free(&b);
}

static void test_refusals(void **state)
{
	static const struct ip_map odd_h = { 1, 3, 4, 1 };
	static const struct ip_map odd_w = { 1, 4, 3, 1 };
	static const struct ip_map none = { 1, 0, 2, 1 };
	static const struct ip_map fine = { 1, 4, 4, 1 };
	struct ip_test_room x = ip_test_room(dev, 16, 1, 1);
	struct ip_test_room y = ip_test_room(dev, 16, 2, 1);

	(void)state;
	ip_test_refused(ops->merge(dev, &y.buf, &x.buf, &odd_h),
		"3 x 4 pixels");
	ip_test_refused(ops->merge(dev, &y.buf, &x.buf, &odd_w),
		"4 x 3 pixels");
	ip_test_refused(ops->merge(dev, &y.buf, &x.buf, &none), "empty");
	ip_test_refused_short(&x, ops->merge(dev, &y.buf, &x.buf, &fine),
		"x has");
	ip_test_refused_short(&y, ops->merge(dev, &y.buf, &x.buf, &fine),
		"y has");
	ip_test_room_untouched(&y);
	ip_test_room_drop(&x);
	ip_test_room_drop(&y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_golden_patch_merging),
		cmocka_unit_test(test_golden_patch_embed),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, ip_test_dev_open,
		ip_test_dev_close);
}
