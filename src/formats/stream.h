/* Bytes in order: from a file or a zip member, to a file or a zip member. */
#ifndef IP_FORMATS_STREAM_H
#define IP_FORMATS_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <iphase/tensor.h>

struct ip_source {
	const char *name;	/* for messages */
	uint64_t pos, size;
	/* Exactly n bytes, n <= size - pos; reports what goes wrong. */
	int (*read)(struct ip_source *s, void *p, size_t n);
	void *ctx;
};

struct ip_sink {
	int (*write)(struct ip_sink *s, const void *p, size_t n);
	void *ctx;
};

/* A regular file for reading, and its size. */
int ip_input_open(FILE **f, uint64_t *size, const char *path);
/* The next n bytes; the caller has checked that they are in the file. */
int ip_input_next(FILE *f, const char *path, void *p, size_t n);
/* The same at offset. */
int ip_input_read(FILE *f, const char *path, uint64_t offset, void *p,
	size_t n);

/*
 * The elements of t, in C order and little-endian, to s; text as its bytes.
 */
int ip_sink_tensor(struct ip_sink *s, const struct ip_tensor *t);
/* What is put there goes to the end of o. */
struct ip_outfile;
struct ip_sink ip_sink_file(struct ip_outfile *o);
/* A file of what put makes of t; whole or not at all. */
int ip_sink_save(const char *path, int (*put)(struct ip_sink *s,
	const struct ip_tensor *t), const struct ip_tensor *t);
/* Bytes of one real number of a dtype: 4 for complex64. */
size_t ip_dtype_word(enum ip_dtype dtype);

/* bfloat16, of which t (uint16, contiguous) has the bits, as float32. */
int ip_bfloat_widen(struct ip_tensor *t);

/* ---- NumPy's array format inside a stream ---- */

/* One array, which must end where s ends. t stays {0} on failure. */
int ip_npy_get(struct ip_source *s, struct ip_tensor *t);
/* Its type and shape alone; data is NULL. */
int ip_npy_head(struct ip_source *s, struct ip_tensor *t);
/* The header of t, to be freed; *n bytes, *body bytes follow it. */
int ip_npy_header(const struct ip_tensor *t, char **header, size_t *n,
	uint64_t *body);
int ip_npy_put(struct ip_sink *s, const struct ip_tensor *t);

/* ---- UTF-8 ---- */

/* Bytes of the first character of p[0..n), its code in *c; 0 if it is none. */
size_t ip_utf8_get(const unsigned char *p, size_t n, uint32_t *c);
/* Bytes written, at most 4; 0 if c is no character. */
size_t ip_utf8_put(unsigned char *p, uint32_t c);
/* Index of the first byte that is not UTF-8, or n. */
size_t ip_utf8_check(const void *p, size_t n);

#endif
