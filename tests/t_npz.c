/* Zip archives of NumPy arrays, ours and NumPy's own. */
#include <math.h>
#include <sys/wait.h>

#include "core/core.h"
#include "formats/json.h"
#include "formats/npz.h"
#include "formats/zip.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/formats.h"
#include "support/pictures.h"

static void refused(const char *path, int rc, const char *part)
{
	ip_test_reader_refuses(ip_npz_read, path, rc, part);
}

static void add(struct ip_bundle *b, const char *name, enum ip_dtype d,
	size_t n0, size_t n1)
{
	const size_t shape[] = { n0, n1 };
	struct ip_tensor t = { 0 };
	size_t i, n = n0 * n1 * ip_dtype_size(d);

	assert_int_equal(ip_tensor_new(&t, d, 2, shape), 0);
	for (i = 0; i < n; i++)
		((unsigned char *)t.data)[i] = (unsigned char)(i * i / 64);
	assert_int_equal(ip_bundle_add(b, name, &t, NULL), 0);
}

static void fill(struct ip_bundle *b)
{
	const double reals[] = { 0.1, -1e300, 3, 1.0 / 3 };
	const int64_t ints[] = { INT64_MIN, 0, INT64_MAX };
	struct ip_attrs *a;

	add(b, "a", IP_F32, 30, 40);
	add(b, "waves \302\265", IP_C64, 3, 5);
	add(b, "empty", IP_U8, 0, 5);
	assert_int_equal(ip_attrs_text(&b->attrs, "text", "a \"b\"\n\\ \302\265"
		"\360\237\231\202"), 0);
	assert_int_equal(ip_attrs_number(&b->attrs, "energy", 200000), 0);
	a = &b->items[1].attrs;
	assert_int_equal(ip_attrs_f64(a, "reals", reals, 4), 0);
	assert_int_equal(ip_attrs_i64(a, "ints", ints, 3), 0);
	assert_int_equal(ip_attrs_i64(a, "one", ints + 1, 1), 0);
}

static void same_attrs(const struct ip_attrs *a, const struct ip_attrs *b)
{
	size_t i;

	assert_int_equal(a->count, b->count);
	for (i = 0; i < a->count; i++) {
		assert_string_equal(a->items[i].key, b->items[i].key);
		assert_int_equal(a->items[i].type, b->items[i].type);
		assert_int_equal(a->items[i].count, b->items[i].count);
		assert_memory_equal(a->items[i].v.text, b->items[i].v.text,
			a->items[i].count * (a->items[i].type == IP_ATTR_TEXT ?
			1 : 8));
	}
}

static void same(const struct ip_bundle *a, const struct ip_bundle *b)
{
	const struct ip_tensor *t, *r;
	size_t i;

	assert_int_equal(a->count, b->count);
	same_attrs(&a->attrs, &b->attrs);
	for (i = 0; i < a->count; i++) {
		assert_string_equal(a->items[i].name, b->items[i].name);
		same_attrs(&a->items[i].attrs, &b->items[i].attrs);
		t = &a->items[i].tensor;
		r = &b->items[i].tensor;
		assert_int_equal(t->dtype, r->dtype);
		assert_int_equal(t->ndim, r->ndim);
		assert_memory_equal(t->shape, r->shape,
			(size_t)t->ndim * sizeof *t->shape);
		assert_memory_equal(t->data, r->data, ip_tensor_count(t) *
			ip_dtype_size(t->dtype));
	}
}

static void comes_back(void **state)
{
	const char *path = ip_test_tmp("a.npz");
	struct ip_bundle b = { 0 }, r = { 0 };
	unsigned char *one, *two;
	size_t n, m;
	int compress;

	(void)state;
	fill(&b);
	for (compress = 0; compress < 2; compress++) {
		assert_int_equal(ip_npz_write(path, &b, compress), 0);
		one = ip_test_read(path, &n);
		assert_int_equal(ip_npz_read(path, &r), 0);
		same(&b, &r);
		/* written again it is the same to the byte */
		assert_int_equal(ip_npz_write(path, &r, compress), 0);
		two = ip_test_read(path, &m);
		assert_int_equal(n, m);
		assert_memory_equal(one, two, n);
		free(one);
		free(two);
		ip_bundle_free(&r);
	}
	ip_bundle_free(&b);
	assert_int_equal(ip_npz_write(path, &b, 1), 0);
	assert_int_equal(ip_npz_read(path, &r), 0);
	assert_int_equal(r.count, 0);
	ip_bundle_free(&r);
}

/* Only what our writer makes is taken for attributes. */
static void foreign_attributes_stay(void **state)
{
	static const char *const texts[] = { "mine", "{}",
		"{\"attributes\": {}}", "{\"attributes\": {}, \"tensors\": {\"b\": {}}}",
		"{\"attributes\": {\"a\": [1, \"x\"]}, \"tensors\": {}}",
		"{\"attributes\": {\"a\": \"\\u0000\"}, \"tensors\": {}}",
		"{\"attributes\": {\"a\": {}}, \"tensors\": {}}",
		"{\"attributes\": {\"a\": \"\\" };
	const char *path = ip_test_tmp("a.npz");
	struct ip_bundle b = { 0 }, r = { 0 };
	struct ip_tensor t = { 0 };
	unsigned char *p;
	size_t i, k, n, size;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof *texts; i++) {
		n = strlen(texts[i]);
		assert_int_equal(ip_tensor_wrap(&t, IP_TEXT, 1, &n,
			(char *)texts[i]), 0);
		assert_int_equal(ip_bundle_add(&b, "attributez", &t, NULL), 0);
		/* the writer refuses the name, so it is changed afterwards */
		assert_int_equal(ip_npz_write(path, &b, 0), 0);
		p = ip_test_read(path, &size);
		for (k = 0; k + 10 < size; k++)
			if (memcmp(p + k, "attributez", 10) == 0)
				p[k + 9] = 's';
		ip_test_write(path, p, size);
		free(p);
		assert_int_equal(ip_npz_read(path, &r), 0);
		assert_int_equal(r.count, 1);
		assert_memory_equal(r.items[0].tensor.data, texts[i], n);
		ip_bundle_free(&r);
		if (i == 0) {
			memcpy(b.items[0].name, "attributes", 10);
			ip_test_log_capture();
			assert_int_equal(ip_npz_write(path, &b, 0), IP_EINVAL);
			ip_test_assert_logged("rename");
		}
		ip_bundle_free(&b);
	}
}

/* JSON that others may write: other blanks, numbers beyond int64. */
static void attributes_of_others(void **state)
{
	static const char text[] = " { \"attributes\":{\"big\":99999999999999"
		"999999,\"mixed\":[1,2.5],\"e\":\"\\u00c5\\n\\ud83d\\ude42\","
		"\"none\":[],\"nan\":NaN} ,\n\"tensors\":{}}\n";
	struct ip_bundle b = { 0 };
	const struct ip_attrs *a = &b.attrs;
	size_t n = sizeof text - 1;

	(void)state;
	assert_int_equal(ip_json_check_bundle(text, n, &b), 0);
	assert_int_equal(ip_json_get_bundle(text, n, &b), 0);
	assert_int_equal(ip_attrs_find(a, "big")->type, IP_ATTR_F64);
	assert_true(ip_attrs_get(a, "big", 0) == 1e20);
	assert_int_equal(ip_attrs_find(a, "mixed")->type, IP_ATTR_F64);
	assert_true(ip_attrs_find(a, "mixed")->v.f64[0] == 1);
	assert_string_equal(ip_attrs_get_text(a, "e"), "\303\205\n"
		"\360\237\231\202");
	assert_int_equal(ip_attrs_find(a, "none")->count, 0);
	assert_true(isnan(ip_attrs_get(a, "nan", 0)));
	ip_bundle_free(&b);
}

/* With a low limit small members go through the code for huge ones. */
static void zip64(void **state)
{
	const char *path = ip_test_tmp("z.npz");
	struct ip_zip_writer *w;
	struct ip_outfile *o;
	struct ip_bundle r = { 0 };
	struct ip_sink s;
	struct ip_tensor t = { 0 };
	const size_t shape[] = { 200 };
	uint64_t limit;
	char name[32], *header;
	uint64_t body;
	size_t head;
	int i;

	(void)state;
	assert_int_equal(ip_tensor_new(&t, IP_U8, 1, shape), 0);
	memset(t.data, 9, 200);
	assert_int_equal(ip_npy_header(&t, &header, &head, &body), 0);
	ip_free(header);
	for (limit = 1; limit < 3000; limit += 300) {
		assert_int_equal(ip_outfile_open(&o, path), 0);
		assert_int_equal(ip_zip_create(&w, o, limit), 0);
		for (i = 0; i < 9; i++) {
			snprintf(name, sizeof name, "m%d.npy", i);
			assert_int_equal(ip_zip_member(w, name, head + body,
				i & 1, &s), 0);
			assert_int_equal(ip_npy_put(&s, &t), 0);
		}
		assert_int_equal(ip_zip_end(w), 0);
		assert_int_equal(ip_outfile_commit(o), 0);
		assert_int_equal(ip_npz_read(path, &r), 0);
		assert_int_equal(r.count, 9);
		assert_string_equal(r.items[8].name, "m8");
		assert_memory_equal(r.items[8].tensor.data, t.data, 200);
		ip_bundle_free(&r);
	}
	ip_tensor_free(&t);
}

/* Change n bytes at each place where from stands, and expect a refusal. */
static void patched(const char *from, size_t at, const char *to, size_t n,
	int rc, const char *part)
{
	const char *path = ip_test_tmp("p.npz");
	struct ip_bundle b = { 0 };
	unsigned char *p;
	size_t size, i, found = 0;

	add(&b, "first", IP_F32, 5, 6);
	add(&b, "other", IP_F32, 5, 6);
	assert_int_equal(ip_npz_write(path, &b, 1), 0);
	ip_bundle_free(&b);
	p = ip_test_read(path, &size);
	for (i = 0; i + 4 <= size; i++)
		if (memcmp(p + i, from, strlen(from)) == 0) {
			memcpy(p + i + at, to, n);
			found++;
		}
	assert_true(found > 0);
	ip_test_write(path, p, size);
	free(p);
	refused(path, rc, part);
}

static void bad_archives(void **state)
{
	(void)state;
	patched("PK\1\2", 8, "\1", 1, IP_ENOTSUP, "encrypted");
	patched("PK\1\2", 10, "\14", 1, IP_ENOTSUP, "bzip2");
	patched("PK\1\2", 10, "\0", 1, IP_EFORMAT, "cannot come out");
	patched("PK\1\2", 16, "\1\2\3", 3, IP_EFORMAT, "contradicts");
	patched("PK\1\2", 24, "\0\0\0\77", 4, IP_EFORMAT, "cannot come out");
	patched("PK\1\2", 20, "\0\0\0\1", 4, IP_EFORMAT, "reach past");
	patched("PK\1\2", 42, "\0\0\0\1", 4, IP_EFORMAT, "reach past");
	patched("PK\3\4", 26, "\1", 1, IP_EFORMAT, "contradicts");
	patched("PK\5\6", 10, "\3", 1, IP_ENOTSUP, "parts");
	patched("PK\5\6", 16, "\0", 1, IP_EFORMAT, "contradicts");
	patched("other", 0, "first", 5, IP_EFORMAT, "two members");
	patched("first", 0, "\0\0\0\0\0", 5, IP_EFORMAT, "name");
	refused(ip_test_src("tests/golden/make.py"), IP_ETRUNCATED,
		"end record");
	ip_test_write(ip_test_tmp("e.npz"), "", 0);
	refused(ip_test_tmp("e.npz"), IP_ETRUNCATED, "end record");
}

/* A member twice in the directory would unpack without bound. */
static void overlap(void **state)
{
	const char *path = ip_test_tmp("o.npz");
	struct ip_bundle b = { 0 };
	unsigned char *p, *q;
	size_t size, dir, k;

	(void)state;
	add(&b, "a", IP_F32, 50, 60);
	assert_int_equal(ip_npz_write(path, &b, 0), 0);
	ip_bundle_free(&b);
	p = ip_test_read(path, &size);
	dir = size - 22 - 46 - 5;
	q = malloc(size + 51);
	memcpy(q, p, size - 22);
	memcpy(q + size - 22, p + dir, 51);
	q[size - 22 + 46] = 'b';
	memcpy(q + size + 29, p + size - 22, 22);
	k = size + 29;
	q[k + 8] = q[k + 10] = 2;
	q[k + 12] = 102;
	ip_test_write(path, q, size + 51);
	free(p);
	free(q);
	refused(path, IP_EFORMAT, "larger than the file");
}

/* One byte more inside a member than its data need. */
static void byte_too_many(void **state)
{
	const char *path = ip_test_tmp("m.npz");
	struct ip_bundle b = { 0 };
	unsigned char *p, *q, *d;
	size_t size, dir;

	(void)state;
	add(&b, "a", IP_F32, 5, 6);
	assert_int_equal(ip_npz_write(path, &b, 1), 0);
	ip_bundle_free(&b);
	p = ip_test_read(path, &size);
	dir = size - 22 - 46 - 5;
	q = malloc(size + 1);
	memcpy(q, p, dir);
	q[dir] = 0;
	memcpy(q + dir + 1, p + dir, size - dir);
	q[18]++;	/* packed size, in the local header and in the directory */
	d = q + dir + 1;
	d[20]++;
	d[51 + 16]++;	/* where the directory begins */
	ip_test_write(path, q, size + 1);
	free(p);
	free(q);
	refused(path, IP_EFORMAT, "bytes follow the packed data");
}

static void checksum(void **state)
{
	const char *path = ip_test_tmp("c.npz");
	struct ip_bundle b = { 0 };
	unsigned char *p;
	size_t size;

	(void)state;
	add(&b, "a", IP_F32, 50, 60);
	assert_int_equal(ip_npz_write(path, &b, 0), 0);
	ip_bundle_free(&b);
	p = ip_test_read(path, &size);
	p[size / 2] ^= 4;
	ip_test_write(path, p, size);
	free(p);
	refused(path, IP_ECHECKSUM, "checksum");
}

static void golden(void **state)
{
	struct ip_bundle b = { 0 };
	struct ip_item *it;

	(void)state;
	assert_int_equal(ip_npz_read(ip_test_src("tests/golden/"
		"b_constants.npz"), &b), 0);
	it = ip_bundle_find(&b, "wavelength_d");
	assert_non_null(it);
	assert_int_equal(it->tensor.dtype, IP_F64);
	assert_int_equal(it->tensor.shape[0], 6);
	assert_true(((double *)it->tensor.data)[4] > 0.02507934 &&
		((double *)it->tensor.data)[4] < 0.02507935);
	it = ip_bundle_find(&b, "meta");
	assert_non_null(it);
	assert_int_equal(it->tensor.dtype, IP_TEXT);
	assert_memory_equal(it->tensor.data, "{\"units\"", 8);
	ip_bundle_free(&b);
}

/* ---- NumPy itself ---- */

static int python(const char *what, const char *path)
{
	char command[4096];
	int rc;

	snprintf(command, sizeof command, "/usr/bin/python3 '%s' %s '%s'",
		ip_test_src("tests/support/npz.py"), what, path);
	rc = system(command);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

/* What npz.py makes: element i of type d is i + 1, complex ones -i. */
static double element(const struct ip_tensor *t, size_t i)
{
	struct ip_tensor f = { 0 };
	double v;

	if (t->dtype == IP_C64)
		return ((float *)t->data)[2 * i];
	assert_int_equal(ip_tensor_convert(&f, IP_F64, t), 0);
	v = ((double *)f.data)[i];
	ip_tensor_free(&f);
	return v;
}

static void check_numpy(const struct ip_bundle *b)
{
	const struct ip_tensor *t;
	size_t i, k;

	assert_int_equal(b->count, 2 * (13 + 13 + 1 + 13) + 3);
	for (i = 0; i + 3 < b->count; i++) {
		t = &b->items[i].tensor;
		assert_int_equal(t->ndim, 3);
		assert_true(t->shape[0] == 2 && t->shape[1] == 3 &&
			t->shape[2] == 4);
		for (k = 0; k < 24; k++)
			if (element(t, k) != (strstr(b->items[i].name, "b1") ?
			    1 : (double)k + 1))
				fail_msg("%s: element %zu is %g",
					b->items[i].name, k, element(t, k));
		if (t->dtype == IP_C64)
			assert_true(((float *)t->data)[47] == -23);
	}
	t = &b->items[i].tensor;
	assert_int_equal(t->ndim, 0);
	assert_true(element(t, 0) == 2.5);
	t = &b->items[i + 1].tensor;
	assert_int_equal(t->dtype, IP_TEXT);
	assert_int_equal(t->shape[0], 5);
	assert_memory_equal(t->data, "V\302\267\303\205", 5);
	t = &b->items[i + 2].tensor;
	assert_memory_equal(t->data, "bytes", 5);
}

static void numpy_both_ways(void **state)
{
	const char *path = ip_test_tmp("numpy.npz");
	struct ip_bundle b = { 0 };
	int compress;

	(void)state;
	if (python("try", path) != 0)
		skip();
	for (compress = 0; compress < 2; compress++) {
		assert_int_equal(python(compress ? "packed" : "stored", path),
			0);
		assert_int_equal(ip_npz_read(path, &b), 0);
		check_numpy(&b);
		/* and ours is read by NumPy, which compares */
		assert_int_equal(ip_attrs_number(&b.attrs, "energy", 2e5), 0);
		assert_int_equal(ip_npz_write(path, &b, compress), 0);
		ip_bundle_free(&b);
		assert_int_equal(python("check", path), 0);
	}
	assert_int_equal(python("objects", path), 0);
	refused(path, IP_ENOTSUP, "pickled");
	assert_int_equal(python("stream", path), 0);
	assert_int_equal(ip_npz_read(path, &b), 0);
	assert_true(element(&b.items[0].tensor, 11) == 11);
	ip_bundle_free(&b);
}

/* Shapes without data, also of arrays that Fortran has written. */
static void heads_alone(void **state)
{
	static const char *const names[] = { "input", "no", "rotation" };
	static const char c[] = "'fortran_order': False";
	static const char fortran[] = "'fortran_order': True ";
	char *path = strdup(ip_test_tmp("heads.npz"));
	size_t n, i, found = 0, shape[] = { 4, 6, 8 };
	struct ip_tensor t[3];
	struct ip_bundle b;
	unsigned char *file;

	(void)state;
	ip_test_reference(&b, 6, 8, 1);
	assert_int_equal(ip_npz_write(path, &b, 0), 0);
	ip_bundle_free(&b);
	file = ip_test_read(path, &n);
	for (i = 0; i + sizeof c <= n; i++)
		if (memcmp(file + i, c, sizeof c - 1) == 0) {
			memcpy(file + i, fortran, sizeof c - 1);
			found++;
		}
	assert_int_equal(found, 4);
	ip_test_write(path, file, n);
	assert_int_equal(ip_npz_some(path, names, 3, 1, t), 0);
	assert_true(t[0].dtype == IP_F16 && t[0].ndim == 3);
	assert_memory_equal(t[0].shape, shape, sizeof shape);
	assert_int_equal(ip_dtype_size(t[1].dtype), 0);
	assert_true(t[2].ndim == 1 && t[2].shape[0] == 3);
	assert_null(t[0].data);
	free(file);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(foreign_attributes_stay),
		cmocka_unit_test(attributes_of_others),
		cmocka_unit_test(zip64),
		cmocka_unit_test(bad_archives),
		cmocka_unit_test(overlap),
		cmocka_unit_test(byte_too_many),
		cmocka_unit_test(checksum),
		cmocka_unit_test(golden),
		cmocka_unit_test(numpy_both_ways),
		cmocka_unit_test(heads_alone),
	};

	return cmocka_run_group_tests_name("npz", tests, NULL, NULL);
}
