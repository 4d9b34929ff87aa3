/* A small .ipt with everything in it, for the tests of the format. */
#ifndef IP_TEST_IPT_FIXTURE_H
#define IP_TEST_IPT_FIXTURE_H

#include <iphase/bundle.h>

/* Every type; scalar, empty, text; attributes of every kind. */
void ip_test_bundle(struct ip_bundle *b);

/* Equal in names, types, shapes, bytes and attributes. */
int ip_test_same_attrs(const struct ip_attrs *a, const struct ip_attrs *b);
int ip_test_same_tensor(const struct ip_tensor *a, const struct ip_tensor *b);
int ip_test_same_bundle(const struct ip_bundle *a, const struct ip_bundle *b);

/*
 * What recovery may give of whole: some of its tensors, their attributes, and
 * of the last one perhaps only the first rows.
 */
int ip_test_part_of(const struct ip_bundle *part,
	const struct ip_bundle *whole);

/* A path in the scratch folder; good for four calls. */
char *ip_test_path(const char *name);

/*
 * As ip_test_write, but into the same file without emptying it first, which
 * makes some file systems write to the disk at once: for thousands of times.
 */
void ip_test_overwrite(const char *path, const void *p, size_t n);

/* A smooth picture with noise: it packs, but not to nothing. */
void ip_test_fill(struct ip_tensor *t, enum ip_dtype type, int ndim,
	const size_t *shape);

/* Tensors of several chunks: rows in a chunk, a row over several, one axis. */
#define IP_TEST_BIG 4
extern const struct ip_test_big {
	enum ip_dtype type;
	int ndim;
	size_t shape[3];
} ip_test_big[IP_TEST_BIG];
void ip_test_big_bundle(struct ip_bundle *b);

/* Row r of tensor "rows" holds r * IP_TEST_ROW + column, uint32. */
#define IP_TEST_ROW 1000
struct ip_ipt_writer;
void ip_test_put_rows(struct ip_ipt_writer *w, size_t first, size_t n);
/* How many there are, all of them right; SIZE_MAX if it cannot be opened. */
size_t ip_test_rows_in(const char *path, int flags);

/* The bytes (free) of c.ipt, which grew in three commits, and what it holds. */
unsigned char *ip_test_ipt(size_t *size, struct ip_bundle *whole);

#endif
