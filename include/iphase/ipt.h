/* The .ipt container; ipt(5) is the specification. */
#ifndef IPHASE_IPT_H
#define IPHASE_IPT_H

#include <iphase/bundle.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- whole files ---- */

/* Read everything. b must be empty; on failure it stays empty. */
int ip_ipt_load(const char *path, struct ip_bundle *b);
/*
 * Write everything: beside path, fsync, rename. An existing file is replaced
 * only when the new one is whole. store != 0 leaves chunks uncompressed and
 * 64-byte aligned, so that they can be mapped.
 */
int ip_ipt_save(const char *path, const struct ip_bundle *b, int store);

/* ---- reading a part ---- */

struct ip_ipt;

enum { IP_IPT_RECOVER = 1 };	/* accept a cut-off file up to its last whole chunk */

/*
 * Open for reading. A file without a valid end is refused with
 * IP_ETRUNCATED, unless flags has IP_IPT_RECOVER: then what is whole is
 * given and a warning says what was lost.
 */
int ip_ipt_open(struct ip_ipt **f, const char *path, int flags);
void ip_ipt_close(struct ip_ipt *f);
size_t ip_ipt_count(const struct ip_ipt *f);
/* Header of tensor i: name, dtype, shape, attributes; tensor.data is NULL. Borrowed. */
const struct ip_item *ip_ipt_item(const struct ip_ipt *f, size_t i);
/* Index by name, or IP_ENOTFOUND. */
long ip_ipt_find(const struct ip_ipt *f, const char *name);
const struct ip_attrs *ip_ipt_attrs(const struct ip_ipt *f);
/* Rows [first, first+n) along the first axis into a new tensor; only the chunks needed are read. */
int ip_ipt_rows(struct ip_ipt *f, size_t i, size_t first, size_t n,
	struct ip_tensor *t);
/* The whole tensor i. */
int ip_ipt_read(struct ip_ipt *f, size_t i, struct ip_tensor *t);
/* A read-only view of a stored tensor, valid until close; IP_ENOTSUP if compressed or in several chunks. */
int ip_ipt_map(struct ip_ipt *f, size_t i, struct ip_tensor *view);

/* ---- writing in parts ---- */

struct ip_ipt_writer;

/* A new file, which appears at path only when it is committed. */
int ip_ipt_create(struct ip_ipt_writer **w, const char *path, int store);
/* Add to an existing file in place; until commit its old contents stay readable (ipt(5)). */
int ip_ipt_append(struct ip_ipt_writer **w, const char *path);
/* File attributes: replaced as a whole. */
int ip_ipt_put_attrs(struct ip_ipt_writer *w, const struct ip_attrs *a);
/* A whole tensor; IP_EINVAL if the name is taken. */
int ip_ipt_put(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *t, const struct ip_attrs *a);
/* More rows for tensor name (made by the first call): the same dtype and shape but the first axis. */
int ip_ipt_put_rows(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *rows, const struct ip_attrs *a);
/* Make everything so far durable and visible; the writer stays open. */
int ip_ipt_commit(struct ip_ipt_writer *w);
/* Close; what was not committed is lost (a new file then never appears). */
void ip_ipt_writer_close(struct ip_ipt_writer *w);

#ifdef __cplusplus
}
#endif
#endif
