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

struct ip_ipt;	/* for one thread at a time */

/* accept a damaged file up to its last whole chunk */
enum { IP_IPT_RECOVER = 1 };

/*
 * Open for reading the state of the last commit: an addition under way, or
 * killed, does not disturb. A file that was never finished or is cut off is
 * refused with IP_ETRUNCATED, a damaged one with IP_ECHECKSUM or IP_EFORMAT.
 * With IP_IPT_RECOVER such a file, or one with more behind its end, is read
 * block by block up to the first that is not whole: warnings say what was
 * lost, and a tensor that lacks its end has the rows that are there.
 */
int ip_ipt_open(struct ip_ipt **f, const char *path, int flags);
void ip_ipt_close(struct ip_ipt *f);
size_t ip_ipt_count(const struct ip_ipt *f);
/*
 * Header of tensor i: name, dtype, shape, attributes; tensor.data is NULL.
 * Borrowed.
 */
const struct ip_item *ip_ipt_item(const struct ip_ipt *f, size_t i);
/* Index by name, or IP_ENOTFOUND. */
long ip_ipt_find(const struct ip_ipt *f, const char *name);
const struct ip_attrs *ip_ipt_attrs(const struct ip_ipt *f);
/* How tensor i lies in the file. */
struct ip_ipt_layout {
	size_t chunks, packed;	/* packed: of them, compressed */
	uint64_t stored;	/* bytes of data in the file */
	int grows;		/* rows can be added */
};
void ip_ipt_layout(const struct ip_ipt *f, size_t i, struct ip_ipt_layout *l);
/*
 * Every chunk read has its checksum checked: IP_ECHECKSUM. A stored chunk of
 * which a part is wanted is read through once for that.
 */
/*
 * Rows [first, first+n) along the first axis into a new tensor; only the
 * chunks needed are read.
 */
int ip_ipt_rows(struct ip_ipt *f, size_t i, size_t first, size_t n,
	struct ip_tensor *t);
/* The whole tensor i. */
int ip_ipt_read(struct ip_ipt *f, size_t i, struct ip_tensor *t);
/* Everything; b must be empty, and on failure it stays empty. */
int ip_ipt_read_all(struct ip_ipt *f, struct ip_bundle *b);
/*
 * A read-only view of a stored tensor, valid until close; IP_ENOTSUP if it is
 * compressed, empty or in several chunks. The file must not shrink meanwhile.
 */
int ip_ipt_map(struct ip_ipt *f, size_t i, struct ip_tensor *view);

/* ---- writing in parts ---- */

struct ip_ipt_writer;

/* A new file, which appears at path only when it is committed. */
int ip_ipt_create(struct ip_ipt_writer **w, const char *path, int store);
/*
 * Add to an existing file in place; until commit its old contents stay
 * readable (ipt(5)). What a killed addition left behind the end is dropped.
 * IP_EIO if another process is adding to it.
 */
int ip_ipt_append(struct ip_ipt_writer **w, const char *path);
/* File attributes: replaced as a whole. */
int ip_ipt_put_attrs(struct ip_ipt_writer *w, const struct ip_attrs *a);
/* A whole tensor; IP_EINVAL if the name is taken. */
int ip_ipt_put(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *t, const struct ip_attrs *a);
/*
 * More rows for tensor name (made, with attributes a, by the first call; also
 * in a file opened by ip_ipt_append): the same dtype and shape but the first
 * axis. Rows must not be empty; there may be none. IP_EINVAL if ip_ipt_put
 * made the tensor.
 */
int ip_ipt_put_rows(struct ip_ipt_writer *w, const char *name,
	const struct ip_tensor *rows, const struct ip_attrs *a);
/*
 * Make everything so far durable and visible; the writer stays open. After
 * any failure of a writer only ip_ipt_writer_close is of use.
 */
int ip_ipt_commit(struct ip_ipt_writer *w);
/*
 * Close; what was not committed is lost (a new file then never appears).
 * NULL is fine.
 */
void ip_ipt_writer_close(struct ip_ipt_writer *w);

#ifdef __cplusplus
}
#endif
#endif
