/* One member of a zip archive as a stream of bytes. */
#include <string.h>
#include <zlib.h>
#include "../core/core.h"
#include "bytes.h"
#include "zip.h"

#define BUFFER 65536u

struct member {
	const struct ip_zip_entry *entry;
	struct ip_zip *zip;
	uint64_t at, left;	/* next packed byte in the file, how many */
	uLong crc;
	z_stream z;
	int ended;		/* deflate said so */
	unsigned char in[BUFFER];
};

static int damaged(const struct ip_source *s, const char *what)
{
	return ip_fail(IP_EFORMAT, "%s: byte %llu: %s; the archive is damaged",
		s->name, (unsigned long long)s->pos, what);
}

static int fill(struct member *m)
{
	size_t n = m->left < BUFFER ? (size_t)m->left : BUFFER;
	int rc;

	rc = ip_input_read(m->zip->file, m->zip->path, m->at, m->in, n);
	if (rc < 0)
		return rc;
	m->z.next_in = m->in;
	m->z.avail_in = (uInt)n;
	m->at += n;
	m->left -= n;
	return 0;
}

/* Inflate exactly n bytes. */
static int inflate_some(struct ip_source *s, unsigned char *p, size_t n)
{
	struct member *m = s->ctx;
	int rc;

	m->z.next_out = p;
	m->z.avail_out = (uInt)n;
	while (m->z.avail_out) {
		if (m->ended)
			return damaged(s, "the packed data end too early");
		if (m->z.avail_in == 0 && m->left) {
			rc = fill(m);
			if (rc < 0)
				return rc;
		}
		rc = inflate(&m->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			m->ended = 1;
		else if (rc == Z_MEM_ERROR)
			return ip_fail(IP_ENOMEM, "%s: out of memory", s->name);
		else if (rc == Z_BUF_ERROR)
			return damaged(s, "the packed data end too early");
		else if (rc != Z_OK)
			return damaged(s, "the packed data are not deflate's");
	}
	return 0;
}

static int copy_some(struct ip_source *s, unsigned char *p, size_t n)
{
	struct member *m = s->ctx;
	int rc;

	rc = ip_input_read(m->zip->file, m->zip->path, m->at, p, n);
	m->at += n;
	m->left -= n;
	return rc;
}

static int member_read(struct ip_source *s, void *data, size_t n)
{
	struct member *m = s->ctx;
	unsigned char *p = data;
	size_t k;
	int rc;

	for (; n; n -= k, p += k) {
		k = n < 1u << 30 ? n : 1u << 30;	/* zlib counts in uInt */
		rc = m->entry->method ? inflate_some(s, p, k) :
			copy_some(s, p, k);
		if (rc < 0)
			return rc;
		m->crc = crc32(m->crc, p, (uInt)k);
		s->pos += k;
	}
	return 0;
}

/* The local header must say what the directory says. */
static int check_local(struct ip_zip *z, const struct ip_zip_entry *e,
	uint64_t *data)
{
	unsigned char b[30], name[65535];
	size_t n, extra;
	int rc;

	rc = ip_input_read(z->file, z->path, e->offset, b, 30);
	if (rc < 0)
		return rc;
	n = le16(b + 26);
	extra = le16(b + 28);
	if (memcmp(b, "PK\3\4", 4) != 0 || le16(b + 8) != e->method ||
	    ((le16(b + 6) ^ e->flags) & 9) || n != strlen(e->name) ||
	    e->packed + n + extra > z->directory - e->offset - 30)
		goto bad;
	rc = ip_input_read(z->file, z->path, e->offset + 30, name, n);
	if (rc < 0)
		return rc;
	if (memcmp(name, e->name, n) != 0)
		goto bad;
	if (!(e->flags & 8) && (le32(b + 14) != e->crc ||
	    (le32(b + 18) != 0xffffffff && le32(b + 18) != e->packed) ||
	    (le32(b + 22) != 0xffffffff && le32(b + 22) != e->size)))
		goto bad;
	*data = e->offset + 30 + n + extra;
	return 0;
bad:
	return ip_fail(IP_EFORMAT, "%s: offset %llu: the header of member '%s'"
		" contradicts the directory; the archive is damaged", z->path,
		(unsigned long long)e->offset, e->name);
}

int ip_zip_begin(struct ip_zip *z, size_t i, const char *what,
	struct ip_source *s)
{
	const struct ip_zip_entry *e = &z->entries[i];
	struct member *m;
	uint64_t at;
	int rc;

	rc = check_local(z, e, &at);
	if (rc < 0)
		return rc;
	m = ip_alloc(sizeof *m);
	if (!m)
		return IP_ENOMEM;
	m->entry = e;
	m->zip = z;
	m->at = at;
	m->left = e->packed;
	m->crc = crc32(0, NULL, 0);
	if (e->method && inflateInit2(&m->z, -MAX_WBITS) != Z_OK) {
		ip_free(m);
		return ip_fail(IP_ENOMEM, "%s: out of memory", what);
	}
	s->name = what;
	s->pos = 0;
	s->size = e->size;
	s->read = member_read;
	s->ctx = m;
	return 0;
}

/* Deflate's own end may still be to come when the last byte is out. */
static int reach_end(struct ip_source *s)
{
	struct member *m = s->ctx;
	unsigned char none;
	int rc;

	while (!m->ended) {
		if (m->z.avail_in == 0 && m->left) {
			rc = fill(m);
			if (rc < 0)
				return rc;
		}
		m->z.next_out = &none;
		m->z.avail_out = 1;
		rc = inflate(&m->z, Z_NO_FLUSH);
		if (m->z.avail_out == 0)
			return damaged(s, "more data than the directory says");
		if (rc == Z_STREAM_END)
			m->ended = 1;
		else if (rc != Z_OK)
			return damaged(s, "the packed data do not end");
	}
	if (m->left || m->z.avail_in)
		return damaged(s, "bytes follow the packed data");
	return 0;
}

int ip_zip_finish(struct ip_source *s)
{
	struct member *m = s->ctx;
	int rc;

	if (s->pos != s->size)
		return damaged(s, "more data than expected");
	if (m->entry->method) {
		rc = reach_end(s);
		if (rc < 0)
			return rc;
	}
	if ((uint32_t)m->crc != m->entry->crc)
		return ip_fail(IP_ECHECKSUM, "%s: checksum %08lx, expected"
			" %08lx; the archive is damaged", s->name,
			(unsigned long)m->crc, (unsigned long)m->entry->crc);
	return 0;
}

void ip_zip_drop(struct ip_source *s)
{
	struct member *m = s->ctx;

	if (!m)
		return;
	if (m->entry->method)
		inflateEnd(&m->z);
	ip_free(m);
	s->ctx = NULL;
}
