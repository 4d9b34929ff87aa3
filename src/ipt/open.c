/* Opening: commit record, index, and what they name. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../core/core.h"
#include "file.h"

#define ULL unsigned long long

int ip_ipt_damage(const struct ip_ipt *f, int status, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (f->phase == IP_IPT_TRY)
		ip_warn("%s: %s", f->path, text);
	else
		ip_fail(status, "%s: %s", f->path, text);
	return status;
}

int ip_ipt_pread(int fd, void *p, uint64_t n, uint64_t offset)
{
	char *to = p;
	ssize_t got;

	while (n > 0) {
		got = pread(fd, to, n < 1u << 30 ? (size_t)n : 1u << 30,
			(off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? IP_EIO : IP_ETRUNCATED;
		to += got;
		n -= (uint64_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

int ip_ipt_payload(const struct ip_ipt *f, const struct ip_ipt_block *b,
	unsigned char **p)
{
	unsigned char *q = ip_alloc((size_t)b->size);
	int rc;

	if (!q)
		return IP_ENOMEM;
	rc = ip_ipt_pread(f->fd, q, b->size, b->offset + IP_IPT_BLOCK);
	if (rc < 0)
		ip_fail(rc, "%s: offset %llu: %llu bytes could not be read",
			f->path, (ULL)b->offset, (ULL)b->size);
	else if (ip_crc32(0, q, (size_t)b->size) != b->crc)
		rc = ip_ipt_damage(f, IP_ECHECKSUM, "offset %llu: checksum of"
			" a block is wrong: the file is damaged",
			(ULL)b->offset);
	if (rc < 0) {
		ip_free(q);
		return rc;
	}
	*p = q;
	return 0;
}

uint64_t ip_ipt_row(const struct ip_tensor *t)
{
	uint64_t n = 1;
	int d;

	for (d = 1; d < t->ndim; d++)
		n *= t->shape[d];
	return n;
}

/* ---- the file header ---- */

static int read_header(struct ip_ipt *f, unsigned char *p)
{
	uint32_t version, features;
	int rc;

	if (f->size < IP_IPT_HEADER)
		return ip_ipt_damage(f, IP_ETRUNCATED, "%llu bytes, an .ipt"
			" file has at least %d", (ULL)f->size,
			IP_IPT_HEADER);
	rc = ip_ipt_pread(f->fd, p, IP_IPT_HEADER, 0);
	if (rc < 0)
		return ip_fail(rc, "%s: cannot be read", f->path);
	rc = ip_ipt_header_check(p, &version, &features);
	if (rc == IP_EFORMAT)
		return ip_ipt_damage(f, rc, "offset 0: not an .ipt file");
	if (rc == IP_ECHECKSUM)
		return ip_ipt_damage(f, rc, "offset 0: the file header is"
			" damaged");
	if (rc == IP_ENOTSUP)
		return ip_fail(rc, "%s: .ipt version %u with features 0x%x,"
			" this library reads version %d without; a newer"
			" iphase may", f->path, version, features,
			IP_IPT_VERSION);
	return 0;
}

/*
 * The newer of the two commit records. One that is damaged is not passed
 * over: the other would show an older state as if nothing had happened.
 */
static int read_commit(struct ip_ipt *f, const unsigned char *header)
{
	struct ip_ipt_commit c[2];
	int used[2], i, best;

	for (i = 0; i < 2; i++) {
		used[i] = ip_ipt_slot_get(header + IP_IPT_FIXED +
			i * IP_IPT_SLOT, &c[i]);
		if (used[i] < 0 || (used[i] && c[i].serial % 2 != (uint64_t)i))
			return ip_ipt_damage(f, IP_ECHECKSUM, "offset %d:"
				" commit record %d is damaged",
				IP_IPT_FIXED + i * IP_IPT_SLOT, i);
	}
	if (!used[0] && !used[1])
		return ip_ipt_damage(f, IP_ETRUNCATED, "was never finished");
	best = !used[0] || (used[1] && c[1].serial > c[0].serial);
	f->commit = c[best];
	if (f->commit.end > f->size)
		return ip_ipt_damage(f, IP_ETRUNCATED, "cut off: %llu bytes of"
			" %llu; what is whole can be recovered", (ULL)f->size,
			(ULL)f->commit.end);
	return 0;
}

/* ---- the index ---- */

static int push(struct ip_ipt_blocks *list, const struct ip_ipt_block *b)
{
	if (ip_grow(&list->b, &list->cap, list->count + 1, sizeof *b) < 0)
		return IP_ENOMEM;
	list->b[list->count++] = *b;
	return 0;
}

/* One index block: its entries are added in reverse order. */
static int read_index(struct ip_ipt *f, uint64_t offset, uint64_t *previous)
{
	unsigned char head[IP_IPT_BLOCK], *p = NULL;
	struct ip_ipt_block index, b;
	uint64_t i;
	int rc;

	if (f->commit.end < IP_IPT_BLOCK || offset % IP_IPT_BLOCK ||
	    offset > f->commit.end - IP_IPT_BLOCK)
		return ip_ipt_damage(f, IP_EFORMAT, "index at offset %llu,"
			" beyond the end at %llu", (ULL)offset,
			(ULL)f->commit.end);
	rc = ip_ipt_pread(f->fd, head, sizeof head, offset);
	if (rc < 0)
		return ip_fail(rc, "%s: cannot be read", f->path);
	rc = ip_ipt_block_get(head, f->commit.end, &index);
	if (rc < 0 || index.type != IP_IPT_INDEX || index.offset != offset)
		return ip_ipt_damage(f, rc < 0 ? rc : IP_EFORMAT,
			"offset %llu: no index block there: the file is"
			" damaged", (ULL)offset);
	rc = ip_ipt_payload(f, &index, &p);
	for (i = index.count; rc == 0 && i-- > 0;) {
		rc = ip_ipt_block_get(p + i * IP_IPT_BLOCK, offset, &b);
		if (rc < 0 || b.type == IP_IPT_INDEX)
			rc = ip_ipt_damage(f, IP_EFORMAT, "offset %llu: index"
				" entry %llu cannot be", (ULL)offset, (ULL)i);
		else
			rc = push(&f->blocks, &b);
	}
	ip_free(p);
	*previous = index.first;
	return rc;
}

static int read_indices(struct ip_ipt *f)
{
	struct ip_ipt_blocks *l = &f->blocks;
	struct ip_ipt_block swap;
	uint64_t at = f->commit.index;
	size_t i;
	int rc;

	/* strictly downwards (ip_ipt_block_get), so this ends */
	do {
		rc = read_index(f, at, &at);
	} while (rc == 0 && at != 0);
	for (i = 0; i < l->count / 2; i++) {
		swap = l->b[i];
		l->b[i] = l->b[l->count - 1 - i];
		l->b[l->count - 1 - i] = swap;
	}
	for (i = 1; rc == 0 && i < l->count; i++)
		if (l->b[i].offset < l->b[i - 1].offset + IP_IPT_BLOCK +
		    l->b[i - 1].size)
			rc = ip_ipt_damage(f, IP_EFORMAT, "offset %llu: blocks"
				" overlap", (ULL)l->b[i].offset);
	return rc;
}

/* ---- blocks into tensors ---- */

/* The tensor or the attributes of a block; *flags < 0: attributes. */
static int read_meta(struct ip_ipt *f, const struct ip_ipt_block *b,
	struct ip_item *item, int *flags)
{
	unsigned char *p;
	int rc;

	rc = ip_ipt_payload(f, b, &p);
	if (rc < 0)
		return rc;
	if (b->type == IP_IPT_TENSOR)
		rc = ip_ipt_tensor_get(p, (size_t)b->size, item, flags);
	else
		rc = ip_ipt_attrs_get(p, (size_t)b->size, &f->attrs);
	ip_free(p);
	if (rc == IP_EFORMAT)
		return ip_ipt_damage(f, rc, "offset %llu: %s break the rules"
			" of ipt(5)", (ULL)b->offset,
			b->type == IP_IPT_TENSOR ? "name, shape or attributes"
			" of a tensor" : "attributes");
	return rc;
}

static int add_tensor(struct ip_ipt *f, const struct ip_ipt_block *b)
{
	struct ip_item item;
	int rc, flags;

	if (b->id != f->count || f->count >= IP_IPT_TENSORS_MAX)
		return ip_ipt_damage(f, IP_EFORMAT, "offset %llu: tensor"
			" number %u, expected %zu", (ULL)b->offset, b->id,
			f->count);
	if (ip_grow(&f->items, &f->items_cap, f->count + 1,
	    sizeof *f->items) < 0 ||
	    ip_grow(&f->tensors, &f->tensors_cap, f->count + 1,
	    sizeof *f->tensors) < 0)
		return IP_ENOMEM;
	rc = read_meta(f, b, &item, &flags);
	if (rc < 0)
		return rc;
	f->items[f->count] = item;
	memset(&f->tensors[f->count], 0, sizeof *f->tensors);
	f->tensors[f->count++].flags = flags;
	return 0;
}

static int add_chunk(struct ip_ipt *f, const struct ip_ipt_block *b)
{
	struct ip_ipt_tensor *t;
	struct ip_ipt_chunk *c;
	size_t size;

	if (b->id >= f->count)
		return ip_ipt_damage(f, IP_EFORMAT, "offset %llu: chunk of"
			" tensor %u, of %zu so far", (ULL)b->offset, b->id,
			f->count);
	t = &f->tensors[b->id];
	size = ip_dtype_size(f->items[b->id].tensor.dtype);
	if (b->first != t->elements)
		return ip_ipt_damage(f, IP_EFORMAT, "offset %llu: chunk of"
			" '%s' begins at element %llu, expected %llu",
			(ULL)b->offset, f->items[b->id].name, (ULL)b->first,
			(ULL)t->elements);
	if (b->count > (uint64_t)INT64_MAX / size - t->elements ||
	    b->raw != b->count * size)
		return ip_ipt_damage(f, IP_EFORMAT, "offset %llu: chunk of"
			" '%s' has %llu elements in %llu bytes, the wrong"
			" size", (ULL)b->offset, f->items[b->id].name,
			(ULL)b->count, (ULL)b->raw);
	if (ip_grow(&t->chunks, &t->cap, t->count + 1, sizeof *t->chunks) < 0)
		return IP_ENOMEM;
	c = &t->chunks[t->count++];
	c->offset = b->offset;
	c->size = b->size;
	c->raw = b->raw;
	c->first = b->first;
	c->count = b->count;
	c->codec = b->codec;
	c->crc = b->crc;
	t->elements += b->count;
	return 0;
}

static void drop_item(struct ip_ipt *f, size_t i)
{
	ip_free(f->items[i].name);
	ip_attrs_free(&f->items[i].attrs);
	ip_free(f->tensors[i].chunks);
	memmove(&f->items[i], &f->items[i + 1],
		(f->count - i - 1) * sizeof *f->items);
	memmove(&f->tensors[i], &f->tensors[i + 1],
		(f->count - i - 1) * sizeof *f->tensors);
	f->count--;
}

/*
 * A tensor with chunks missing at its end: its whole rows; *drop if there are
 * none.
 */
static int cut_rows(struct ip_ipt *f, size_t i, int *drop)
{
	struct ip_tensor *t = &f->items[i].tensor;
	struct ip_ipt_tensor *x = &f->tensors[i];
	uint64_t rows = t->ndim ? x->elements / ip_ipt_row(t) : 0;

	if (f->phase != IP_IPT_SCAN)
		return ip_ipt_damage(f, IP_EFORMAT, "'%s': the index names"
			" %llu of its elements, its shape has %zu",
			f->items[i].name, (ULL)x->elements,
			ip_tensor_count(t));
	if (rows == 0 && !(x->flags & IP_IPT_GROWS)) {
		ip_warn("%s: '%s' is lost: no whole row of it is there",
			f->path, f->items[i].name);
		*drop = 1;
		return 0;
	}
	if (!(x->flags & IP_IPT_GROWS))
		ip_warn("%s: '%s': %llu of %zu rows are there", f->path,
			f->items[i].name, (ULL)rows, t->shape[0]);
	t->shape[0] = (size_t)rows;
	return 0;
}

static int set_shape(struct ip_ipt *f, size_t i, int *drop)
{
	struct ip_tensor *t = &f->items[i].tensor;
	struct ip_ipt_tensor *x = &f->tensors[i];
	uint64_t row;
	int d, rc = 0;

	if (x->flags & IP_IPT_GROWS) {
		row = ip_ipt_row(t);
		t->shape[0] = (size_t)(x->elements / row);
		if (x->elements % row)
			rc = cut_rows(f, i, drop);
	} else if (x->elements > ip_tensor_count(t)) {
		return ip_ipt_damage(f, IP_EFORMAT, "'%s': chunks hold %llu"
			" elements, its shape %zu", f->items[i].name,
			(ULL)x->elements, ip_tensor_count(t));
	} else if (x->elements < ip_tensor_count(t)) {
		rc = cut_rows(f, i, drop);
	}
	if (rc < 0 || *drop || ip_tensor_count(t) == 0)
		return rc;
	t->stride[t->ndim ? t->ndim - 1 : 0] = 1;
	for (d = t->ndim - 2; d >= 0; d--)
		t->stride[d] = t->stride[d + 1] *
			(ptrdiff_t)t->shape[d + 1];
	if (t->ndim == 0)
		t->stride[0] = 0;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_names(const struct ip_ipt *f)
{
	char **names = ip_alloc_array(f->count, sizeof *names);
	size_t i;
	int rc = 0;

	if (!names)
		return IP_ENOMEM;
	for (i = 0; i < f->count; i++)
		names[i] = f->items[i].name;
	qsort(names, f->count, sizeof *names, by_name);
	for (i = 1; i < f->count && rc == 0; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			rc = ip_ipt_damage(f, IP_EFORMAT, "two tensors named"
				" '%s'", names[i]);
	ip_free(names);
	return rc;
}

static int interpret(struct ip_ipt *f)
{
	const struct ip_ipt_block *attrs = NULL, *b;
	size_t i;
	int rc = 0, drop;

	for (i = 0; i < f->blocks.count && rc == 0; i++) {
		b = &f->blocks.b[i];
		if (b->type == IP_IPT_TENSOR)
			rc = add_tensor(f, b);
		else if (b->type == IP_IPT_CHUNKS)
			rc = add_chunk(f, b);
		else
			attrs = b;
	}
	if (rc == 0 && attrs)
		rc = read_meta(f, attrs, NULL, NULL);
	for (i = 0; i < f->count && rc == 0; i++) {
		drop = 0;
		rc = set_shape(f, i, &drop);
		if (drop)
			drop_item(f, i--);
	}
	return rc < 0 ? rc : check_names(f);
}

/* ---- open and close ---- */

static void forget(struct ip_ipt *f)
{
	while (f->count > 0)
		drop_item(f, f->count - 1);
	ip_attrs_free(&f->attrs);
	f->blocks.count = 0;
}

static int read_by_index(struct ip_ipt *f)
{
	unsigned char header[IP_IPT_HEADER];
	int rc;

	rc = read_header(f, header);
	if (rc == 0)
		rc = read_commit(f, header);
	if (rc == 0)
		rc = read_indices(f);
	return rc == 0 ? interpret(f) : rc;
}

static int read_by_scan(struct ip_ipt *f)
{
	int rc;

	f->phase = IP_IPT_SCAN;
	forget(f);
	rc = ip_ipt_scan(f);
	return rc == 0 ? interpret(f) : rc;
}

static int read_state(struct ip_ipt *f)
{
	struct stat st;
	int rc;

	if (fstat(f->fd, &st) != 0)
		return ip_fail_errno(IP_EIO, "%s: cannot be read", f->path);
	if (!S_ISREG(st.st_mode))
		return ip_fail(IP_EIO, "%s: not a regular file", f->path);
	f->size = (uint64_t)st.st_size;
	rc = read_by_index(f);
	if (f->phase == IP_IPT_TRY && (rc == IP_EFORMAT || rc == IP_ECHECKSUM ||
	    rc == IP_ETRUNCATED || (rc == 0 && f->size > f->commit.end)))
		return read_by_scan(f);
	if (rc == 0 && f->size > f->commit.end)
		ip_info("%s: %llu bytes after its end, of an addition that is"
			" under way or was killed, are left out", f->path,
			(ULL)(f->size - f->commit.end));
	return rc;
}

int ip_ipt_open_fd(struct ip_ipt **out, const char *path, int fd, int flags)
{
	struct ip_ipt *f;
	int rc = IP_ENOMEM;

	*out = NULL;
	if (flags & ~IP_IPT_RECOVER)
		return ip_fail(IP_EINVAL, "%s: unknown flags 0x%x", path,
			(unsigned)flags);
	f = ip_alloc(sizeof *f);
	if (!f)
		return IP_ENOMEM;
	f->fd = fd;
	f->keep_fd = 1;
	f->phase = flags & IP_IPT_RECOVER ? IP_IPT_TRY : IP_IPT_PLAIN;
	f->map = MAP_FAILED;
	f->path = ip_strdup(path);
	if (f->path)
		rc = read_state(f);
	if (rc < 0) {
		ip_ipt_close(f);
		return rc;
	}
	ip_free(f->blocks.b);
	memset(&f->blocks, 0, sizeof f->blocks);
	*out = f;
	return 0;
}

int ip_ipt_open(struct ip_ipt **f, const char *path, int flags)
{
	int fd, rc;

	*f = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ip_fail_errno(IP_EIO, "%s: cannot be opened", path);
	rc = ip_ipt_open_fd(f, path, fd, flags);
	if (rc < 0)
		close(fd);
	else
		(*f)->keep_fd = 0;
	return rc;
}

void ip_ipt_close(struct ip_ipt *f)
{
	if (!f)
		return;
	forget(f);
	if (f->map != MAP_FAILED)
		munmap(f->map, (size_t)f->size);
	if (!f->keep_fd)
		close(f->fd);
	ip_attrs_free(&f->attrs);
	ip_free(f->items);
	ip_free(f->tensors);
	ip_free(f->blocks.b);
	ip_free(f->path);
	ip_free(f);
}

size_t ip_ipt_count(const struct ip_ipt *f)
{
	return f->count;
}

const struct ip_item *ip_ipt_item(const struct ip_ipt *f, size_t i)
{
	return i < f->count ? &f->items[i] : NULL;
}

long ip_ipt_find(const struct ip_ipt *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (strcmp(f->items[i].name, name) == 0)
			return (long)i;
	return ip_fail(IP_ENOTFOUND, "%s: no tensor named '%s'", f->path, name);
}

const struct ip_attrs *ip_ipt_attrs(const struct ip_ipt *f)
{
	return &f->attrs;
}
