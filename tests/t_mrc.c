/* MRC: modes, byte orders, headers of all ages, what comes back, is bad. */
#include <math.h>

#include "formats/bytes.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/formats.h"
#include "support/support.h"

static unsigned char head[1024 + 65536];

/* Word i, from 0. */
static void put(int i, uint32_t v)
{
	put32(head + 4 * i, v);
}

static void put_float(int i, float f)
{
	uint32_t v;

	memcpy(&v, &f, 4);
	put(i, v);
}

/* A header as of today, little-endian, of pictures of 3 x 2. */
static void begin(uint32_t mode, uint32_t sections)
{
	int i;

	memset(head, 0, sizeof head);
	put(0, 3);
	put(1, 2);
	put(2, sections);
	put(3, mode);
	for (i = 0; i < 3; i++) {
		put(7 + i, i == 0 ? 3 : i == 1 ? 2 : 1);
		put_float(10 + i, i == 0 ? 1.5f : 0.5f);
		put(16 + i, (uint32_t)i + 1);
	}
	memcpy(head + 208, "MAP DD", 6);
}

/* The header and n bytes behind it. */
static const char *end(size_t n)
{
	const char *path = ip_test_tmp("a.mrc");

	ip_test_write(path, head, 1024 + n);
	return path;
}

static void refused(const char *path, int rc, const char *part)
{
	ip_test_reader_refuses(ip_mrc_read, path, rc, part);
}

static const struct ip_item *read(const char *path, struct ip_bundle *b)
{
	const struct ip_item *item;

	ip_test_log_capture();
	assert_int_equal(ip_mrc_read(path, b), 0);
	assert_int_equal(b->count, 1);
	item = ip_bundle_find(b, "image");
	assert_non_null(item);
	return item;
}

static void modes(void **state)
{
	static const struct { uint32_t mode; size_t size; enum ip_dtype want; }
	kinds[] = {
		{ 0, 1, IP_I8 }, { 1, 2, IP_I16 }, { 2, 4, IP_F32 },
		{ 4, 8, IP_C64 }, { 6, 2, IP_U16 }, { 12, 2, IP_F16 },
	};
	const struct ip_item *item;
	const unsigned char *p;
	size_t i, k, size, word;
	int big;

	(void)state;
	for (i = 0; i < 2 * (sizeof kinds / sizeof *kinds); i++) {
		struct ip_bundle b = { 0 };

		big = i & 1;
		size = kinds[i / 2].size;
		word = size > 4 ? 4 : size;
		begin(kinds[i / 2].mode, 1);
		if (big)
			memcpy(head + 212, "\21\21", 2);
		for (k = 0; k < 6; k++)
			head[1024 + k * size + (big ? word - 1 : 0)] =
				(unsigned char)(k + 1);
		if (big)
			swap_words(head, 52, 4);
		item = read(end(6 * size), &b);
		assert_int_equal(ip_test_log_warnings(), 0);
		assert_int_equal(item->tensor.dtype, kinds[i / 2].want);
		assert_true(item->tensor.ndim == 2 &&
			item->tensor.shape[0] == 3 &&
			item->tensor.shape[1] == 2);
		/* rows 1 2 3 and 4 5 6 */
		p = item->tensor.data;
		for (k = 0; k < 6; k++)
			assert_int_equal(p[k * size + (host_little() ? 0 :
				word - 1)], "\1\4\2\5\3\6"[k]);
		assert_true(fabs(ip_attrs_get_one(&b.attrs, "pixel_size", 0, 0)
			- 0.5) < 1e-7);
		assert_true(fabs(ip_attrs_get_one(&b.attrs, "pixel_size", 1, 0)
			- 0.25) < 1e-7);
		ip_bundle_free(&b);
	}
}

static void bytes_of_imod(void **state)
{
	struct ip_bundle b = { 0 };

	(void)state;
	begin(0, 1);
	put(38, 1146047817);
	assert_int_equal(read(end(6), &b)->tensor.dtype, IP_U8);
	ip_bundle_free(&b);
	put(39, 1);
	assert_int_equal(read(end(6), &b)->tensor.dtype, IP_I8);
	ip_bundle_free(&b);
}

static void stack_behind_an_extended_header(void **state)
{
	struct ip_bundle b = { 0 };
	const struct ip_item *item;
	int k;

	(void)state;
	begin(0, 2);
	put(23, 100);
	memset(head + 1024, 77, 100);
	for (k = 0; k < 12; k++)
		head[1124 + k] = (unsigned char)k;
	item = read(end(112), &b);
	assert_true(item->tensor.ndim == 3 && item->tensor.shape[0] == 2 &&
		item->tensor.shape[1] == 3);
	assert_memory_equal(item->tensor.data, "\0\3\1\4\2\5\6\11\7\12\10\13",
		12);
	ip_bundle_free(&b);
}

/* Before 2000 there was neither MAP nor a stamp; programs leave axes out. */
static void old_headers(void **state)
{
	struct ip_bundle b = { 0 };
	int big, mode;

	(void)state;
	for (big = 0; big < 2; big++)
		for (mode = 0; mode < 2; mode++) {
			begin((uint32_t)mode, 1);
			memset(head + 208, 0, 8);
			memset(head + 64, 0, 12);
			memset(head + 28, 0, 12);	/* cells a side */
			if (big)
				swap_words(head, 52, 4);
			assert_int_equal(read(end(mode ? 12 : 6), &b)->tensor
				.shape[0], 3);
			assert_true(fabs(ip_attrs_get_one(&b.attrs,
				"pixel_size", 0, 0) - 0.5) < 1e-7);
			ip_bundle_free(&b);
		}
}

/* Of 65536 in four bytes the zeros do not tell. */
static void the_stamp_counts(void **state)
{
	struct ip_bundle b = { 0 };
	int big;

	(void)state;
	for (big = 0; big < 2; big++) {
		begin(0, 1);
		put(0, big ? 65536 : 256);
		put(1, 1);
		memcpy(head + 212, big ? "\21\21" : "DD", 2);
		if (big)
			swap_words(head, 52, 4);
		assert_int_equal(read(end(big ? 65536 : 256), &b)->tensor
			.shape[0], big ? 65536 : 256);
		ip_bundle_free(&b);
	}
}

/* The cell may be of more pixels than the picture. */
static void a_part_of_a_cell(void **state)
{
	struct ip_bundle b = { 0 };

	(void)state;
	begin(0, 1);
	put(7, 6);
	put(8, 8);
	read(end(6), &b);
	assert_true(ip_attrs_get_one(&b.attrs, "pixel_size", 0, 0) == 0.25);
	assert_true(ip_attrs_get_one(&b.attrs, "pixel_size", 1, 0) == 0.0625);
	ip_bundle_free(&b);
}

static void no_cell(void **state)
{
	struct ip_bundle b = { 0 };

	(void)state;
	begin(0, 1);
	put(10, 0);
	read(end(6), &b);
	assert_null(ip_attrs_find(&b.attrs, "pixel_size"));
	ip_bundle_free(&b);
	put(10, 0x7fc00000);	/* not a number */
	read(end(6), &b);
	assert_null(ip_attrs_find(&b.attrs, "pixel_size"));
	ip_bundle_free(&b);
}

static void bad_headers(void **state)
{
	struct ip_bundle b = { 0 };

	(void)state;
	begin(3, 1);
	refused(end(24), IP_ENOTSUP, "mode 3");
	begin(2, 0);
	refused(end(24), IP_EFORMAT, "0 pixels along axis 3");
	begin(2, 0xffffffff);
	refused(end(24), IP_EFORMAT, "-1 pixels along axis 3");
	begin(2, 0x7fffffff);
	put(0, 0x7fffffff);
	put(1, 0x7fffffff);
	refused(end(24), IP_ETRUNCATED, "need more than the 24 bytes");
	begin(2, 1);
	refused(end(23), IP_ETRUNCATED, "need more than the 23 bytes");
	put(23, 25);
	refused(end(24), IP_ETRUNCATED, "extended header of 25 bytes");
	put(23, 0xffffffff);
	refused(end(24), IP_EFORMAT, "extended header of -1");
	begin(2, 1);
	put(16, 3);
	put(18, 1);
	refused(end(24), IP_ENOTSUP, "axes 3, 2, 1");
	put(18, 7);
	refused(end(24), IP_EFORMAT, "axes 3, 2, 7");
	ip_test_write(ip_test_tmp("s.mrc"), head, 1023);
	refused(ip_test_tmp("s.mrc"), IP_ETRUNCATED, "too short");
	begin(2, 1);
	read(end(25), &b);
	assert_int_equal(ip_test_log_warnings(), 1);
	ip_bundle_free(&b);
}

/* More than is read at once. Any type and strides out, float32 and the pixel
 * size back. */
static void what_is_written_comes_back(void **state)
{
	static const size_t shape[] = { 2, 701, 433 };
	static const double pixel[] = { 0.0996, 0.2 };
	const char *path = ip_test_tmp("w.mrc");
	struct ip_tensor t = { 0 }, v;
	struct ip_bundle b = { 0 };
	const struct ip_item *item;
	const float *got;
	int turn[] = { 0, 2, 1 };
	unsigned char *p;
	double *from, mean = 0, var = 0;
	size_t i, n, x, y;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F64, 3, shape), 0);
	from = t.data;
	for (i = 0; i < 2 * 701 * 433; i++)
		mean += (from[i] = sqrt((double)i) - 20) / (2 * 701 * 433);
	assert_int_equal(ip_tensor_permute(&v, &t, turn), 0);
	assert_int_equal(ip_mrc_write(path, &v, pixel), 0);
	item = read(path, &b);
	assert_int_equal(item->tensor.dtype, IP_F32);
	assert_true(item->tensor.shape[1] == 433 && item->tensor.shape[2] ==
		701);
	got = item->tensor.data;
	for (i = 0; i < 2; i++)
		for (x = 0; x < 433; x++)
			for (y = 0; y < 701; y++)
				assert_true(*got++ == (float)from[(i * 701 + y)
					* 433 + x]);
	for (i = 0; i < 2; i++)
		assert_true(fabs(ip_attrs_get_one(&b.attrs, "pixel_size", i, 0)
			/ pixel[i] - 1) < 1e-6);
	ip_bundle_free(&b);
	for (i = 0; i < 2 * 701 * 433; i++)
		var += (from[i] - mean) * (from[i] - mean) / (2 * 701 * 433);
	/* least, greatest, mean and deviation, as displays want them */
	p = ip_test_read(path, &n);
	memcpy(head, p, 1024);
	free(p);
	if (host_little()) {
		float range[4];

		memcpy(range, head + 76, 12);
		memcpy(range + 3, head + 216, 4);
		assert_true(range[0] == -20 && range[1] == (float)from[2 * 701 *
			433 - 1] && fabs(range[2] - mean) < 1e-4);
		assert_true(fabs(range[3] - sqrt(var)) < 1e-4);
	}
	ip_tensor_free(&t);
}

/* Word by word: some of them are others' to read. */
static void what_the_header_says(void **state)
{
	static const size_t shape[] = { 4, 3, 2 };
	static const double pixel[] = { 0.5, 0.25 };
	static const uint32_t words[] = { 3, 2, 4, 2, 0, 0, 0, 3, 2, 1,
		0x3fc00000, 0x3f000000, 0x3f000000,	/* 1.5, 0.5, 0.5 */
		0x42b40000, 0x42b40000, 0x42b40000, 1, 2, 3,	/* 90 */
		0, 0, 0, 0, 0, 0, 0, 0, 20140 };
	const char *path = ip_test_tmp("h.mrc");
	struct ip_tensor t = { 0 };
	unsigned char *p;
	size_t n, i;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_U8, 3, shape), 0);
	assert_int_equal(ip_mrc_write(path, &t, pixel), 0);
	ip_tensor_free(&t);
	p = ip_test_read(path, &n);
	assert_int_equal(n, 1024 + 4 * 24);
	for (i = 0; i < sizeof words / sizeof *words; i++)
		assert_int_equal(le32(p + 4 * i), words[i]);
	assert_memory_equal(p + 208, "MAP DD\0\0", 8);
	free(p);
}

static void not_to_be_written(void **state)
{
	(void)state;
	ip_test_writer_refuses(ip_mrc_write, ip_test_tmp("no.mrc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes),
		cmocka_unit_test(bytes_of_imod),
		cmocka_unit_test(stack_behind_an_extended_header),
		cmocka_unit_test(old_headers),
		cmocka_unit_test(the_stamp_counts),
		cmocka_unit_test(a_part_of_a_cell),
		cmocka_unit_test(no_cell),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(what_is_written_comes_back),
		cmocka_unit_test(what_the_header_says),
		cmocka_unit_test(not_to_be_written),
	};

	return cmocka_run_group_tests_name("mrc", tests, NULL, NULL);
}
