/* The directory of a zip archive: found, read and checked. */
#include <string.h>
#include "../core/core.h"
#include "bytes.h"
#include "zip.h"

#define END_SIZE 22u
#define COMMENT_MAX 65535u
#define MEMBERS_MAX 16384u	/* names are compared pairwise */

struct end {
	uint64_t count, size, offset, at;	/* at: where the end record is */
};

static int contradicts(const struct ip_zip *z, uint64_t at, const char *what)
{
	return ip_fail(IP_EFORMAT, "%s: offset %llu: %s of the zip archive"
		" contradicts the rest of the file; it is damaged", z->path,
		(unsigned long long)at, what);
}

/* The zip64 end record, which the locator before the end record names. */
static int find_end64(struct ip_zip *z, struct end *e)
{
	unsigned char l[20], b[56];
	uint64_t at;
	int rc;

	if (e->at < 20 + 56)
		return contradicts(z, e->at, "the end record");
	rc = ip_input_read(z->file, z->path, e->at - 20, l, 20);
	if (rc < 0)
		return rc;
	at = le64(l + 8);
	if (memcmp(l, "PK\6\7", 4) != 0 || le32(l + 4) != 0 ||
	    le32(l + 16) > 1 || at > e->at - 20 - 56)
		return contradicts(z, e->at - 20, "the zip64 locator");
	rc = ip_input_read(z->file, z->path, at, b, 56);
	if (rc < 0)
		return rc;
	if (memcmp(b, "PK\6\6", 4) != 0 || le64(b + 4) != e->at - 20 - at - 12
	    || le32(b + 16) != 0 || le32(b + 20) != 0 ||
	    le64(b + 24) != le64(b + 32))
		return contradicts(z, at, "the zip64 end record");
	if ((e->count != 0xffff && e->count != le64(b + 32)) ||
	    (e->size != 0xffffffff && e->size != le64(b + 40)) ||
	    (e->offset != 0xffffffff && e->offset != le64(b + 48)))
		return contradicts(z, at, "the zip64 end record");
	e->count = le64(b + 32);
	e->size = le64(b + 40);
	e->offset = le64(b + 48);
	e->at = at;
	return 0;
}

/* PyTorch writes the zip64 records also where they are not needed. */
static int has_end64(const unsigned char *tail, size_t end)
{
	return end >= 20 && memcmp(tail + end - 20, "PK\6\7", 4) == 0;
}

/* The end record is the last thing in the file but for its comment. */
static int find_end(struct ip_zip *z, struct end *e)
{
	size_t n = z->size < END_SIZE + COMMENT_MAX ? (size_t)z->size :
		END_SIZE + COMMENT_MAX, i;
	unsigned char *tail, *p = NULL;
	int rc;

	tail = ip_alloc(n);
	if (!tail)
		return IP_ENOMEM;
	rc = ip_input_read(z->file, z->path, z->size - n, tail, n);
	if (rc < 0)
		goto out;
	for (i = 0; i + END_SIZE <= n; i++) {
		p = tail + n - END_SIZE - i;
		if (memcmp(p, "PK\5\6", 4) == 0 && le16(p + 20) == i)
			break;
	}
	if (i + END_SIZE > n) {
		rc = ip_fail(IP_ETRUNCATED, "%s: no end record of a zip"
			" archive: the file is cut off, or no archive",
			z->path);
		goto out;
	}
	e->at = z->size - END_SIZE - i;
	e->count = le16(p + 10);
	e->size = le32(p + 12);
	e->offset = le32(p + 16);
	if (le16(p + 4) != le16(p + 6) || le16(p + 8) != le16(p + 10) ||
	    (le16(p + 4) != 0 && le16(p + 4) != 0xffff))
		rc = ip_fail(IP_ENOTSUP, "%s: a zip archive in several parts",
			z->path);
	else if (e->count == 0xffff || e->size == 0xffffffff ||
	    e->offset == 0xffffffff || has_end64(tail, n - END_SIZE - i))
		rc = find_end64(z, e);
out:
	ip_free(tail);
	return rc;
}

/* Sizes that did not fit stand in the zip64 field, in a fixed order. */
static int extra64(const unsigned char *p, size_t n, struct ip_zip_entry *e)
{
	const unsigned char *end = p + n, *q, *stop;

	for (; end - p >= 4; p = stop) {
		stop = p + 4 + le16(p + 2);
		if (stop > end)
			return 0;
		if (le16(p) != 1)
			continue;
		q = p + 4;
		if (e->size == 0xffffffff && stop - q >= 8) {
			e->size = le64(q);
			q += 8;
		}
		if (e->packed == 0xffffffff && stop - q >= 8) {
			e->packed = le64(q);
			q += 8;
		}
		if (e->offset == 0xffffffff && stop - q >= 8)
			e->offset = le64(q);
		return 1;
	}
	return 1;
}

/* Deflate makes at most 258 bytes of 2 bits. */
static int check_sizes(const struct ip_zip *z, const struct ip_zip_entry *e)
{
	uint64_t room = z->directory;

	if (e->offset > room || room - e->offset < 30 ||
	    e->packed > room - e->offset - 30)
		return ip_fail(IP_EFORMAT, "%s: member '%s': %llu bytes at"
			" offset %llu reach past the archive's data", z->path,
			e->name, (unsigned long long)e->packed,
			(unsigned long long)e->offset);
	if (e->method == 0 ? e->size != e->packed :
	    e->size / 1032 > e->packed)
		return ip_fail(IP_EFORMAT, "%s: member '%s': %llu bytes cannot"
			" come out of %llu packed ones", z->path, e->name,
			(unsigned long long)e->size,
			(unsigned long long)e->packed);
	return 0;
}

static const char *method_name(unsigned m)
{
	return m == 9 ? "deflate64" : m == 12 ? "bzip2" : m == 14 ? "lzma" :
		m == 93 ? "zstd" : m == 95 ? "xz" : m == 6 ? "implode" :
		m == 1 ? "shrink" : "unknown";
}

static int check_entry(const struct ip_zip *z, const struct ip_zip_entry *e)
{
	const struct ip_zip_entry *o;

	if (e->flags & (1 | 1 << 6 | 1 << 13))
		return ip_fail(IP_ENOTSUP, "%s: member '%s' is encrypted;"
			" decrypt the archive first", z->path, e->name);
	if (e->flags & 1 << 5)
		return ip_fail(IP_ENOTSUP, "%s: member '%s' is a patch",
			z->path, e->name);
	if (e->method != 0 && e->method != 8)
		return ip_fail(IP_ENOTSUP, "%s: member '%s' is packed by"
			" method %u (%s), expected stored or deflate; pack it"
			" again with numpy.savez_compressed", z->path, e->name,
			e->method, method_name(e->method));
	for (o = z->entries; o < e; o++)
		if (strcmp(o->name, e->name) == 0)
			return ip_fail(IP_EFORMAT, "%s: two members are called"
				" '%s'", z->path, e->name);
	return check_sizes(z, e);
}

/* One entry at p; *used bytes. */
static int get_entry(struct ip_zip *z, const unsigned char *p, size_t left,
	struct ip_zip_entry *e, size_t *used)
{
	uint64_t at = z->directory;
	size_t name, extra, comment;

	if (left < 46 || memcmp(p, "PK\1\2", 4) != 0)
		return contradicts(z, at, "the directory");
	name = le16(p + 28);
	extra = le16(p + 30);
	comment = le16(p + 32);
	if (46 + name + extra + comment > left)
		return contradicts(z, at, "the directory");
	if (name == 0 || memchr(p + 46, 0, name) ||
	    ip_utf8_check(p + 46, name) < name)
		return ip_fail(IP_EFORMAT, "%s: a member's name is empty or"
			" not UTF-8", z->path);
	e->flags = le16(p + 8);
	e->method = le16(p + 10);
	e->crc = le32(p + 16);
	e->packed = le32(p + 20);
	e->size = le32(p + 24);
	e->offset = le32(p + 42);
	e->name = ip_alloc(name + 1);
	if (!e->name)
		return IP_ENOMEM;
	memcpy(e->name, p + 46, name);
	if (!extra64(p + 46 + name, extra, e))
		return contradicts(z, at, "the directory");
	*used = 46 + name + extra + comment;
	return check_entry(z, e);
}

static int get_entries(struct ip_zip *z, const unsigned char *p, size_t n)
{
	uint64_t packed = 0;
	size_t i, used = 0;
	int rc;

	for (i = 0; i < z->count; i++, p += used, n -= used) {
		rc = get_entry(z, p, n, &z->entries[i], &used);
		if (rc < 0)
			return rc;
		/* members that share their bytes would unpack without bound */
		packed += z->entries[i].packed + 30;
		if (packed > z->directory)
			return ip_fail(IP_EFORMAT, "%s: the members together"
				" are larger than the file", z->path);
	}
	return n ? contradicts(z, z->directory, "the directory") : 0;
}

static int get_directory(struct ip_zip *z, const struct end *e)
{
	unsigned char *p;
	int rc;

	if (e->size > e->at || e->offset != e->at - e->size)
		return contradicts(z, e->at, "the end record");
	if (e->count > e->size / 46)
		return contradicts(z, e->at, "the number of members");
	if (e->count > MEMBERS_MAX)
		return ip_fail(IP_ELIMIT, "%s: %llu members, at most %u can be"
			" read", z->path, (unsigned long long)e->count,
			MEMBERS_MAX);
	z->directory = e->offset;
	p = ip_alloc((size_t)e->size);
	if (!p)
		return IP_ENOMEM;
	rc = ip_input_read(z->file, z->path, e->offset, p, (size_t)e->size);
	if (rc == 0) {
		z->count = (size_t)e->count;
		z->entries = ip_alloc_array(z->count, sizeof *z->entries);
		if (!z->entries)
			z->count = 0;
		rc = z->entries ? get_entries(z, p, (size_t)e->size) :
			IP_ENOMEM;
	}
	ip_free(p);
	return rc;
}

int ip_zip_open(struct ip_zip **out, const char *path)
{
	struct ip_zip *z = ip_alloc(sizeof *z);
	struct end e = { 0 };
	int rc;

	if (!z)
		return IP_ENOMEM;
	z->path = path;
	rc = ip_input_open(&z->file, &z->size, path);
	if (rc == 0)
		rc = find_end(z, &e);
	if (rc == 0)
		rc = get_directory(z, &e);
	if (rc < 0)
		ip_zip_close(z);
	else
		*out = z;
	return rc;
}

void ip_zip_close(struct ip_zip *z)
{
	size_t i;

	if (!z)
		return;
	for (i = 0; i < z->count; i++)
		ip_free(z->entries[i].name);
	ip_free(z->entries);
	if (z->file)
		fclose(z->file);
	ip_free(z);
}
