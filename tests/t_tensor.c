/* Shapes, views, copies, conversions, float16. */
#include <math.h>
#include "support/support.h"
#include <iphase/tensor.h>
#include "tensor/half.h"
#include "core/core.h"

static const size_t s234[] = { 2, 3, 4 };

static void make_and_free(void **state)
{
	static const size_t huge[] = { SIZE_MAX / 2, 3 }, none[] = { 3, 0 };
	struct ip_tensor t;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_C64, 3, s234), 0);
	assert_int_equal(ip_tensor_count(&t), 24);
	assert_int_equal(t.stride[0], 12);
	assert_int_equal(t.stride[2], 1);
	assert_true(ip_tensor_contiguous(&t));
	assert_int_equal((uintptr_t)t.data % 64, 0);
	ip_tensor_free(&t);
	assert_null(t.data);
	ip_tensor_free(&t);
	assert_int_equal(ip_tensor_new(&t, IP_F64, 0, NULL), 0);
	assert_int_equal(ip_tensor_count(&t), 1);
	assert_true(*(double *)t.data == 0);
	ip_tensor_free(&t);
	assert_int_equal(ip_tensor_new(&t, IP_F64, 2, none), 0);
	assert_int_equal(ip_tensor_count(&t), 0);
	ip_tensor_free(&t);
	ip_test_log_capture();
	assert_int_equal(ip_tensor_new(&t, IP_F32, 2, huge), IP_EINVAL);
	assert_int_equal(ip_tensor_new(&t, 0, 3, s234), IP_EINVAL);
	assert_int_equal(ip_tensor_new(&t, 99, 3, s234), IP_EINVAL);
	assert_int_equal(ip_tensor_new(&t, IP_F32, 9, huge), IP_EINVAL);
	assert_int_equal(ip_tensor_new(&t, IP_F32, -1, huge), IP_EINVAL);
	assert_int_equal(ip_tensor_new(&t, IP_TEXT, 2, s234), IP_EINVAL);
	assert_int_equal(ip_test_log_errors(), 6);
}

static void names_of_types(void **state)
{
	enum ip_dtype d, got;

	(void)state;
	for (d = IP_U8; d <= IP_TEXT; d++) {
		assert_int_equal(ip_dtype_parse(ip_dtype_name(d), &got), 0);
		assert_int_equal(got, d);
		assert_true(ip_dtype_size(d) > 0);
	}
	assert_int_equal(ip_dtype_size(0), 0);
	assert_int_equal(ip_dtype_size(14), 0);
	ip_test_log_capture();
	assert_int_equal(ip_dtype_parse("float128", &got), IP_ENOTFOUND);
}

static void views(void **state)
{
	static const int perm[] = { 2, 0, 1 }, bad[] = { 0, 0, 1 };
	struct ip_tensor t, v, w, c;
	float *p;
	int i, x, y, z;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F32, 3, s234), 0);
	p = t.data;
	for (i = 0; i < 24; i++)
		p[i] = (float)i;
	assert_int_equal(ip_tensor_at(&v, &t, 1, 2), 0);
	assert_int_equal(v.ndim, 2);
	assert_int_equal(v.shape[1], 4);
	assert_null(v.owner);
	assert_true(*((float *)v.data + v.stride[0] + 3) == 12 + 8 + 3);
	assert_int_equal(ip_tensor_slice(&v, &t, 2, 1, 2), 0);
	assert_false(ip_tensor_contiguous(&v));
	assert_int_equal(ip_tensor_slice(&w, &t, 0, 1, 1), 0);
	assert_true(ip_tensor_contiguous(&w));
	assert_int_equal(ip_tensor_permute(&w, &v, perm), 0);
	assert_int_equal(w.shape[0], 2);
	assert_int_equal(w.shape[2], 3);
	assert_int_equal(ip_tensor_convert(&c, IP_F32, &w), 0);
	i = 0;
	for (x = 0; x < 2; x++)
		for (y = 0; y < 2; y++)
			for (z = 0; z < 3; z++)
				assert_true(((float *)c.data)[i++] ==
					(float)(12 * y + 4 * z + x + 1));
	ip_tensor_free(&c);
	assert_int_equal(ip_tensor_slice(&v, &t, 0, 2, 0), 0);
	assert_int_equal(ip_tensor_count(&v), 0);
	ip_test_log_capture();
	assert_int_equal(ip_tensor_at(&v, &t, 3, 0), IP_EINVAL);
	assert_int_equal(ip_tensor_at(&v, &t, 0, 2), IP_EINVAL);
	assert_int_equal(ip_tensor_slice(&v, &t, 0, 1, 2), IP_EINVAL);
	assert_int_equal(ip_tensor_slice(&v, &t, 0, 1, SIZE_MAX), IP_EINVAL);
	assert_int_equal(ip_tensor_permute(&v, &t, bad), IP_EINVAL);
	assert_int_equal(ip_tensor_copy(&c, &t), IP_EINVAL);
	assert_int_equal(ip_test_log_errors(), 6);
	ip_tensor_free(&t);
}

/* One value of every type into every other. */
static void every_pair_of_types(void **state)
{
	static const size_t shape[] = { 3, 100 };	/* more than a block */
	struct ip_tensor a, b, c;
	enum ip_dtype from, to;
	double *p;
	int i;

	(void)state;
	assert_int_equal(ip_tensor_new(&a, IP_F64, 2, shape), 0);
	p = a.data;
	for (i = 0; i < 300; i++)
		p[i] = i % 128;
	for (from = IP_U8; from <= IP_C64; from++)
		for (to = IP_U8; to <= IP_C64; to++) {
			assert_int_equal(ip_tensor_convert(&b, from, &a), 0);
			assert_int_equal(ip_tensor_convert(&c, to, &b), 0);
			ip_tensor_free(&b);
			assert_int_equal(ip_tensor_convert(&b, IP_F64, &c), 0);
			assert_memory_equal(a.data, b.data, 300 * 8);
			ip_tensor_free(&b);
			ip_tensor_free(&c);
		}
	ip_tensor_free(&a);
}

/* value of type from, as type to: fits or not. */
static int try(enum ip_dtype to, enum ip_dtype from, const void *value,
	void *out)
{
	struct ip_tensor a, b;
	int rc;

	assert_int_equal(ip_tensor_wrap(&a, from, 0, NULL, (void *)value), 0);
	ip_test_log_capture();
	rc = ip_tensor_convert(&b, to, &a);
	if (rc == 0) {
		memcpy(out, b.data, ip_dtype_size(to));
		ip_tensor_free(&b);
	} else {
		ip_test_assert_logged("does not fit");
	}
	return rc;
}

static void edges_of_conversions(void **state)
{
	const int64_t i64 = INT64_MIN, big = 9007199254740993, minus = -1;
	const uint64_t u64 = UINT64_MAX;
	const double d255 = 255.4, d2555 = 255.5, nan = NAN, half = 2.5,
		d64 = 0x1p64, dmin = -0x1p63, f16 = 65519, over = 65520,
		f32 = 3.5e38, inf = INFINITY;
	const float c[] = { 1, 1 }, r[] = { 7, 0 };
	unsigned char out[8];
	int64_t i;
	uint16_t h;
	float f;

	(void)state;
	assert_int_equal(try(IP_I64, IP_I64, &i64, &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(try(IP_U64, IP_I64, &big, &i), 0);
	assert_true(i == 9007199254740993);	/* not through a double */
	assert_int_equal(try(IP_U64, IP_I64, &minus, out), IP_EINVAL);
	assert_int_equal(try(IP_I64, IP_U64, &u64, out), IP_EINVAL);
	assert_int_equal(try(IP_U8, IP_F64, &d255, out), 0);
	assert_int_equal(out[0], 255);
	assert_int_equal(try(IP_U8, IP_F64, &d2555, out), IP_EINVAL);
	assert_int_equal(try(IP_I8, IP_F64, &half, out), 0);
	assert_int_equal(out[0], 2);
	assert_int_equal(try(IP_I32, IP_F64, &nan, out), IP_EINVAL);
	assert_int_equal(try(IP_U64, IP_F64, &d64, out), IP_EINVAL);
	assert_int_equal(try(IP_I64, IP_F64, &dmin, &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(try(IP_F16, IP_F64, &f16, &h), 0);
	assert_int_equal(h, 0x7bff);
	assert_int_equal(try(IP_F16, IP_F64, &over, out), IP_EINVAL);
	assert_int_equal(try(IP_F32, IP_F64, &f32, out), IP_EINVAL);
	assert_int_equal(try(IP_F32, IP_F64, &inf, &f), 0);
	assert_true(isinf(f));
	assert_int_equal(try(IP_F32, IP_C64, c, out), IP_EINVAL);
	assert_int_equal(try(IP_U8, IP_C64, c, out), IP_EINVAL);
	assert_int_equal(try(IP_U8, IP_C64, r, out), 0);
	assert_int_equal(out[0], 7);
}

static void text_stays_text(void **state)
{
	static const size_t n = 3;
	char data[] = "abc";
	struct ip_tensor a, b;

	(void)state;
	assert_int_equal(ip_tensor_wrap(&a, IP_TEXT, 1, &n, data), 0);
	assert_int_equal(ip_tensor_convert(&b, IP_TEXT, &a), 0);
	assert_memory_equal(b.data, "abc", 3);
	ip_tensor_free(&b);
	ip_test_log_capture();
	assert_int_equal(ip_tensor_convert(&b, IP_U8, &a), IP_EINVAL);
	ip_test_assert_logged("text");
}

/* The value of a float16 by its definition. */
static double half_value(unsigned h)
{
	int e = h >> 10 & 31;
	double m = h & 1023, v;

	v = e == 31 ? m ? NAN : INFINITY : e == 0 ? ldexp(m, -24) :
		ldexp(1024 + m, e - 25);
	return h & 0x8000 ? -v : v;
}

/* All 65536, both ways; then every gap between neighbours and its middle. */
static void float16_is_exact(void **state)
{
	unsigned h, want;
	double a, b, mid;
	float f;

	(void)state;
	for (h = 0; h < 65536; h++) {
		f = ip_half_to_float((uint16_t)h);
		a = half_value(h);
		if (isnan(a)) {
			assert_true(isnan(f));
			want = h & 0x3ff ? h : h | 0x200;
			assert_int_equal(ip_half_from_float(f), want);
			continue;
		}
		assert_true(f == a && !signbit(f) == !signbit(a));
		assert_int_equal(ip_half_from_float(f), h);
	}
	for (h = 0; h < 0x7bff; h++) {
		a = half_value(h);
		b = half_value(h + 1);
		mid = (a + b) / 2;
		want = h + (h & 1);	/* ties to even */
		assert_int_equal(ip_half_from_double(mid), want);
		assert_int_equal(ip_half_from_double(-mid), want | 0x8000);
		assert_int_equal(ip_half_from_double(nextafter(mid, 0)), h);
		assert_int_equal(ip_half_from_double(nextafter(mid, b)),
			h + 1);
		assert_int_equal(ip_half_from_float((float)mid), want);
	}
	assert_int_equal(ip_half_from_double(65519.99), 0x7bff);
	assert_int_equal(ip_half_from_double(65520), 0x7c00);
	assert_int_equal(ip_half_from_double(-1e300), 0xfc00);
	assert_int_equal(ip_half_from_double(0x1p-25), 0);
	assert_int_equal(ip_half_from_double(0x1.001p-25), 1);
}

static void finite_is_checked(void **state)
{
	static const int perm[] = { 2, 1, 0 };
	static const enum ip_dtype types[] = { IP_F16, IP_F32, IP_F64,
		IP_C64 };
	struct ip_tensor t, v, c;
	float *p;
	size_t i;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_F32, 3, s234), 0);
	assert_int_equal(ip_tensor_check_finite(&t, "x"), 0);
	p = t.data;
	p[12 + 4 + 2] = -INFINITY;
	for (i = 0; i < 4; i++) {
		assert_int_equal(ip_tensor_convert(&c, types[i], &t), 0);
		ip_test_log_capture();
		assert_int_equal(ip_tensor_check_finite(&c, "pot"), IP_EINVAL);
		ip_test_assert_logged("pot: element [1, 1, 2]");
		ip_tensor_free(&c);
	}
	assert_int_equal(ip_tensor_permute(&v, &t, perm), 0);
	ip_test_log_capture();
	assert_int_equal(ip_tensor_check_finite(&v, "pot"), IP_EINVAL);
	ip_test_assert_logged("[2, 1, 1]");
	ip_tensor_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(make_and_free),
		cmocka_unit_test(names_of_types),
		cmocka_unit_test(views),
		cmocka_unit_test(every_pair_of_types),
		cmocka_unit_test(edges_of_conversions),
		cmocka_unit_test(text_stays_text),
		cmocka_unit_test(float16_is_exact),
		cmocka_unit_test(finite_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
