/* Data out of an open file: whole tensors, rows, mapped views. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <iphase/threads.h>
#include "../core/core.h"
#include "file.h"

#define ULL unsigned long long

/* One chunk's share of a request: elements lo .. hi of the tensor. */
struct job {
	const struct ip_ipt *f;
	struct ip_ipt_chunk *chunk;
	unsigned char *dst;	/* where element lo goes */
	unsigned char *stored, *shuffled, *raw;	/* scratch */
	uint64_t lo, hi;
	size_t size, unit;
	uint32_t id;
	int rc;
};

/* The header must be what the index says, or the file changed under us. */
static int check_block(const struct job *j)
{
	unsigned char head[IP_IPT_BLOCK];
	struct ip_ipt_block b;
	int rc;

	rc = ip_ipt_pread(j->f->fd, head, sizeof head, j->chunk->offset);
	if (rc == 0)
		rc = ip_ipt_block_get(head, j->f->size, &b);
	if (rc < 0)
		return rc;
	return b.type == IP_IPT_CHUNKS && b.offset == j->chunk->offset &&
		b.size == j->chunk->size && b.raw == j->chunk->raw &&
		b.first == j->chunk->first && b.crc == j->chunk->crc &&
		b.codec == j->chunk->codec ? 0 : IP_ECHECKSUM;
}

static int read_stored(struct job *j)
{
	struct ip_ipt_chunk *c = j->chunk;
	uint64_t at = c->offset + IP_IPT_BLOCK;
	uint64_t skip = (j->lo - c->first) * j->size;
	uint64_t n = (j->hi - j->lo) * j->size;
	uint32_t crc;
	int rc;

	rc = ip_ipt_pread(j->f->fd, j->dst, n, at + skip);
	if (rc < 0 || c->checked)
		return rc;
	if (n == c->size) {
		crc = ip_crc32(0, j->dst, (size_t)n);
	} else {
		rc = ip_ipt_crc_at(j->f->fd, at, c->size, &crc);
		if (rc < 0)
			return rc;
	}
	if (crc != c->crc)
		return IP_ECHECKSUM;
	c->checked = 1;
	return 0;
}

static int read_packed(struct job *j)
{
	struct ip_ipt_chunk *c = j->chunk;
	int whole = j->hi - j->lo == c->count, rc;
	unsigned char *to = whole ? j->dst : j->raw;

	rc = ip_ipt_pread(j->f->fd, j->stored, c->size,
		c->offset + IP_IPT_BLOCK);
	if (rc < 0)
		return rc;
	if (ip_crc32(0, j->stored, (size_t)c->size) != c->crc)
		return IP_ECHECKSUM;
	rc = ip_ipt_unpack(to, (size_t)c->raw, j->shuffled, j->stored,
		(size_t)c->size, j->unit);
	if (rc == 0 && !whole)
		memcpy(j->dst, to + (j->lo - c->first) * j->size,
			(size_t)(j->hi - j->lo) * j->size);
	return rc;
}

static void run_job(struct job *j)
{
	j->rc = check_block(j);
	if (j->rc == 0)
		j->rc = j->chunk->codec == IP_IPT_STORED ? read_stored(j) :
			read_packed(j);
}

static int report(const struct ip_ipt *f, size_t i, const struct job *j)
{
	const char *why = j->rc == IP_ECHECKSUM ? "checksum is wrong: the file"
		" is damaged" : j->rc == IP_EFORMAT ? "packed data break the"
		" rules of ipt(5)" : ip_strerror(j->rc);

	return ip_fail(j->rc, "%s: '%s': chunk at offset %llu (elements %llu"
		" to %llu): %s", f->path, f->items[i].name,
		(ULL)j->chunk->offset, (ULL)j->chunk->first,
		(ULL)(j->chunk->first + j->chunk->count - 1), why);
}

/* The last chunk that begins at or before element lo. */
static size_t find_chunk(const struct ip_ipt_tensor *t, uint64_t lo)
{
	size_t a = 0, b = t->count, m;

	while (b - a > 1) {
		m = a + (b - a) / 2;
		if (t->chunks[m].first <= lo)
			a = m;
		else
			b = m;
	}
	return a;
}

/* Scratch of one job: stored bytes, shuffled bytes, unpacked bytes. */
static void scratch_sizes(const struct ip_ipt_tensor *t, size_t first,
	uint64_t hi, size_t *stored, size_t *raw)
{
	const struct ip_ipt_chunk *c;
	size_t k;

	*stored = *raw = 0;
	for (k = first; k < t->count && t->chunks[k].first < hi; k++) {
		c = &t->chunks[k];
		if (c->codec == IP_IPT_STORED)
			continue;
		*stored = c->size > *stored ? (size_t)c->size : *stored;
		*raw = c->raw > *raw ? (size_t)c->raw : *raw;
	}
}

/* Elements lo .. hi into dst, n chunks at a time side by side. */
static int read_elements(struct ip_ipt *f, size_t i, uint64_t lo, uint64_t hi,
	unsigned char *dst)
{
	struct ip_ipt_tensor *t = &f->tensors[i];
	const struct ip_tensor *head = &f->items[i].tensor;
	size_t k = find_chunk(t, lo), n = (size_t)ip_threads(), m, stored, raw;
	struct job *jobs;
	struct job *j;
	unsigned char *scratch;
	uint64_t at = lo;
	int rc = 0;
	long q;

	n = n < t->count - k ? n : t->count - k;
	scratch_sizes(t, k, hi, &stored, &raw);
	jobs = ip_alloc_array(n, sizeof *jobs);
	scratch = jobs ? ip_alloc_array(n, stored + 2 * raw) : NULL;
	if (!scratch)
		rc = IP_ENOMEM;
	while (rc == 0 && at < hi) {
		for (m = 0; m < n && at < hi; m++, k++) {
			j = &jobs[m];
			j->f = f;
			j->chunk = &t->chunks[k];
			j->size = ip_dtype_size(head->dtype);
			j->unit = ip_ipt_unit(head->dtype);
			j->lo = at;
			at = j->chunk->first + j->chunk->count;
			at = at < hi ? at : hi;
			j->hi = at;
			j->dst = dst + (j->lo - lo) * j->size;
			j->stored = scratch + m * (stored + 2 * raw);
			j->shuffled = j->stored + stored;
			j->raw = j->shuffled + raw;
		}
#pragma omp parallel for schedule(dynamic) if (m > 1) num_threads((int)n)
		for (q = 0; q < (long)m; q++)
			run_job(&jobs[q]);
		for (q = 0; q < (long)m && rc == 0; q++)
			if (jobs[q].rc < 0)
				rc = report(f, i, &jobs[q]);
	}
	ip_free(scratch);
	ip_free(jobs);
	return rc;
}

static int read_range(struct ip_ipt *f, size_t i, int rows, size_t first,
	size_t n, struct ip_tensor *out)
{
	const struct ip_tensor *head = &f->items[i].tensor;
	struct ip_tensor t;
	size_t shape[IP_MAX_DIMS];
	uint64_t row;
	int rc;

	memcpy(shape, head->shape, sizeof shape);
	if (rows)
		shape[0] = n;
	rc = ip_tensor_new(&t, head->dtype, head->ndim, shape);
	if (rc < 0)
		return rc;
	row = rows ? ip_ipt_row(head) : 0;
	if (ip_tensor_count(&t) > 0)
		rc = read_elements(f, i, first * row,
			first * row + ip_tensor_count(&t), t.data);
	if (rc < 0) {
		ip_tensor_free(&t);
		return rc;
	}
	*out = t;
	return 0;
}

static int check_index(const struct ip_ipt *f, size_t i)
{
	if (i >= f->count)
		return ip_fail(IP_EINVAL, "%s: tensor %zu of %zu", f->path, i,
			f->count);
	return 0;
}

int ip_ipt_rows(struct ip_ipt *f, size_t i, size_t first, size_t n,
	struct ip_tensor *t)
{
	const struct ip_tensor *head;

	if (check_index(f, i) < 0)
		return IP_EINVAL;
	head = &f->items[i].tensor;
	if (head->ndim == 0 || first > head->shape[0] ||
	    n > head->shape[0] - first)
		return ip_fail(IP_EINVAL, "%s: '%s': rows %zu and %zu more, it"
			" has %zu", f->path, f->items[i].name, first, n,
			head->ndim ? head->shape[0] : 0);
	return read_range(f, i, 1, first, n, t);
}

int ip_ipt_read(struct ip_ipt *f, size_t i, struct ip_tensor *t)
{
	if (check_index(f, i) < 0)
		return IP_EINVAL;
	return read_range(f, i, 0, 0, 0, t);
}

int ip_ipt_map(struct ip_ipt *f, size_t i, struct ip_tensor *view)
{
	struct ip_ipt_tensor *t;
	struct ip_ipt_chunk *c;
	unsigned char *data;

	if (check_index(f, i) < 0)
		return IP_EINVAL;
	t = &f->tensors[i];
	if (t->count != 1 || t->chunks[0].codec != IP_IPT_STORED ||
	    t->chunks[0].count != ip_tensor_count(&f->items[i].tensor))
		return ip_fail(IP_ENOTSUP, "%s: '%s' lies in %zu %schunks; only"
			" one stored chunk can be mapped", f->path,
			f->items[i].name, t->count, t->count == 1 ?
			"compressed " : "");
	c = &t->chunks[0];
	if (f->map == MAP_FAILED)
		f->map = mmap(NULL, (size_t)f->size, PROT_READ, MAP_SHARED,
			f->fd, 0);
	if (f->map == MAP_FAILED)
		return ip_fail_errno(IP_EIO, "%s: cannot be mapped", f->path);
	data = (unsigned char *)f->map + c->offset + IP_IPT_BLOCK;
	if (!c->checked && ip_crc32(0, data, (size_t)c->size) != c->crc)
		return ip_fail(IP_ECHECKSUM, "%s: '%s': chunk at offset %llu:"
			" checksum is wrong: the file is damaged", f->path,
			f->items[i].name, (ULL)c->offset);
	c->checked = 1;
	return ip_tensor_wrap(view, f->items[i].tensor.dtype,
		f->items[i].tensor.ndim, f->items[i].tensor.shape, data);
}

void ip_ipt_layout(const struct ip_ipt *f, size_t i, struct ip_ipt_layout *l)
{
	const struct ip_ipt_tensor *t;
	size_t k;

	memset(l, 0, sizeof *l);
	if (i >= f->count)
		return;
	t = &f->tensors[i];
	l->chunks = t->count;
	l->grows = t->flags & IP_IPT_GROWS;
	for (k = 0; k < t->count; k++) {
		l->stored += t->chunks[k].size;
		l->packed += t->chunks[k].codec != IP_IPT_STORED;
	}
}

int ip_ipt_read_all(struct ip_ipt *f, struct ip_bundle *out)
{
	struct ip_bundle b = { 0 };
	struct ip_tensor t = { 0 };
	struct ip_item *item;
	size_t i;
	int rc;

	rc = ip_attrs_copy(&b.attrs, &f->attrs);
	for (i = 0; i < f->count && rc == 0; i++) {
		rc = ip_ipt_read(f, i, &t);
		if (rc == 0)
			rc = ip_bundle_add(&b, f->items[i].name, &t, &item);
		if (rc == 0)
			rc = ip_attrs_copy(&item->attrs, &f->items[i].attrs);
	}
	if (rc < 0) {
		ip_tensor_free(&t);
		ip_bundle_free(&b);
		return rc;
	}
	*out = b;
	return 0;
}

int ip_ipt_load(const char *path, struct ip_bundle *b)
{
	struct ip_ipt *f;
	int rc;

	rc = ip_ipt_open(&f, path, 0);
	if (rc < 0)
		return rc;
	rc = ip_ipt_read_all(f, b);
	ip_ipt_close(f);
	return rc;
}
