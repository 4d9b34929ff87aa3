/* Writing: blocks behind one another. */
#include <stdlib.h>
#include <string.h>
#include <iphase/threads.h>
#include "../core/core.h"
#include "file.h"
#include "writer.h"

/* ---- bytes ---- */

int ip_ipt_fail_io(struct ip_ipt_writer *w)
{
	return w->failed = ip_fail_errno(IP_EIO, "%s: cannot be written",
		w->path);
}

int ip_ipt_write(struct ip_ipt_writer *w, const void *p, uint64_t n)
{
	if (n && fwrite(p, 1, (size_t)n, w->file) != n)
		return ip_ipt_fail_io(w);
	w->at += n;
	return 0;
}

/* One block; fills in offset and crc of b. */
int ip_ipt_write_block(struct ip_ipt_writer *w, struct ip_ipt_block *b,
	const void *payload)
{
	static const unsigned char zeros[IP_IPT_BLOCK];
	unsigned char head[IP_IPT_BLOCK];
	int rc;

	b->offset = w->at;
	b->crc = ip_crc32(0, payload, (size_t)b->size);
	ip_ipt_block_put(head, b);
	if (b->type != IP_IPT_INDEX) {
		if (ip_grow(&w->index, &w->index_cap,
		    (w->index_count + 1) * IP_IPT_BLOCK, 1) < 0)
			return w->failed = IP_ENOMEM;
		memcpy(w->index + w->index_count++ * IP_IPT_BLOCK, head,
			sizeof head);
	}
	rc = ip_ipt_write(w, head, sizeof head);
	if (rc == 0)
		rc = ip_ipt_write(w, payload, b->size);
	if (rc == 0)
		rc = ip_ipt_write(w, zeros, ip_ipt_align(w->at) - w->at);
	return rc;
}

static int write_meta(struct ip_ipt_writer *w, enum ip_ipt_type type,
	uint32_t id, const struct ip_bytes *bytes)
{
	struct ip_ipt_block b = { 0 };

	b.type = type;
	b.id = id;
	b.size = b.raw = bytes->n;
	return ip_ipt_write_block(w, &b, bytes->p);
}

/* ---- chunks ---- */

/* Elements of a full chunk: whole rows if a row is small enough. */
static size_t chunk_elements(const struct ip_tensor *t)
{
	size_t size = ip_dtype_size(t->dtype);
	uint64_t row = ip_ipt_row(t);

	if (row <= IP_IPT_CHUNK / size)
		return (size_t)(IP_IPT_CHUNK / size / row * row);
	return IP_IPT_CHUNK / size;
}

static int write_chunk(struct ip_ipt_writer *w, uint32_t id, const void *raw,
	uint64_t count, const void *packed, size_t packed_size)
{
	struct ip_ipt_entry *e = &w->entries[id];
	struct ip_ipt_block b = { 0 };
	int rc;

	b.type = IP_IPT_CHUNKS;
	b.id = id;
	b.first = e->elements;
	b.count = count;
	b.raw = count * ip_dtype_size(e->head.dtype);
	b.codec = packed_size ? IP_IPT_SHUFFLE_ZLIB : IP_IPT_STORED;
	b.size = packed_size ? packed_size : b.raw;
	rc = ip_ipt_write_block(w, &b, packed_size ? packed : raw);
	e->elements += count;
	return rc;
}

struct pack_job {
	const unsigned char *src;
	unsigned char *dst, *tmp;
	size_t count, size;
	int rc;
};

/*
 * count elements as packed chunks of at most step elements. A batch is packed
 * side by side and written in order: the bytes do not depend on how many
 * threads there are.
 */
static int write_packed(struct ip_ipt_writer *w, uint32_t id,
	const unsigned char *p, uint64_t count, size_t step)
{
	enum ip_dtype dtype = w->entries[id].head.dtype;
	size_t size = ip_dtype_size(dtype), unit = ip_ipt_unit(dtype);
	size_t bound = ip_ipt_pack_bound(step * size), m, n;
	struct pack_job *jobs, *j;
	unsigned char *scratch;
	int rc = 0;
	long q;

	n = (size_t)ip_threads();
	if (n > (count + step - 1) / step)
		n = (size_t)((count + step - 1) / step);
	jobs = ip_alloc_array(n, sizeof *jobs);
	scratch = jobs ? ip_alloc_array(n, bound + step * size) : NULL;
	if (!scratch)
		rc = w->failed = IP_ENOMEM;
	while (rc == 0 && count > 0) {
		for (m = 0; m < n && count > 0; m++) {
			j = &jobs[m];
			j->src = p;
			j->dst = scratch + m * (bound + step * size);
			j->tmp = j->dst + bound;
			j->count = count < step ? (size_t)count : step;
			p += j->count * size;
			count -= j->count;
		}
#pragma omp parallel for schedule(dynamic) if (m > 1) num_threads((int)n)
		for (q = 0; q < (long)m; q++)
			jobs[q].rc = ip_ipt_pack(jobs[q].dst, &jobs[q].size,
				jobs[q].tmp, jobs[q].src,
				jobs[q].count * size, unit);
		for (q = 0; q < (long)m && rc == 0; q++)
			rc = jobs[q].rc < 0 ? w->failed = ip_fail(jobs[q].rc,
				"%s: a chunk could not be packed", w->path) :
				write_chunk(w, id, jobs[q].src, jobs[q].count,
					jobs[q].dst, jobs[q].size);
	}
	ip_free(scratch);
	ip_free(jobs);
	return rc;
}

static int write_elements(struct ip_ipt_writer *w, uint32_t id,
	const unsigned char *p, uint64_t count, size_t step)
{
	if (count == 0)
		return 0;
	if (w->store)
		return write_chunk(w, id, p, count, NULL, 0);
	return write_packed(w, id, p, count, step);
}

/* ---- tensors ---- */

static long find_entry(const struct ip_ipt_writer *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (strcmp(w->entries[i].name, name) == 0)
			return (long)i;
	return -1;
}

/* A new entry, in memory only. */
int ip_ipt_add_entry(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *head, int flags)
{
	struct ip_ipt_entry *e;

	if (w->count >= IP_IPT_TENSORS_MAX)
		return ip_fail(IP_ELIMIT, "%s: more than %d tensors", w->path,
			IP_IPT_TENSORS_MAX);
	if (ip_grow(&w->entries, &w->entries_cap, w->count + 1, sizeof *e) < 0)
		return w->failed = IP_ENOMEM;
	e = &w->entries[w->count];
	memset(e, 0, sizeof *e);
	e->name = ip_strdup(name);
	if (!e->name)
		return w->failed = IP_ENOMEM;
	e->head = *head;
	e->head.data = e->head.owner = NULL;
	e->flags = flags;
	w->count++;
	return 0;
}

static int declare(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *t, int flags, const struct ip_attrs *a)
{
	struct ip_bytes bytes = { 0 };
	int rc;

	rc = ip_ipt_tensor_put(&bytes, name, t, flags, a);
	if (rc == 0)
		rc = ip_ipt_add_entry(w, name, t, flags);
	if (rc == 0)
		rc = write_meta(w, IP_IPT_TENSOR, (uint32_t)(w->count - 1),
			&bytes);
	ip_free(bytes.p);
	return rc;
}

int ip_ipt_check_writer(const struct ip_ipt_writer *w)
{
	if (w->failed)
		return ip_fail(w->failed, "%s: writing it has failed before",
			w->path);
	return 0;
}

int ip_ipt_put_attrs(struct ip_ipt_writer *w, const struct ip_attrs *a)
{
	struct ip_bytes bytes = { 0 };
	int rc;

	rc = ip_ipt_check_writer(w);
	if (rc == 0)
		rc = ip_ipt_attrs_put(&bytes, a);
	if (rc == 0)
		rc = write_meta(w, IP_IPT_ATTRS, 0, &bytes);
	ip_free(bytes.p);
	return rc;
}

int ip_ipt_put(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *t, const struct ip_attrs *a)
{
	struct ip_tensor copy = { 0 };
	uint64_t n = ip_tensor_count(t);
	int rc;

	rc = ip_ipt_check_writer(w);
	if (rc < 0)
		return rc;
	if (find_entry(w, name) >= 0)
		return ip_fail(IP_EINVAL, "%s: there is a tensor '%s' already",
			w->path, name);
	if (!ip_tensor_contiguous(t)) {
		rc = ip_tensor_convert(&copy, t->dtype, t);
		if (rc < 0)
			return rc;
		t = &copy;
	}
	rc = declare(w, name, t, 0, a);
	if (rc == 0)
		rc = write_elements(w, (uint32_t)(w->count - 1), t->data, n,
			n ? chunk_elements(t) : 0);
	ip_tensor_free(&copy);
	return rc;
}

/* ---- growing tensors ---- */

int ip_ipt_flush(struct ip_ipt_writer *w, uint32_t id)
{
	struct ip_ipt_entry *e = &w->entries[id];
	int rc;

	if (e->pending_count == 0)
		return 0;
	rc = write_elements(w, id, e->pending, e->pending_count,
		chunk_elements(&e->head));
	e->pending_count = 0;
	return rc;
}

/* Full chunks go out; the rest waits for more. */
static int add_rows(struct ip_ipt_writer *w, uint32_t id,
	const unsigned char *p, size_t n)
{
	struct ip_ipt_entry *e = &w->entries[id];
	size_t size = ip_dtype_size(e->head.dtype);
	size_t step = chunk_elements(&e->head), m;
	int rc;

	if (!e->pending)
		e->pending = ip_alloc(step * size);
	if (!e->pending)
		return w->failed = IP_ENOMEM;
	if (e->pending_count > 0) {
		m = step - e->pending_count < n ? step - e->pending_count : n;
		memcpy(e->pending + e->pending_count * size, p, m * size);
		e->pending_count += m;
		p += m * size;
		n -= m;
		rc = e->pending_count == step ? ip_ipt_flush(w, id) : 0;
		if (rc < 0)
			return rc;
	}
	m = n / step * step;
	rc = write_elements(w, id, p, m, step);
	if (rc < 0 || n == m)
		return rc;
	memcpy(e->pending, p + m * size, (n - m) * size);
	e->pending_count = n - m;
	return 0;
}

static int check_rows(const struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *rows, long id)
{
	const struct ip_ipt_entry *e = id < 0 ? NULL : &w->entries[id];

	if (rows->ndim == 0 || ip_ipt_row(rows) == 0)
		return ip_fail(IP_EINVAL, "%s: '%s': rows need a first axis,"
			" and elements along the others", w->path, name);
	if (e && !(e->flags & IP_IPT_GROWS))
		return ip_fail(IP_EINVAL, "%s: '%s' was written whole; rows"
			" cannot be added", w->path, name);
	if (e && (e->head.dtype != rows->dtype ||
	    e->head.ndim != rows->ndim || memcmp(e->head.shape + 1,
	    rows->shape + 1, (size_t)(rows->ndim - 1) *
	    sizeof *rows->shape) != 0))
		return ip_fail(IP_EINVAL, "%s: '%s': rows of another type or"
			" shape than those there", w->path, name);
	return 0;
}

int ip_ipt_put_rows(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *rows, const struct ip_attrs *a)
{
	struct ip_tensor copy = { 0 };
	long id;
	int rc;

	rc = ip_ipt_check_writer(w);
	if (rc < 0)
		return rc;
	id = find_entry(w, name);
	rc = check_rows(w, name, rows, id);
	if (rc == 0 && id < 0) {
		rc = declare(w, name, rows, IP_IPT_GROWS, a);
		id = (long)w->count - 1;
	}
	if (rc < 0 || ip_tensor_count(rows) == 0)
		return rc;
	if (!ip_tensor_contiguous(rows)) {
		rc = ip_tensor_convert(&copy, rows->dtype, rows);
		if (rc < 0)
			return rc;
		rows = &copy;
	}
	rc = add_rows(w, (uint32_t)id, rows->data, ip_tensor_count(rows));
	ip_tensor_free(&copy);
	return rc;
}
