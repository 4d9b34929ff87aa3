/* What the network sees is what the reference prepares. */
#include <float.h>
#include <math.h>
#include <iphase/measured.h>
#include "support/network.h"

static void take(const struct ip_bundle *b, const char *key,
	struct ip_tensor *t)
{
	const struct ip_item *item = ip_bundle_find(b, key);

	assert_non_null(item);
	assert_int_equal(ip_tensor_convert(t, item->tensor.dtype,
		&item->tensor), 0);
}

/*
 * The reference's arithmetic is float32 throughout, as is ours: what may
 * differ is the sine of a rounded angle below 2 pi, by its last bits.
 */
#define ROUNDING (4 * FLT_EPSILON)

static void test_features(void **state)
{
	struct ip_measurement in = { 0 };
	struct ip_tensor x, want, raw;
	struct ip_bundle b;
	double *angle;
	float *v;
	size_t i;

	(void)state;
	ip_test_golden("model_metrics.npz", &b);
	take(&b, "prep/input", &in.segments);
	take(&b, "prep/thickness_nm", &in.thickness);
	take(&b, "prep/x", &want);
	take(&b, "prep/meta_raw4", &raw);
	angle = ip_test_numbers(&b, "prep/rotation", 3);
	memcpy(in.euler, angle, sizeof(in.euler));
	assert_int_equal(ip_infer_features(&in, IP_METADATA_SINCOS7, &x), 0);
	assert_int_equal(x.ndim, 3);
	assert_int_equal(x.shape[0], 11);
	ip_test_assert_closef("sincos7", x.data, want.data,
		ip_tensor_count(&want), ROUNDING);
	ip_tensor_free(&x);
	assert_int_equal(ip_infer_features(&in, IP_METADATA_RAW4, &x), 0);
	assert_int_equal(x.shape[0], 8);
	for (v = x.data, i = 4 * 64; i < 8 * 64; i++)
		assert_true(fabsf(v[i] - ((float *)raw.data)[i / 64 - 4]) <=
			FLT_EPSILON);
	ip_tensor_free(&x);
	free(angle);
	ip_tensor_free(&raw);
	ip_tensor_free(&want);
	ip_test_measurement_free(&in);
	ip_bundle_free(&b);
}

/* Fractions of the beam, or what is in its unit; where the axis leans to. */
static void test_tilt(void **state)
{
	struct ip_measurement in = ip_test_measurement(5, 7);
	float *v = in.segments.data, *got;
	struct ip_tensor x;
	size_t i;

	(void)state;
	for (i = 0; i < 4 * 35; i++)
		v[i] *= 0.25f;
	memcpy(in.euler, (double[3]){ 30, 0.5, -0.25 }, sizeof(in.euler));
	assert_int_equal(ip_infer_features(&in, IP_METADATA_TILT3, &x), 0);
	assert_int_equal(x.shape[0], 7);
	got = x.data;
	for (i = 0; i < 4 * 35; i++)
		assert_true(fabsf(got[i] - 20 * (v[i] - 0.2f)) <= 1e-5f);
	/* the axis: (tan ry, -tan rx / cos ry), which rz does not move */
	for (i = 0; i < 35; i++) {
		assert_true(fabsf(got[4 * 35 + i] - 0.12f) <= 1e-7f);
		assert_true(fabsf(got[5 * 35 + i] + 0.25f) <= 1e-6f);
		assert_true(fabsf(got[6 * 35 + i] + 0.5000048f) <= 1e-6f);
	}
	ip_tensor_free(&x);
	for (i = 0; i < 4 * 35; i++)
		v[i] *= 300;
	/* counts that are taken for fractions are refused */
	assert_int_equal(ip_infer_features(&in, IP_METADATA_TILT3, &x),
		IP_EINVAL);
	in.incident = 300;
	assert_int_equal(ip_infer_features(&in, IP_METADATA_TILT3, &x), 0);
	got = x.data;
	for (i = 0; i < 4 * 35; i++)
		assert_true(fabsf(got[i] - 20 * (v[i] / 300 - 0.2f)) <= 1e-5f);
	ip_tensor_free(&x);
	in.incident = NAN;
	assert_int_equal(ip_infer_features(&in, IP_METADATA_TILT3, &x),
		IP_EINVAL);
	ip_test_measurement_free(&in);
}

/* Electrons a pixel, of a file that has a dose; one number for both sides. */
static void test_incident(void **state)
{
	const double pixel[2] = { 0.1, 0.2 }, square = 0.5;
	struct ip_attrs a = { 0 };

	(void)state;
	assert_true(ip_measured_incident(&a) == 1);
	ip_attrs_f64(&a, "pixel_size", pixel, 2);
	assert_true(ip_measured_incident(&a) == 1);
	ip_attrs_number(&a, "dose", 0);
	assert_true(ip_measured_incident(&a) == 1);
	ip_attrs_number(&a, "dose", 1e4);
	assert_true(fabs(ip_measured_incident(&a) - 200) < 1e-9);
	ip_attrs_free(&a);
	ip_attrs_f64(&a, "pixel_size", &square, 1);
	ip_attrs_number(&a, "dose", 1e4);
	assert_true(fabs(ip_measured_incident(&a) - 2500) < 1e-9);
	ip_attrs_free(&a);
}

/* Whole numbers of any type, turned axes and a map of thickness. */
static void test_types(void **state)
{
	static const enum ip_dtype type[] = { IP_U8, IP_I32, IP_F16, IP_F64 };
	struct ip_measurement in = ip_test_measurement(5, 7), other = in;
	int turn[3] = { 0, 2, 1 };
	struct ip_tensor want, x, turned;
	size_t shape[2] = { 5, 7 }, i;
	float *v = in.segments.data;

	(void)state;
	for (i = 0; i < 4 * 35; i++)
		v[i] = floorf(200 * v[i]);
	assert_int_equal(ip_infer_features(&in, IP_METADATA_RAW4, &want), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(ip_tensor_permute(&turned, &in.segments,
			turn), 0);
		assert_int_equal(ip_tensor_convert(&x, type[i], &turned), 0);
		assert_int_equal(ip_tensor_permute(&other.segments, &x, turn),
			0);
		assert_int_equal(ip_infer_features(&other, IP_METADATA_RAW4,
			&turned), 0);
		assert_memory_equal(turned.data, want.data, 8 * 35 *
			sizeof(float));
		ip_tensor_free(&turned);
		ip_tensor_free(&x);
	}
	ip_tensor_free(&want);
	ip_tensor_free(&in.thickness);
	assert_int_equal(ip_tensor_new(&in.thickness, IP_U16, 2, shape), 0);
	for (i = 0; i < 35; i++)
		((uint16_t *)in.thickness.data)[i] = (uint16_t)(50 * i);
	assert_int_equal(ip_infer_features(&in, IP_METADATA_SINCOS7, &x), 0);
	for (i = 0; i < 35; i++)
		assert_true(((float *)x.data)[4 * 35 + i] == (float)i / 2);
	ip_tensor_free(&x);
	ip_test_measurement_free(&in);
}

static void refuse(const struct ip_measurement *in, const char *text)
{
	struct ip_tensor x = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_infer_features(in, IP_METADATA_RAW4, &x),
		IP_EINVAL);
	ip_test_assert_logged(text);
	assert_null(x.data);
}

static void test_refused(void **state)
{
	struct ip_measurement in = ip_test_measurement(6, 8), bad = in;
	size_t map[2] = { 8, 6 };

	(void)state;
	((float *)in.segments.data)[7] = NAN;
	refuse(&in, "segments: element [0, 0, 7] is not finite");
	((float *)in.segments.data)[7] = 3e38f;
	((float *)in.segments.data)[8] = -3e38f;
	refuse(&in, "beyond the range of float32");
	bad.segments.shape[0] = 3;
	refuse(&bad, "segments: 3, expected 4");
	bad = in;
	bad.segments.shape[2] = 0;
	refuse(&bad, "an empty picture, 6 x 0");
	bad.segments.ndim = 2;
	refuse(&bad, "segments: 2 axes of float32");
	bad = in;
	bad.segments.dtype = IP_C64;
	refuse(&bad, "3 axes of complex64");
	bad = in;
	memset(&bad.thickness, 0, sizeof(bad.thickness));
	refuse(&bad, "thickness: expected one number, or a map of 6 x 8");
	assert_int_equal(ip_tensor_new(&bad.thickness, IP_F32, 2, map), 0);
	refuse(&bad, "a map of 6 x 8");
	ip_tensor_free(&bad.thickness);
	((float *)in.segments.data)[7] = 0;
	((float *)in.segments.data)[8] = 1;
	*(double *)in.thickness.data = -1;
	refuse(&in, "thickness: -1 nm");
	*(double *)in.thickness.data = INFINITY;
	refuse(&in, "thickness: element [] is not finite");
	*(double *)in.thickness.data = 0;
	in.euler[2] = NAN;
	refuse(&in, "Euler angle 2");
	ip_test_measurement_free(&in);
}

static void test_range(void **state)
{
	struct ip_measurement in = ip_test_measurement(4, 4);
	float *v = in.segments.data;
	struct ip_tensor x;
	size_t i;

	(void)state;
	for (i = 0; i < 64; i++)
		v[i] *= 9e-6f;
	ip_test_log_capture();
	assert_int_equal(ip_infer_features(&in, IP_METADATA_RAW4, &x), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_non_null(strstr(ip_test_log_warning(), "1e-08"));
	ip_tensor_free(&x);
	for (i = 0; i < 64; i++)
		v[i] = 7;
	ip_test_log_capture();
	assert_int_equal(ip_infer_features(&in, IP_METADATA_RAW4, &x), 0);
	assert_int_equal(ip_test_log_warnings(), 0);
	for (i = 0; i < 64; i++)
		assert_true(((float *)x.data)[i] == 0);
	ip_tensor_free(&x);
	ip_test_measurement_free(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_tilt),
		cmocka_unit_test(test_incident),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
