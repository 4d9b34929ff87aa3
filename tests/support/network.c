/* The golden network, and pictures for it. */
#include <math.h>
#include "network.h"

void ip_test_network_open(struct ip_test_network *t)
{
	struct ip_bundle weights;
	struct ip_net_shape s;

	memset(t, 0, sizeof(*t));
	assert_int_equal(ip_dev_open(&t->dev, NULL), 0);
	ip_test_golden("model_weights.npz", &weights);
	assert_int_equal(ip_net_shape_of(&weights, &s), 0);
	assert_int_equal(ip_net_open(&t->net, t->dev, &s, &weights), 0);
}

void ip_test_network_close(struct ip_test_network *t)
{
	ip_net_close(t->net);
	ip_dev_close(t->dev);
}

void ip_test_network_weights(struct ip_bundle *b, const struct ip_net_shape *s,
	uint64_t seed)
{
	struct ip_net_weight w;
	struct ip_tensor t;
	size_t i, j, n;
	double fan;
	float *v;

	memset(b, 0, sizeof(*b));
	for (i = 0; ip_net_weight(s, i, &w) == 0; i++) {
		assert_int_equal(ip_tensor_new(&t, IP_F32, w.ndim, w.shape), 0);
		n = ip_tensor_count(&t);
		fan = w.ndim > 1 ? (double)n / (double)w.shape[0] : 16;
		for (v = t.data, j = 0; j < n; j++)
			v[j] = (float)((2 * ip_test_uniform(&seed) - 1) /
				sqrt(fan));
		assert_int_equal(ip_bundle_add(b, w.name, &t, NULL), 0);
	}
}

struct ip_tensor ip_test_network_pictures(size_t n, size_t c, size_t h,
	size_t w, uint64_t seed)
{
	size_t shape[4] = { n, c, h, w }, i;
	struct ip_tensor t;
	ip_real *v;

	assert_int_equal(ip_tensor_new(&t, IP_REAL_DTYPE, 4, shape), 0);
	for (v = t.data, i = 0; i < n * c * h * w; i++)
		v[i] = (ip_real)ip_test_uniform(&seed);
	return t;
}

struct ip_tensor ip_test_network_run(struct ip_net *net,
	const struct ip_tensor *x)
{
	size_t shape[4] = { x->shape[0], ip_net_shape(net).out, x->shape[2],
		x->shape[3] };
	struct ip_tensor y;

	assert_int_equal(ip_tensor_new(&y, x->dtype, 4, shape), 0);
	assert_int_equal(ip_net_run(net, x, &y), 0);
	return y;
}

void ip_test_network_same(const struct ip_net_shape *a,
	const struct ip_net_shape *b)
{
	assert_int_equal(a->in, b->in);
	assert_int_equal(a->out, b->out);
	assert_int_equal(a->features, b->features);
	assert_int_equal(a->architecture, b->architecture);
}

struct ip_measurement ip_test_measurement(size_t h, size_t w)
{
	struct ip_measurement in = { .euler = { 13, 250.5, 359 } };
	size_t shape[3] = { 4, h, w }, i;
	uint64_t seed = 10 * h + w;
	float *v;

	assert_int_equal(ip_tensor_new(&in.segments, IP_F32, 3, shape), 0);
	assert_int_equal(ip_tensor_new(&in.thickness, IP_F64, 0, NULL), 0);
	*(double *)in.thickness.data = 12;
	for (v = in.segments.data, i = 0; i < 4 * h * w; i++)
		v[i] = (float)ip_test_uniform(&seed);
	return in;
}

void ip_test_measurement_free(struct ip_measurement *in)
{
	ip_tensor_free(&in->segments);
	ip_tensor_free(&in->thickness);
}

/* ---- golden ---- */

struct stages {
	const struct ip_bundle *golden;
	const char *size;
	double tolerance;
	int count;
};

static double *doubles(const struct ip_tensor *t)
{
	struct ip_tensor d;
	size_t n = ip_tensor_count(t);
	double *v = malloc(n * sizeof(*v));

	assert_int_equal(ip_tensor_convert(&d, IP_F64, t), 0);
	memcpy(v, d.data, n * sizeof(*v));
	ip_tensor_free(&d);
	return v;
}

static void compare(const char *name, const struct ip_tensor *got,
	const struct ip_tensor *want, double tolerance)
{
	double *g, *w;

	assert_int_equal(ip_tensor_count(got), ip_tensor_count(want));
	g = doubles(got);
	w = doubles(want);
	ip_test_assert_close(name, g, w, ip_tensor_count(got), tolerance);
	free(g);
	free(w);
}

/* The golden stages are of the first picture only. */
static int stage(void *ctx, const char *name, const struct ip_tensor *map)
{
	struct stages *s = ctx;
	const struct ip_item *item;
	struct ip_tensor one;
	char key[100];

	snprintf(key, sizeof(key), "%s/%s", s->size, name);
	item = ip_bundle_find(s->golden, key);
	if (!item)
		return 0;
	assert_int_equal(ip_tensor_slice(&one, map, 0, 0, 1), 0);
	compare(key, &one, &item->tensor, s->tolerance);
	s->count++;
	return 0;
}

int ip_test_network_golden(const char *size, double output, double tolerance)
{
	struct stages s = { .size = size, .tolerance = tolerance };
	struct ip_test_network t;
	struct ip_tensor x, y;
	struct ip_bundle golden;
	char key[100];

	ip_test_network_open(&t);
	ip_test_golden("model_forward.npz", &golden);
	s.golden = &golden;
	snprintf(key, sizeof(key), "%s/input", size);
	assert_int_equal(ip_tensor_convert(&x, IP_REAL_DTYPE,
		&ip_bundle_find(&golden, key)->tensor), 0);
	ip_net_watch(t.net, stage, &s);
	y = ip_test_network_run(t.net, &x);
	snprintf(key, sizeof(key), "%s/output", size);
	compare(key, &y, &ip_bundle_find(&golden, key)->tensor, output);
	ip_tensor_free(&y);
	ip_tensor_free(&x);
	ip_bundle_free(&golden);
	ip_test_network_close(&t);
	return s.count + 1;
}
