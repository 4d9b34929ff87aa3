/* Training data: what files give, and what is refused. */
#include <math.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <iphase/formats.h>
#include <iphase/infer.h>
#include <iphase/ipt.h>
#include "core/core.h"
#include "support/pictures.h"

static const struct ip_feeding plain = { .metadata = IP_METADATA_SINCOS7,
	.scale = IP_MODEL_SCALE };

/* Picture i of a series (or the only one) is just that of sample t. */
static void assert_picture(const struct ip_bundle *b, const char *name,
	size_t i, const struct ip_tensor *t, int ndim)
{
	const struct ip_tensor *from = &ip_bundle_find(b, name)->tensor;
	size_t n = ip_tensor_count(t);

	assert_int_equal(t->dtype, IP_F32);
	assert_int_equal(t->ndim, ndim);
	assert_memory_equal(t->data, (float *)from->data + i * n,
		n * sizeof(float));
}

/* Every picture of three files, in any order, and what belongs to it. */
static void test_pictures(void **state)
{
	char *a = ip_test_data_file("a.ipt", 3, 6, 10, 1);
	char *b = ip_test_data_file("b.ipt", 1, 8, 8, 2);
	char *c = ip_test_data_file("c.ipt", 2, 6, 10, 3);
	const char *paths[] = { a, b, c };
	static const size_t file[] = { 0, 0, 0, 1, 2, 2 }, at[] = { 0, 1, 2,
		0, 0, 1 };
	struct ip_dataset *d = ip_test_dataset(paths, 3);
	struct ip_bundle whole[3];
	struct ip_sample s;
	size_t h, w;

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		memset(&whole[k], 0, sizeof whole[k]);
		assert_int_equal(ip_ipt_load(paths[k], &whole[k]), 0);
	}
	assert_int_equal(ip_dataset_count(d), 6);
	for (size_t k = 0; k < 12; k++) {
		size_t i = k * 5 % 6, f = file[i];
		assert_int_equal(ip_dataset_specimen(d, i), f);
		assert_string_equal(ip_dataset_path(d, i), paths[f]);
		ip_dataset_size(d, i, &h, &w);
		assert_true(h == (f == 1 ? 8 : 6) && w == (f == 1 ? 8 : 10));
		assert_int_equal(ip_dataset_get(d, i, &s), 0);
		assert_picture(&whole[f], "segments", at[i], &s.segments, 3);
		assert_picture(&whole[f], "potential_beam", at[i], &s.truth,
			2);
		assert_int_equal(ip_tensor_count(&s.thickness), 1);
		assert_true(*(double *)s.thickness.data ==
			20.0 * (double)(at[i] + 1));
		assert_true(s.euler[0] == 10 && s.euler[1] == 0.5 &&
			s.euler[2] == -0.25);
		ip_sample_free(&s);
	}
	for (size_t k = 0; k < 3; k++)
		ip_bundle_free(&whole[k]);
	ip_dataset_close(d);
	free(a);
	free(b);
	free(c);
}

/* The other truth; an orientation and a thickness for every picture. */
static void test_each(void **state)
{
	size_t angles[] = { 3, 3 }, maps[] = { 3, 6, 10 };
	struct ip_bundle b, whole = { 0 };
	struct ip_dataset *d;
	struct ip_sample s;
	const char *paths[2];
	char *path;

	(void)state;
	ip_test_data(&b, 3, 6, 10, 4);
	ip_test_replace(&b, "euler", IP_F32, 2, angles, 2);
	((float *)ip_bundle_find(&b, "euler")->tensor.data)[5] = 7;
	ip_test_replace(&b, "thickness", IP_F64, 3, maps, 30);
	((double *)ip_bundle_find(&b, "thickness")->tensor.data)[61] = 31;
	assert_int_equal(ip_npz_write(ip_test_tmp("each.npz"), &b, 1), 0);
	path = ip_test_bundle_file("each.ipt", &b);
	assert_int_equal(ip_ipt_load(path, &whole), 0);
	paths[0] = path;
	paths[1] = ip_test_tmp("each.npz");
	assert_int_equal(ip_dataset_open(&d, paths, 2, IP_TRUTH_ZONE), 0);
	assert_int_equal(ip_dataset_count(d), 6);
	for (size_t i = 1; i < 6; i += 3) {	/* the second of both */
		assert_int_equal(ip_dataset_get(d, i, &s), 0);
		assert_picture(&whole, "segments", 1, &s.segments, 3);
		assert_picture(&whole, "potential_zone", 1, &s.truth, 2);
		assert_true(s.euler[0] == 2 && s.euler[2] == 7);
		assert_int_equal(s.thickness.ndim, 2);
		assert_true(((double *)s.thickness.data)[0] == 30 &&
			((double *)s.thickness.data)[1] == 31);
		ip_sample_free(&s);
	}
	ip_dataset_close(d);
	ip_bundle_free(&whole);
	free(path);
}

/* One map of thickness and one row of angles, for all of a series. */
static void test_for_all(void **state)
{
	size_t angles[] = { 1, 3 }, map[] = { 1, 6, 10 };
	struct ip_dataset *d;
	struct ip_bundle b;
	struct ip_sample s;
	const char *paths[2];
	char *path;

	(void)state;
	ip_test_data(&b, 3, 6, 10, 4);
	ip_test_replace(&b, "euler", IP_F64, 2, angles, 2);
	ip_test_replace(&b, "thickness", IP_F64, 3, map, 30);
	assert_int_equal(ip_npz_write(ip_test_tmp("all.npz"), &b, 1), 0);
	paths[0] = path = ip_test_bundle_file("all.ipt", &b);
	paths[1] = ip_test_tmp("all.npz");
	d = ip_test_dataset(paths, 2);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(ip_dataset_get(d, i, &s), 0);
		assert_true(s.euler[0] == 2 && s.euler[2] == 2);
		assert_int_equal(ip_tensor_count(&s.thickness), 60);
		assert_true(((double *)s.thickness.data)[59] == 30);
		ip_sample_free(&s);
	}
	ip_dataset_close(d);
	free(path);
}

/* A folder of the reference's, in the order of names. */
static void test_reference(void **state)
{
	static const char *const names[] = { "b", "a", "c" };
	struct ip_bundle b[3];
	struct ip_dataset *d;
	struct ip_sample s;
	struct ip_tensor want = { 0 };
	char *folder = strdup(ip_test_tmp("reference"));
	size_t order[] = { 1, 0, 2 };

	(void)state;
	assert_int_equal(mkdir(folder, 0777), 0);
	for (uint64_t k = 0; k < 3; k++) {
		ip_test_reference(&b[k], 6, 8, k);
		assert_int_equal(ip_npz_write(ip_test_tmp("reference/%s.npz",
			names[k]), &b[k], k > 0), 0);
	}
	ip_test_write(ip_test_tmp("reference/notes.txt"), "no data", 7);
	d = ip_test_dataset((const char *const *)&folder, 1);
	assert_int_equal(ip_dataset_count(d), 3);
	for (size_t i = 0; i < 3; i++) {
		struct ip_bundle *from = &b[order[i]];
		assert_int_equal(ip_dataset_specimen(d, i), i);
		assert_int_equal(ip_dataset_get(d, i, &s), 0);
		assert_int_equal(ip_tensor_convert(&want, IP_F32,
			&ip_bundle_find(from, "input")->tensor), 0);
		assert_memory_equal(s.segments.data, want.data, 4 * 48 * 4);
		assert_picture(from, "potential", 0, &s.truth, 2);
		assert_true(*(double *)s.thickness.data == 80);
		assert_true(s.euler[0] == 10 && s.euler[2] == -0.25);
		ip_tensor_free(&want);
		ip_sample_free(&s);
	}
	ip_dataset_close(d);
	for (int k = 0; k < 3; k++)
		ip_bundle_free(&b[k]);
	free(folder);
}

/* More files than a process may have open. */
static void test_many(void **state)
{
	enum { FILES = 60 };
	struct rlimit old, few;
	struct ip_dataset *d;
	struct ip_sample s;
	char *folder = strdup(ip_test_tmp("many"));
	char name[32];

	(void)state;
	assert_int_equal(mkdir(folder, 0777), 0);
	for (size_t i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "many/%02zu.ipt", i);
		free(ip_test_data_file(name, 1, 6, 8, i));
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = 20;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	d = ip_test_dataset((const char *const *)&folder, 1);
	assert_int_equal(ip_dataset_count(d), FILES);
	for (size_t i = 0; i < FILES; i++) {
		assert_int_equal(ip_dataset_get(d, i, &s), 0);
		ip_sample_free(&s);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	ip_dataset_close(d);
	free(folder);
}

/* A picture is read without the others: damage to them does not matter. */
static void test_alone(void **state)
{
	/* more than half a chunk of ipt(5) each */
	char *path = ip_test_data_file("large.ipt", 3, 192, 192, 1);
	struct ip_dataset *d = ip_test_dataset((const char *const *)&path, 1);
	struct ip_sample s;
	unsigned char *bytes;
	size_t size;

	(void)state;
	bytes = ip_test_read(path, &size);
	bytes[700000] ^= 1;	/* in the segments of picture 1 */
	ip_test_write(path, bytes, size);
	for (size_t i = 0; i < 3; i += 2) {
		assert_int_equal(ip_dataset_get(d, i, &s), 0);
		ip_sample_free(&s);
	}
	ip_test_log_capture();
	assert_int_equal(ip_dataset_get(d, 1, &s), IP_ECHECKSUM);
	ip_test_assert_logged("large.ipt: 'segments'");
	ip_dataset_close(d);
	free(bytes);
	free(path);
}

/* ---- what is refused ---- */

/* After change, which spoils b, the file is refused, for these words. */
struct spoilt {
	const char *name;	/* the tensor */
	enum ip_dtype dtype;
	int ndim;		/* -1: taken out */
	size_t shape[4];
	double value;
	const char *message;
};

static const struct spoilt bad[] = {
	{ "segments", IP_F32, -1, { 0 }, 0, "neither a tensor 'segments' nor "
		"'input'" },
	{ "potential_beam", IP_F32, -1, { 0 }, 0, "neither a tensor "
		"'potential_beam' nor 'potential'" },
	{ "thickness", IP_F32, -1, { 0 }, 0, "neither a tensor 'thickness'" },
	{ "euler", IP_F32, -1, { 0 }, 0, "neither a tensor 'euler'" },
	{ "segments", IP_F32, 4, { 3, 2, 6, 10 }, 0, "has 2 segments" },
	{ "segments", IP_F32, 2, { 6, 10 }, 0, "has 2 axes" },
	{ "segments", IP_C64, 4, { 3, 4, 6, 10 }, 0, "is of complex64" },
	{ "segments", IP_F32, 4, { 0, 4, 6, 10 }, 0, "is empty" },
	{ "potential_beam", IP_F32, 3, { 3, 10, 6 }, 0, "true potential has "
		"another shape" },
	{ "potential_beam", IP_F32, 3, { 2, 6, 10 }, 0, "true potential has "
		"another shape" },
	{ "thickness", IP_F32, 1, { 2 }, 20, "the thickness: expected one" },
	{ "thickness", IP_F32, 1, { 3 }, -1, "a thickness of -1 nm" },
	{ "thickness", IP_F32, 0, { 0 }, NAN, "'thickness'" },
	{ "euler", IP_F32, 2, { 2, 3 }, 0, "the Euler angles: expected" },
	{ "euler", IP_F32, 1, { 4 }, 0, "the Euler angles: expected" },
	{ "euler", IP_F32, 1, { 3 }, INFINITY, "'euler'" },
};

static void refuse(const char *path, int status, const char *message)
{
	struct ip_dataset *d = NULL;

	ip_test_log_capture();
	assert_int_equal(ip_dataset_open(&d, &path, 1, IP_TRUTH_BEAM),
		status);
	assert_null(d);
	ip_test_assert_logged(message);
	assert_non_null(strstr(ip_test_log_error(), path));
}

static void test_refused(void **state)
{
	struct ip_bundle b;
	char *path;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ip_test_data(&b, 3, 6, 10, 1);
		ip_test_replace(&b, bad[i].name, bad[i].dtype, bad[i].ndim,
			bad[i].shape, bad[i].value);
		path = ip_test_bundle_file("bad.ipt", &b);
		refuse(path, IP_EFORMAT, bad[i].message);
		free(path);
	}
	ip_test_data(&b, 1, 6, 10, 1);
	ip_attrs_i64(&b.attrs, "segments", (int64_t[]){ 2, 2 }, 2);
	path = ip_test_bundle_file("bad.ipt", &b);
	refuse(path, IP_EFORMAT, "2 segments in 2 rings");
	free(path);
	refuse(ip_test_tmp("nothing.ipt"), IP_ENOTFOUND, "nothing.ipt");
	mkdir(ip_test_tmp("empty"), 0777);
	refuse(ip_test_tmp("empty"), IP_ENOTFOUND, "without .npz or .ipt");
	ip_test_log_capture();
	assert_int_equal(ip_dataset_open(&(struct ip_dataset *){ NULL }, NULL,
		0, IP_TRUTH_BEAM), IP_EINVAL);
}

/* Every file cut off anywhere is refused, or gives its very pictures. */
static void cut_off(const char *path, size_t step)
{
	size_t size, n, fine = 0;
	unsigned char *whole = ip_test_read(path, &size);
	struct ip_dataset *d;
	struct ip_sample s;

	ip_test_log_capture();
	for (n = 0; n < size; n += step) {
		ip_test_write(path, whole, n);
		if (ip_dataset_open(&d, &path, 1, IP_TRUTH_BEAM) < 0)
			continue;
		if (ip_dataset_get(d, 0, &s) == 0) {
			fine++;
			ip_sample_free(&s);
		}
		ip_dataset_close(d);
	}
	assert_int_equal(fine, 0);
	free(whole);
}

static void test_cut_off(void **state)
{
	char *a = ip_test_data_file("a.ipt", 2, 6, 10, 1);
	char *b = strdup(ip_test_tmp("b.npz"));
	struct ip_bundle r;

	(void)state;
	cut_off(a, 61);
	ip_test_reference(&r, 6, 10, 2);
	assert_int_equal(ip_npz_write(b, &r, 1), 0);
	ip_bundle_free(&r);
	cut_off(b, 17);
	free(a);
	free(b);
}

static void refuse_picture(const char *path, size_t i, const char *message)
{
	struct ip_dataset *d = ip_test_dataset(&path, 1);
	struct ip_sample s;

	ip_test_log_capture();
	assert_int_equal(ip_dataset_get(d, i, &s), IP_EFORMAT);
	ip_test_assert_logged(message);
	assert_non_null(strstr(ip_test_log_error(), path));
	ip_dataset_close(d);
}

/* The reference makes zeros of such pictures. */
static void test_not_finite(void **state)
{
	struct ip_bundle b;
	struct ip_dataset *d;
	struct ip_sample s;
	char *path;

	(void)state;
	ip_test_data(&b, 3, 6, 10, 1);
	((float *)ip_bundle_find(&b, "segments")->tensor.data)[400] = NAN;
	path = ip_test_bundle_file("nan.ipt", &b);
	refuse_picture(path, 1, "'segments' of picture 1");
	d = ip_test_dataset((const char *const *)&path, 1);
	assert_int_equal(ip_dataset_get(d, 0, &s), 0);	/* the others are fine */
	ip_sample_free(&s);
	ip_dataset_close(d);
	free(path);
	ip_test_reference(&b, 6, 10, 2);
	((float *)ip_bundle_find(&b, "potential")->tensor.data)[7] = INFINITY;
	path = strdup(ip_test_tmp("inf.npz"));
	assert_int_equal(ip_npz_write(path, &b, 0), 0);
	ip_bundle_free(&b);
	refuse_picture(path, 0, "'potential' of picture 0");
	free(path);
}

/* A file that is replaced by another meanwhile. */
static void test_changed(void **state)
{
	char *path = ip_test_data_file("a.ipt", 2, 6, 10, 1);
	struct ip_dataset *d = ip_test_dataset((const char *const *)&path, 1);
	struct ip_sample s;

	(void)state;
	free(ip_test_data_file("a.ipt", 2, 6, 8, 1));
	ip_test_log_capture();
	assert_int_equal(ip_dataset_get(d, 0, &s), IP_EFORMAT);
	ip_test_assert_logged("now has 2 pictures of 6 x 8");
	free(ip_test_data_file("a.ipt", 3, 6, 10, 1));
	ip_test_log_capture();
	assert_int_equal(ip_dataset_get(d, 0, &s), IP_EFORMAT);
	ip_test_assert_logged("now has 3 pictures of 6 x 10");
	ip_test_log_capture();
	assert_int_equal(ip_dataset_get(d, 2, &s), IP_EINVAL);
	ip_test_assert_logged("picture 2 of a dataset of 2");
	ip_dataset_close(d);
	free(path);
}

/* ---- examples ---- */

/* Features as inference has them, the truth over the scale. */
static void test_example(void **state)
{
	char *path = ip_test_data_file("a.ipt", 3, 32, 64, 5);
	struct ip_dataset *d = ip_test_dataset((const char *const *)&path, 1);
	struct ip_feeding how = plain;
	struct ip_tensor x, target, want, wide;
	struct ip_measurement in = { 0 };
	struct ip_sample s;

	(void)state;
	how.scale = 7000;
	assert_int_equal(ip_dataset_example(d, 2, 9, &how, &x, &target), 0);
	assert_int_equal(ip_dataset_get(d, 2, &s), 0);
	in.segments = s.segments;
	in.thickness = s.thickness;
	memcpy(in.euler, s.euler, sizeof in.euler);
	assert_int_equal(ip_infer_features(&in, IP_METADATA_SINCOS7, &want),
		0);
	assert_int_equal(ip_tensor_convert(&wide, IP_REAL_DTYPE, &want), 0);
	assert_true(x.dtype == IP_REAL_DTYPE && x.ndim == 3 &&
		x.shape[0] == 11 && x.shape[1] == 32 && x.shape[2] == 64);
	assert_memory_equal(x.data, wide.data, 11 * 32 * 64 * sizeof(ip_real));
	assert_true(target.dtype == IP_REAL_DTYPE && target.ndim == 3 &&
		target.shape[0] == 1 && target.shape[1] == 32);
	for (size_t i = 0; i < 32 * 64; i++)
		assert_true(((ip_real *)target.data)[i] == (ip_real)
			((double)((float *)s.truth.data)[i] / 7000));
	ip_tensor_free(&x);
	ip_tensor_free(&target);
	ip_tensor_free(&want);
	ip_tensor_free(&wide);
	ip_sample_free(&s);
	ip_dataset_close(d);
	free(path);
}

/* Sizes that no network takes. */
static void test_sizes(void **state)
{
	static const struct { size_t h, w, crop; const char *message; } no[] = {
		{ 33, 64, 0, "pictures of 33 x 64 pixels" },
		{ 32, 32, 0, "pictures of 32 x 32 pixels" },
		{ 64, 48, 64, "smaller than the part of 64 x 64" },
		{ 64, 64, 32, "a crop of 32 pixels" },
		{ 64, 64, 50, "a crop of 50 pixels" },
	};
	struct ip_feeding how = plain;
	struct ip_tensor x, target;
	struct ip_dataset *d;
	char *path;

	(void)state;
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		path = ip_test_data_file("a.ipt", 1, no[i].h, no[i].w, 1);
		d = ip_test_dataset((const char *const *)&path, 1);
		how.change.crop = no[i].crop;
		ip_test_log_capture();
		assert_int_equal(ip_dataset_example(d, 0, 0, &how, &x,
			&target), IP_EINVAL);
		ip_test_assert_logged(no[i].message);
		ip_dataset_close(d);
		free(path);
	}
}

/* Wherever memory runs out, all is given back, and it says so. */
static void no_memory(const char *path)
{
	struct ip_feeding how = plain;
	struct ip_tensor x, target;
	struct ip_dataset *d;
	long n, opened = 0;
	int rc = IP_ENOMEM;

	how.change.turns = how.change.reference = 1;
	for (n = 0; rc < 0 && n < 2000; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_dataset_open(&d, &path, 1, IP_TRUTH_BEAM);
		if (rc == 0) {
			opened++;
			rc = ip_dataset_example(d, 0, 1, &how, &x, &target);
			ip_dataset_close(d);
		}
		ip_alloc_fail_after(-1);
		assert_true(rc == 0 || rc == IP_ENOMEM);
		assert_int_equal(ip_test_log_errors(), rc < 0);
	}
	assert_true(n > 40 && opened > 10 && rc == 0);
	ip_tensor_free(&x);
	ip_tensor_free(&target);
}

static void test_no_memory(void **state)
{
	char *a = ip_test_data_file("a.ipt", 2, 64, 64, 1);
	struct ip_bundle b;

	(void)state;
	no_memory(a);
	mkdir(ip_test_tmp("two"), 0777);
	for (uint64_t k = 0; k < 2; k++) {
		ip_test_reference(&b, 64, 64, k);
		assert_int_equal(ip_npz_write(ip_test_tmp("two/%d.npz",
			(int)k), &b, 1), 0);
		ip_bundle_free(&b);
	}
	free(a);
	a = strdup(ip_test_tmp("two"));
	no_memory(a);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_for_all),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
