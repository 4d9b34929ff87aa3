/* DM3 and DM4: which images are found, where their numbers go, what is bad. */
#include "formats/bytes.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/dm.h"
#include "support/formats.h"
#include "support/support.h"

static const char *write(unsigned char *p, size_t n)
{
	const char *path = ip_test_tmp("a.dm3");

	ip_test_write(path, p, n);
	free(p);
	return path;
}

static const char *end(struct ip_test_dm *d)
{
	size_t n;
	unsigned char *p = ip_test_dm_end(d, &n);

	return write(p, n);
}

static void refused(const char *path, int rc, const char *part)
{
	ip_test_reader_refuses(ip_dm_read, path, rc, part);
}

static void has_shape(const struct ip_tensor *t, enum ip_dtype dtype, int n,
	size_t a, size_t b, size_t c)
{
	assert_int_equal(t->dtype, dtype);
	assert_int_equal(t->ndim, n);
	assert_int_equal(t->shape[0], a);
	assert_int_equal(t->shape[1], b);
	if (n > 2)
		assert_int_equal(t->shape[2], c);
}

static void check_pixels(const struct ip_item *item, double want)
{
	const struct ip_attr *a = ip_attrs_find(&item->attrs, "pixel_size");

	assert_non_null(a);
	assert_int_equal(a->count, 2);
	/* scales are float32 */
	assert_true(a->v.f64[0] > want * (1 - 1e-6) && a->v.f64[1] < want *
		(1 + 1e-6) && a->v.f64[0] == a->v.f64[1]);
}

static void check(const struct ip_bundle *b)
{
	static const uint16_t u2[] = { 0, 1, 10, 11, 20, 21 };
	static const float f4[] = { 0, .25f, .5f, .75f, 1, 1.25f, 1.5f,
		1.75f };
	static const float c8[] = { 0, 0, 0, 1, 1, 0, 1, 1 };
	const struct ip_item *item;

	assert_int_equal(b->count, 3);
	item = ip_bundle_find(b, "HAADF");
	assert_non_null(item);
	has_shape(&item->tensor, IP_U16, 2, 3, 2, 0);
	assert_memory_equal(item->tensor.data, u2, sizeof u2);
	check_pixels(item, 0.2);
	item = ip_bundle_find(b, "HAADF 2");
	assert_non_null(item);
	has_shape(&item->tensor, IP_F32, 3, 2, 2, 2);
	assert_memory_equal(item->tensor.data, f4, sizeof f4);
	check_pixels(item, 0.3);
	item = ip_bundle_find(b, "FFT");
	assert_non_null(item);
	has_shape(&item->tensor, IP_C64, 2, 2, 2, 0);
	assert_memory_equal(item->tensor.data, c8, sizeof c8);
	assert_null(ip_attrs_find(&item->attrs, "pixel_size"));
	/* what all say is the file's */
	assert_true(ip_attrs_get(&b->attrs, "energy", 0) == 200000);
	assert_null(ip_attrs_find(&b->attrs, "pixel_size"));
}

static void versions_and_orders(void **state)
{
	int version, little;
	size_t n;

	(void)state;
	for (version = 3; version <= 4; version++)
		for (little = 0; little < 2; little++) {
			struct ip_bundle b = { 0 };
			unsigned char *p = ip_test_dm_file(version, little,
				&n);

			ip_test_log_capture();
			assert_int_equal(ip_dm_read(write(p, n), &b), 0);
			assert_int_equal(ip_test_log_warnings(), 0);
			check(&b);
			ip_bundle_free(&b);
		}
}

/* The data of an image width x 2 of this kind, of bytes 1 to 32. */
static void put_data(struct ip_test_dm *d, int kind, int type, size_t count,
	size_t size, double width, unsigned axes)
{
	unsigned char v[32];
	unsigned i;

	for (i = 0; i < 32; i++)
		v[i] = (unsigned char)(i + 1);
	ip_test_dm_group(d, "ImageData", 3);
	ip_test_dm_array(d, "Data", type, 1, count, v, size);
	ip_test_dm_number(d, "DataType", 3, kind);
	ip_test_dm_group(d, "Dimensions", axes);
	for (i = 0; i < axes; i++)
		ip_test_dm_number(d, "", 3, i ? i > 1 ? 1 : 2 : width);
	ip_test_dm_close(d);
	ip_test_dm_close(d);
}

/* One such image. */
static const char *make(int kind, int type, size_t count, size_t size,
	double width, unsigned axes)
{
	struct ip_test_dm d;

	ip_test_dm_begin(&d, 3, 1, 1);
	ip_test_dm_group(&d, "ImageList", 1);
	ip_test_dm_group(&d, "", 1);
	put_data(&d, kind, type, count, size, width, axes);
	ip_test_dm_close(&d);
	ip_test_dm_close(&d);
	return end(&d);
}

/* An image of a beam of v, a number of this type, and of this name. */
static void put_tagged(struct ip_test_dm *d, int type, double v,
	int characters, size_t n, const void *name)
{
	ip_test_dm_group(d, "", 3);
	put_data(d, 14, 8, 4, 1, 2, 2);
	ip_test_dm_group(d, "ImageTags", 1);
	ip_test_dm_group(d, "Microscope Info", 1);
	ip_test_dm_number(d, "Voltage", type, v);
	ip_test_dm_close(d);
	ip_test_dm_close(d);
	ip_test_dm_array(d, "Name", characters, 1, n, name, characters == 4 ?
		2 : 1);
	ip_test_dm_close(d);
}

static void read_tagged(struct ip_bundle *b, int little, int type, double v,
	int characters, size_t n, const void *name)
{
	struct ip_test_dm d;

	ip_test_dm_begin(&d, 3, little, 1);
	ip_test_dm_group(&d, "ImageList", 1);
	put_tagged(&d, type, v, characters, n, name);
	ip_test_dm_close(&d);
	assert_int_equal(ip_dm_read(end(&d), b), 0);
}

static void numbers_of_tags(void **state)
{
	static const struct { int type; double v; } numbers[] = {
		{ 2, 300 }, { 2, -2 }, { 3, 3e5 }, { 3, -2 }, { 4, 65535 },
		{ 5, 4294967295 }, { 6, 2.5 }, { 6, -2 }, { 7, 0.1 },
		{ 7, -2 }, { 8, 1 }, { 9, 65 }, { 10, 200 },
		{ 11, 1099511627777 }, { 11, -2 }, { 12, 1099511627777 },
	};
	struct ip_bundle b = { 0 };
	size_t i;
	double v;

	(void)state;
	for (i = 0; i < 2 * (sizeof numbers / sizeof *numbers); i++) {
		v = numbers[i / 2].v;
		read_tagged(&b, i & 1, numbers[i / 2].type, v, 9, 1, "a");
		if (v > 0)
			assert_true(ip_attrs_get(&b.attrs, "energy", 0) == v);
		else	/* no beam */
			assert_null(ip_attrs_find(&b.attrs, "energy"));
		ip_bundle_free(&b);
	}
}

/* In bytes and in UTF-16, of which there is nothing beyond the plane. */
static void names(void **state)
{
	static const uint16_t wide[] = { 0xe5, 'b', 7, 0xd83d, 0xde00, 0x20ac };
	struct ip_bundle b = { 0 };
	char text[300];

	(void)state;
	read_tagged(&b, 1, 6, 1, 9, 3, "a\0c");
	assert_string_equal(b.items[0].name, "a");
	ip_bundle_free(&b);
	read_tagged(&b, 0, 6, 1, 4, 6, wide);
	assert_string_equal(b.items[0].name, "\303\245b???\342\202\254");
	ip_bundle_free(&b);
	memset(text, 'x', sizeof text);
	read_tagged(&b, 1, 6, 1, 9, sizeof text, text);
	assert_int_equal(strlen(b.items[0].name), 95);
	ip_bundle_free(&b);
}

/* What images do not agree in is said of each alone. */
static void two_beams(void **state)
{
	struct ip_bundle b = { 0 };
	struct ip_test_dm d;

	(void)state;
	ip_test_dm_begin(&d, 3, 1, 1);
	ip_test_dm_group(&d, "ImageList", 2);
	put_tagged(&d, 5, 200000, 9, 1, "a");
	put_tagged(&d, 5, 80000, 9, 1, "b");
	ip_test_dm_close(&d);
	assert_int_equal(ip_dm_read(end(&d), &b), 0);
	assert_null(ip_attrs_find(&b.attrs, "energy"));
	assert_true(ip_attrs_get(&ip_bundle_find(&b, "a")->attrs, "energy", 0)
		== 200000);
	assert_true(ip_attrs_get(&ip_bundle_find(&b, "b")->attrs, "energy", 0)
		== 80000);
	ip_bundle_free(&b);
}

static void kinds_of_numbers(void **state)
{
	static const struct { int kind, type; size_t size; enum ip_dtype want; }
	kinds[] = {
		{ 1, 2, 2, IP_I16 }, { 2, 6, 4, IP_F32 }, { 6, 10, 1, IP_U8 },
		{ 6, 8, 1, IP_U8 }, { 7, 3, 4, IP_I32 }, { 9, 9, 1, IP_I8 },
		{ 10, 4, 2, IP_U16 }, { 11, 5, 4, IP_U32 },
		{ 12, 7, 8, IP_F64 }, { 14, 8, 1, IP_U8 },
		{ 39, 11, 8, IP_I64 }, { 40, 12, 8, IP_U64 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct ip_bundle b = { 0 };

		assert_int_equal(ip_dm_read(make(kinds[i].kind, kinds[i].type,
			4, kinds[i].size, 2, 2), &b), 0);
		assert_int_equal(b.count, 1);
		assert_string_equal(b.items[0].name, "image");
		has_shape(&b.items[0].tensor, kinds[i].want, 2, 2, 2, 0);
		/* the second number lies at x = 1, y = 0 */
		assert_int_equal(((unsigned char *)b.items[0].tensor.data)
			[2 * kinds[i].size], host_little() ? kinds[i].size + 1
			: 2 * kinds[i].size);
		ip_bundle_free(&b);
	}
}

static void axes(void **state)
{
	struct ip_bundle b = { 0 };

	(void)state;
	/* axes of length 1 are none */
	assert_int_equal(ip_dm_read(make(6, 8, 4, 1, 2, 4), &b), 0);
	assert_int_equal(b.items[0].tensor.ndim, 2);
	ip_bundle_free(&b);
	refused(make(6, 8, 4, 1, 2, 5), IP_ENOTFOUND, "no image");
	refused(make(6, 8, 4, 1, 4, 1), IP_ENOTFOUND, "no image");
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_non_null(strstr(ip_test_log_warning(), "1 axes is left out"));
}

static void bad_images(void **state)
{
	(void)state;
	refused(make(23, 5, 4, 4, 2, 2), IP_ENOTFOUND, "no image");
	assert_non_null(strstr(ip_test_log_warning(), "type 23"));
	refused(make(2, 6, 5, 4, 2, 2), IP_EFORMAT, "20 bytes, which is not");
	refused(make(2, 6, 3, 4, 2, 2), IP_EFORMAT, "12 bytes, which is not");
	refused(make(2, 6, 4, 4, 0, 2), IP_EFORMAT, "no pixels along axis 1");
	refused(make(2, 6, 4, 4, -2, 2), IP_EFORMAT, "dimension of -2");
	refused(make(2, 6, 4, 4, 2147483647, 2), IP_EFORMAT, "which is not");
}

/* The bytes at part of a good file become others. */
static const char *patched(int version, const char *part, long at,
	const void *bytes, size_t count)
{
	size_t n, i, k = strlen(part);
	unsigned char *p = ip_test_dm_file(version, 1, &n);

	for (i = 0; i + k < n && memcmp(p + i, part, k) != 0; i++)
		;
	assert_true(i + k < n);
	memcpy(p + i + at, bytes, count);
	return write(p, n);
}

static void bad_trees(void **state)
{
	(void)state;
	refused(patched(3, "", 3, "\5", 1), IP_EFORMAT, "version 5");
	refused(patched(3, "", 11, "\2", 1), IP_EFORMAT, "byte order");
	/* the name's 9 bytes, flags, then how many tags there are */
	refused(patched(3, "ImageList", 11, "\177\377\377\377", 4),
		IP_EFORMAT, "more tags than");
	refused(patched(4, "ImageList", 19, "\377\377\377\377\377\377\377\377",
		8), IP_EFORMAT, "more tags than");
	/* after its name's 4 bytes: %%%%, how many numbers, 20, type, count */
	refused(patched(3, "\4Data", -2, "\26", 1), IP_EFORMAT,
		"neither a group nor");
	refused(patched(3, "\4Data", -1, "\177", 1), IP_EFORMAT,
		"does not end");
	refused(patched(3, "\4Data", 5, "$", 1), IP_EFORMAT, "%%%%");
	refused(patched(3, "\4Data", 9, "\1", 1), IP_EFORMAT, "no type");
	refused(patched(3, "\4Data", 12, "\0", 1), IP_EFORMAT, "no type");
	refused(patched(3, "\4Data", 16, "\23", 1), IP_EFORMAT, "no type");
	refused(patched(3, "\4Data", 20, "\1", 1), IP_EFORMAT, "no type");
	refused(patched(3, "\4Data", 21, "\1", 1), IP_ETRUNCATED,
		"a value of");
	/* version 4: 8 bytes each, and a length before %%%% */
	refused(patched(4, "\4Data", 41, "\377\377\377\377\377\377\377\377",
		8), IP_EFORMAT, "no type");
}

static void deep_trees_end(void **state)
{
	struct ip_test_dm d;
	int i;

	(void)state;
	ip_test_dm_begin(&d, 3, 1, 1);
	for (i = 0; i < 100; i++) {
		ip_test_dm_group(&d, "", 1);
		d.depth = 0;	/* version 3 has no lengths to put in */
	}
	refused(end(&d), IP_EFORMAT, "too many groups");
}

/* A thousand images of one name are refused, not compared for ever. */
static void many_images(void **state)
{
	struct ip_test_dm d;
	int i;

	(void)state;
	ip_test_dm_begin(&d, 3, 1, 1);
	ip_test_dm_group(&d, "ImageList", 1000);
	for (i = 0; i < 1000; i++) {
		ip_test_dm_group(&d, "", 1);
		ip_test_dm_number(&d, "Name", 3, 0);
		ip_test_dm_close(&d);
	}
	ip_test_dm_close(&d);
	refused(end(&d), IP_ELIMIT, "more than 256");
}

static void a_missing_end_is_told(void **state)
{
	struct ip_bundle b = { 0 };
	size_t n;
	unsigned char *p = ip_test_dm_file(3, 1, &n);

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_dm_read(write(p, n - 1), &b), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	check(&b);
	ip_bundle_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_and_orders),
		cmocka_unit_test(kinds_of_numbers),
		cmocka_unit_test(numbers_of_tags),
		cmocka_unit_test(names),
		cmocka_unit_test(two_beams),
		cmocka_unit_test(axes),
		cmocka_unit_test(bad_images),
		cmocka_unit_test(bad_trees),
		cmocka_unit_test(deep_trees_end),
		cmocka_unit_test(many_images),
		cmocka_unit_test(a_missing_end_is_told),
	};

	return cmocka_run_group_tests_name("dm", tests, NULL, NULL);
}
