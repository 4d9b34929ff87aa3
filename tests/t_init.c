/* First weights: what PyTorch and MONAI would draw, by their figures. */
#include <math.h>
#include "support/network.h"
#include <iphase/train.h>

static const struct ip_net_shape shape = { 11, 1, 24, IP_SWIN_UNETR };

static struct ip_bundle draw(uint64_t seed)
{
	struct ip_bundle b = { 0 };

	assert_int_equal(ip_net_init(&b, &shape, seed), 0);
	return b;
}

static const struct ip_tensor *find(const struct ip_bundle *b,
	const char *name)
{
	const struct ip_item *item = ip_bundle_find(b, name);

	assert_non_null(item);
	return &item->tensor;
}

/*
 * Mean, deviation and largest of n numbers. Five standard errors are one
 * false alarm in two million, but the seed is fixed.
 */
static void moments(const struct ip_tensor *t, double deviation, double kurt)
{
	size_t n = ip_tensor_count(t), i;
	double sum = 0, square = 0, by = sqrt((double)n);
	const float *v = t->data;

	for (i = 0; i < n; i++) {
		sum += (double)v[i];
		square += (double)v[i] * (double)v[i];
	}
	square /= (double)n * deviation * deviation;
	assert_true(fabs(sum / (double)n) < 5 * deviation / by);
	assert_true(fabs(square - 1) < 5 * sqrt(kurt - 1) / by);
}

/* Uniform within bound: the largest of n comes near it, none beyond. */
static void uniform(const struct ip_bundle *b, const char *name, double inputs)
{
	const struct ip_tensor *t = find(b, name);
	double bound = 1 / sqrt(inputs), most = 0;
	size_t n = ip_tensor_count(t), i;

	moments(t, bound / sqrt(3), 1.8);
	for (i = 0; i < n; i++)
		most = fmax(most, fabs((double)((float *)t->data)[i]));
	assert_true(most <= bound * (1 + 1e-7));	/* rounded to float32 */
	assert_true(most > bound * (1 - 15 / (double)n));
}

/* fan_in of torch.nn.init, read from PyTorch's own shapes. */
static void bounds(void **state)
{
	struct ip_bundle b = draw(1);

	(void)state;
	uniform(&b, "swinViT.patch_embed.proj.weight", 11 * 4);
	uniform(&b, "swinViT.patch_embed.proj.bias", 11 * 4);
	uniform(&b, "swinViT.layers1.0.blocks.1.attn.qkv.weight", 24);
	uniform(&b, "swinViT.layers1.0.blocks.1.attn.qkv.bias", 24);
	uniform(&b, "swinViT.layers2.0.blocks.0.mlp.linear2.weight", 4 * 48);
	uniform(&b, "swinViT.layers2.0.blocks.0.mlp.linear2.bias", 4 * 48);
	uniform(&b, "swinViT.layers3.0.downsample.reduction.weight", 4 * 96);
	uniform(&b, "encoder1.layer.conv1.conv.weight", 11 * 9);
	uniform(&b, "encoder1.layer.conv3.conv.weight", 11);
	uniform(&b, "decoder5.transp_conv.conv.weight", 192 * 4);
	uniform(&b, "out.conv.conv.weight", 24);
	moments(find(&b, "swinViT.layers4.0.blocks.0.attn."
		"relative_position_bias_table"), 0.02, 3);
	ip_bundle_free(&b);
}

static void norms(void **state)
{
	struct ip_bundle b = draw(1);
	const float *one = find(&b, "swinViT.layers2.0.blocks.1.norm2.weight")
		->data;
	const float *zero = find(&b, "swinViT.layers2.0.blocks.1.norm2.bias")
		->data;
	size_t i;

	(void)state;
	for (i = 0; i < 48; i++) {
		assert_true(one[i] == 1);
		assert_true(zero[i] == 0);
	}
	ip_bundle_free(&b);
}

static double correlation(const struct ip_tensor *a, const struct ip_tensor *b)
{
	size_t n = ip_tensor_count(a), i;
	const float *v = a->data, *w = b->data;
	double vv = 0, ww = 0, vw = 0;

	assert_int_equal(n, ip_tensor_count(b));
	for (i = 0; i < n; i++) {
		vv += (double)v[i] * (double)v[i];
		ww += (double)w[i] * (double)w[i];
		vw += (double)v[i] * (double)w[i];
	}
	return vw / sqrt(vv * ww);
}

static void seeds(void **state)
{
	static const char one[] = "encoder2.layer.conv1.conv.weight";
	static const char two[] = "encoder2.layer.conv2.conv.weight";
	struct ip_bundle a = draw(1), b = draw(1), c = draw(2);
	double few = 5 / sqrt((double)ip_tensor_count(find(&a, one)));
	const float *v;
	size_t i;

	(void)state;
	assert_true(correlation(find(&a, one), find(&b, one)) > 1 - 1e-12);
	assert_memory_equal(find(&a, two)->data, find(&b, two)->data,
		ip_tensor_count(find(&a, two)) * sizeof(float));
	assert_true(fabs(correlation(find(&a, one), find(&c, one))) < few);
	assert_true(fabs(correlation(find(&a, one), find(&a, two))) < few);
	/* nor is one tensor the rest of another */
	v = find(&a, one)->data;
	for (i = 0; i < ip_tensor_count(find(&a, one)); i++)
		assert_true(v[i] != ((float *)find(&a, two)->data)[0]);
	ip_bundle_free(&a);
	ip_bundle_free(&b);
	ip_bundle_free(&c);
}

/* Scales and shifts by metadata are none at first, but can be learned: what
 * they are made of is drawn. */
static void modulated(void **state)
{
	static const struct ip_net_shape s = { 7, 1, 12, IP_MODULATED };
	static const char at[] = "encoder2.layer.modulation1.";
	struct ip_bundle b = { 0 };
	const struct ip_tensor *t;
	char name[80];
	size_t i;

	(void)state;
	assert_int_equal(ip_net_init(&b, &s, 1), 0);
	snprintf(name, sizeof(name), "%sscale.weight", at);
	t = find(&b, name);
	for (i = 0; i < ip_tensor_count(t); i++)
		assert_true(((float *)t->data)[i] == 0);
	snprintf(name, sizeof(name), "%sscale.bias", at);
	t = find(&b, name);
	for (i = 0; i < ip_tensor_count(t); i++)
		assert_true(((float *)t->data)[i] == 0);
	snprintf(name, sizeof(name), "%shidden.weight", at);
	uniform(&b, name, 3);
	snprintf(name, sizeof(name), "%shidden.bias", at);
	uniform(&b, name, 3);
	ip_bundle_free(&b);
}

static void a_network(void **state)
{
	struct ip_bundle b = draw(3);
	struct ip_net_shape s;
	struct ip_dev *dev;
	struct ip_net *net;

	(void)state;
	assert_int_equal(ip_net_shape_of(&b, &s), 0);
	ip_test_network_same(&s, &shape);
	assert_int_equal(ip_dev_open(&dev, NULL), 0);
	assert_int_equal(ip_net_open(&net, dev, &s, &b), 0);
	ip_net_close(net);
	ip_dev_close(dev);
}

static void refused(void **state)
{
	const struct ip_net_shape odd = { 11, 1, 20, IP_SWIN_UNETR };
	struct ip_bundle b = { 0 };

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_net_init(&b, &odd, 0), IP_EINVAL);
	ip_test_assert_logged("feature size 20");
	assert_int_equal(b.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds),
		cmocka_unit_test(norms),
		cmocka_unit_test(seeds),
		cmocka_unit_test(modulated),
		cmocka_unit_test(a_network),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
