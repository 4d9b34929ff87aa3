/* HDF5 files that are refused: what they only claim, damage, and why. */
#include <stdio.h>
#include "config.h"

#if IP_HAVE_HDF5
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/hdf5.h"
#include "support/support.h"

static const char *path;

static int set_up(void **state)
{
	(void)state;
	path = ip_test_tmp("a.emd");
	return 0;
}

static void refused(int rc, const char *part)
{
	struct ip_bundle b = { 0 }, none = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_emd_read(path, &b), rc);
	ip_test_assert_logged(part);
	assert_memory_equal(&b, &none, sizeof b);
}

static void velox_bad(void **state)
{
	static const hsize_t dims[] = { 2, 2, 1 }, text = 5;
	static const float p[4];
	hid_t f = ip_test_h5_new(path);

	(void)state;
	ip_test_h5_text(f, "/Version", "{\"version\": \"9\"}");
	ip_test_h5_group(f, "/Data");
	H5Fclose(f);
	refused(IP_ENOTFOUND, "a Velox file without an image");
	f = ip_test_h5_new(path);
	ip_test_h5_text(f, "/Version", "{\"version\": \"9\"}");
	ip_test_h5_put(f, "/Data/Image/u/Data", IP_TEST_H5_PLAIN,
		H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, 3, dims, p);
	ip_test_h5_put(f, "/Data/Image/u/Metadata", IP_TEST_H5_PLAIN,
		H5T_STD_U8LE, H5T_NATIVE_UINT8, 1, &text, "{\"a\"}");
	H5Fclose(f);
	refused(IP_EFORMAT, "/Data/Image/u/Metadata: no JSON: line 1");
	f = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
	H5Ldelete(f, "/Data/Image/u/Metadata", H5P_DEFAULT);
	ip_test_h5_text(f, "/Operations/DpcOperation/a", "[");
	H5Fclose(f);
	refused(IP_EFORMAT, "/Operations/DpcOperation/a: no JSON");
}

/* ---- sizes and places that a file only claims ---- */

/* A dataset of n by n float32 in chunks of c by c, of which one is written. */
static void sparse(hsize_t n, hsize_t c, int packed)
{
	hsize_t dims[2] = { n, n }, chunk[2] = { c, c }, from[2] = { 0, 0 };
	hid_t f = ip_test_h5_new(path), space = H5Screate_simple(2, dims, NULL);
	hid_t p = H5Pcreate(H5P_DATASET_CREATE), id, part;
	float *data = calloc(c, c * sizeof *data);

	H5Pset_chunk(p, 2, chunk);
	if (packed)
		H5Pset_deflate(p, 9);
	id = H5Dcreate2(f, "sparse", H5T_IEEE_F32LE, space, H5P_DEFAULT, p,
		H5P_DEFAULT);
	part = H5Screate_simple(2, chunk, NULL);
	H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, chunk, NULL);
	H5Dwrite(id, H5T_NATIVE_FLOAT, part, space, H5P_DEFAULT, data);
	free(data);
	H5Sclose(part);
	H5Dclose(id);
	H5Pclose(p);
	H5Sclose(space);
	H5Fclose(f);
}

static void never_written(void **state)
{
	static const hsize_t huge[] = { 1 << 20, 1 << 20 };
	hid_t f;

	(void)state;
	sparse(64, 32, 0);
	refused(IP_ETRUNCATED, "16384 bytes of numbers, of which 4096");
	sparse(1 << 20, 16, 1);
	refused(IP_ELIMIT, "at most 1100 times");
	f = ip_test_h5_new(path);
	ip_test_h5_put(f, "/none", IP_TEST_H5_PLAIN, H5T_IEEE_F32LE,
		H5T_NATIVE_FLOAT, 2, huge, NULL);
	H5Fclose(f);
	refused(IP_ETRUNCATED, "/none: 4398046511104 bytes of numbers, of"
		" which 0");
}

/*
 * Four float32 in a chunk of n that no filter made: as if packed by one, they
 * hold what has been put there.
 */
static void forged(H5Z_filter_t filter, hsize_t n)
{
	static const hsize_t four = 4, any = H5S_UNLIMITED, zero = 0;
	static const float p[4];
	hid_t f = ip_test_h5_new(path), space = H5Screate_simple(1, &four,
		&any), how = H5Pcreate(H5P_DATASET_CREATE), id;

	H5Pset_chunk(how, 1, &n);
	H5Pset_filter(how, filter, H5Z_FLAG_OPTIONAL, 0, NULL);
	id = H5Dcreate2(f, "forged", H5T_IEEE_F32LE, space, H5P_DEFAULT, how,
		H5P_DEFAULT);
	assert_true(H5Dwrite_chunk(id, H5P_DEFAULT, 0, &zero, sizeof p, p) >=
		0);
	H5Dclose(id);
	H5Pclose(how);
	H5Sclose(space);
	H5Fclose(f);
}

static void packed(void **state)
{
	(void)state;
	forged(32000, 4);
	refused(IP_ENOTSUP, "/forged is packed by filter 32000");
	forged(H5Z_FILTER_DEFLATE, 1000000);
	refused(IP_ELIMIT, "/forged: chunks of 4000000 bytes in 16 stored");
	forged(H5Z_FILTER_DEFLATE, 4);
	refused(IP_EFORMAT, "/forged: cannot be read: HDF5 says: ");
}

/* One dataset by many names is many datasets: a few are read, not any number. */
static void many_names(void **state)
{
	static const hsize_t n = 10000;
	float *p = calloc(n, sizeof *p);
	hid_t f = ip_test_h5_new(path);
	struct ip_bundle b = { 0 };

	(void)state;
	ip_test_h5_put(f, "/x", IP_TEST_H5_PLAIN, H5T_IEEE_F32LE,
		H5T_NATIVE_FLOAT, 1, &n, p);
	free(p);
	H5Lcreate_hard(f, "/x", f, "/y", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_hard(f, "/x", f, "/z", H5P_DEFAULT, H5P_DEFAULT);
	H5Fclose(f);
	assert_int_equal(ip_emd_read(path, &b), 0);
	assert_int_equal(b.count, 3);
	ip_bundle_free(&b);
	f = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
	H5Lcreate_hard(f, "/x", f, "/z1", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_hard(f, "/x", f, "/z2", H5P_DEFAULT, H5P_DEFAULT);
	H5Fclose(f);
	refused(IP_EFORMAT, "/z2: 40000 bytes stored, with those before it"
		" more than 4 times the file");
}

static void elsewhere(void **state)
{
	static const hsize_t n = 4;
	hid_t f = ip_test_h5_new(path), p = H5Pcreate(H5P_DATASET_CREATE);
	hid_t space = H5Screate_simple(1, &n, NULL), id;

	(void)state;
	H5Pset_external(p, "/etc/passwd", 0, 16);
	id = H5Dcreate2(f, "out", H5T_STD_I32LE, space, H5P_DEFAULT, p,
		H5P_DEFAULT);
	H5Dclose(id);
	H5Pclose(p);
	H5Fclose(f);
	refused(IP_ENOTSUP, "/out has its data in other files");
	f = ip_test_h5_new(path);
	p = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_virtual(p, space, "other.h5", "/x", space);
	id = H5Dcreate2(f, "out", H5T_STD_I32LE, space, H5P_DEFAULT, p,
		H5P_DEFAULT);
	H5Dclose(id);
	H5Pclose(p);
	H5Sclose(space);
	H5Fclose(f);
	refused(IP_ENOTSUP, "/out has its data in other files");
}

static void circles(void **state)
{
	hid_t f = ip_test_h5_new(path);
	char name[16];
	int i;

	(void)state;
	ip_test_h5_group(f, "/a");
	H5Lcreate_hard(f, "/a", f, "/a/again", H5P_DEFAULT, H5P_DEFAULT);
	H5Fclose(f);
	refused(IP_EFORMAT, "they go in circles");
	f = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
	for (i = 0; i < 9; i++) {
		snprintf(name, sizeof name, "/a/%d", i);
		H5Lcreate_hard(f, "/", f, name, H5P_DEFAULT, H5P_DEFAULT);
	}
	H5Fclose(f);
	refused(IP_EFORMAT, "they go in circles");
}

/* The superblock of each version says where the file ends. */
static void cut(void **state)
{
	static const hsize_t n = 100;
	static const float p[100];
	unsigned char *bytes;
	hid_t f, how;
	size_t size;
	int v;

	(void)state;
	for (v = 0; v < 3; v++) {
		how = H5Pcreate(H5P_FILE_ACCESS);
		if (v == 2)
			H5Pset_libver_bounds(how, H5F_LIBVER_LATEST,
				H5F_LIBVER_LATEST);
		f = v == 1 ? ip_test_h5_new(path) : H5Fcreate(path,
			H5F_ACC_TRUNC, H5P_DEFAULT, how);
		H5Pclose(how);
		ip_test_h5_put(f, "/x", IP_TEST_H5_PLAIN, H5T_IEEE_F32LE,
			H5T_NATIVE_FLOAT, 1, &n, p);
		H5Fclose(f);
		bytes = ip_test_read(path, &size);
		assert_int_equal(bytes[8], v == 2 ? 3 : v);
		ip_test_write(path, bytes, size - 1);
		refused(IP_ETRUNCATED, "cut off: ");
		ip_test_write(path, bytes, 51);
		refused(IP_ETRUNCATED, "51 bytes, too short");
		free(bytes);
	}
}

static void not_hdf5(void **state)
{
	herr_t (*print)(hid_t, void *);
	hid_t f = ip_test_h5_new(path);
	void *to, *before;

	(void)state;
	H5Eget_auto2(H5E_DEFAULT, &print, &before);
	assert_true(print != NULL);
	ip_test_h5_text(f, "/text", "no number");
	H5Fclose(f);
	refused(IP_ENOTFOUND, "without a dataset of numbers");
	ip_test_write(path, "\211HDF\r\n\032\n\7and so on, for"
		" as long as a whole superblock is", 52);
	refused(IP_EFORMAT, "not an HDF5 file, or damaged");
	ip_test_write(path, "\211HDF\r\n\032\0and so on, for"
		" as long as a whole superblock is", 52);
	refused(IP_EFORMAT, "not an HDF5 file");
	ip_test_write(path, "", 0);
	refused(IP_ETRUNCATED, "0 bytes, too short");
	path = ip_test_tmp("none.emd");
	refused(IP_EIO, "cannot be opened");
	/* HDF5's own messages are as they were */
	H5Eget_auto2(H5E_DEFAULT, &print, &to);
	assert_true(print != NULL && to == before);
}

#define TEST(fn) cmocka_unit_test_setup(fn, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(velox_bad), TEST(never_written), TEST(packed),
		TEST(many_names), TEST(elsewhere), TEST(circles), TEST(cut),
		TEST(not_hdf5),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	puts("ok 1 - # SKIP a build without HDF5");
	return 0;
}

#endif
