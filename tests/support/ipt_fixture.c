#include <fcntl.h>
#include <unistd.h>
#include "support/support.h"
#include "support/ipt_fixture.h"
#include <iphase/ipt.h>

static void add(struct ip_bundle *b, const char *name, enum ip_dtype type,
	int ndim, const size_t *shape)
{
	struct ip_tensor d, t;
	struct ip_item *it;
	size_t i, n;

	assert_int_equal(ip_tensor_new(&d, type == IP_TEXT ? IP_U8 : IP_F64,
		ndim, shape), 0);
	n = ip_tensor_count(&d);
	for (i = 0; i < n; i++)
		if (type == IP_TEXT)
			((char *)d.data)[i] = (char)('a' + i % 26);
		else
			((double *)d.data)[i] = (double)((i * 37 + n) % 120);
	if (type == IP_TEXT) {
		assert_int_equal(ip_tensor_new(&t, type, ndim, shape), 0);
		memcpy(t.data, d.data, n);
	} else {
		assert_int_equal(ip_tensor_convert(&t, type, &d), 0);
	}
	ip_tensor_free(&d);
	assert_int_equal(ip_bundle_add(b, name, &t, &it), 0);
	assert_int_equal(ip_attrs_text(&it->attrs, "unit",
		type == IP_TEXT ? "" : "V \xc3\x85"), 0);
}

void ip_test_bundle(struct ip_bundle *b)
{
	static const double tilt[] = { 0.3, -0.2 };
	static const int64_t seed[] = { INT64_MIN, 7 };
	static const size_t shapes[][3] = { { 3, 4, 5 }, { 7, 3, 1 },
		{ 1, 1, 1 }, { 2, 2, 9 } };
	static const size_t empty[] = { 0, 3 }, empty2[] = { 3, 0 };
	static const size_t text = 40, no_text = 0;
	enum ip_dtype t;

	assert_int_equal(ip_attrs_text(&b->attrs, "tool", "iphase-test"), 0);
	assert_int_equal(ip_attrs_f64(&b->attrs, "tilt", tilt, 2), 0);
	assert_int_equal(ip_attrs_i64(&b->attrs, "seed", seed, 2), 0);
	assert_int_equal(ip_attrs_f64(&b->attrs, "nothing", NULL, 0), 0);
	for (t = IP_U8; t < IP_TEXT; t++)
		add(b, ip_dtype_name(t), t, 1 + (int)t % 3, shapes[t % 4]);
	add(b, "scalar", IP_F64, 0, NULL);
	add(b, "no rows", IP_F32, 2, empty);
	add(b, "no columns", IP_I16, 2, empty2);
	add(b, "text", IP_TEXT, 1, &text);
	add(b, "no text", IP_TEXT, 1, &no_text);
}

int ip_test_same_attrs(const struct ip_attrs *a, const struct ip_attrs *b)
{
	const struct ip_attr *x, *y;
	size_t i;

	if (a->count != b->count)
		return 0;
	for (i = 0; i < a->count; i++) {
		x = &a->items[i];
		y = &b->items[i];
		if (strcmp(x->key, y->key) != 0 || x->type != y->type ||
		    x->count != y->count || memcmp(x->v.text, y->v.text,
		    x->count * (x->type == IP_ATTR_TEXT ? 1 : 8)) != 0)
			return 0;
	}
	return 1;
}

int ip_test_same_tensor(const struct ip_tensor *a, const struct ip_tensor *b)
{
	size_t n = ip_tensor_count(a) * ip_dtype_size(a->dtype);

	return a->dtype == b->dtype && a->ndim == b->ndim &&
		memcmp(a->shape, b->shape, sizeof a->shape) == 0 &&
		(n == 0 || memcmp(a->data, b->data, n) == 0);
}

int ip_test_same_bundle(const struct ip_bundle *a, const struct ip_bundle *b)
{
	size_t i;

	if (a->count != b->count || !ip_test_same_attrs(&a->attrs, &b->attrs))
		return 0;
	for (i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name, b->items[i].name) != 0 ||
		    !ip_test_same_tensor(&a->items[i].tensor,
		    &b->items[i].tensor) ||
		    !ip_test_same_attrs(&a->items[i].attrs,
		    &b->items[i].attrs))
			return 0;
	return 1;
}

/* The same, or the first rows of it. */
static int first_rows(const struct ip_tensor *part,
	const struct ip_tensor *whole)
{
	struct ip_tensor v;

	if (part->ndim != whole->ndim)
		return 0;
	if (part->ndim == 0 || part->shape[0] == whole->shape[0])
		return ip_test_same_tensor(part, whole);
	if (part->shape[0] > whole->shape[0])
		return 0;
	assert_int_equal(ip_tensor_slice(&v, whole, 0, 0, part->shape[0]), 0);
	return ip_test_same_tensor(part, &v);
}

int ip_test_part_of(const struct ip_bundle *part,
	const struct ip_bundle *whole)
{
	const struct ip_item *it;
	size_t i;

	if (part->attrs.count && !ip_test_same_attrs(&part->attrs,
	    &whole->attrs))
		return 0;
	for (i = 0; i < part->count; i++) {
		it = ip_bundle_find(whole, part->items[i].name);
		if (!it || !first_rows(&part->items[i].tensor, &it->tensor) ||
		    !ip_test_same_attrs(&part->items[i].attrs, &it->attrs))
			return 0;
	}
	return 1;
}

char *ip_test_path(const char *name)
{
	static char path[4][512];
	static int k;

	k = (k + 1) % 4;
	snprintf(path[k], sizeof path[k], "%s", ip_test_tmp("%s", name));
	return path[k];
}

void ip_test_overwrite(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_RDWR | O_CREAT, 0666);

	if (fd < 0 || pwrite(fd, p, n, 0) != (ssize_t)n ||
	    ftruncate(fd, (off_t)n) != 0 || close(fd) != 0) {
		perror(path);
		exit(99);
	}
}

/* A smooth picture with noise: it packs, but not to nothing. */
void ip_test_fill(struct ip_tensor *t, enum ip_dtype type, int ndim,
	const size_t *shape)
{
	struct ip_tensor d;
	uint64_t s = 1;
	size_t i, n;

	assert_int_equal(ip_tensor_new(&d, IP_F64, ndim, shape), 0);
	n = ip_tensor_count(&d);
	for (i = 0; i < n; i++)
		((double *)d.data)[i] = (double)(i % 1000) +
			ip_test_uniform(&s);
	assert_int_equal(ip_tensor_convert(t, type, &d), 0);
	ip_tensor_free(&d);
}

const struct ip_test_big ip_test_big[IP_TEST_BIG] = {
	{ IP_F32, 3, { 70, 100, 101 } },
	{ IP_F64, 2, { 3, 300001 } },
	{ IP_I16, 1, { 1200000 } },
	{ IP_C64, 2, { 400, 1000 } },
};

void ip_test_big_bundle(struct ip_bundle *b)
{
	struct ip_tensor t;
	char name[8];
	size_t i;

	for (i = 0; i < IP_TEST_BIG; i++) {
		snprintf(name, sizeof name, "t%zu", i);
		ip_test_fill(&t, ip_test_big[i].type, ip_test_big[i].ndim,
			ip_test_big[i].shape);
		assert_int_equal(ip_bundle_add(b, name, &t, NULL), 0);
	}
}

/* Row r of "rows" holds r * IP_TEST_ROW + column. */
void ip_test_put_rows(struct ip_ipt_writer *w, size_t first, size_t n)
{
	size_t shape[2] = { n, IP_TEST_ROW }, i;
	struct ip_tensor t;

	assert_int_equal(ip_tensor_new(&t, IP_U32, 2, shape), 0);
	for (i = 0; i < n * IP_TEST_ROW; i++)
		((uint32_t *)t.data)[i] = (uint32_t)(first * IP_TEST_ROW + i);
	assert_int_equal(ip_ipt_put_rows(w, "rows", &t, NULL), 0);
	ip_tensor_free(&t);
}

/* The number of rows, all of them right. */
size_t ip_test_rows_in(const char *path, int flags)
{
	struct ip_tensor t;
	struct ip_ipt *f;
	size_t i, n;
	long k;

	if (ip_ipt_open(&f, path, flags) < 0)
		return SIZE_MAX;
	k = ip_ipt_find(f, "rows");
	assert_true(k >= 0);
	n = ip_ipt_item(f, (size_t)k)->tensor.shape[0];
	assert_int_equal(ip_ipt_read(f, (size_t)k, &t), 0);
	assert_int_equal(ip_tensor_count(&t), n * IP_TEST_ROW);
	for (i = 0; i < n * IP_TEST_ROW; i++)
		if (((uint32_t *)t.data)[i] != i)
			fail_msg("element %zu is %u", i,
				((uint32_t *)t.data)[i]);
	ip_tensor_free(&t);
	ip_ipt_close(f);
	return n;
}

/* A fixture with a growing tensor in two commits, many small chunks. */
unsigned char *ip_test_ipt(size_t *size, struct ip_bundle *whole)
{
	struct ip_bundle b = { 0 };
	struct ip_ipt_writer *w;
	unsigned char *p;
	size_t i;

	ip_test_bundle(&b);
	assert_int_equal(ip_ipt_save(ip_test_path("c.ipt"), &b, 0), 0);
	ip_bundle_free(&b);
	assert_int_equal(ip_ipt_append(&w, ip_test_path("c.ipt")), 0);
	for (i = 0; i < 3; i++) {
		ip_test_put_rows(w, i, 1);
		assert_int_equal(ip_ipt_commit(w), 0);
	}
	ip_ipt_writer_close(w);
	assert_int_equal(ip_ipt_load(ip_test_path("c.ipt"), whole), 0);
	p = ip_test_read(ip_test_path("c.ipt"), size);
	assert_true(*size < 30000);
	return p;
}
