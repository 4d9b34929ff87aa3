/* The network against MONAI's numbers, and what it promises besides. */
#include <math.h>
#include <iphase/threads.h>
#include "support/network.h"
#include "core/core.h"

/* What is promised of the largest value: outputs, and every stage. */
#define OUTPUT 2e-5
#define STAGE 5e-5

static void golden_64(void **state)
{
	(void)state;
	assert_int_equal(ip_test_network_golden("64", OUTPUT, STAGE), 29);
}

static void golden_96x64(void **state)
{
	(void)state;
	assert_int_equal(ip_test_network_golden("96x64", OUTPUT, STAGE), 7);
}

static void golden_64x128(void **state)
{
	(void)state;
	assert_int_equal(ip_test_network_golden("64x128", OUTPUT, STAGE), 1);
}

static void golden_every_isa(void **state)
{
	static const enum ip_isa isa[] = { IP_ISA_BASELINE, IP_ISA_AVX2,
		IP_ISA_AVX512, IP_ISA_NEON };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(isa) / sizeof(*isa); i++)
		if (ip_isa_has(isa[i])) {
			assert_int_equal(ip_isa_set(isa[i]), 0);
			ip_test_network_golden("64", OUTPUT, STAGE);
		}
	assert_int_equal(ip_isa_set(IP_ISA_AUTO), 0);
}

/* Same bytes for 1, 2 and 3 threads, alone and in a batch. */
static void same_bytes(void **state)
{
	struct ip_test_network t;
	struct ip_tensor x, one, y, first, alone;
	int threads = ip_threads(), n;

	(void)state;
	ip_test_network_open(&t);
	x = ip_test_network_pictures(3, 11, 96, 160, 5);
	assert_int_equal(ip_threads_set(1), 0);
	first = ip_test_network_run(t.net, &x);
	for (n = 2; n <= 3; n++) {
		assert_int_equal(ip_threads_set(n), 0);
		y = ip_test_network_run(t.net, &x);
		assert_memory_equal(y.data, first.data,
			ip_tensor_count(&y) * sizeof(ip_real));
		ip_tensor_free(&y);
	}
	for (n = 0; n < 3; n++) {
		ip_tensor_slice(&one, &x, 0, (size_t)n, 1);
		alone = ip_test_network_run(t.net, &one);
		assert_memory_equal(alone.data, (char *)first.data +
			(size_t)n * 96 * 160 * sizeof(ip_real),
			96 * 160 * sizeof(ip_real));
		ip_tensor_free(&alone);
	}
	assert_int_equal(ip_threads_set(threads), 0);
	ip_tensor_free(&first);
	ip_tensor_free(&x);
	ip_test_network_close(&t);
}

/* Other feature sizes, inputs and outputs than the golden network's. */
static void any_shape(void **state)
{
	static const struct ip_net_shape shapes[] = {
		{ 8, 2, 24, IP_SWIN_UNETR }, { 1, 1, 12, IP_SWIN_UNETR },
		{ 5, 3, 36, IP_SWIN_UNETR }, { 7, 1, 12, IP_MODULATED }
	};
	struct ip_bundle w;
	struct ip_net_shape s;
	struct ip_dev *dev;
	struct ip_net *net;
	struct ip_tensor x, y;
	size_t i;

	(void)state;
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		ip_test_network_weights(&w, &shapes[i], i);
		assert_int_equal(ip_net_shape_of(&w, &s), 0);
		ip_test_network_same(&s, &shapes[i]);
		assert_int_equal(ip_net_open(&net, dev, &s, &w), 0);
		x = ip_test_network_pictures(1, s.in, 32, 64, i);
		y = ip_test_network_run(net, &x);
		assert_int_equal(ip_tensor_check_finite(&y, "output"), 0);
		ip_tensor_free(&y);
		ip_tensor_free(&x);
		assert_int_equal(w.count, 0);
		ip_net_close(net);
	}
	ip_dev_close(dev);
}

/* The largest difference of two answers over n numbers from at on. */
static double apart(const struct ip_tensor *a, const struct ip_tensor *b,
	size_t at, size_t n)
{
	const ip_real *v = a->data, *w = b->data;
	double most = 0;

	for (size_t i = at; i < at + n; i++)
		most = fmax(most, fabs((double)v[i] - (double)w[i]));
	return most;
}

/*
 * Metadata that are the same at all pixels are computed once a picture, others
 * at each pixel. Two pictures: the metadata of neither, of the second and of
 * both are maps, where the second answer must be the same, up to rounding, as
 * if the first were constant.
 */
static void modulated(void **state)
{
	static const struct ip_net_shape shape = { 7, 1, 12, IP_MODULATED };
	const size_t n = 64 * 64;
	struct ip_tensor x, y[4];
	struct ip_bundle w;
	struct ip_dev *dev;
	struct ip_net *net;
	double most;
	size_t i, k;
	ip_real *v;

	(void)state;
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	ip_test_network_weights(&w, &shape, 1);
	assert_int_equal(ip_net_open(&net, dev, &shape, &w), 0);
	x = ip_test_network_pictures(2, 7, 64, 64, 2);
	v = x.data;
	for (i = 0; i < 14 * n; i++)
		if (i / n % 7 >= IP_NET_SEGMENTS)
			v[i] = v[i / n * n];
	y[0] = ip_test_network_run(net, &x);
	v[14 * n - 1] += (ip_real)1e-6;
	y[1] = ip_test_network_run(net, &x);
	for (i = 0; i < n; i++)
		v[13 * n + i] += (ip_real)i / (ip_real)n;
	y[2] = ip_test_network_run(net, &x);
	for (i = 0; i < n; i++)
		v[4 * n + i] += (ip_real)i / (ip_real)n;
	y[3] = ip_test_network_run(net, &x);
	for (most = 0, i = 0; i < 2 * n; i++)
		most = fmax(most, fabs((double)((ip_real *)y[0].data)[i]));
	assert_true(apart(&y[1], &y[0], 0, 2 * n) < 2e-5 * most);
	assert_true(apart(&y[2], &y[0], 0, n) < 2e-5 * most);
	assert_true(apart(&y[2], &y[0], n, n) > 1e-2 * most);
	assert_true(apart(&y[3], &y[2], 0, n) > 1e-2 * most);
	assert_true(apart(&y[3], &y[2], n, n) < 2e-5 * most);
	for (k = 0; k < 4; k++)
		ip_tensor_free(&y[k]);
	ip_tensor_free(&x);
	ip_net_close(net);
	ip_dev_close(dev);
}

static void memory(void **state)
{
	struct ip_net_memory one, two, m;
	struct ip_test_network t;

	(void)state;
	ip_test_network_open(&t);
	assert_int_equal(ip_net_memory(t.net, 1, 256, 256, &one), 0);
	assert_int_equal(ip_net_memory(t.net, 2, 256, 256, &two), 0);
	/* 1,591,795 numbers, each tensor begins at a multiple of 64 bytes */
	assert_in_range(one.weights, 1591795 * sizeof(ip_real),
		1591795 * sizeof(ip_real) + 151 * 64);
	assert_true(two.work > 1.9 * (double)one.work &&
		two.work < 2.1 * (double)one.work);
	/* the widest moments are encoder 1 and decoder 1: of full size 11 in,
	 * 1 out, four times 12 channels, and two numbers a channel */
	assert_int_equal(one.work, 60 * 65536 * sizeof(ip_real) + 128);
	ip_test_log_capture();
	assert_int_equal(ip_net_memory(t.net, 1, 250, 256, &m), IP_EINVAL);
	ip_test_assert_logged("250 x 256");
	ip_test_log_capture();
	assert_int_equal(ip_net_memory(t.net, 1, 32, 32, &m), IP_EINVAL);
	ip_test_assert_logged("32 x 32");
	ip_test_log_capture();
	assert_int_equal(ip_net_memory(t.net, 1, (size_t)1 << 40,
		(size_t)1 << 40, &m), IP_ELIMIT);
	ip_test_assert_logged("more than can be addressed");
	ip_test_network_close(&t);
}

static void refuse(struct ip_net *net, struct ip_tensor *x, size_t out,
	const char *why)
{
	size_t shape[4] = { x->shape[0], out, x->shape[2], x->shape[3] };
	struct ip_tensor y;

	assert_int_equal(ip_tensor_new(&y, IP_REAL_DTYPE, 4, shape), 0);
	ip_test_log_capture();
	assert_true(ip_net_run(net, x, &y) < 0);
	ip_test_assert_logged(why);
	ip_tensor_free(&y);
	ip_tensor_free(x);
}

static void refuses_pictures(void **state)
{
	struct ip_test_network t;
	struct ip_tensor x;

	(void)state;
	ip_test_network_open(&t);
	x = ip_test_network_pictures(1, 10, 64, 64, 1);
	refuse(t.net, &x, 1, "10 channels: this network takes 11");
	x = ip_test_network_pictures(1, 11, 64, 64, 1);
	refuse(t.net, &x, 2, "1 channels");
	x = ip_test_network_pictures(1, 11, 64, 0, 1);
	refuse(t.net, &x, 1, "64 x 0");
	x = ip_test_network_pictures(0, 11, 64, 64, 1);
	refuse(t.net, &x, 1, "0 pictures");
	x = ip_test_network_pictures(1, 11, 64, 64, 1);
	((ip_real *)x.data)[777] = (ip_real)NAN;
	refuse(t.net, &x, 1, "input");
	ip_test_network_close(&t);
}

/* What is wrong with weights is said by the tensor's name. */
static void refuses_weights(void **state)
{
	static const struct ip_net_shape s = { 2, 1, 12, IP_SWIN_UNETR };
	static const char name[] = "encoder4.layer.conv1.conv.weight";
	struct ip_net_shape got;
	struct ip_tensor t;
	struct ip_bundle b;
	size_t one = 1;

	(void)state;
	ip_test_network_weights(&b, &s, 1);
	ip_bundle_find(&b, name)->name[0] = 'E';
	ip_test_log_capture();
	assert_int_equal(ip_net_shape_of(&b, &got), IP_EFORMAT);
	ip_test_assert_logged("lack 'encoder4.layer.conv1.conv.weight'");
	ip_bundle_find(&b, "Encoder4.layer.conv1.conv.weight")->name[0] = 'e';

	((float *)ip_bundle_find(&b, name)->tensor.data)[3] = INFINITY;
	ip_test_log_capture();
	assert_int_equal(ip_net_shape_of(&b, &got), IP_EFORMAT);
	ip_test_assert_logged(name);
	((float *)ip_bundle_find(&b, name)->tensor.data)[3] = 0;

	ip_bundle_find(&b, name)->tensor.shape[0] = 47;
	ip_test_log_capture();
	assert_int_equal(ip_net_shape_of(&b, &got), IP_EFORMAT);
	ip_test_assert_logged("47 x 48 x 3 x 3: expected 48 x 48 x 3 x 3");
	ip_bundle_find(&b, name)->tensor.shape[0] = 48;

	assert_int_equal(ip_net_shape_of(&b, &got), 0);
	assert_int_equal(ip_tensor_new(&t, IP_F32, 1, &one), 0);
	assert_int_equal(ip_bundle_add(&b, "momentum", &t, NULL), 0);
	ip_test_log_capture();
	assert_int_equal(ip_net_shape_of(&b, &got), IP_EFORMAT);
	ip_test_assert_logged("'momentum'");
	ip_bundle_free(&b);

	memset(&b, 0, sizeof(b));
	ip_test_log_capture();
	assert_int_equal(ip_net_shape_of(&b, &got), IP_EFORMAT);
	ip_test_assert_logged("not the weights of a SwinUNETR");
}

/* A device without one of the ops is refused by the op's name. */
static void refuses_device(void **state)
{
	static const struct ip_net_shape s = { 2, 1, 12, IP_SWIN_UNETR };
	const struct ip_backend *whole;
	struct ip_backend part;
	struct ip_ops ops;
	struct ip_bundle w;
	struct ip_dev *dev;
	struct ip_net *net;

	(void)state;
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	whole = ip_dev_backend(dev);
	part = *whole;
	ops = *whole->ops;
	ops.merge = NULL;
	part.ops = &ops;
	((struct ip_dev_head *)dev)->backend = &part;
	ip_test_network_weights(&w, &s, 1);
	ip_test_log_capture();
	assert_int_equal(ip_net_open(&net, dev, &s, &w), IP_ENOTSUP);
	ip_test_assert_logged("has no op 'merge': take another");
	assert_null(net);
	assert_int_equal(w.count, 0);
	((struct ip_dev_head *)dev)->backend = whole;
	ip_dev_close(dev);
}

/* Memory that runs out anywhere is an error, and nothing leaks. */
static void out_of_memory(void **state)
{
	static const struct ip_net_shape s = { 2, 1, 12, IP_SWIN_UNETR };
	struct ip_tensor x = ip_test_network_pictures(1, 2, 32, 64, 3), y;
	size_t shape[4] = { 1, 1, 32, 64 };
	struct ip_bundle w;
	struct ip_dev *dev;
	struct ip_net *net;
	long n;
	int rc = -1;

	(void)state;
	assert_int_equal(ip_tensor_new(&y, IP_REAL_DTYPE, 4, shape), 0);
	ip_test_log_capture();
	for (n = 0; rc < 0; n++) {
		assert_true(n < 10000);
		ip_test_network_weights(&w, &s, 1);
		assert_int_equal(ip_dev_open(&dev, NULL), 0);
		ip_alloc_fail_after(n);
		rc = ip_net_open(&net, dev, &s, &w);
		if (rc == 0)
			rc = ip_net_run(net, &x, &y);
		ip_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == IP_ENOMEM);
		assert_int_equal(w.count, 0);
		ip_net_close(net);
		ip_dev_close(dev);
	}
	assert_true(n > 10);
	ip_tensor_free(&y);
	ip_tensor_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_64),
		cmocka_unit_test(golden_96x64),
		cmocka_unit_test(golden_64x128),
		cmocka_unit_test(golden_every_isa),
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(any_shape),
		cmocka_unit_test(modulated),
		cmocka_unit_test(memory),
		cmocka_unit_test(refuses_pictures),
		cmocka_unit_test(refuses_weights),
		cmocka_unit_test(refuses_device),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
