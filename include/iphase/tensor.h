/* Typed n-dimensional arrays in host memory. */
#ifndef IPHASE_TENSOR_H
#define IPHASE_TENSOR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are those of ipt(5) and never change. */
enum ip_dtype {
	IP_U8 = 1, IP_U16 = 2, IP_U32 = 3, IP_U64 = 4,
	IP_I8 = 5, IP_I16 = 6, IP_I32 = 7, IP_I64 = 8,
	IP_F16 = 9, IP_F32 = 10, IP_F64 = 11,
	IP_C64 = 12,		/* two float32: real, imaginary */
	IP_TEXT = 13		/* UTF-8 bytes; shape is one length */
};

#define IP_MAX_DIMS 8

/*
 * Element (i0, i1, ..) lies at data + dtype size * sum(i_d * stride_d).
 * A tensor made by ip_tensor_new owns its memory (owner != NULL) and is C
 * contiguous; a view borrows it and must not outlive it. ndim 0 is a scalar.
 */
struct ip_tensor {
	enum ip_dtype dtype;
	int ndim;
	size_t shape[IP_MAX_DIMS];
	ptrdiff_t stride[IP_MAX_DIMS];	/* in elements */
	void *data;
	void *owner;
};

size_t ip_dtype_size(enum ip_dtype dtype);	/* bytes; 0 if unknown */
const char *ip_dtype_name(enum ip_dtype dtype);	/* "float32" */
int ip_dtype_parse(const char *name, enum ip_dtype *dtype);

/* Zero-filled, contiguous. IP_EINVAL: bad dtype or ndim; IP_ENOMEM. */
int ip_tensor_new(struct ip_tensor *t, enum ip_dtype dtype, int ndim,
	const size_t *shape);
void ip_tensor_free(struct ip_tensor *t);	/* {0} and views are fine */

/* A contiguous view of memory that the caller keeps. */
int ip_tensor_wrap(struct ip_tensor *t, enum ip_dtype dtype, int ndim,
	const size_t *shape, void *data);

size_t ip_tensor_count(const struct ip_tensor *t);	/* elements */
int ip_tensor_contiguous(const struct ip_tensor *t);
/* Whether its elements are real numbers; it may be without data. */
int ip_tensor_is_real(const struct ip_tensor *t);

/* View of index i along axis (which disappears). IP_EINVAL out of range. */
int ip_tensor_at(struct ip_tensor *view, const struct ip_tensor *t, int axis,
	size_t i);
/* View of [first, first+count) along axis. */
int ip_tensor_slice(struct ip_tensor *view, const struct ip_tensor *t,
	int axis, size_t first, size_t count);
/* View with the axes in another order: axis d of view is axis perm[d] of t. */
int ip_tensor_permute(struct ip_tensor *view, const struct ip_tensor *t,
	const int *perm);

/*
 * Copy src into dst of the same shape, any strides, converting the dtype.
 * Integer targets: rounded to nearest, ties to even. IP_EINVAL: a value that
 * does not fit (a finite one in a float16, too), complex to real unless every
 * imaginary part is zero, text to or from anything else; dst then holds a
 * part. The two must not overlap.
 */
int ip_tensor_copy(struct ip_tensor *dst, const struct ip_tensor *src);
/* A new contiguous tensor of another (or the same) dtype. */
int ip_tensor_convert(struct ip_tensor *dst, enum ip_dtype dtype,
	const struct ip_tensor *src);

/* IP_EINVAL, naming what and the first offending index, on NaN or infinity. */
int ip_tensor_check_finite(const struct ip_tensor *t, const char *what);

#ifdef __cplusplus
}
#endif
#endif
