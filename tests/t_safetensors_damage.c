/* safetensors files that are refused. */
#include "formats/bytes.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/formats.h"
#include "support/support.h"

static const char *path;

static void refused(int rc, const char *part)
{
	ip_test_reader_refuses(ip_safetensors_read, path, rc, part);
}

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

#define T(name, dtype, shape, offsets) "\"" name "\":{\"dtype\":\"" dtype \
	"\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

static void bad_headers(void **state)
{
	static const struct { const char *header; int rc; const char *part; }
	t[] = {
		{ "", IP_EFORMAT, "offset 8: expected '{'" },
		{ " {}", IP_EFORMAT, "offset 8: expected '{'" },
		{ "[]", IP_EFORMAT, "offset 8: expected '{'" },
		{ "{", IP_EFORMAT, "offset 9: expected the name of a tensor" },
		{ "{}x", IP_EFORMAT, "nothing after the last" },
		{ "{" T("a", "U8", "8", "0,8") ",}", IP_EFORMAT,
			"the name of a tensor" },
		{ "{" T("a", "U8", "8", "0,8"), IP_EFORMAT, "',' or '}'" },
		{ "{\"a\"}", IP_EFORMAT, "expected ':'" },
		{ "{\"a\":1}", IP_EFORMAT, "'{' of a tensor" },
		{ "{\"a\":{}}", IP_EFORMAT, "each once" },
		{ "{\"a\":{\"dtype\":\"U8\"}}", IP_EFORMAT,
			"dtype, shape and data_offsets" },
		{ "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", IP_EFORMAT,
			"each once" },
		{ "{\"a\":{\"shape\":[8],\"shape\":[8]}}", IP_EFORMAT,
			"each once" },
		{ "{\"a\":{\"data_offsets\":[0,8],\"data_offsets\":[0,8]}}",
			IP_EFORMAT, "each once" },
		{ "{\"a\":{\"dtype\" \"U8\"}}", IP_EFORMAT, "':'" },
		{ "{\"a\":{\"dtype\":8}}", IP_EFORMAT, "the name of a dtype" },
		{ "{\"a\":{\"dtype\":\"U8\"", IP_EFORMAT, "'}' of a tensor" },
		{ "{\"a\":{\"shape\":8}}", IP_EFORMAT, "'[' of a shape" },
		{ "{\"a\":{\"shape\":[8}}", IP_EFORMAT, "']' of a shape" },
		{ "{\"a\":{\"shape\":[-8]}}", IP_EFORMAT, "a whole number" },
		{ "{\"a\":{\"shape\":[8.0]}}", IP_EFORMAT, "']' of a shape" },
		{ "{\"a\":{\"shape\":[9223372036854775808]}}", IP_EFORMAT,
			"a smaller number" },
		{ "{\"a\":{\"data_offsets\":8}}", IP_EFORMAT,
			"'[' of data_offsets" },
		{ "{\"a\":{\"data_offsets\":[8]}}", IP_EFORMAT,
			"two data_offsets" },
		{ "{\"a\":{\"data_offsets\":[0,8,9]}}", IP_EFORMAT,
			"']' of data_offsets" },
		{ "{\"\":{}}", IP_EFORMAT, "a name of the tensor" },
		{ "{\"a\\u0000\":{}}", IP_EFORMAT, "the name of a tensor" },
		{ "{\"\377\":{}}", IP_EFORMAT, "the name of a tensor" },
		{ "{" T("a", "F8_E4M3", "8", "0,8") "}", IP_ENOTSUP,
			"dtype 'F8_E4M3'" },
		{ "{" T("a", "U8", "1,1,1,1,1,1,1,1,8", "0,8") "}", IP_ENOTSUP,
			"more than 8 dimensions" },
		{ "{" T("a", "U8", "8", "0,8") "," T("a", "U8", "8", "0,8")
			"}", IP_EFORMAT, "two tensors are called 'a'" },
		/* metadata */
		{ "{\"__metadata__\":[]}", IP_EFORMAT, "'{' of __meta" },
		{ "{\"__metadata__\":{1:\"a\"}}", IP_EFORMAT, "a key of" },
		{ "{\"__metadata__\":{\"a\":1}}", IP_EFORMAT, "a text in" },
		{ "{\"__metadata__\":{\"a\" \"b\"}}", IP_EFORMAT, "':'" },
		{ "{\"__metadata__\":{\"\":\"b\"}}", IP_EFORMAT, "a new key" },
		{ "{\"__metadata__\":{\"a\":\"b\",\"a\":\"b\"}}", IP_EFORMAT,
			"a new key" },
		{ "{\"__metadata__\":{\"a\":\"b\"", IP_EFORMAT,
			"'}' of __metadata__" },
		{ "{\"__metadata__\":{},\"__metadata__\":{}}", IP_EFORMAT,
			"only once" },
		/* places: there are 8 bytes */
		{ "{" T("a", "F64", "1", "0,7") "}", IP_EFORMAT,
			"'a': bytes 0 to 7 of the data are not those" },
		{ "{" T("a", "F64", "2", "0,8") "}", IP_EFORMAT, "not those" },
		{ "{" T("a", "U8", "8", "8,0") "}", IP_EFORMAT, "not those" },
		{ "{" T("a", "U8", "4294967296,4294967296", "0,0") "}",
			IP_EFORMAT, "not those" },
		{ "{" T("a", "F32", "4611686018427387904", "0,0") "}",
			IP_EFORMAT, "not those" },
		{ "{" T("a", "F64", "2", "0,16") "}", IP_ETRUNCATED,
			"ends at byte 16 of the data, the file at 8" },
		{ "{" T("a", "U8", "4", "0,4") "," T("b", "U8", "5", "3,8")
			"}", IP_EFORMAT, "'b' begins at byte 3 of the data,"
			" expected 4" },
		{ "{" T("a", "U8", "8", "0,8") "," T("b", "U8", "8", "0,8")
			"}", IP_EFORMAT, "begins at byte 0" },
		{ "{" T("b", "U8", "3", "5,8") "," T("a", "U8", "4", "0,4")
			"}", IP_EFORMAT, "'b' begins at byte 5 of the data,"
			" expected 4" },
		{ "{" T("a", "U8", "7", "1,8") "}", IP_EFORMAT, "expected 0" },
		{ "{" T("a", "U8", "7", "0,7") "}", IP_EFORMAT,
			"1 bytes follow" },
		{ "{}", IP_EFORMAT, "8 bytes follow" },
		{ "{" T("a", "U8", "8", "0,8") "," T("e", "U8", "0", "3,3")
			"}", IP_EFORMAT, "begins at byte 3" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		write_file(strlen(t[i].header), t[i].header, 8);
		refused(t[i].rc, t[i].part);
	}
}

static void bad_lengths(void **state)
{
	static const char header[] = "{" T("a", "U8", "8", "0,8") "}";

	(void)state;
	ip_test_write(path, header, 7);
	refused(IP_ETRUNCATED, "7 bytes, too short");
	write_file(100000001, header, 8);
	refused(IP_ELIMIT, "100000001 bytes, at most 100000000");
	write_file(UINT64_MAX, header, 8);
	refused(IP_ELIMIT, "18446744073709551615 bytes");
	write_file(sizeof header + 8, header, 8);
	refused(IP_ETRUNCATED, "reaches past the end");
	write_file(sizeof header - 2, header, 8);
	refused(IP_EFORMAT, "',' or '}'");
	write_file(sizeof header, header, 8);
	refused(IP_EFORMAT, "nothing after");
}

/* One more than can be read. */
static void many_tensors(void **state)
{
	const size_t count = 16385, room = 80 * count;
	char *header = malloc(room);
	size_t n = 0, i;

	(void)state;
	for (i = 0; i < count; i++)
		n += (size_t)snprintf(header + n, room - n, "%c"
			T("%zu", "U8", "0", "0,0"), i ? ',' : '{', i);
	memcpy(header + n, "}", 2);
	write_file(n + 1, header, 0);
	refused(IP_ELIMIT, "more than 16384 tensors");
	free(header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(bad_lengths),
		cmocka_unit_test(many_tensors),
	};

	path = ip_test_tmp("a.safetensors");
	return cmocka_run_group_tests_name("safetensors_damage", tests, NULL,
		NULL);
}
