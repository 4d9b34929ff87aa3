/* Inputs, outputs and text as bytes. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "../core/core.h"
#include "bytes.h"
#include "stream.h"

int ip_input_open(FILE **f, uint64_t *size, const char *path)
{
	struct stat st;

	/* before fopen, which would wait for the other end of a pipe */
	if (stat(path, &st) != 0)
		return ip_fail_errno(IP_EIO, "%s: cannot be opened", path);
	if (!S_ISREG(st.st_mode))
		return ip_fail(IP_EIO, "%s: not a regular file", path);
	*f = fopen(path, "rb");
	if (!*f)
		return ip_fail_errno(IP_EIO, "%s: cannot be opened", path);
	*size = (uint64_t)st.st_size;
	return 0;
}

int ip_input_next(FILE *f, const char *path, void *p, size_t n)
{
	if (fread(p, 1, n, f) == n)
		return 0;
	if (ferror(f))
		return ip_fail_errno(IP_EIO, "%s: cannot be read", path);
	return ip_fail(IP_ETRUNCATED, "%s: shrank while it was read", path);
}

int ip_input_read(FILE *f, const char *path, uint64_t offset, void *p,
	size_t n)
{
	return fseeko(f, (off_t)offset, SEEK_SET) == 0 ?
		ip_input_next(f, path, p, n) :
		ip_fail_errno(IP_EIO, "%s: cannot be read", path);
}

size_t ip_dtype_word(enum ip_dtype dtype)
{
	return dtype == IP_C64 ? 4 : ip_dtype_size(dtype);
}

/* Words in the other byte order, a buffer at a time. */
static int put_swapped(struct ip_sink *s, const unsigned char *p, size_t n,
	size_t word)
{
	unsigned char buffer[4096];
	size_t m;
	int rc;

	for (; n; n -= m, p += m) {
		m = n < sizeof buffer ? n : sizeof buffer;
		memcpy(buffer, p, m);
		swap_words(buffer, m / word, word);
		rc = s->write(s, buffer, m);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ip_sink_tensor(struct ip_sink *s, const struct ip_tensor *t)
{
	struct ip_tensor copy = { 0 };
	size_t word = ip_dtype_word(t->dtype);
	size_t n = ip_tensor_count(t) * ip_dtype_size(t->dtype);
	int rc;

	if (!ip_tensor_contiguous(t)) {
		rc = ip_tensor_convert(&copy, t->dtype, t);
		if (rc < 0)
			return rc;
		t = &copy;
	}
	if (n == 0)
		rc = 0;
	else if (host_little() || word == 1)
		rc = s->write(s, t->data, n);
	else
		rc = put_swapped(s, t->data, n, word);
	ip_tensor_free(&copy);
	return rc;
}

static int file_write(struct ip_sink *s, const void *p, size_t n)
{
	return ip_outfile_write(s->ctx, p, n);
}

struct ip_sink ip_sink_file(struct ip_outfile *o)
{
	return (struct ip_sink){ file_write, o };
}

int ip_sink_save(const char *path, int (*put)(struct ip_sink *s,
	const struct ip_tensor *t), const struct ip_tensor *t)
{
	struct ip_outfile *o;
	struct ip_sink s;
	int rc;

	rc = ip_outfile_open(&o, path);
	if (rc < 0)
		return rc;
	s = ip_sink_file(o);
	rc = put(&s, t);
	if (rc < 0) {
		ip_outfile_abort(o);
		return rc;
	}
	return ip_outfile_commit(o);
}

/* bfloat16 is the upper half of a float32. */
int ip_bfloat_widen(struct ip_tensor *t)
{
	struct ip_tensor wide = { 0 };
	const uint16_t *p = t->data;
	size_t n = ip_tensor_count(t), i;
	float *out;
	uint32_t bits;
	int rc;

	rc = ip_tensor_new(&wide, IP_F32, t->ndim, t->shape);
	if (rc < 0)
		return rc;
	out = wide.data;
	for (i = 0; i < n; i++) {
		bits = (uint32_t)p[i] << 16;
		memcpy(&out[i], &bits, sizeof bits);
	}
	ip_tensor_free(t);
	*t = wide;
	return 0;
}

size_t ip_utf8_get(const unsigned char *p, size_t n, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned first;
	size_t length, i;

	if (n == 0)
		return 0;
	first = p[0];
	if (first < 0x80) {
		*c = first;
		return 1;
	}
	length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	if (first < 0xc2 || first > 0xf4 || length > n)
		return 0;
	*c = first & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[i] & 0x3fu);
	}
	if (*c < least[length] || *c > 0x10ffff || (*c & ~0x7ffu) == 0xd800)
		return 0;
	return length;
}

size_t ip_utf8_put(unsigned char *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (unsigned char)(0xc0 | c >> 6);
		p[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c > 0x10ffff || (c & ~0x7ffu) == 0xd800)
		return 0;
	if (c < 0x10000) {
		p[0] = (unsigned char)(0xe0 | c >> 12);
		p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (unsigned char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (unsigned char)(0xf0 | c >> 18);
	p[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (unsigned char)(0x80 | (c & 0x3f));
	return 4;
}

size_t ip_utf8_check(const void *data, size_t n)
{
	const unsigned char *p = data;
	size_t i = 0, m;
	uint32_t c;

	while (i < n) {
		m = ip_utf8_get(p + i, n - i, &c);
		if (m == 0)
			break;
		i += m;
	}
	return i;
}
