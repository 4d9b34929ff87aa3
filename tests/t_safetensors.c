/* safetensors, written and read. */
#include <signal.h>
#include <sys/resource.h>
#include "core/core.h"
#include "formats/bytes.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/ipt_fixture.h"
#include "support/support.h"

static const char *path;

/* length, header, n bytes 0, 1, 2 .. */
static void write_file(uint64_t length, const char *header, size_t n)
{
	size_t m = strlen(header), i;
	unsigned char *p = malloc(8 + m + n);

	put64(p, length);
	memcpy(p + 8, header, m);
	for (i = 0; i < n; i++)
		p[8 + m + i] = (unsigned char)i;
	ip_test_write(path, p, 8 + m + n);
	free(p);
}

/* ---- ours ---- */

/* Every type but text, empty and scalar tensors, attributes of all kinds. */
static void fill(struct ip_bundle *b)
{
	ip_test_bundle(b);
	while (b->items[b->count - 1].tensor.dtype == IP_TEXT) {
		b->count--;
		ip_free(b->items[b->count].name);
		ip_tensor_free(&b->items[b->count].tensor);
		ip_attrs_free(&b->items[b->count].attrs);
	}
}

static void there_and_back(const struct ip_bundle *b)
{
	struct ip_bundle r = { 0 };
	unsigned char *one, *two;
	size_t n, m;

	ip_test_log_capture();
	assert_int_equal(ip_safetensors_write(path, b), 0);
	one = ip_test_read(path, &n);
	assert_int_equal(le64(one) % 8, 0);
	assert_int_equal(ip_safetensors_read(path, &r), 0);
	assert_true(ip_test_same_bundle(b, &r));
	/* written again it is the same to the byte */
	assert_int_equal(ip_safetensors_write(path, &r), 0);
	two = ip_test_read(path, &m);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	assert_int_equal(ip_test_log_errors() + ip_test_log_warnings(), 0);
	free(one);
	free(two);
	ip_bundle_free(&r);
}

static void comes_back(void **state)
{
	static const char json[] = "{\"attributes\": {\"a\": 1},"
		" \"tensors\": {}}";
	struct ip_bundle b = { 0 };

	(void)state;
	there_and_back(&b);		/* nothing at all */
	assert_int_equal(ip_attrs_text(&b.attrs, "who", "\"me\"\n"), 0);
	there_and_back(&b);
	assert_int_equal(ip_attrs_text(&b.attrs, "attributes", json), 0);
	there_and_back(&b);
	ip_bundle_free(&b);
	fill(&b);
	there_and_back(&b);
	ip_bundle_free(&b);
	assert_int_equal(ip_npz_read(ip_test_src("tests/golden/"
		"model_weights.npz"), &b), 0);
	there_and_back(&b);
	ip_bundle_free(&b);
}

/* A view is written as what it shows. */
static void views(void **state)
{
	const size_t shape[] = { 2, 3 };
	const int perm[] = { 1, 0 };
	struct ip_bundle b = { 0 }, r = { 0 };
	struct ip_tensor t = { 0 }, turned;
	size_t i;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_I16, 2, shape), 0);
	for (i = 0; i < 6; i++)
		((int16_t *)t.data)[i] = (int16_t)i;
	assert_int_equal(ip_bundle_add(&b, "v", &t, NULL), 0);
	assert_int_equal(ip_tensor_permute(&turned, &b.items[0].tensor, perm),
		0);
	turned.owner = b.items[0].tensor.owner;
	b.items[0].tensor = turned;
	assert_int_equal(ip_safetensors_write(path, &b), 0);
	assert_int_equal(ip_safetensors_read(path, &r), 0);
	assert_int_equal(r.items[0].tensor.shape[0], 3);
	assert_memory_equal(r.items[0].tensor.data, "\0\0\3\0\1\0\4\0\2\0\5\0",
		12);
	ip_bundle_free(&b);
	ip_bundle_free(&r);
}

/* The very bytes: the widest numbers first, the header in the given order. */
static void layout(void **state)
{
	static const char header[] = "{\"__metadata__\": {\"k\": \"v\"},"
		" \"a\": {\"dtype\": \"U8\", \"shape\": [3],"
		" \"data_offsets\": [18, 21]},"
		" \"b\": {\"dtype\": \"F64\", \"shape\": [1, 2],"
		" \"data_offsets\": [0, 16]},"
		" \"c\": {\"dtype\": \"F16\", \"shape\": [],"
		" \"data_offsets\": [16, 18]}}";
	static const size_t three = 3, two[] = { 1, 2 };
	struct ip_bundle b = { 0 };
	struct ip_tensor t = { 0 };
	unsigned char *p;
	size_t n, i;

	(void)state;
	assert_int_equal(ip_attrs_text(&b.attrs, "k", "v"), 0);
	assert_int_equal(ip_tensor_new(&t, IP_U8, 1, &three), 0);
	memcpy(t.data, "\22\23\24", 3);
	assert_int_equal(ip_bundle_add(&b, "a", &t, NULL), 0);
	assert_int_equal(ip_tensor_new(&t, IP_F64, 2, two), 0);
	memcpy(t.data, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 16);
	assert_int_equal(ip_bundle_add(&b, "b", &t, NULL), 0);
	assert_int_equal(ip_tensor_new(&t, IP_F16, 0, NULL), 0);
	memcpy(t.data, "\20\21", 2);
	assert_int_equal(ip_bundle_add(&b, "c", &t, NULL), 0);
	assert_int_equal(ip_safetensors_write(path, &b), 0);
	p = ip_test_read(path, &n);
	assert_int_equal(le64(p), (sizeof header - 1 + 7) / 8 * 8);
	assert_int_equal(n, 8 + le64(p) + 21);
	assert_memory_equal(p + 8, header, sizeof header - 1);
	for (i = 8 + sizeof header - 1; i < 8 + le64(p); i++)
		assert_int_equal(p[i], ' ');
	for (i = 0; host_little() && i < 21; i++)
		assert_int_equal(p[8 + le64(p) + i], i);
	free(p);
	ip_bundle_free(&b);
}

static void not_written(void **state)
{
	static const struct { const char *name; enum ip_dtype dtype; int rc;
		const char *part; } t[] = {
		{ "note", IP_TEXT, IP_ENOTSUP, "'note' is text" },
		{ "__metadata__", IP_U8, IP_EINVAL, "cannot be called" },
		{ "\377", IP_U8, IP_EINVAL, "tensor 0 is not UTF-8" },
	};
	const size_t n = 3;
	struct ip_bundle b = { 0 };
	struct ip_tensor x = { 0 };
	size_t i;

	(void)state;
	path = ip_test_tmp("none.safetensors");
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		assert_int_equal(ip_tensor_new(&x, t[i].dtype, 1, &n), 0);
		assert_int_equal(ip_bundle_add(&b, t[i].name, &x, NULL), 0);
		ip_test_log_capture();
		assert_int_equal(ip_safetensors_write(path, &b), t[i].rc);
		ip_test_assert_logged(t[i].part);
		assert_false(ip_test_exists(path));
		ip_bundle_free(&b);
	}
	path = ip_test_tmp("a.safetensors");
}

/* Each allocation of writing fails once. */
static void starved(void **state)
{
	struct ip_bundle b = { 0 };
	long n;
	int rc = -1;

	(void)state;
	fill(&b);
	path = ip_test_tmp("starved.safetensors");
	for (n = 0; rc < 0; n++) {
		ip_test_log_capture();
		ip_alloc_fail_after(n);
		rc = ip_safetensors_write(path, &b);
		ip_alloc_fail_after(-1);
		assert_int_equal(rc, ip_test_exists(path) ? 0 : IP_ENOMEM);
		assert_int_equal(ip_test_log_errors(), rc < 0);
	}
	assert_in_range(n, 5, 100);
	ip_bundle_free(&b);
	path = ip_test_tmp("a.safetensors");
}

static void full_disk(void **state)
{
	const size_t n = 1u << 20;
	struct ip_bundle b = { 0 };
	struct ip_tensor t = { 0 };
	struct rlimit old, small;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F32, 1, &n), 0);
	assert_int_equal(ip_bundle_add(&b, "w", &t, NULL), 0);
	path = ip_test_tmp("full.safetensors");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 100000;
	ip_test_log_capture();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(ip_safetensors_write(path, &b), IP_EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	ip_test_assert_logged(path);
	assert_false(ip_test_exists(path));
	ip_bundle_free(&b);
	path = ip_test_tmp("a.safetensors");
}

/* ---- others' ---- */

/* The reference implementation's own file. */
static void official(void **state)
{
	struct ip_bundle npz = { 0 }, b = { 0 };
	const struct ip_item *it;
	size_t i;

	(void)state;
	assert_int_equal(ip_npz_read(ip_test_src("tests/golden/"
		"types_safetensors.npz"), &npz), 0);
	ip_test_log_capture();
	assert_int_equal(ip_safetensors_read(ip_test_src("tests/golden/"
		"types.safetensors"), &b), 0);
	assert_int_equal(ip_test_log_errors() + ip_test_log_warnings(), 0);
	assert_int_equal(b.count, npz.count);
	assert_int_equal(b.count, 18);
	for (i = 0; i < b.count; i++) {
		it = ip_bundle_find(&npz, b.items[i].name);
		assert_non_null(it);
		assert_true(ip_test_same_tensor(&it->tensor,
			&b.items[i].tensor));
	}
	assert_string_equal(ip_attrs_get_text(&b.attrs, "format"), "pt");
	assert_string_equal(ip_attrs_get_text(&b.attrs, "text \302\265"),
		"a\n\"b\"");
	ip_bundle_free(&npz);
	ip_bundle_free(&b);
}

/* Data in another order than names, blanks, keys in any order. */
static void unusual(void **state)
{
	static const char header[] = "{ \"b\" :{\n\"data_offsets\": [ 2 , 6],"
		"\t\"shape\":[1 ,2], \"dtype\" : \"I16\" } , \"__metadata__\":"
		"{}, \"e\":{\"dtype\":\"F64\",\"shape\":[9223372036854775800,"
		"0,9223372036854775800],\"data_offsets\":[2,2]},"
		"\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[2],"
		"\"data_offsets\":[0,2]}}   ";
	struct ip_bundle b = { 0 };

	(void)state;
	write_file(sizeof header - 1, header, 6);
	assert_int_equal(ip_safetensors_read(path, &b), 0);
	assert_int_equal(b.count, 3);
	assert_string_equal(b.items[0].name, "b");
	assert_int_equal(b.items[0].tensor.dtype, IP_I16);
	assert_int_equal(*(int16_t *)b.items[0].tensor.data, 0x302);
	assert_int_equal(ip_tensor_count(&b.items[1].tensor), 0);
	assert_string_equal(b.items[2].name, "a");
	assert_memory_equal(b.items[2].tensor.data, "\0\1", 2);
	assert_int_equal(b.attrs.count, 0);
	ip_bundle_free(&b);
	write_file(2, "{}", 0);
	assert_int_equal(ip_safetensors_read(path, &b), 0);
	assert_int_equal(b.count, 0);
	ip_bundle_free(&b);
}

/* Metadata of others under our key, or ours about tensors not there. */
static void foreign_attributes(void **state)
{
	static const char *const text[] = { "of a \\\"house\\\"",
		"{\\\"attributes\\\": {}, \\\"tensors\\\": {\\\"x\\\": {}}}" };
	char header[128];
	struct ip_bundle b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(header, sizeof header, "{\"__metadata__\":"
			"{\"attributes\":\"%s\"}}", text[i]);
		write_file(strlen(header), header, 0);
		assert_int_equal(ip_safetensors_read(path, &b), 0);
		assert_non_null(ip_attrs_get_text(&b.attrs, "attributes"));
		assert_int_equal(b.attrs.count, 1);
		ip_bundle_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(views),
		cmocka_unit_test(layout),
		cmocka_unit_test(not_written),
		cmocka_unit_test(starved),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(official),
		cmocka_unit_test(unusual),
		cmocka_unit_test(foreign_attributes),
	};

	path = ip_test_tmp("a.safetensors");
	return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
