/* PyTorch checkpoints for tests: torch.save's own bytes, and broken ones. */
#ifndef IP_TEST_TORCH_H
#define IP_TEST_TORCH_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/bundle.h>

/*
 * b as a state_dict with prefix ("module.") before each name; wrapped: under
 * "state_dict" of a dict, among other things that training keeps. Types that
 * PyTorch has (not uint16 .. uint64, complex64, text).
 */
void ip_test_torch_write(const char *path, const struct ip_bundle *b,
	const char *prefix, int wrapped);

/* ---- piece by piece ---- */

/* A pickle as it grows; free(p). Memo numbers are 0 where not yet given. */
struct ip_test_pickle {
	unsigned char *p;
	size_t n, room;
	unsigned memo, dict, rebuild, storage, cpu, types[16];
};

void ip_test_pickle_put(struct ip_test_pickle *k, const void *p, size_t n);
void ip_test_pickle_puts(struct ip_test_pickle *k, const char *s);
/* A string, an integer in its shortest form, a tuple of n integers. */
void ip_test_pickle_text(struct ip_test_pickle *k, const char *s);
void ip_test_pickle_int(struct ip_test_pickle *k, int64_t v);
void ip_test_pickle_ints(struct ip_test_pickle *k, const int64_t *v, int n);
/* PROTO and an empty OrderedDict. */
void ip_test_pickle_begin(struct ip_test_pickle *k);
void ip_test_pickle_ordered_dict(struct ip_test_pickle *k);

struct ip_test_torch_tensor {
	const char *type, *key;		/* "FloatStorage", "0" */
	int64_t count, offset;		/* of the storage, in it */
	int ndim;			/* up to 9: one too many */
	int64_t size[9], stride[9];
};
void ip_test_pickle_tensor(struct ip_test_pickle *k,
	const struct ip_test_torch_tensor *t);

/*
 * The archive of pickle and storages: the tensors of b (may be NULL) under
 * the keys 0, 1 .. ; byteorder may be NULL. Stored unless compress.
 */
void ip_test_torch_archive(const char *path, const struct ip_test_pickle *k,
	const struct ip_bundle *b, const char *byteorder, int compress);

/* Storages for tests: 0 holds 24 float32, 0, 1 ..; 1 holds 3 bytes. */
void ip_test_torch_storages(struct ip_bundle *b);
/* These storages, and a dict of which items are all but its braces. */
void ip_test_torch_items(const char *path,
	const struct ip_test_pickle *items);
/* .. and the dict {"w": t}. */
void ip_test_torch_tensor(const char *path,
	const struct ip_test_torch_tensor *t);

#endif
