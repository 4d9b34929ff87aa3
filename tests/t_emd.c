/* HDF5 files: Velox, EMD 1.0, hspy, any other. */
#include <math.h>
#include "config.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/support.h"

#if IP_HAVE_HDF5
#include "support/hdf5.h"

#define NX IP_TEST_NX
#define NY IP_TEST_NY
#define DEGREE 57.295779513082321

static const char *path;

static int set_up(void **state)
{
	(void)state;
	path = ip_test_tmp("a.emd");
	return 0;
}

static void read_file(struct ip_bundle *b)
{
	memset(b, 0, sizeof *b);
	ip_test_log_capture();
	assert_int_equal(ip_emd_read(path, b), 0);
	assert_int_equal(ip_test_log_errors() + ip_test_log_warnings(), 0);
}

static const struct ip_item *item(const struct ip_bundle *b, const char *name,
	enum ip_dtype dtype, int ndim)
{
	const struct ip_item *found = ip_bundle_find(b, name);

	if (!found)
		print_error("no '%s'\n", name);
	assert_non_null(found);
	assert_int_equal(found->tensor.dtype, dtype);
	assert_int_equal(found->tensor.ndim, ndim);
	return found;
}

/* Of the bundle, or of an item; within 1e-12 of want. */
static void number(const struct ip_attrs *a, const char *key, double want)
{
	double v = ip_attrs_get(a, key, NAN);

	if (!(fabs(v - want) <= 1e-12 * fabs(want)))
		print_error("%s: %.17g, not %.17g\n", key, v, want);
	assert_true(fabs(v - want) <= 1e-12 * fabs(want));
}

static void size_is(const struct ip_attrs *a, double x, double y)
{
	const struct ip_attr *size = ip_attrs_find(a, "pixel_size");

	assert_non_null(size);
	assert_int_equal(size->count, 2);
	assert_true(fabs(size->v.f64[0] - x) <= 1e-12 * x);
	assert_true(fabs(size->v.f64[1] - y) <= 1e-12 * y);
}

static void names_are(const struct ip_bundle *b, size_t n,
	const char *const *names)
{
	size_t i;

	assert_int_equal(b->count, n);
	for (i = 0; i < n; i++)
		assert_string_equal(b->items[i].name, names[i]);
}

/* ---- Velox ---- */

static void segments(const struct ip_bundle *b, const char *format,
	const char *names)
{
	const struct ip_item *m;
	char name[16];
	int s, x, y;

	for (s = 0; names[s]; s++) {
		snprintf(name, sizeof name, format, names[s]);
		m = item(b, name, IP_U16, 2);
		assert_int_equal(m->tensor.shape[0], NX);
		assert_int_equal(m->tensor.shape[1], NY);
		for (x = 0; x < NX; x++)
			for (y = 0; y < NY; y++)
				assert_int_equal(((uint16_t *)m->tensor.data)
					[x * NY + y], ip_test_segment(s, x, y));
		assert_string_equal(ip_attrs_get_text(&m->attrs, "uuid"),
			ip_test_uuid(s));
		assert_string_equal(ip_attrs_get_text(&m->attrs, "detector"),
			"DF4");
		size_is(&m->attrs, 0.2, 0.3);
	}
}

/* What all images have alike. */
static void setup_is(const struct ip_attrs *a, double theta)
{
	number(a, "energy", 300000);
	number(a, "semiangle", 21);
	number(a, "scan_rotation", 0.5 * DEGREE);
	number(a, "detector_rotation", theta * DEGREE);
	number(a, "rotation", theta * DEGREE - 45);
	number(a, "dwell_time", 1e-5);
	number(a, "frame_time", 11.7);
	number(a, "camera_length", 0.1);
	assert_true(fabs(ip_attrs_get_one(a, "stage_tilt", 1, 0) +
		0.2 * DEGREE) < 1e-12);
	assert_string_equal(ip_attrs_get_text(a, "instrument"), "Titan");
	size_is(a, 0.2, 0.3);
}

static void velox_9(void **state)
{
	static const char *const names[] = { "DF4-A", "DF4-B", "DF4-C",
		"DF4-D", "HAADF", "HAADF 2", "A-C", "B-D", "DPC", "iDPC",
		"iDPC unfiltered" };
	const struct ip_item *m;
	struct ip_bundle b;
	const float *p;
	int i, x, y;

	(void)state;
	ip_test_velox(path, 9, 0.25);
	read_file(&b);
	names_are(&b, 11, names);
	segments(&b, "DF4-%c", "ABCD");
	for (i = 0; i < 4; i++)
		assert_int_equal(ip_attrs_find(&b.items[i].attrs,
			"segment")->v.i64[0], i);
	setup_is(&b.attrs, 0.25);
	/* angles differ between DF4 and HAADF, and stay with the images */
	assert_null(ip_attrs_find(&b.attrs, "inner"));
	number(&ip_bundle_find(&b, "A-C")->attrs, "inner", 5);
	number(&ip_bundle_find(&b, "HAADF 2")->attrs, "outer", 200);
	assert_null(ip_attrs_find(&b.items[0].attrs, "energy"));
	number(&ip_bundle_find(&b, "iDPC")->attrs, "high_pass_sigma", 20);
	p = item(&b, "B-D", IP_F32, 2)->tensor.data;
	for (x = 0; x < NX; x++)
		for (y = 0; y < NY; y++)
			assert_true(p[x * NY + y] == ip_test_segment(1, x, y) -
				ip_test_segment(3, x, y));
	/* two frames, the first axis; HDF5 keeps the last image first */
	m = item(&b, "HAADF 2", IP_F32, 3);
	assert_int_equal(m->tensor.shape[0], 2);
	p = m->tensor.data;
	assert_true(p[(0 * NX + 3) * NY + 2] == 23);
	assert_true(p[(1 * NX + 3) * NY + 2] == 123);
	item(&b, "HAADF", IP_I32, 2);
	ip_bundle_free(&b);
}

/* More in A moves DPC along theta, more in B 90 degree on: rotation is right
 * if the middle of segment k, rotation + 45 + 90 k, lies there. */
static void velox_rotation(void **state)
{
	const double theta = -2.5;
	const float *d, *ac, *bd;
	double turn, re, im;
	struct ip_bundle b;
	int i;

	(void)state;
	ip_test_velox(path, 9, theta);
	read_file(&b);
	d = item(&b, "DPC", IP_C64, 2)->tensor.data;
	ac = item(&b, "A-C", IP_F32, 2)->tensor.data;
	bd = item(&b, "B-D", IP_F32, 2)->tensor.data;
	turn = (ip_attrs_get(&b.attrs, "rotation", NAN) + 45) / DEGREE;
	for (i = 0; i < NX * NY; i++) {
		re = ac[i] * cos(turn) + bd[i] * cos(turn + 90 / DEGREE);
		im = ac[i] * sin(turn) + bd[i] * sin(turn + 90 / DEGREE);
		/* float32 of up to 300 */
		assert_true(fabs(d[2 * i] - 1.1107207345 * re) < 1e-4);
		assert_true(fabs(d[2 * i + 1] - 1.1107207345 * im) < 1e-4);
	}
	number(&b.attrs, "rotation", 360 - 45 + theta * DEGREE);
	ip_bundle_free(&b);
	ip_test_velox(path, 9, -2.5 - 1);
	read_file(&b);
	number(&b.attrs, "rotation", 360 - 45 - 3.5 * DEGREE);
	ip_bundle_free(&b);
}

static void velox_11(void **state)
{
	static const char *const names[] = { "DF4", "Segment A", "Segment B",
		"Segment C" };
	struct ip_bundle b;

	(void)state;
	ip_test_velox(path, 11, 0.25);
	read_file(&b);
	names_are(&b, 4, names);
	segments(&b, "Segment %c", "ABC");
	setup_is(&b.attrs, 0.25);
	number(&b.attrs, "inner", 5);
	number(&b.attrs, "outer", 30);
	ip_bundle_free(&b);
}

/* An image without metadata, and the operation that makes it. */
static void output(hid_t f, const char *uuid, const char *operation,
	const char *more)
{
	static const hsize_t dims[] = { 2, 2, 1 };
	static const float p[4];
	char name[96], text[256];

	snprintf(name, sizeof name, "/Data/Image/%s/Data", uuid);
	ip_test_h5_put(f, name, IP_TEST_H5_PLAIN, H5T_IEEE_F32LE,
		H5T_NATIVE_FLOAT, 3, dims, p);
	snprintf(name, sizeof name, "/Operations/%s/%s", operation, uuid);
	snprintf(text, sizeof text, "{\"dataPath\": \"/Data/Image/%s\", %s}",
		uuid, more);
	ip_test_h5_text(f, name, text);
}

/* Names that nothing but the operation tells. */
static void velox_operations(void **state)
{
	static const char *const names[] = { "Ceta", "A-C", "Addition", "B-D",
		"DCFI", "dDPC" };
	hid_t f = ip_test_h5_new(path);
	struct ip_bundle b;

	(void)state;
	ip_test_h5_text(f, "/Version", "{\"version\": 10}");
	output(f, "1", "CameraInputOperation", "\"cameraName\": \"Ceta\"");
	output(f, "2", "MathematicsOperation",
		"\"outputs\": [{\"inputIndex\": \"1\"}]");
	output(f, "3", "MathematicsOperation",
		"\"outputs\": [{\"inputIndex\": \"0\"}]");
	output(f, "4", "MathematicsOperation",
		"\"mathematicsMode\": \"Addition\"");
	output(f, "5", "IntegrationOperation", "\"a\": 0");
	output(f, "6", "SurfaceReconstructionOperation",
		"\"integrationMode\": \"false\"");
	H5Fclose(f);
	read_file(&b);
	names_are(&b, 6, names);
	assert_string_equal(ip_attrs_get_text(&b.items[1].attrs, "uuid"), "3");
	ip_bundle_free(&b);
}

/* ---- EMD 1.0, hspy, any ---- */

static void emd_1(void **state)
{
	static const char *const names[] = { "com", "im" };
	const struct ip_item *m;
	struct ip_bundle b;
	const float *p;
	int x, y;

	(void)state;
	ip_test_emd1(path);
	read_file(&b);
	names_are(&b, 2, names);
	m = item(&b, "im", IP_I16, 2);
	assert_string_equal(ip_attrs_get_text(&m->attrs, "unit"), "counts");
	size_is(&m->attrs, 0.2, 0.3);
	m = item(&b, "com", IP_F32, 3);
	assert_int_equal(m->tensor.shape[0], 2);
	assert_int_equal(m->tensor.shape[1], NX);
	assert_int_equal(ip_attrs_find(&m->attrs, "file_shape")->v.i64[2], 2);
	size_is(&m->attrs, 0.2, 0.3);
	p = m->tensor.data;
	for (x = 0; x < NX; x++)
		for (y = 0; y < NY; y++) {
			assert_int_equal(((int16_t *)ip_bundle_find(&b,
				"im")->tensor.data)[x * NY + y], x - 10 * y);
			assert_true(p[(NX + x) * NY + y] ==
				(float)(x + 10 * y + 100));
		}
	ip_bundle_free(&b);
}

static void dim(hid_t f, const char *name, const char *axis, double step)
{
	static const hsize_t two = 2;
	const double v[] = { 1, 1 + step };

	ip_test_h5_put(f, name, IP_TEST_H5_PLAIN, H5T_IEEE_F64LE,
		H5T_NATIVE_DOUBLE, 1, &two, v);
	ip_test_h5_attr_text(f, name, "name", axis);
	ip_test_h5_attr_text(f, name, "units", "[n_m]");
}

/* Axes from dim0 on, one downwards; two groups of one name; Prismatic's
 * [n_m], which is Angstrom. */
static void emd_others(void **state)
{
	static const char *const names[] = { "im", "/b/im" };
	static const char setup[] = "/4DSTEM_simulation/metadata/metadata_0/"
		"original/simulation_parameters";
	static const hsize_t dims[] = { 2, 2 };
	static const float p[4];
	hid_t f = ip_test_h5_new(path);
	struct ip_bundle b;
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(name, sizeof name, "/%c/im", 'a' + i);
		ip_test_h5_group(f, name);
		ip_test_h5_attr(f, name, "emd_group_type", 1);
		snprintf(name, sizeof name, "/%c/im/data", 'a' + i);
		ip_test_h5_put(f, name, IP_TEST_H5_PLAIN, H5T_IEEE_F32LE,
			H5T_NATIVE_FLOAT, 2, dims, p);
		snprintf(name, sizeof name, "/%c/im/dim%d", 'a' + i, i);
		dim(f, name, "x", 0.25);
		snprintf(name, sizeof name, "/%c/im/dim%d", 'a' + i, i + 1);
		dim(f, name, "y", -0.5);
	}
	ip_test_h5_group(f, setup);
	ip_test_h5_attr(f, setup, "E", 100);
	ip_test_h5_attr(f, setup, "sa", 21);
	H5Fclose(f);
	read_file(&b);
	names_are(&b, 2, names);
	for (i = 0; i < 2; i++)
		size_is(&b.items[i].attrs, 0.25, 0.5);
	number(&b.attrs, "energy", 100000);
	number(&b.attrs, "semiangle", 21);
	ip_bundle_free(&b);
}

static void hspy(void **state)
{
	const struct ip_item *m;
	struct ip_bundle b;

	(void)state;
	ip_test_hspy(path);
	read_file(&b);
	assert_int_equal(b.count, 1);
	m = item(&b, "scan", IP_F32, 3);
	assert_int_equal(m->tensor.shape[1], NX);
	assert_true(((float *)m->tensor.data)[(NX + 3) * NY + 2] == 123);
	size_is(&m->attrs, 0.2, 0.3);
	number(&b.attrs, "energy", 200000);
	number(&b.attrs, "semiangle", 21.5);
	ip_bundle_free(&b);
}

static void put_links(hid_t f)
{
	H5Lcreate_soft("/a/wide", f, "/soft", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_external("other.h5", "/x", f, "/far", H5P_DEFAULT,
		H5P_DEFAULT);
}

/* Numbers of every kind, as they are; links that are not hard are not there. */
static void any(void **state)
{
	static const hsize_t dims[] = { 2, 3 };
	static const int p[2][3] = { { 1, 2, 3 }, { -4, 5, 6 } };
	static const double z[] = { 1.5, -2.5 }, half[] = { 0.5, 65504 };
	static const signed char yes = 1, no = 0;
	hid_t f = ip_test_h5_new(path), three = H5Tcopy(H5T_STD_I32BE);
	hid_t f16 = H5Tcopy(H5T_IEEE_F32LE), pair = H5Tcreate(H5T_COMPOUND,
		16), truth = H5Tenum_create(H5T_NATIVE_INT8);
	struct ip_bundle b;

	(void)state;
	H5Tset_size(three, 3);
	H5Tset_precision(three, 24);
	H5Tset_fields(f16, 15, 10, 5, 0, 10);
	H5Tset_size(f16, 2);
	H5Tset_ebias(f16, 15);
	H5Tinsert(pair, "r", 0, H5T_NATIVE_DOUBLE);
	H5Tinsert(pair, "i", 8, H5T_NATIVE_DOUBLE);
	H5Tenum_insert(truth, "FALSE", &no);
	H5Tenum_insert(truth, "TRUE", &yes);
	ip_test_h5_put(f, "/a/three", IP_TEST_H5_GZIP, three, H5T_NATIVE_INT,
		2, dims, p);
	ip_test_h5_put(f, "/a/wide", IP_TEST_H5_CHUNKED, H5T_STD_U64BE,
		H5T_NATIVE_INT, 2, dims, p);
	ip_test_h5_put(f, "/half", IP_TEST_H5_PLAIN, f16, H5T_NATIVE_DOUBLE, 1,
		dims, half);
	ip_test_h5_put(f, "/z", IP_TEST_H5_PLAIN, pair, pair, 0, NULL, z);
	ip_test_h5_put(f, "/truth", IP_TEST_H5_PLAIN, truth, truth, 0, NULL,
		&yes);
	ip_test_h5_text(f, "/text", "no number");
	put_links(f);
	H5Tclose(three);
	H5Tclose(f16);
	H5Tclose(pair);
	H5Tclose(truth);
	H5Fclose(f);
	read_file(&b);
	assert_int_equal(b.count, 5);
	assert_int_equal(((int32_t *)item(&b, "a/three", IP_I32,
		2)->tensor.data)[3], -4);
	assert_int_equal(((uint64_t *)item(&b, "a/wide", IP_U64,
		2)->tensor.data)[5], 6);
	assert_true(((float *)item(&b, "half", IP_F32, 1)->tensor.data)[1] ==
		65504);
	assert_true(((float *)item(&b, "z", IP_C64, 0)->tensor.data)[1] ==
		-2.5f);
	assert_int_equal(*(int8_t *)item(&b, "truth", IP_I8, 0)->tensor.data,
		1);
	ip_bundle_free(&b);
}

/* ---- samples, where they are (../shared) ---- */

static int sample(const char *name)
{
	path = ip_test_shared(name);
	if (!path)
		print_message("no %s beside the sources\n", name);
	return path != NULL;
}

static void sample_setup(const struct ip_bundle *b)
{
	number(&b->attrs, "energy", 300000);
	size_is(&b->attrs, 0.99619915558306547, 0.99619915558306547);
	number(&b->attrs, "inner", 0.60253744443432278);
	number(&b->attrs, "outer", 3.3629874186804848);
	number(&b->attrs, "semiangle", 1.0461282069309302);
	assert_true(fabs(ip_attrs_get(&b->attrs, "rotation", 9)) < 1e-4);
}

static void velox_sample(void **state)
{
	static const char *const names[] = { "DF4-A", "DF4-B", "DF4-C",
		"DF4-D", "A-C", "B-D", "DPC", "iDPC", "iDPC unfiltered" };
	const double f = 3.14159265358979323846 / (2 * sqrt(2));
	const uint16_t *s[4];
	const float *ac, *bd, *d;
	double theta, a, c, re, im;
	struct ip_bundle b;
	int i, k;

	(void)state;
	if (!sample("samples/velox_v9_dpc.emd"))
		skip();
	read_file(&b);
	names_are(&b, 9, names);
	sample_setup(&b);
	for (i = 0; i < 4; i++)
		s[i] = item(&b, names[i], IP_U16, 2)->tensor.data;
	ac = item(&b, "A-C", IP_F32, 2)->tensor.data;
	bd = item(&b, "B-D", IP_F32, 2)->tensor.data;
	d = item(&b, "DPC", IP_C64, 2)->tensor.data;
	theta = ip_attrs_get(&b.attrs, "detector_rotation", NAN) / DEGREE;
	for (i = 0; i < 4; i++) {
		assert_true(ac[i] == s[0][i] - s[2][i]);
		assert_true(bd[i] == s[1][i] - s[3][i]);
		for (k = 0; k < i; k++) {
			a = ac[i] - ac[k];
			c = bd[i] - bd[k];
			re = f * (cos(theta) * a - sin(theta) * c);
			im = f * (sin(theta) * a + cos(theta) * c);
			/* of numbers up to 2000 in float32 */
			assert_true(fabs(d[2 * i] - d[2 * k] - re) <= 1e-6 *
				hypot(re, im));
			assert_true(fabs(d[2 * i + 1] - d[2 * k + 1] - im) <=
				1e-6 * hypot(re, im));
		}
	}
	ip_bundle_free(&b);
}

static void prismatic_sample(void **state)
{
	const struct ip_item *m;
	struct ip_bundle b;
	size_t i;

	(void)state;
	if (!sample("samples/emd1_prismatic_dpc.emd"))
		skip();
	read_file(&b);
	assert_int_equal(b.count, 7);
	for (i = 0; i < b.count; i++)
		assert_int_equal(ip_tensor_check_finite(&b.items[i].tensor,
			b.items[i].name), 0);
	/* 22 x 22 x 2 and 16 x 16 x 4 in the file, channels last */
	m = item(&b, "DPC_CoM_depth0000", IP_F32, 3);
	assert_int_equal(m->tensor.shape[0], 2);
	assert_int_equal(m->tensor.shape[1], 22);
	assert_int_equal(ip_attrs_find(&m->attrs, "file_shape")->v.i64[2], 2);
	size_is(&m->attrs, 0.25, 0.25);
	m = item(&b, "ppotential", IP_F32, 3);
	assert_int_equal(m->tensor.shape[0], 4);
	assert_int_equal(m->tensor.shape[2], 16);
	assert_int_equal(ip_attrs_find(&m->attrs, "file_shape")->v.i64[0], 16);
	number(&b.attrs, "energy", 100000);
	ip_bundle_free(&b);
}

#define TEST(fn) cmocka_unit_test_setup(fn, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(velox_9), TEST(velox_rotation), TEST(velox_11),
		TEST(velox_operations), TEST(emd_1), TEST(emd_others),
		TEST(hspy), TEST(any), TEST(velox_sample),
		TEST(prismatic_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void without(void **state)
{
	struct ip_bundle b = { 0 };

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_emd_read("a.emd", &b), IP_ENOTSUP);
	ip_test_assert_logged("install libhdf5-dev and libjansson-dev");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(without) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
