/*
 * Writing zip archives. The time stamp of every member is 1 January 1980, so
 * that the same content gives the same bytes.
 */
#include <string.h>
#include <zlib.h>
#include "../core/core.h"
#include "bytes.h"
#include "zip.h"

#define BUFFER 65536u
#define DATE (1u << 5 | 1u)	/* 1980-01-01 */

struct ip_zip_writer {
	struct ip_outfile *out;
	uint64_t limit, at;	/* at: bytes written so far */
	struct ip_zip_entry *entries;
	size_t count, cap;
	int open, zip64;	/* the last member: unfinished, in zip64 */
	uint64_t declared;
	z_stream z;
	unsigned char buffer[BUFFER];
};

static int put(struct ip_zip_writer *w, const void *p, size_t n)
{
	w->at += n;
	return ip_outfile_write(w->out, p, n);
}

static int deflate_some(struct ip_zip_writer *w, const void *p, size_t n,
	int flush)
{
	int rc, z;

	w->z.next_in = (Bytef *)p;
	w->z.avail_in = (uInt)n;
	do {
		w->z.next_out = w->buffer;
		w->z.avail_out = BUFFER;
		z = deflate(&w->z, flush);
		rc = put(w, w->buffer, BUFFER - w->z.avail_out);
		if (rc < 0)
			return rc;
	} while (w->z.avail_out == 0);
	if (z == Z_STREAM_ERROR || (flush == Z_FINISH && z != Z_STREAM_END))
		return ip_fail(IP_EINVAL, "%s: zlib failed", w->out->path);
	return 0;
}

static int member_write(struct ip_sink *s, const void *data, size_t n)
{
	struct ip_zip_writer *w = s->ctx;
	struct ip_zip_entry *e = &w->entries[w->count - 1];
	const unsigned char *p = data;
	size_t k;
	int rc;

	for (; n; n -= k, p += k) {
		k = n < 1u << 30 ? n : 1u << 30;
		e->crc = (uint32_t)crc32(e->crc, p, (uInt)k);
		e->size += k;
		rc = e->method ? deflate_some(w, p, k, Z_NO_FLUSH) :
			put(w, p, k);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The local header; sizes are right only when it is written again. */
static int put_local(struct ip_zip_writer *w, const struct ip_zip_entry *e)
{
	unsigned char b[30], x[20], *p;
	size_t n = strlen(e->name);
	int rc;

	memcpy(b, "PK\3\4", 4);
	p = put16(b + 4, w->zip64 ? 45 : 20);
	p = put16(put16(p, e->flags), e->method);
	p = put16(put16(p, 0), DATE);
	p = put32(p, e->crc);
	p = put32(p, w->zip64 ? 0xffffffff : (uint32_t)e->packed);
	p = put32(p, w->zip64 ? 0xffffffff : (uint32_t)e->size);
	put16(put16(p, (unsigned)n), w->zip64 ? 20 : 0);
	put64(put64(put16(put16(x, 1), 16), e->size), e->packed);
	rc = put(w, b, 30);
	if (rc == 0)
		rc = put(w, e->name, n);
	if (rc == 0 && w->zip64)
		rc = put(w, x, 20);
	return rc;
}

static int seek(struct ip_zip_writer *w, uint64_t at)
{
	w->at = at;
	if (fseeko(w->out->file, (off_t)at, SEEK_SET) != 0)
		return ip_fail_errno(IP_EIO, "%s: cannot be written",
			w->out->path);
	return 0;
}

static int end_member(struct ip_zip_writer *w)
{
	struct ip_zip_entry *e;
	uint64_t end;
	int rc;

	if (!w->open)
		return 0;
	e = &w->entries[w->count - 1];
	if (e->size != w->declared)
		return ip_fail(IP_EINVAL, "%s: member '%s' got %llu bytes,"
			" %llu announced", w->out->path, e->name,
			(unsigned long long)e->size,
			(unsigned long long)w->declared);
	if (e->method) {
		rc = deflate_some(w, NULL, 0, Z_FINISH);
		if (rc < 0)
			return rc;
		deflateEnd(&w->z);
	}
	w->open = 0;
	end = w->at;
	e->packed = end - e->offset - 30 - strlen(e->name) -
		(w->zip64 ? 20 : 0);
	rc = seek(w, e->offset);
	if (rc == 0)
		rc = put_local(w, e);
	return rc < 0 ? rc : seek(w, end);
}

int ip_zip_create(struct ip_zip_writer **out, struct ip_outfile *o,
	uint64_t limit)
{
	struct ip_zip_writer *w = ip_alloc(sizeof *w);

	if (!w)
		return IP_ENOMEM;
	w->out = o;
	w->limit = limit ? limit : 0xffffffff;
	*out = w;
	return 0;
}

int ip_zip_member(struct ip_zip_writer *w, const char *name, uint64_t size,
	int compress, struct ip_sink *s)
{
	struct ip_zip_entry *e;
	size_t i, n = strlen(name);
	int rc;

	rc = end_member(w);
	if (rc < 0)
		return rc;
	if (n == 0 || n > 65535)
		return ip_fail(IP_EINVAL, "%s: a member's name of %zu bytes",
			w->out->path, n);
	rc = ip_grow(&w->entries, &w->cap, w->count + 1, sizeof *e);
	if (rc < 0)
		return rc;
	e = &w->entries[w->count];
	e->name = ip_strdup(name);
	if (!e->name)
		return IP_ENOMEM;
	w->count++;
	for (i = 0; i < n; i++)
		if ((unsigned char)name[i] > 127)
			e->flags = 1 << 11;	/* the name is UTF-8 */
	e->method = compress ? 8 : 0;
	e->offset = w->at;
	/* deflate may make data that do not pack a little longer */
	w->zip64 = size >= w->limit || size + size / 1000 + 64 >= w->limit;
	w->declared = size;
	if (compress && deflateInit2(&w->z, 6, Z_DEFLATED, -MAX_WBITS, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return ip_fail(IP_ENOMEM, "%s: out of memory", w->out->path);
	w->open = 1;
	s->write = member_write;
	s->ctx = w;
	return put_local(w, e);
}

static int put_entry(struct ip_zip_writer *w, const struct ip_zip_entry *e)
{
	int big = e->size >= w->limit || e->packed >= w->limit;
	int far = e->offset >= w->limit;
	unsigned char b[46], x[28], *p = x;
	size_t n = strlen(e->name), extra;
	int rc;

	extra = (big ? 16 : 0) + (far ? 8 : 0);
	p = put16(put16(p, 1), (unsigned)extra);
	if (big)
		p = put64(put64(p, e->size), e->packed);
	if (far)
		put64(p, e->offset);
	extra += extra ? 4 : 0;
	memset(b, 0, sizeof b);
	memcpy(b, "PK\1\2", 4);
	put16(put16(b + 4, 45), extra ? 45 : 20);
	put16(put16(b + 8, e->flags), e->method);
	put16(b + 14, DATE);
	put32(b + 16, e->crc);
	put32(b + 20, big ? 0xffffffff : (uint32_t)e->packed);
	put32(b + 24, big ? 0xffffffff : (uint32_t)e->size);
	put16(put16(b + 28, (unsigned)n), (unsigned)extra);
	put32(b + 42, far ? 0xffffffff : (uint32_t)e->offset);
	rc = put(w, b, 46);
	if (rc == 0)
		rc = put(w, e->name, n);
	if (rc == 0)
		rc = put(w, x, extra);
	return rc;
}

static int put_end(struct ip_zip_writer *w, uint64_t start)
{
	uint64_t at = w->at, size = at - start;
	int big = w->count >= 0xffff || size >= w->limit || start >= w->limit;
	unsigned char b[56 + 20 + 22], *p = b;
	unsigned n = big ? 0xffff : (unsigned)w->count;

	memset(b, 0, sizeof b);
	if (big) {
		memcpy(b, "PK\6\6", 4);
		put16(put16(put64(b + 4, 44), 45), 45);
		put64(put64(b + 24, w->count), w->count);
		put64(put64(b + 40, size), start);
		memcpy(b + 56, "PK\6\7", 4);
		put32(put64(b + 64, at), 1);
		p = b + 76;
	}
	memcpy(p, "PK\5\6", 4);
	put16(put16(p + 8, n), n);
	put32(p + 12, big ? 0xffffffff : (uint32_t)size);
	put32(p + 16, big ? 0xffffffff : (uint32_t)start);
	return put(w, b, (size_t)(p - b) + 22);
}

int ip_zip_end(struct ip_zip_writer *w)
{
	uint64_t start;
	size_t i;
	int rc;

	rc = end_member(w);
	start = w->at;
	for (i = 0; i < w->count && rc == 0; i++)
		rc = put_entry(w, &w->entries[i]);
	if (rc == 0)
		rc = put_end(w, start);
	ip_zip_abandon(w);
	return rc;
}

void ip_zip_abandon(struct ip_zip_writer *w)
{
	size_t i;

	if (!w)
		return;
	if (w->open && w->entries[w->count - 1].method)
		deflateEnd(&w->z);
	for (i = 0; i < w->count; i++)
		ip_free(w->entries[i].name);
	ip_free(w->entries);
	ip_free(w);
}
