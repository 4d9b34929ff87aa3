/* The .ipt container: what goes in comes out, whole and in parts. */
#include <unistd.h>
#include "support/support.h"
#include "support/ipt_fixture.h"
#include <iphase/ipt.h>
#include <iphase/status.h>
#include <iphase/threads.h>

static void round_trip(void **state)
{
	struct ip_bundle a = { 0 }, b = { 0 };
	const char *path = ip_test_path("a.ipt");
	int store;

	(void)state;
	ip_test_bundle(&a);
	for (store = 0; store < 2; store++) {
		assert_int_equal(ip_ipt_save(path, &a, store), 0);
		assert_int_equal(ip_ipt_load(path, &b), 0);
		assert_true(ip_test_same_bundle(&a, &b));
		ip_bundle_free(&b);
	}
	ip_bundle_free(&a);
	/* nothing at all is a file too */
	assert_int_equal(ip_ipt_save(path, &a, 0), 0);
	assert_int_equal(ip_ipt_load(path, &b), 0);
	assert_int_equal(b.count + b.attrs.count, 0);
}

static void rows_across_chunks(void **state)
{
	static const size_t at[][2] = { { 0, 1 }, { 0, 2 }, { 1, 2 }, { 25, 1 },
		{ 24, 4 }, { 25, 26 }, { 0, 70 }, { 69, 1 }, { 70, 0 },
		{ 0, 0 }, { 261000, 3000 }, { 524287, 2 }, { 1199999, 1 },
		{ 130, 270 } };
	struct ip_bundle b = { 0 };
	struct ip_tensor t, v;
	struct ip_ipt *f;
	size_t i, k;
	int store;

	(void)state;
	ip_test_big_bundle(&b);
	for (store = 0; store < 2; store++) {
		assert_int_equal(ip_ipt_save(ip_test_path("b.ipt"), &b, store), 0);
		assert_int_equal(ip_ipt_open(&f, ip_test_path("b.ipt"), 0), 0);
		for (i = 0; i < IP_TEST_BIG; i++)
			for (k = 0; k < sizeof at / sizeof *at; k++) {
				if (at[k][0] + at[k][1] > ip_test_big[i].shape[0])
					continue;
				assert_int_equal(ip_ipt_rows(f, i, at[k][0],
					at[k][1], &t), 0);
				assert_int_equal(ip_tensor_slice(&v,
					&b.items[i].tensor, 0, at[k][0],
					at[k][1]), 0);
				assert_true(ip_test_same_tensor(&t, &v));
				ip_tensor_free(&t);
			}
		ip_test_log_capture();
		assert_int_equal(ip_ipt_rows(f, 0, 70, 1, &t), IP_EINVAL);
		assert_int_equal(ip_ipt_rows(f, 0, 1, SIZE_MAX, &t),
			IP_EINVAL);
		assert_int_equal(ip_ipt_rows(f, 9, 0, 1, &t), IP_EINVAL);
		assert_int_equal(ip_test_log_errors(), 3);
		ip_ipt_close(f);
	}
	ip_bundle_free(&b);
}

static void same_bytes_for_any_threads(void **state)
{
	struct ip_bundle b = { 0 };
	unsigned char *first, *p;
	size_t n, m;
	int k;

	(void)state;
	ip_test_big_bundle(&b);
	assert_int_equal(ip_threads_set(1), 0);
	assert_int_equal(ip_ipt_save(ip_test_path("t.ipt"), &b, 0), 0);
	first = ip_test_read(ip_test_path("t.ipt"), &n);
	for (k = 2; k <= 3; k++) {
		assert_int_equal(ip_threads_set(k), 0);
		assert_int_equal(ip_ipt_save(ip_test_path("t.ipt"), &b, 0), 0);
		p = ip_test_read(ip_test_path("t.ipt"), &m);
		assert_int_equal(m, n);
		assert_memory_equal(p, first, n);
		free(p);
	}
	assert_int_equal(ip_threads_set(0), 0);
	free(first);
	ip_bundle_free(&b);
}

static void stored_tensors_are_mapped(void **state)
{
	struct ip_bundle b = { 0 };
	struct ip_tensor v;
	struct ip_ipt *f;
	size_t i;

	(void)state;
	ip_test_big_bundle(&b);
	assert_int_equal(ip_ipt_save(ip_test_path("m.ipt"), &b, 1), 0);
	assert_int_equal(ip_ipt_open(&f, ip_test_path("m.ipt"), 0), 0);
	for (i = 0; i < IP_TEST_BIG; i++) {
		assert_int_equal(ip_ipt_map(f, i, &v), 0);
		assert_int_equal((uintptr_t)v.data % 64, 0);
		assert_true(ip_test_same_tensor(&v, &b.items[i].tensor));
	}
	ip_ipt_close(f);
	assert_int_equal(ip_ipt_save(ip_test_path("m.ipt"), &b, 0), 0);
	assert_int_equal(ip_ipt_open(&f, ip_test_path("m.ipt"), 0), 0);
	ip_test_log_capture();
	assert_int_equal(ip_ipt_map(f, 0, &v), IP_ENOTSUP);
	ip_test_assert_logged("only one stored chunk can be mapped");
	ip_ipt_close(f);
	ip_bundle_free(&b);
}

/* ---- writing in parts ---- */

static void rows_grow(void **state)
{
	/* less than, exactly, and more than the 262 rows of a chunk */
	static const size_t n[] = { 1, 0, 261, 100, 162, 262, 600, 524, 7 };
	struct ip_ipt_layout l;
	struct ip_ipt_writer *w;
	struct ip_attrs a = { 0 };
	struct ip_tensor t;
	struct ip_ipt *f;
	size_t i, total = 0;

	(void)state;
	assert_int_equal(ip_ipt_create(&w, ip_test_path("g.ipt"), 0), 0);
	for (i = 0; i < sizeof n / sizeof *n; i++) {
		ip_test_put_rows(w, total, n[i]);
		total += n[i];
	}
	assert_false(ip_test_exists(ip_test_path("g.ipt")));
	assert_int_equal(ip_ipt_commit(w), 0);
	assert_int_equal(ip_test_rows_in(ip_test_path("g.ipt"), 0), total);
	ip_test_put_rows(w, total, 5);			/* the writer goes on */
	assert_int_equal(ip_test_rows_in(ip_test_path("g.ipt"), 0), total);
	assert_int_equal(ip_ipt_commit(w), 0);
	assert_int_equal(ip_test_rows_in(ip_test_path("g.ipt"), 0), total + 5);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_test_put_rows(w, total + 5, 300);
	ip_ipt_writer_close(w);			/* not committed: not there */
	assert_int_equal(ip_test_rows_in(ip_test_path("g.ipt"), 0), total + 5);
	assert_int_equal(ip_ipt_append(&w, ip_test_path("g.ipt")), 0);
	ip_test_put_rows(w, total + 5, 300);
	ip_test_fill(&t, IP_F32, 0, NULL);
	assert_int_equal(ip_ipt_put(w, "scalar", &t, NULL), 0);
	ip_tensor_free(&t);
	ip_attrs_number(&a, "k", 1);
	assert_int_equal(ip_ipt_put_attrs(w, &a), 0);
	ip_attrs_number(&a, "k", 2);
	assert_int_equal(ip_ipt_put_attrs(w, &a), 0);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	ip_attrs_free(&a);
	assert_int_equal(ip_test_rows_in(ip_test_path("g.ipt"), 0), total + 305);
	ip_test_log_capture();
	assert_int_equal(ip_test_rows_in(ip_test_path("g.ipt"), IP_IPT_RECOVER), total + 305);
	assert_int_equal(ip_test_log_warnings(), 0);
	assert_int_equal(ip_ipt_open(&f, ip_test_path("g.ipt"), 0), 0);
	assert_true(ip_attrs_get(ip_ipt_attrs(f), "k", 0) == 2);
	assert_int_equal(ip_ipt_count(f), 2);
	ip_ipt_layout(f, 0, &l);
	assert_true(l.grows && l.packed == l.chunks && l.chunks == 11);
	assert_int_equal(ip_ipt_find(f, "none"), IP_ENOTFOUND);
	assert_null(ip_ipt_item(f, 2));
	ip_ipt_close(f);
}

static void wrong_puts(void **state)
{
	static const size_t shape[] = { 2, 3 }, empty[] = { 2, 0 };
	struct ip_ipt_writer *w;
	struct ip_tensor a, b, s;
	char name[300];

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[256] = '\0';
	assert_int_equal(ip_tensor_new(&a, IP_F32, 2, shape), 0);
	assert_int_equal(ip_tensor_new(&b, IP_F32, 2, empty), 0);
	assert_int_equal(ip_tensor_new(&s, IP_F32, 0, NULL), 0);
	assert_int_equal(ip_ipt_create(&w, ip_test_path("w.ipt"), 0), 0);
	assert_int_equal(ip_ipt_put(w, "a", &a, NULL), 0);
	assert_int_equal(ip_ipt_put_rows(w, "r", &a, NULL), 0);
	ip_test_log_capture();
	assert_int_equal(ip_ipt_put(w, "a", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "r", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, name, &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "\xff", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "\xc0\x80", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put(w, "a\n", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "a", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "e", &b, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "s", &s, NULL), IP_EINVAL);
	assert_int_equal(ip_ipt_put_rows(w, "r", &b, NULL), IP_EINVAL);
	a.dtype = IP_I32;
	assert_int_equal(ip_ipt_put_rows(w, "r", &a, NULL), IP_EINVAL);
	assert_int_equal(ip_test_log_errors(), 12);
	name[255] = '\0';
	assert_int_equal(ip_ipt_put(w, name, &s, NULL), 0);
	assert_int_equal(ip_ipt_commit(w), 0);	/* none of it did harm */
	ip_ipt_writer_close(w);
	ip_ipt_writer_close(NULL);
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	ip_tensor_free(&s);
}

static void a_view_is_written_as_seen(void **state)
{
	static const size_t shape[] = { 40, 50 };
	static const int perm[] = { 1, 0 };
	struct ip_tensor t, v, got;
	struct ip_ipt_writer *w;
	struct ip_ipt *f;
	size_t x, y;

	(void)state;
	ip_test_fill(&t, IP_F32, 2, shape);
	assert_int_equal(ip_tensor_permute(&v, &t, perm), 0);
	assert_int_equal(ip_ipt_create(&w, ip_test_path("v.ipt"), 1), 0);
	assert_int_equal(ip_ipt_put(w, "v", &v, NULL), 0);
	assert_int_equal(ip_ipt_put_rows(w, "r", &v, NULL), 0);
	assert_int_equal(ip_ipt_commit(w), 0);
	ip_ipt_writer_close(w);
	assert_int_equal(ip_ipt_open(&f, ip_test_path("v.ipt"), 0), 0);
	for (x = 0; x < 2; x++) {
		assert_int_equal(ip_ipt_read(f, x, &got), 0);
		for (y = 0; y < 2000; y++)
			assert_true(((float *)got.data)[y] ==
				((float *)t.data)[y % 40 * 50 + y / 40]);
		ip_tensor_free(&got);
	}
	ip_ipt_close(f);
	ip_tensor_free(&t);
}

/* ---- the reader in Python, written from ipt(5) ---- */

/* name, type, shape, bytes in hexadecimal; attributes likewise. */
static const char script[] =
	"import sys; sys.path.insert(0, sys.argv[1])\n"
	"sys.dont_write_bytecode = True\n"
	"import read_ipt, numpy as np\n"
	"def attrs(a):\n"
	"  for k, v in a.items():\n"
	"    print(' ', k, v.encode().hex() if isinstance(v, str) else"
	" v.tobytes().hex())\n"
	"top, tensors = read_ipt.load(sys.argv[2])\n"
	"attrs(top)\n"
	"for name, (a, own) in tensors.items():\n"
	"  if isinstance(a, str):\n"
	"    print(name, 'text', len(a), a.encode().hex())\n"
	"  else:\n"
	"    print(name, a.dtype, *a.shape, a.tobytes().hex())\n"
	"  attrs(own)\n";

static void put_hex(FILE *f, const void *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(f, "%02x", ((const unsigned char *)p)[i]);
	fputc('\n', f);
}

static void list_attrs(FILE *f, const struct ip_attrs *a)
{
	size_t i;

	for (i = 0; i < a->count; i++) {
		fprintf(f, "  %s ", a->items[i].key);
		put_hex(f, a->items[i].v.text, a->items[i].count *
			(a->items[i].type == IP_ATTR_TEXT ? 1 : 8));
	}
}

static void list_bundle(const char *path, const struct ip_bundle *b)
{
	FILE *f = fopen(path, "w");
	const struct ip_tensor *t;
	size_t i;
	int d;

	assert_non_null(f);
	list_attrs(f, &b->attrs);
	for (i = 0; i < b->count; i++) {
		t = &b->items[i].tensor;
		fprintf(f, "%s %s", b->items[i].name,
			ip_dtype_name(t->dtype));
		for (d = 0; d < t->ndim; d++)
			fprintf(f, " %zu", t->shape[d]);
		fputc(' ', f);
		put_hex(f, t->data, ip_tensor_count(t) *
			ip_dtype_size(t->dtype));
		list_attrs(f, &b->items[i].attrs);
	}
	assert_int_equal(fclose(f), 0);
}

static void python_reads_the_same(void **state)
{
	struct ip_bundle whole = { 0 };
	unsigned char *p, *want, *got;
	char command[2048];
	size_t size, n, m;

	(void)state;
	if (system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
		skip();
	p = ip_test_ipt(&size, &whole);
	free(p);
	ip_test_write(ip_test_path("list.py"), script, sizeof script - 1);
	snprintf(command, sizeof command, "/usr/bin/python3 %s %s/examples %s"
		" >%s", ip_test_path("list.py"), ip_test_srcdir(), ip_test_path("c.ipt"),
		ip_test_path("py.txt"));
	assert_int_equal(system(command), 0);
	list_bundle(ip_test_path("c.txt"), &whole);
	want = ip_test_read(ip_test_path("c.txt"), &n);
	got = ip_test_read(ip_test_path("py.txt"), &m);
	assert_true(n > 10000);
	assert_string_equal((char *)got, (char *)want);
	free(want);
	free(got);
	ip_bundle_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(rows_across_chunks),
		cmocka_unit_test(same_bytes_for_any_threads),
		cmocka_unit_test(stored_tensors_are_mapped),
		cmocka_unit_test(rows_grow),
		cmocka_unit_test(wrong_puts),
		cmocka_unit_test(a_view_is_written_as_seen),
		cmocka_unit_test(python_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
