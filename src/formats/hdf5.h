/*
 * HDF5 files, for reading: what the readers of .emd and .hspy stand on.
 * Built where libhdf5 is (IP_HAVE_HDF5). Groups are entered by hard links
 * alone: no link leads to another file or round in a circle for ever, and no
 * dataset has its data elsewhere.
 */
#ifndef IP_FORMATS_HDF5_H
#define IP_FORMATS_HDF5_H

#include <stddef.h>
#include <iphase/bundle.h>
#include <iphase/tensor.h>

struct ip_h5;

/*
 * HDF5's own messages are off until ip_h5_close. The library is not for two
 * threads at once, and not safe against damaged files: see ip_emd_read.
 */
int ip_h5_open(struct ip_h5 **f, const char *path);
void ip_h5_close(struct ip_h5 *f);		/* NULL is fine */
const char *ip_h5_path(const struct ip_h5 *f);	/* for messages */

enum ip_h5_kind { IP_H5_NONE, IP_H5_GROUP, IP_H5_DATASET };
/* What "/a/b" is; NONE for what is not there or not for us; or IP_ENOMEM. */
int ip_h5_kind(struct ip_h5 *f, const char *name);

struct ip_h5_names {
	char **v;
	size_t count, cap;
};
/* The names in a group, sorted; a name that is not UTF-8 is an error. */
int ip_h5_list(struct ip_h5 *f, const char *group, struct ip_h5_names *names);
void ip_h5_names_free(struct ip_h5_names *names);
/* What is in group and below it, groups before what is in them. */
int ip_h5_walk(struct ip_h5 *f, const char *group, int (*visit)(void *ctx,
	const char *name, enum ip_h5_kind kind), void *ctx);
/* "/a" and "b" make "/a/b"; to be freed. */
char *ip_h5_join(const char *group, const char *name);

/* Deflate makes at most 1032 bytes of one; rounded up. */
#define IP_H5_UNPACK_MAX 1100

enum { IP_H5_OTHER = 1 };	/* not there, or of another type: no error */

/*
 * A dataset of numbers, in the order of the file. Integers and enumerations
 * keep their size (3 bytes become 4); floats of up to 4 bytes are float32,
 * others float64; two floats named real.. and imag.., or r and i, complex64.
 * The file must hold what its header tells of: IP_ETRUNCATED where a part was
 * never written, IP_ELIMIT where more comes out than filters can unpack.
 */
int ip_h5_read(struct ip_h5 *f, const char *name, struct ip_tensor *t);
/* Of its last axis the first alone; that axis stays, of length 1. */
int ip_h5_read_first(struct ip_h5 *f, const char *name, struct ip_tensor *t);
/* Type and shape alone; data is NULL. */
int ip_h5_head(struct ip_h5 *f, const char *name, struct ip_tensor *t);
/* A dataset of one string (the first, if there are more), to be freed. */
int ip_h5_text(struct ip_h5 *f, const char *name, char **text);
/* The attribute name of an object as attribute key of a. */
int ip_h5_attr(struct ip_h5 *f, const char *object, const char *name,
	struct ip_attrs *a, const char *key);

#endif
