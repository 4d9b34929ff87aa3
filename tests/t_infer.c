/*
 * Inference: tiles cover a picture once, and one tile is the network itself,
 * bit for bit.
 */
#include <float.h>
#include <math.h>
#include <iphase/infer.h>
#include <iphase/threads.h>
#include "core/core.h"
#include "net/infer.h"
#include "support/network.h"

static struct ip_test_network golden;
static struct ip_model model;	/* its weights stay with golden */

static int setup(void **state)
{
	(void)state;
	ip_test_network_open(&golden);
	model.shape = ip_net_shape(golden.net);
	model.metadata = IP_METADATA_SINCOS7;
	model.scale = 2;	/* exact in a comparison */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ip_test_network_close(&golden);
	return 0;
}

/* ---- tiles ---- */

static void test_reflect(void **state)
{
	size_t n, i, at;
	int step;

	(void)state;
	for (n = 1; n < 9; n++)
		for (i = 0, at = 0, step = 1; i < 100; i++) {
			assert_int_equal(ip_infer_reflect(i, n), at);
			if (n == 1)
				continue;
			if (at == n - 1)
				step = -1;
			if (at == 0)
				step = 1;
			at = step > 0 ? at + 1 : at - 1;
		}
}

static void test_blend(void **state)
{
	static const struct ip_infer_axis list[] = {
		{ 32, 32, 1 }, { 96, 64, 2 }, { 320, 64, 9 }, { 320, 128, 3 },
		{ 320, 128, 7 }, { 1024, 352, 4 },
	};
	size_t i, j, k, at, last;
	double sum[1024], w[1024];

	(void)state;
	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		const struct ip_infer_axis *a = &list[i];

		memset(sum, 0, sizeof(sum));
		for (k = 0, last = 0; k < a->count; k++) {
			at = ip_infer_start(a, k);
			assert_int_equal(at % IP_NET_STEP, 0);
			assert_true(at >= last && at <= last + a->tile -
				(k ? IP_NET_STEP : 0) && (k == 0) == (at == 0));
			last = at;
			ip_infer_blend(a, k, w);
			for (j = 0; j < a->tile; j++) {
				assert_true(w[j] > 0 && w[j] <= 1);
				sum[at + j] += w[j];
			}
			/* smooth: begins and ends near nothing, but outside */
			assert_true(k == 0 ? w[0] == 1 : w[0] < 0.01);
			assert_true(k + 1 == a->count ? w[a->tile - 1] == 1 :
				w[a->tile - 1] < 0.01);
		}
		assert_int_equal(last + a->tile, a->padded);
		for (j = 0; j < a->padded; j++)
			assert_true(fabs(sum[j] - 1) < 1e-14);
	}
}

/* Of a pixel's own values: what neighbours and tiles are cannot matter. */
static int pointwise(void *ctx, const struct ip_tensor *x, struct ip_tensor *y)
{
	size_t n = x->shape[2] * x->shape[3], i;
	const ip_real *from = x->data;
	ip_real *to = y->data;

	++*(size_t *)ctx;
	for (i = 0; i < n; i++) {
		to[i] = 2 * from[i] - from[n + i];
		to[n + i] = from[i] + 1;
	}
	return 0;
}

static void test_pointwise(void **state)
{
	static const struct { size_t h, w, tile, overlap; } list[] = {
		{ 1, 1, 0, 0 }, { 33, 32, 0, 0 }, { 250, 301, 64, 0 },
		{ 250, 301, 96, 64 }, { 250, 301, 256, 0 }, { 40, 300, 128, 0 },
		{ 300, 7, 64, 0 }, { 65, 64, 64, 32 },
	};
	struct ip_tensor x, y;
	struct ip_tiling_plan p;
	size_t i, k, n, tiles, shape[3] = { 2 };
	uint64_t seed = 3;
	float *v;

	(void)state;
	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct ip_tiling how = { list[i].tile, list[i].overlap, 0 };

		shape[1] = list[i].h;
		shape[2] = list[i].w;
		n = shape[1] * shape[2];
		assert_int_equal(ip_tensor_new(&x, IP_F32, 3, shape), 0);
		for (v = x.data, k = 0; k < 2 * n; k++)
			v[k] = (float)ip_test_uniform(&seed);
		assert_int_equal(ip_infer_plan(golden.net, shape[1], shape[2],
			&how, &p), 0);
		tiles = 0;
		assert_int_equal(ip_infer_tiles(&p, &x, 2, pointwise, &tiles,
			&y), 0);
		assert_int_equal(tiles, p.rows * p.columns);
		for (k = 0; k < n; k++) {
			double *to = y.data;

			assert_true(fabs(to[k] - (2.0 * v[k] - v[n + k])) <
				4 * FLT_EPSILON);
			assert_true(fabs(to[n + k] - (1.0 + v[k])) <
				4 * FLT_EPSILON);
		}
		ip_tensor_free(&x);
		ip_tensor_free(&y);
	}
}

/* ---- plans ---- */

static void plan_is(size_t h, size_t w, const struct ip_tiling *how,
	const struct ip_tiling_plan *want)
{
	struct ip_tiling_plan p;

	assert_int_equal(ip_infer_plan(golden.net, h, w, how, &p), 0);
	assert_int_equal(p.h, want->h);
	assert_int_equal(p.w, want->w);
	assert_int_equal(p.rows, want->rows);
	assert_int_equal(p.columns, want->columns);
	assert_int_equal(p.overlap, want->overlap);
}

static void no_plan(size_t h, size_t w, struct ip_tiling how, int status,
	const char *text)
{
	struct ip_tiling_plan p;

	ip_test_log_capture();
	assert_int_equal(ip_infer_plan(golden.net, h, w, &how, &p), status);
	ip_test_assert_logged(text);
}

static void test_plan(void **state)
{
	const struct ip_tiling small = { 64, 0, 0 }, wide = { 96, 40, 0 };
	const struct ip_tiling large = { 4096, 0, 0 }, middle = { 128, 0, 0 };
	struct ip_tiling how = { 0 };
	struct ip_tiling_plan p;

	(void)state;
	plan_is(1, 1, NULL, &(struct ip_tiling_plan){ 32, 64, 1, 1, 0, {0} });
	plan_is(33, 32, NULL, &(struct ip_tiling_plan){ 64, 32, 1, 1, 0, {0} });
	plan_is(250, 301, NULL, &(struct ip_tiling_plan){ 256, 320, 1, 1, 0,
		{0} });
	plan_is(250, 301, &large, &(struct ip_tiling_plan){ 256, 320, 1, 1, 0,
		{0} });
	plan_is(250, 301, &small, &(struct ip_tiling_plan){ 64, 64, 7, 9, 32,
		{0} });
	plan_is(250, 20, &wide, &(struct ip_tiling_plan){ 96, 32, 6, 1, 64,
		{0} });
	/* steps that are not equal, and axes that differ */
	plan_is(288, 32, &middle, &(struct ip_tiling_plan){ 128, 32, 3, 1, 32,
		{0} });
	plan_is(192, 288, &middle, &(struct ip_tiling_plan){ 128, 128, 2, 3,
		32, {0} });
	/* all the memory of the whole picture, and a byte less */
	assert_int_equal(ip_infer_plan(golden.net, 250, 301, NULL, &p), 0);
	how.memory = p.memory.weights + p.memory.work;
	plan_is(250, 301, &how, &p);
	how.memory--;
	plan_is(250, 301, &how, &(struct ip_tiling_plan){ 256, 288, 1, 2, 256,
		{0} });
	assert_int_equal(ip_infer_plan(golden.net, 250, 301, &small, &p), 0);
	how.memory = p.memory.weights + p.memory.work;
	plan_is(250, 301, &how, &p);
	how.memory--;
	no_plan(250, 301, how, IP_ELIMIT, "a tile of 64 x 64 pixels takes");
	how.overlap = 64;	/* needs a larger tile */
	no_plan(250, 301, how, IP_ELIMIT, "a tile of 96 x 96 pixels takes");
	how.overlap = 0;
	how.tile = 128;
	no_plan(250, 301, how, IP_ELIMIT, "a tile of 128 x 128 pixels takes");
	how.tile = how.memory = 0;
	no_plan(0, 3, how, IP_EINVAL, "a picture of 0 x 3");
	how.tile = 100;
	no_plan(9, 9, how, IP_EINVAL, "multiple of 32, from 64 on");
	how.tile = 32;
	no_plan(9, 9, how, IP_EINVAL, "multiple of 32, from 64 on");
	how.tile = 64;
	how.overlap = 33;
	no_plan(99, 9, how, IP_EINVAL, "cannot overlap by 33");
}

/* ---- the network ---- */

static struct ip_tensor infer(const struct ip_measurement *in,
	const struct ip_tiling *how, struct ip_tiling_plan *p)
{
	struct ip_tensor y = { 0 };

	assert_int_equal(ip_infer(golden.net, &model, in, how, &y, p), 0);
	assert_int_equal(y.ndim, 2);
	assert_int_equal(y.dtype, IP_F32);
	assert_int_equal(y.shape[0], in->segments.shape[1]);
	assert_int_equal(y.shape[1], in->segments.shape[2]);
	return y;
}

/* The network of the picture continued by reflection, cut again. */
static struct ip_tensor direct(const struct ip_measurement *in, size_t ph,
	size_t pw)
{
	size_t h = in->segments.shape[1], w = in->segments.shape[2];
	struct ip_tensor x = ip_test_network_pictures(1, 11, ph, pw, 0);
	struct ip_tensor f, y, cut;
	size_t c, i, j;

	assert_int_equal(ip_infer_features(in, IP_METADATA_SINCOS7, &f), 0);
	for (c = 0; c < 11; c++)
		for (i = 0; i < ph; i++)
			for (j = 0; j < pw; j++)
				((ip_real *)x.data)[(c * ph + i) * pw + j] =
					((float *)f.data)[(c * h +
					ip_infer_reflect(i, h)) * w +
					ip_infer_reflect(j, w)];
	y = ip_test_network_run(golden.net, &x);
	assert_int_equal(ip_tensor_new(&cut, IP_F32, 2, in->segments.shape +
		1), 0);
	for (i = 0; i < h; i++)
		for (j = 0; j < w; j++)
			((float *)cut.data)[i * w + j] = (float)(model.scale *
				(double)((ip_real *)y.data)[i * pw + j]);
	ip_tensor_free(&f);
	ip_tensor_free(&x);
	ip_tensor_free(&y);
	return cut;
}

static void test_whole(void **state)
{
	static const size_t list[][4] = { { 1, 1, 32, 64 }, { 33, 32, 64, 32 },
		{ 64, 96, 64, 96 }, { 250, 301, 256, 320 } };
	const struct ip_tiling as_large = { 320, 0, 0 };
	size_t i, n = sizeof(list) / sizeof(*list);

	(void)state;
	if (sizeof(ip_real) == 8)	/* takes long */
		n--;
	for (i = 0; i < n; i++) {
		struct ip_measurement in = ip_test_measurement(list[i][0], list[i][1]);
		struct ip_tensor want = direct(&in, list[i][2], list[i][3]);
		struct ip_tiling_plan p;
		struct ip_tensor y = infer(&in, NULL, NULL);

		assert_memory_equal(y.data, want.data, sizeof(float) *
			ip_tensor_count(&want));
		ip_tensor_free(&y);
		y = infer(&in, &as_large, &p);
		assert_int_equal(p.rows * p.columns, 1);
		assert_memory_equal(y.data, want.data, sizeof(float) *
			ip_tensor_count(&want));
		ip_tensor_free(&y);
		ip_tensor_free(&want);
		ip_test_measurement_free(&in);
	}
}

static double difference(const struct ip_tensor *a, const struct ip_tensor *b,
	double *range)
{
	const float *x = a->data, *y = b->data;
	double most = 0, lo = INFINITY, hi = -INFINITY;
	size_t i, n = ip_tensor_count(a);

	for (i = 0; i < n; i++) {
		most = fmax(most, fabs((double)x[i] - (double)y[i]));
		lo = fmin(lo, (double)y[i]);
		hi = fmax(hi, (double)y[i]);
	}
	*range = hi - lo;
	return most;
}

/* Instance norms see one tile: near the whole, but not it. */
static void test_tiled(void **state)
{
	const struct ip_tiling how = { 128, 0, 0 };
	struct ip_measurement in = ip_test_measurement(150, 200);
	struct ip_tensor whole = infer(&in, NULL, NULL), a, b;
	struct ip_tiling_plan p;
	double d, range;
	int n;

	(void)state;
	a = infer(&in, &how, &p);
	assert_int_equal(p.rows, 2);
	assert_int_equal(p.columns, 2);
	d = difference(&a, &whole, &range);
	assert_true(d > 0 && d < range);
	for (n = 2; n < 4; n++) {
		ip_threads_set(n);
		b = infer(&in, &how, &p);
		ip_threads_set(1);
		assert_memory_equal(a.data, b.data, sizeof(float) *
			ip_tensor_count(&a));
		ip_tensor_free(&b);
	}
	ip_tensor_free(&a);
	ip_tensor_free(&whole);
	ip_test_measurement_free(&in);
}

static void no_result(const struct ip_measurement *in, int status,
	const char *text)
{
	struct ip_tensor y = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_infer(golden.net, &model, in, NULL, &y, NULL),
		status);
	ip_test_assert_logged(text);
	assert_null(y.data);
}

static void test_no_result(void **state)
{
	struct ip_measurement in = ip_test_measurement(40, 40);

	(void)state;
	model.metadata = IP_METADATA_RAW4;
	no_result(&in, IP_EINVAL, "takes 11 inputs, but segments and metadata "
		"raw4 are 8");
	model.metadata = IP_METADATA_SINCOS7;
	model.scale = 1e300;
	no_result(&in, IP_EINVAL, "the network's output: element [0, 0]");
	model.scale = 2;
	in.segments.shape[0] = 3;
	no_result(&in, IP_EINVAL, "segments: 3, expected 4");
	ip_test_measurement_free(&in);
}

static void test_memory(void **state)
{
	const struct ip_tiling how = { 64, 0, 0 };
	struct ip_measurement in = ip_test_measurement(65, 40);
	struct ip_tensor y = { 0 };
	int rc = IP_ENOMEM;
	long n;

	(void)state;
	for (n = 0; rc != 0; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_infer(golden.net, &model, &in, &how, &y, NULL);
		ip_alloc_fail_after(-1);
		assert_true(rc == 0 || (rc == IP_ENOMEM && !y.data &&
			ip_test_log_errors() == 1));
	}
	assert_true(n > 10);
	ip_tensor_free(&y);
	ip_test_measurement_free(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reflect),
		cmocka_unit_test(test_blend),
		cmocka_unit_test(test_pointwise),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_tiled),
		cmocka_unit_test(test_no_result),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
