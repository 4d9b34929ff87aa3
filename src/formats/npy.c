/* NumPy's .npy: NumPy Enhancement Proposal 1, versions 1, 2 and 3. */
#include <math.h>
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "bytes.h"
#include "npy.h"
#include "stream.h"

#define HEADER_MAX (1u << 20)
#define MAGIC "\223NUMPY"

static int too_short(const struct ip_source *s, size_t need, const char *what)
{
	return ip_fail(IP_ETRUNCATED, "%s: %llu bytes, too short for %s of %zu"
		" bytes at offset %llu", s->name, (unsigned long long)s->size,
		what, need, (unsigned long long)s->pos);
}

static int get_head(struct ip_source *s, struct ip_npy_head *h)
{
	unsigned char b[12];
	size_t n, fixed;
	char *text;
	int rc;

	if (s->size - s->pos < 10)
		return too_short(s, 10, "an array header");
	rc = s->read(s, b, 8);
	if (rc < 0)
		return rc;
	if (memcmp(b, MAGIC, 6) != 0)
		return ip_fail(IP_EFORMAT, "%s: not a NumPy array: it does not"
			" begin with \\x93NUMPY", s->name);
	if (b[6] < 1 || b[6] > 3 || b[7] != 0)
		return ip_fail(IP_ENOTSUP, "%s: version %d.%d of NumPy's"
			" format, expected 1.0, 2.0 or 3.0", s->name, b[6],
			b[7]);
	fixed = b[6] == 1 ? 2 : 4;
	if (s->size - s->pos < fixed)
		return too_short(s, fixed, "an array header");
	rc = s->read(s, b + 8, fixed);
	if (rc < 0)
		return rc;
	n = b[6] == 1 ? le16(b + 8) : le32(b + 8);
	if (n > HEADER_MAX)
		return ip_fail(IP_ELIMIT, "%s: an array header of %zu bytes,"
			" at most %u can be right", s->name, n, HEADER_MAX);
	if (n > s->size - s->pos)
		return too_short(s, n, "an array header");
	text = ip_alloc(n + 1);
	if (!text)
		return IP_ENOMEM;
	rc = s->read(s, text, n);
	if (rc == 0)
		rc = ip_npy_parse(s->name, (size_t)s->pos - n, text, n, h);
	ip_free(text);
	return rc;
}

/* The array must fill the rest of the stream. *count elements. */
static int check_size(const struct ip_source *s, const struct ip_npy_head *h,
	size_t *count)
{
	uint64_t left = s->size - s->pos;
	size_t n = 1, bytes = 0;
	int d, over = 0, empty = 0;

	for (d = 0; d < h->ndim; d++)
		empty |= h->shape[d] == 0;
	for (d = 0; d < h->ndim && !empty; d++)
		over |= ip_mul_size(n, h->shape[d], &n);
	n = empty ? 0 : n;
	over |= ip_mul_size(n, h->item, &bytes);
	if (over || bytes > left)
		return ip_fail(IP_ETRUNCATED, "%s: offset %llu: %llu bytes of"
			" data, fewer than the array header says", s->name,
			(unsigned long long)s->pos, (unsigned long long)left);
	if (bytes < left)
		return ip_fail(IP_EFORMAT, "%s: offset %llu: %llu bytes follow"
			" the array of %zu bytes", s->name,
			(unsigned long long)s->pos + bytes,
			(unsigned long long)left - bytes, bytes);
	*count = n;
	return 0;
}

/* ---- text ---- */

/* One element of n code points or bytes in raw, into UTF-8. */
static int text_decode(const struct ip_source *s, const struct ip_npy_head *h,
	unsigned char *raw, struct ip_tensor *t)
{
	size_t n = h->item, i, m = 0;
	unsigned char *out;
	uint32_t c;
	int rc;

	if (h->kind == 'U') {
		n /= 4;
		if (h->order == '>')
			swap_words(raw, n, 4);
	}
	rc = ip_tensor_new(t, IP_TEXT, 1, &h->item);
	if (rc < 0)
		return rc;
	out = t->data;
	for (i = 0; i < n; i++) {
		c = h->kind == 'U' ? le32(raw + 4 * i) : 0;
		if (h->kind == 'S')
			out[m++] = raw[i];
		else if ((rc = (int)ip_utf8_put(out + m, c)) > 0)
			m += (size_t)rc;
		else
			goto bad;
	}
	if (h->kind == 'S' && ip_utf8_check(out, m) < m)
		goto bad;
	while (m > 0 && out[m - 1] == 0)	/* NumPy pads with NUL */
		m--;
	t->shape[0] = m;
	return 0;
bad:
	ip_tensor_free(t);
	return ip_fail(IP_EFORMAT, "%s: the text holds bytes that are no"
		" Unicode characters", s->name);
}

static int get_text(struct ip_source *s, const struct ip_npy_head *h,
	size_t count, struct ip_tensor *t)
{
	unsigned char *raw;
	int rc;

	if (count != 1)
		return ip_fail(IP_ENOTSUP, "%s: an array of %zu texts; only a"
			" single text can be read", s->name, count);
	raw = ip_alloc(h->item);
	if (!raw)
		return IP_ENOMEM;
	rc = s->read(s, raw, h->item);
	if (rc == 0)
		rc = text_decode(s, h, raw, t);
	ip_free(raw);
	return rc;
}

/* ---- numbers ---- */

static enum ip_dtype dtype_of(const struct ip_npy_head *h)
{
	int log2 = h->item == 1 ? 0 : h->item == 2 ? 1 : h->item == 4 ? 2 : 3;

	switch (h->kind) {
	case 'b': return IP_U8;
	case 'u': return (enum ip_dtype)(IP_U8 + log2);
	case 'i': return (enum ip_dtype)(IP_I8 + log2);
	case 'f': return (enum ip_dtype)(IP_F16 + log2 - 1);
	}
	return IP_C64;
}

/* n complex128 numbers, a buffer at a time, into complex64. */
static int narrow(struct ip_source *s, int swap, size_t n, float *out)
{
	double v[512];
	size_t i, m;
	int rc;

	for (n *= 2; n; n -= m) {
		m = n < 512 ? n : 512;
		rc = s->read(s, v, m * sizeof *v);
		if (rc < 0)
			return rc;
		if (swap)
			swap_words(v, m, sizeof *v);
		for (i = 0; i < m; i++) {
			if (fabs(v[i]) >= 0x1.ffffffp127 && !isinf(v[i]))
				return ip_fail(IP_EFORMAT, "%s: a complex128"
					" value of %g does not fit complex64",
					s->name, v[i]);
			*out++ = (float)v[i];
		}
	}
	return 0;
}

static int get_numbers(struct ip_source *s, const struct ip_npy_head *h,
	struct ip_tensor *t)
{
	int swap = h->order != '|' && (h->order == '<') != host_little();
	size_t n = ip_tensor_count(t), word = ip_dtype_word(t->dtype);
	int rc;

	if (h->kind == 'c' && h->item == 16)
		return narrow(s, swap, n, t->data);
	rc = s->read(s, t->data, n * h->item);
	if (rc == 0 && swap)
		swap_words(t->data, n * h->item / word, word);
	return rc;
}

/* In Fortran order the data are the transpose in C order. */
static int untranspose(struct ip_tensor *t, const struct ip_npy_head *h)
{
	struct ip_tensor view = { 0 }, copy = { 0 };
	int perm[IP_MAX_DIMS], d, rc;

	for (d = 0; d < h->ndim; d++)
		perm[d] = h->ndim - 1 - d;
	rc = ip_tensor_permute(&view, t, perm);
	if (rc == 0)
		rc = ip_tensor_convert(&copy, t->dtype, &view);
	ip_tensor_free(t);
	if (rc == 0)
		*t = copy;
	return rc;
}

static int begin(struct ip_source *s, struct ip_npy_head *h, size_t *count)
{
	int rc = get_head(s, h);

	*count = 0;
	return rc < 0 ? rc : check_size(s, h, count);
}

int ip_npy_get(struct ip_source *s, struct ip_tensor *t)
{
	struct ip_npy_head h;
	size_t count, shape[IP_MAX_DIMS];
	int d, rc = begin(s, &h, &count);

	if (rc < 0)
		return rc;
	if (h.kind == 'U' || h.kind == 'S')
		return get_text(s, &h, count, t);
	for (d = 0; d < h.ndim; d++)
		shape[d] = h.shape[h.fortran ? h.ndim - 1 - d : d];
	rc = ip_tensor_new(t, dtype_of(&h), h.ndim, shape);
	if (rc < 0)
		return rc;
	rc = get_numbers(s, &h, t);
	if (rc < 0)
		ip_tensor_free(t);
	else if (h.fortran && h.ndim > 1)
		rc = untranspose(t, &h);
	if (rc == 0 && h.kind == 'c' && h.item == 16)
		ip_warn("%s: complex128 was narrowed to complex64", s->name);
	return rc;
}

int ip_npy_head(struct ip_source *s, struct ip_tensor *t)
{
	struct ip_npy_head h;
	size_t count;
	int rc = begin(s, &h, &count);

	if (rc < 0)
		return rc;
	if (h.kind == 'U' || h.kind == 'S')
		return ip_tensor_wrap(t, IP_TEXT, 1, &h.item, NULL);
	return ip_tensor_wrap(t, dtype_of(&h), h.ndim, h.shape, NULL);
}

/* ---- writing ---- */

/* Code points in UTF-8 text, or -1. */
static long text_length(const unsigned char *p, size_t n)
{
	size_t i, m;
	uint32_t c;
	long count = 0;

	for (i = 0; i < n; i += m, count++) {
		m = ip_utf8_get(p + i, n - i, &c);
		if (m == 0)
			return -1;
	}
	return count;
}

static int head_text(const struct ip_tensor *t, char *out, size_t size,
	uint64_t *body)
{
	static const char kinds[] = "?uuuuiiiifffc";
	size_t n;
	long m;
	int d, k;

	if (t->dtype == IP_TEXT) {
		m = text_length(t->data, t->shape[0]);
		if (m < 0)
			return ip_fail(IP_EINVAL, "the text of an array is not"
				" UTF-8");
		*body = 4 * (uint64_t)m;
		return snprintf(out, size, "{'descr': '<U%ld',"
			" 'fortran_order': False, 'shape': (), }", m);
	}
	n = ip_dtype_size(t->dtype);
	*body = (uint64_t)n * ip_tensor_count(t);
	k = snprintf(out, size, "{'descr': '%c%c%zu', 'fortran_order': False,"
		" 'shape': (", n == 1 ? '|' : '<', kinds[t->dtype], n);
	for (d = 0; d < t->ndim; d++)
		k += snprintf(out + k, size - (size_t)k, "%zu%s", t->shape[d],
			d + 1 < t->ndim ? ", " : t->ndim == 1 ? "," : "");
	return k + snprintf(out + k, size - (size_t)k, "), }");
}

int ip_npy_header(const struct ip_tensor *t, char **header, size_t *n,
	uint64_t *body)
{
	char text[64 + 24 * IP_MAX_DIMS];
	size_t total;
	unsigned char *p;
	int k;

	k = head_text(t, text, sizeof text, body);
	if (k < 0)
		return k;
	total = (10 + (size_t)k + 1 + 63) / 64 * 64;
	*header = ip_alloc(total);
	if (!*header)
		return IP_ENOMEM;
	p = (unsigned char *)*header;
	memset(p, ' ', total);
	memcpy(p, MAGIC "\1\0", 8);
	put16(p + 8, (unsigned)(total - 10));
	memcpy(p + 10, text, (size_t)k);
	p[total - 1] = '\n';
	*n = total;
	return 0;
}

static int put_text(struct ip_sink *s, const struct ip_tensor *t)
{
	const unsigned char *p = t->data;
	unsigned char b[4];
	size_t i;
	uint32_t c = 0;
	int rc = 0;

	for (i = 0; i < t->shape[0] && rc == 0; ) {
		i += ip_utf8_get(p + i, t->shape[0] - i, &c);
		put32(b, c);
		rc = s->write(s, b, 4);
	}
	return rc;
}

int ip_npy_put(struct ip_sink *s, const struct ip_tensor *t)
{
	uint64_t body;
	size_t n;
	char *header;
	int rc;

	rc = ip_npy_header(t, &header, &n, &body);
	if (rc < 0)
		return rc;
	rc = s->write(s, header, n);
	ip_free(header);
	if (rc < 0)
		return rc;
	return t->dtype == IP_TEXT ? put_text(s, t) : ip_sink_tensor(s, t);
}

/* ---- files ---- */

static int file_read(struct ip_source *s, void *p, size_t n)
{
	s->pos += n;
	return ip_input_next(s->ctx, s->name, p, n);
}

int ip_npy_read(const char *path, struct ip_tensor *t)
{
	struct ip_source s = { path, 0, 0, file_read, NULL };
	FILE *f;
	int rc;

	rc = ip_input_open(&f, &s.size, path);
	if (rc < 0)
		return rc;
	s.ctx = f;
	rc = ip_npy_get(&s, t);
	fclose(f);
	return rc;
}

int ip_npy_write(const char *path, const struct ip_tensor *t)
{
	return ip_sink_save(path, ip_npy_put, t);
}
