/* TIFF as it is written: read by libtiff, where it is there, and by us. */
#include <math.h>

#include "config.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/formats.h"
#include "support/support.h"
#if IP_HAVE_TIFF
#include <tiffio.h>
#endif

/* A stack of two, 5 x 3, float64 of 100 page + 10 x + y / 4. */
static void make_stack(struct ip_tensor *t)
{
	static const size_t shape[] = { 2, 5, 3 };
	double *v;
	size_t i, x, y;

	assert_int_equal(ip_tensor_new(t, IP_F64, 3, shape), 0);
	v = t->data;
	for (i = 0; i < 2; i++)
		for (x = 0; x < 5; x++)
			for (y = 0; y < 3; y++)
				*v++ = 100 * (double)i + 10 * (double)x +
					(double)y / 4;
}

static void not_to_be_written(void **state)
{
	static const size_t shape[] = { 2, 3 };
	static const double nan_size[] = { 1, NAN }, small[] = { 1e-6, 1 };
	const char *path = ip_test_tmp("no.tif");
	struct ip_tensor t = { 0 };

	(void)state;
	ip_test_writer_refuses(ip_tiff_write, path);
	assert_int_equal(ip_tensor_new(&t, IP_F32, 2, shape), 0);
	ip_test_log_capture();
	assert_int_equal(ip_tiff_write(path, &t, nan_size), IP_EINVAL);
	ip_test_assert_logged("pixels of nan");
	ip_test_log_capture();
	assert_int_equal(ip_tiff_write(path, &t, small), IP_EINVAL);
	ip_test_assert_logged("pixels of 1e-06");
	ip_tensor_free(&t);
	/* views need no memory */
	ip_test_log_capture();
	assert_int_equal(ip_tensor_wrap(&t, IP_U8, 2, (const size_t[]){ 32768,
		32769 }, NULL), 0);
	assert_int_equal(ip_tiff_write(path, &t, NULL), IP_ELIMIT);
	ip_test_assert_logged("at most 4 GiB");
	assert_false(ip_test_exists(path));
}

/* Byte for byte, so that it is tested without libtiff, too. */
static void tables_and_pictures(void **state)
{
	static const double size[] = { 0.5, 0.5 };
	const char *path = ip_test_tmp("b.tif");
	struct ip_tensor t = { 0 };
	unsigned char *p;
	size_t n;

	(void)state;
	make_stack(&t);
	assert_int_equal(ip_tiff_write(path, &t, size), 0);
	ip_tensor_free(&t);
	p = ip_test_read(path, &n);
	assert_memory_equal(p, "II*\0\10\0\0\0\16\0", 10);
	/* a picture begins at a multiple of 16, the second ends the file:
	 * float32 142.5 is its last number, 100 its first */
	assert_int_equal((n - 120) % 16, 0);
	assert_memory_equal(p + n - 4, "\0\200\14\103", 4);
	assert_memory_equal(p + n - 60, "\0\0\310\102", 4);
	free(p);
}

#if IP_HAVE_TIFF

static void what_is_written_comes_back(void **state)
{
	static const double sizes[][2] = { { 0.0996, 0.2 }, { 1e-5, 3e-5 },
		{ 17.3, 999 }, { 1000, 1e9 }, { 123456, 7 } };
	const char *path = ip_test_tmp("w.tif");
	struct ip_tensor t = { 0 };
	struct ip_bundle b = { 0 };
	const struct ip_item *item;
	size_t i, k;

	(void)state;
	make_stack(&t);
	for (k = 0; k < 5; k++) {
		assert_int_equal(ip_tiff_write(path, &t, sizes[k]), 0);
		assert_int_equal(ip_tiff_read(path, &b), 0);
		item = ip_bundle_find(&b, "image");
		assert_non_null(item);
		assert_int_equal(item->tensor.dtype, IP_F32);
		assert_true(item->tensor.ndim == 3 &&
			item->tensor.shape[0] == 2 &&
			item->tensor.shape[1] == 5);
		for (i = 0; i < 30; i++)
			assert_true(((float *)item->tensor.data)[i] ==
				((double *)t.data)[i]);
		for (i = 0; i < 2; i++)
			assert_true(fabs(ip_attrs_get_one(&b.attrs,
				"pixel_size", i, 0) / sizes[k][i] - 1) < 1e-6);
		ip_bundle_free(&b);
	}
	assert_int_equal(ip_tiff_write(path, &t, NULL), 0);
	assert_int_equal(ip_tiff_read(path, &b), 0);
	assert_null(ip_attrs_find(&b.attrs, "pixel_size"));
	ip_bundle_free(&b);
	ip_tensor_free(&t);
}

/* As ImageJ takes it: pictures without gaps, and its own words. */
static void what_is_written_is_imagejs(void **state)
{
	static const double size[] = { 0.5, 0.5 };
	const char *path = ip_test_tmp("w.tif"), *text = NULL;
	struct ip_tensor t = { 0 };
	uint64_t at;
	float x = 0, row[5];
	uint16_t unit = 0;
	TIFF *tif;

	(void)state;
	make_stack(&t);
	assert_int_equal(ip_tiff_write(path, &t, size), 0);
	ip_tensor_free(&t);
	tif = TIFFOpen(path, "r");
	assert_non_null(tif);
	assert_int_equal(TIFFGetField(tif, TIFFTAG_IMAGEDESCRIPTION, &text),
		1);
	assert_non_null(strstr(text, "ImageJ="));
	assert_non_null(strstr(text, "\nimages=2\nslices=2\nunit=nm\n"));
	assert_int_equal(TIFFGetField(tif, TIFFTAG_XRESOLUTION, &x), 1);
	assert_true(x == 20);
	assert_int_equal(TIFFGetField(tif, TIFFTAG_RESOLUTIONUNIT, &unit), 1);
	assert_int_equal(unit, RESUNIT_NONE);
	at = TIFFGetStrileOffset(tif, 0);
	assert_int_equal(TIFFReadDirectory(tif), 1);
	assert_true(TIFFGetStrileOffset(tif, 0) == at + 60);
	assert_int_equal(TIFFReadScanline(tif, row, 1, 0), 1);
	assert_true(row[0] == 100.25f && row[4] == 140.25f);
	assert_true(TIFFLastDirectory(tif));
	TIFFClose(tif);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_to_be_written),
		cmocka_unit_test(tables_and_pictures),
#if IP_HAVE_TIFF
		cmocka_unit_test(what_is_written_comes_back),
		cmocka_unit_test(what_is_written_is_imagejs),
#endif
	};

	return cmocka_run_group_tests_name("tiff_write", tests, NULL, NULL);
}
