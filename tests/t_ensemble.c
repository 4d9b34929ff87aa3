/* Answers to turned pictures, against turning by hand. */
#include <math.h>
#include <string.h>
#include <iphase/infer.h>
#include <iphase/status.h>
#include "net/turn.h"
#include "support/network.h"

enum { H = 40, W = 70 };
static struct ip_test_network golden;
static struct ip_model model;

static int setup(void **state)
{
	(void)state;
	ip_test_network_open(&golden);
	model.shape = ip_net_shape(golden.net);
	model.metadata = IP_METADATA_SINCOS7;
	model.scale = 2;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ip_test_network_close(&golden);
	return 0;
}

/*
 * Where pixel (x, y) of H x W is after the turn: x to H - 1 - x if flipped,
 * then quarters times from x to y, in a picture whose sides change.
 */
static size_t place(int flip, int quarters, long x, long y)
{
	long h = H, w = W, t;

	if (flip)
		x = h - 1 - x;
	for (int i = 0; i < quarters; i++) {
		t = x;
		x = w - 1 - y;
		y = t;
		t = h;
		h = w;
		w = t;
	}
	return (size_t)(x * w + y);
}

/* Of a detector with edges on the axes: quadrants x > 0, y > 0, then on. */
static size_t segment(int flip, int quarters, size_t s)
{
	if (flip)
		s = (5 - s) % 4;	/* x < 0, y > 0 is number 1 */
	return (s + (size_t)quarters) % 4;
}

/* Member (flip, quarters) alone, by hand, turned back. */
static void member(struct ip_net *net, const struct ip_measurement *in,
	int flip, int quarters, float *to)
{
	struct ip_turn turn = { flip, 0, 0, quarters };
	struct ip_measurement one = *in;
	struct ip_tensor s = { 0 }, from = { 0 }, y = { 0 };
	size_t shape[] = { 4, quarters % 2 ? W : H, quarters % 2 ? H : W };
	size_t n = H * W;

	assert_int_equal(ip_tensor_new(&s, IP_F32, 3, shape), 0);
	assert_int_equal(ip_tensor_convert(&from, IP_F32, &in->segments), 0);
	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; i < n; i++)
			((float *)s.data)[segment(flip, quarters, k) * n +
				place(flip, quarters, (long)(i / W),
				(long)(i % W))] = ((float *)from.data)[k * n +
				i];
	one.segments = s;
	ip_turn_euler(&turn, one.euler);
	assert_int_equal(ip_infer(net, &model, &one, NULL, &y, NULL), 0);
	for (size_t i = 0; i < n; i++)
		to[i] = ((float *)y.data)[place(flip, quarters, (long)(i / W),
			(long)(i % W))];
	ip_tensor_free(&y);
	ip_tensor_free(&s);
	ip_tensor_free(&from);
}

static void compare(struct ip_net *net, size_t count)
{
	struct ip_measurement in = ip_test_measurement(H, W);
	struct ip_tensor mean = { 0 }, spread = { 0 };
	static float all[8][H * W];
	double most = 0;

	in.incident = 4;	/* of numbers up to 1 */
	in.euler[1] = 1;
	in.euler[2] = -2;
	assert_int_equal(ip_infer_members(&model, 0), count);
	assert_int_equal(ip_infer_ensemble(net, &model, &in, 0, NULL, &mean,
		&spread, NULL), 0);
	for (size_t k = 0; k < count; k++)
		member(net, &in, k >= 4, (int)(k % 4), all[k]);
	for (size_t i = 0; i < H * W; i++) {
		double sum = 0, squares = 0;
		for (size_t k = 0; k < count; k++)
			sum += (double)all[k][i];
		sum /= (double)count;
		for (size_t k = 0; k < count; k++)
			squares += ((double)all[k][i] - sum) *
				((double)all[k][i] - sum);
		assert_true(((float *)mean.data)[i] == (float)sum);
		assert_true(((float *)spread.data)[i] ==
			(float)sqrt(squares / (double)count));
		most = fmax(most, squares);
	}
	assert_true(most > 0);
	ip_tensor_free(&mean);
	ip_tensor_free(&spread);
	ip_test_measurement_free(&in);
}

static void test_quarters(void **state)
{
	(void)state;
	compare(golden.net, 4);
}

/* What a network of tilt3 sees, with random weights; or only a last bias. */
static void tilt3(struct ip_net **net, struct ip_bundle *b, int constant)
{
	struct ip_net_shape s = model.shape;

	s.in = 4 + ip_metadata_channels(IP_METADATA_TILT3);
	ip_test_network_weights(b, &s, 5);
	for (size_t i = 0; constant && i < b->count; i++) {
		struct ip_tensor *t = &b->items[i].tensor;
		if (i + 1 == b->count && t->ndim == 1)
			continue;
		if (!strstr(b->items[i].name, "out.") || t->ndim != 1)
			memset(t->data, 0, ip_tensor_count(t) *
				sizeof(float));
	}
	model.shape = s;
	model.metadata = IP_METADATA_TILT3;
	assert_int_equal(ip_net_open(net, golden.dev, &s, b), 0);
}

static void test_mirrors(void **state)
{
	struct ip_bundle b;
	struct ip_net *net;

	(void)state;
	tilt3(&net, &b, 0);
	compare(net, 8);
	assert_int_equal(ip_infer_members(&model, 45), 8);
	assert_int_equal(ip_infer_members(&model, 30), 4);
	ip_net_close(net);
	ip_bundle_free(&b);
}

/* A network that answers with a constant does not care how it is turned. */
static void test_constant(void **state)
{
	struct ip_measurement in = ip_test_measurement(H, W);
	struct ip_tensor plain = { 0 }, mean = { 0 }, spread = { 0 };
	struct ip_bundle b;
	struct ip_net *net;

	(void)state;
	in.incident = 4;
	tilt3(&net, &b, 1);
	assert_int_equal(ip_infer(net, &model, &in, NULL, &plain, NULL), 0);
	assert_int_equal(ip_infer_ensemble(net, &model, &in, 0, NULL, &mean,
		&spread, NULL), 0);
	assert_true(((float *)plain.data)[0] != 0);
	assert_memory_equal(plain.data, mean.data, H * W * sizeof(float));
	for (size_t i = 0; i < H * W; i++)
		assert_true(((float *)spread.data)[i] == 0);
	ip_tensor_free(&plain);
	ip_tensor_free(&mean);
	ip_tensor_free(&spread);
	ip_net_close(net);
	ip_bundle_free(&b);
	ip_test_measurement_free(&in);
}

/* The lean of the zone axis turns and is mirrored with the picture. */
static void test_lean(void **state)
{
	(void)state;
	for (int k = 0; k < 8; k++) {
		struct ip_turn t = { k >= 4, 0, 0, k % 4 };
		double e[3] = { 70, 1.5, -2.5 }, d = 3.14159265358979323846 /
			180, x, y, z;

		x = sin(e[2] * d) * cos(e[1] * d) * (k >= 4 ? -1 : 1);
		y = -sin(e[1] * d);
		for (int q = 0; q < k % 4; q++) {
			z = x;
			x = -y;
			y = z;
		}
		ip_turn_euler(&t, e);
		assert_true(fabs(sin(e[2] * d) * cos(e[1] * d) - x) < 1e-12);
		assert_true(fabs(-sin(e[1] * d) - y) < 1e-12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quarters),
		cmocka_unit_test(test_mirrors),
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_lean),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
