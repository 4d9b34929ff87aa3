/* NumPy arrays: every type, byte order and storage order, and what is bad. */
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/support.h"

/* A .npy file of version major with this dictionary, and body behind it. */
static const char *make(int major, const char *dict, const void *body,
	size_t n)
{
	const char *path = ip_test_tmp("a.npy");
	size_t k = strlen(dict), head = major == 1 ? 10 : 12;
	unsigned char *p = calloc(1, head + k + n);

	memcpy(p, "\223NUMPY", 6);
	p[6] = (unsigned char)major;
	p[8] = (unsigned char)(k & 255);
	p[9] = (unsigned char)(k >> 8);
	memcpy(p + head, dict, k);
	memcpy(p + head + k, body, n);
	ip_test_write(path, p, head + k + n);
	free(p);
	return path;
}

static void refused(const char *path, int rc, const char *part)
{
	struct ip_tensor t = { 0 }, none = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_npy_read(path, &t), rc);
	ip_test_assert_logged(part);
	assert_memory_equal(&t, &none, sizeof t);
}

static void headers_in_any_form(void **state)
{
	static const char *const dicts[] = {
		"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), } \n",
		"{'shape':(2,3,),'fortran_order':False,'descr':'<u2'}",
		("\n{ \"descr\" :\t\"<u2\" ,'shape' : ( 2L , 3L ) ,"
			" 'fortran_order' : False\n, }\n"),
	};
	static const unsigned char body[12] = { 0, 1, 1, 1, 2, 1, 3, 1, 4, 1,
		5, 1 };
	struct ip_tensor t;
	size_t i;
	int k, v;

	(void)state;
	for (i = 0; i < 3; i++)
		for (v = 1; v <= 3; v++) {
			memset(&t, 0, sizeof t);
			assert_int_equal(ip_npy_read(make(v, dicts[i], body,
				12), &t), 0);
			assert_int_equal(t.dtype, IP_U16);
			assert_int_equal(t.ndim, 2);
			assert_int_equal(t.shape[0], 2);
			assert_int_equal(t.shape[1], 3);
			for (k = 0; k < 6; k++)
				assert_int_equal(((uint16_t *)t.data)[k],
					256 + k);
			ip_tensor_free(&t);
		}
}

static void big_endian_and_fortran(void **state)
{
	/* big-endian float32 1 2 3 4 5 6, first index fastest: shape (2, 3) */
	static const unsigned char body[24] = { 0x3f, 0x80, 0, 0, 0x40, 0, 0, 0,
		0x40, 0x40, 0, 0, 0x40, 0x80, 0, 0, 0x40, 0xa0, 0, 0, 0x40,
		0xc0, 0, 0 };
	static const float want[6] = { 1, 3, 5, 2, 4, 6 };
	/* big-endian complex128: 1 - 2i */
	static const unsigned char c16[16] = { 0x3f, 0xf0, 0, 0, 0, 0, 0, 0,
		0xc0, 0, 0, 0, 0, 0, 0, 0 };
	struct ip_tensor t = { 0 };

	(void)state;
	assert_int_equal(ip_npy_read(make(1, "{'descr': '>f4',"
		" 'fortran_order': True, 'shape': (2, 3)}", body, 24), &t), 0);
	assert_int_equal(t.dtype, IP_F32);
	assert_true(ip_tensor_contiguous(&t));
	assert_memory_equal(t.data, want, sizeof want);
	ip_tensor_free(&t);

	ip_test_log_capture();
	assert_int_equal(ip_npy_read(make(1, "{'descr': '>c16',"
		" 'fortran_order': True, 'shape': ()}", c16, 16), &t), 0);
	assert_int_equal(t.dtype, IP_C64);
	assert_int_equal(t.ndim, 0);
	assert_true(((float *)t.data)[0] == 1 && ((float *)t.data)[1] == -2);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_int_equal(ip_test_log_errors(), 0);
	ip_tensor_free(&t);
}

static void text(void **state)
{
	/* "V\u00b7\u00c5" and a padding NUL, in UCS-4 of both orders */
	static const unsigned char le[16] = { 'V', 0, 0, 0, 0xb7, 0, 0, 0,
		0xc5, 0, 0, 0 };
	static const unsigned char be[16] = { 0, 0, 0, 'V', 0, 0, 0, 0xb7,
		0, 0, 0, 0xc5 };
	static const unsigned char bad[4] = { 0, 0xd8, 0, 0 };
	struct ip_tensor t = { 0 };
	int k;

	(void)state;
	for (k = 0; k < 3; k++) {
		assert_int_equal(ip_npy_read(k == 0 ? make(3, "{'descr':'<U4',"
			"'fortran_order':False,'shape':()}", le, 16) : k == 1 ?
			make(3, "{'descr':'>U4','fortran_order':False,"
			"'shape':(1,)}", be, 16) :
			make(3, "{'descr':'|S7','fortran_order':False,"
			"'shape':()}", "V\302\267\303\205\0\0", 7), &t), 0);
		assert_int_equal(t.dtype, IP_TEXT);
		assert_int_equal(t.shape[0], 5);
		assert_memory_equal(t.data, "V\302\267\303\205", 5);
		ip_tensor_free(&t);
	}
	refused(make(3, "{'descr':'<U1','fortran_order':False,'shape':()}",
		bad, 4), IP_EFORMAT, "Unicode");
	refused(make(3, "{'descr':'|S1','fortran_order':False,'shape':()}",
		"\377", 1), IP_EFORMAT, "Unicode");
	refused(make(3, "{'descr':'|S1','fortran_order':False,'shape':(2,)}",
		"ab", 2), IP_ENOTSUP, "2 texts");
}

static void bad_headers(void **state)
{
	static const struct { const char *dict; int rc; const char *part; }
	c[] = {
		{ "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
			IP_ENOTSUP, "pickled" },
		{ "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape':"
			" (1,)}", IP_ENOTSUP, "records" },
		{ "{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}",
			IP_ENOTSUP, "<f16" },
		{ "{'descr': '<M8', 'fortran_order': False, 'shape': (1,)}",
			IP_ENOTSUP, "<M8" },
		{ "{'descr': '|f4', 'fortran_order': False, 'shape': (1,)}",
			IP_ENOTSUP, "byte order" },
		{ "{'descr': '', 'fortran_order': False, 'shape': (1,)}",
			IP_ENOTSUP, "not known" },
		{ "{'descr': '<f4', 'fortran_order': False}", IP_EFORMAT,
			"lacks 'shape'" },
		{ "{'descr': '<f4', 'descr': '<f4'}", IP_EFORMAT, "twice" },
		{ "{'descr': '<f4', 'order': '<f4'}", IP_EFORMAT, "unknown" },
		{ "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
			IP_EFORMAT, "True or False" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
			IP_EFORMAT, "offset 62: found ')}'" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
			IP_EFORMAT, "number of elements" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
			IP_EFORMAT, "its end" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1,",
			IP_EFORMAT, "header ends" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape':"
			" (99999999999999999999,)}", IP_EFORMAT, "fits" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape':"
			" (4294967296, 4294967296, 4294967296)}",
			IP_ETRUNCATED, "fewer" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape':"
			" (1,1,1,1,1,1,1,1,1)}", IP_ENOTSUP, "dimensions" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
			IP_ETRUNCATED, "fewer" },
		{ "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}",
			IP_EFORMAT, "follow" },
		{ "{'descr': '<U9', 'fortran_order': False, 'shape': (0,)}",
			IP_EFORMAT, "follow" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof c / sizeof *c; i++)
		refused(make(1, c[i].dict, "abcd", 4), c[i].rc, c[i].part);
	refused(make(4, c[0].dict, "", 0), IP_ENOTSUP, "version 4.0");
	refused(ip_test_tmp("absent.npy"), IP_EIO, "cannot be opened");
	refused(ip_test_tmpdir(), IP_EIO, "not a regular file");
	ip_test_write(ip_test_tmp("e.npy"), "", 0);
	refused(ip_test_tmp("e.npy"), IP_ETRUNCATED, "0 bytes");
	ip_test_write(ip_test_tmp("e.npy"), "\223NUMPI\1\0\1\0xxxx", 14);
	refused(ip_test_tmp("e.npy"), IP_EFORMAT, "NUMPY");
}

static void every_type_comes_back(void **state)
{
	const size_t shape[] = { 2, 1, 3 }, none[] = { 4, 0 };
	struct ip_tensor t = { 0 }, r = { 0 }, view = { 0 };
	const char *path = ip_test_tmp("t.npy");
	size_t i, n;
	int d;

	(void)state;
	for (d = IP_U8; d <= IP_C64; d++) {
		assert_int_equal(ip_tensor_new(&t, (enum ip_dtype)d, 3, shape),
			0);
		n = 6 * ip_dtype_size((enum ip_dtype)d);
		for (i = 0; i < n; i++)
			((unsigned char *)t.data)[i] = (unsigned char)(7 * i +
				3);
		assert_int_equal(ip_npy_write(path, &t), 0);
		assert_int_equal(ip_npy_read(path, &r), 0);
		assert_int_equal(r.dtype, d);
		assert_int_equal(r.ndim, 3);
		assert_memory_equal(r.shape, shape, sizeof shape);
		assert_memory_equal(r.data, t.data, n);
		ip_tensor_free(&r);
		/* a view is written in its own order */
		assert_int_equal(ip_tensor_at(&view, &t, 2, 1), 0);
		assert_int_equal(ip_npy_write(path, &view), 0);
		assert_int_equal(ip_npy_read(path, &r), 0);
		n /= 6;
		assert_memory_equal(r.data, (char *)t.data + n, n);
		assert_memory_equal((char *)r.data + n, (char *)t.data + 4 * n,
			n);
		ip_tensor_free(&r);
		ip_tensor_free(&t);
	}
	assert_int_equal(ip_tensor_new(&t, IP_F32, 2, none), 0);
	assert_int_equal(ip_npy_write(path, &t), 0);
	assert_int_equal(ip_npy_read(path, &r), 0);
	assert_memory_equal(r.shape, none, sizeof none);
	ip_tensor_free(&r);
	ip_tensor_free(&t);
}

static void text_comes_back(void **state)
{
	char good[] = "a\302\265\342\202\254\360\237\231\202", bad[] = "a\300";
	size_t n = strlen(good);
	struct ip_tensor t = { 0 }, r = { 0 };
	const char *path = ip_test_tmp("t.npy");

	(void)state;
	assert_int_equal(ip_tensor_wrap(&t, IP_TEXT, 1, &n, good), 0);
	assert_int_equal(ip_npy_write(path, &t), 0);
	assert_int_equal(ip_npy_read(path, &r), 0);
	assert_int_equal(r.dtype, IP_TEXT);
	assert_int_equal(r.shape[0], n);
	assert_memory_equal(r.data, good, n);
	ip_tensor_free(&r);
	n = 0;
	assert_int_equal(ip_tensor_wrap(&t, IP_TEXT, 1, &n, good), 0);
	assert_int_equal(ip_npy_write(path, &t), 0);
	assert_int_equal(ip_npy_read(path, &r), 0);
	assert_int_equal(r.shape[0], 0);
	ip_tensor_free(&r);
	n = 2;
	assert_int_equal(ip_tensor_wrap(&t, IP_TEXT, 1, &n, bad), 0);
	assert_int_equal(remove(path), 0);
	ip_test_log_capture();
	assert_int_equal(ip_npy_write(path, &t), IP_EINVAL);
	ip_test_assert_logged("UTF-8");
	assert_false(ip_test_exists(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_in_any_form),
		cmocka_unit_test(big_endian_and_fortran),
		cmocka_unit_test(text),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(every_type_comes_back),
		cmocka_unit_test(text_comes_back),
	};

	return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
