/* Copies and conversions between types, and the check for finite values. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <iphase/tensor.h>
#include "../core/core.h"
#include "half.h"

#define BLOCK 256	/* elements converted at a time */

/* Conversions go through one of these: exact for every type but one. */
struct block {
	double re[BLOCK], im[BLOCK];
	int64_t i[BLOCK];	/* integers to integers */
	int big[BLOCK];		/* i is the bits of a uint64 above INT64_MAX */
};

enum kind { INTEGER, REAL, COMPLEX, TEXT };

static enum kind kind_of(enum ip_dtype t)
{
	return t == IP_TEXT ? TEXT : t == IP_C64 ? COMPLEX :
		t >= IP_F16 ? REAL : INTEGER;
}

#define EACH(type, expr) \
	for (k = 0; k < n; k++, p += step) { \
		type x; \
		memcpy(&x, p, sizeof x); \
		expr; \
	} \
	break

static void load_ints(struct block *b, enum ip_dtype t, const char *p,
	ptrdiff_t step, size_t n)
{
	size_t k;

	memset(b->big, 0, sizeof b->big);
	switch (t) {
	case IP_U8: EACH(uint8_t, b->i[k] = x);
	case IP_U16: EACH(uint16_t, b->i[k] = x);
	case IP_U32: EACH(uint32_t, b->i[k] = x);
	case IP_U64: EACH(uint64_t, b->i[k] = (int64_t)x;
			b->big[k] = x > INT64_MAX);
	case IP_I8: EACH(int8_t, b->i[k] = x);
	case IP_I16: EACH(int16_t, b->i[k] = x);
	case IP_I32: EACH(int32_t, b->i[k] = x);
	default: EACH(int64_t, b->i[k] = x);
	}
}

static void load(struct block *b, enum ip_dtype t, const char *p,
	ptrdiff_t step, size_t n)
{
	size_t k;

	memset(b->im, 0, sizeof b->im);
	switch (t) {
	case IP_F16: EACH(uint16_t, b->re[k] = ip_half_to_float(x));
	case IP_F32: EACH(float, b->re[k] = x);
	case IP_F64: EACH(double, b->re[k] = x);
	case IP_C64:
		for (k = 0; k < n; k++, p += step) {
			float x[2];
			memcpy(x, p, sizeof x);
			b->re[k] = x[0];
			b->im[k] = x[1];
		}
		break;
	default:
		load_ints(b, t, p, step, n);
		for (k = 0; k < n; k++)
			b->re[k] = b->big[k] ? (double)(uint64_t)b->i[k] :
				(double)b->i[k];
	}
}

/* The range of an integer type; hi as it is for uint64. */
static void range(enum ip_dtype t, int64_t *lo, uint64_t *hi)
{
	unsigned bits = 8 * (unsigned)ip_dtype_size(t);
	int is_signed = t >= IP_I8;

	*hi = UINT64_MAX >> (64 - bits + (unsigned)is_signed);
	*lo = is_signed ? -(int64_t)*hi - 1 : 0;
}

static void put_int(char *p, enum ip_dtype t, int64_t i)
{
	uint8_t b1 = (uint8_t)i;
	uint16_t b2 = (uint16_t)i;
	uint32_t b4 = (uint32_t)i;

	switch (ip_dtype_size(t)) {
	case 1: memcpy(p, &b1, 1); break;
	case 2: memcpy(p, &b2, 2); break;
	case 4: memcpy(p, &b4, 4); break;
	default: memcpy(p, &i, 8);
	}
}

static int store_ints(const struct block *b, enum ip_dtype t, char *p,
	ptrdiff_t step, size_t n)
{
	uint64_t hi;
	int64_t lo;
	size_t k;

	range(t, &lo, &hi);
	for (k = 0; k < n; k++, p += step) {
		if (b->big[k] ? (uint64_t)b->i[k] > hi : b->i[k] < lo ||
		    (b->i[k] > 0 && (uint64_t)b->i[k] > hi))
			return b->big[k] ?
				ip_fail(IP_EINVAL, "tensor: %llu does not fit"
				" %s", (unsigned long long)b->i[k],
				ip_dtype_name(t)) :
				ip_fail(IP_EINVAL, "tensor: %lld does not fit"
				" %s", (long long)b->i[k], ip_dtype_name(t));
		put_int(p, t, b->i[k]);
	}
	return 0;
}

/* Reals to integers: rounded first, so that 255.4 fits uint8. */
static int round_block(struct block *b, enum ip_dtype t, size_t n)
{
	size_t k;
	double r;

	for (k = 0; k < n; k++) {
		r = nearbyint(b->re[k]);
		if (b->im[k] != 0)
			return ip_fail(IP_EINVAL, "tensor: %g%+gi does not fit"
				" %s", b->re[k], b->im[k], ip_dtype_name(t));
		if (!(r >= -0x1p63 && r < 0x1p64))
			return ip_fail(IP_EINVAL, "tensor: %g does not fit %s",
				b->re[k], ip_dtype_name(t));
		b->big[k] = r >= 0x1p63;
		b->i[k] = b->big[k] ? (int64_t)(uint64_t)r : (int64_t)r;
	}
	return 0;
}

static int store(struct block *b, enum ip_dtype t, char *p, ptrdiff_t step,
	size_t n)
{
	const double limit = t == IP_F16 ? 65520 : 0x1.ffffffp127;
	size_t k;
	float f[2];
	uint16_t h;

	for (k = 0; k < n; k++) {
		if (t != IP_C64 && b->im[k] != 0)
			return ip_fail(IP_EINVAL, "tensor: %g%+gi does not fit"
				" %s", b->re[k], b->im[k], ip_dtype_name(t));
		if (t != IP_F64 && ((isfinite(b->re[k]) &&
		    fabs(b->re[k]) >= limit) || (isfinite(b->im[k]) &&
		    fabs(b->im[k]) >= limit)))
			return ip_fail(IP_EINVAL, "tensor: %g does not fit %s",
				b->re[k], ip_dtype_name(t));
	}
	for (k = 0; k < n; k++, p += step)
		switch (t) {
		case IP_F16:
			h = ip_half_from_double(b->re[k]);
			memcpy(p, &h, sizeof h);
			break;
		case IP_F64:
			memcpy(p, &b->re[k], sizeof b->re[k]);
			break;
		default:
			f[0] = (float)b->re[k];
			f[1] = (float)b->im[k];
			memcpy(p, f, t == IP_C64 ? sizeof f : sizeof *f);
		}
	return 0;
}

static int convert_run(struct block *b, enum ip_dtype to, char *out,
	ptrdiff_t ostep, enum ip_dtype from, const char *in, ptrdiff_t istep,
	size_t n)
{
	enum kind kt = kind_of(to), kf = kind_of(from);
	size_t done, m;
	int rc = 0;

	for (done = 0; done < n && rc == 0; done += m) {
		m = n - done < BLOCK ? n - done : BLOCK;
		if (kt == INTEGER && kf == INTEGER) {
			load_ints(b, from, in, istep, m);
		} else {
			load(b, from, in, istep, m);
			if (kt == INTEGER)
				rc = round_block(b, to, m);
		}
		if (rc == 0)
			rc = kt == INTEGER ? store_ints(b, to, out, ostep, m) :
				store(b, to, out, ostep, m);
		in += (ptrdiff_t)m * istep;
		out += (ptrdiff_t)m * ostep;
	}
	return rc;
}

static void copy_run(size_t size, char *out, ptrdiff_t ostep, const char *in,
	ptrdiff_t istep, size_t n)
{
	size_t k;

	if (ostep == (ptrdiff_t)size && istep == (ptrdiff_t)size) {
		memcpy(out, in, n * size);
		return;
	}
	for (k = 0; k < n; k++, out += ostep, in += istep)
		memcpy(out, in, size);
}

/* The next row (all axes but the last), row-major; 0 after the last. */
static int next_row(size_t *idx, const struct ip_tensor *t)
{
	int d;

	for (d = t->ndim - 2; d >= 0; d--) {
		if (++idx[d] < t->shape[d])
			return 1;
		idx[d] = 0;
	}
	return 0;
}

static char *row_at(const struct ip_tensor *t, const size_t *idx)
{
	ptrdiff_t off = 0;
	int d;

	for (d = 0; d + 1 < t->ndim; d++)
		off += (ptrdiff_t)idx[d] * t->stride[d];
	return (char *)t->data + off * (ptrdiff_t)ip_dtype_size(t->dtype);
}

/* Elements and byte step of a row; a contiguous tensor is one row. */
static size_t row_of(const struct ip_tensor *t, int flat, ptrdiff_t *step)
{
	ptrdiff_t size = (ptrdiff_t)ip_dtype_size(t->dtype);

	if (flat || t->ndim == 0) {
		*step = size;
		return ip_tensor_count(t);
	}
	*step = size * t->stride[t->ndim - 1];
	return t->shape[t->ndim - 1];
}

static int same_shape(const struct ip_tensor *a, const struct ip_tensor *b)
{
	return a->ndim == b->ndim && memcmp(a->shape, b->shape,
		(size_t)a->ndim * sizeof *a->shape) == 0;
}

int ip_tensor_copy(struct ip_tensor *dst, const struct ip_tensor *src)
{
	struct ip_tensor none = { 0 };
	size_t idx[IP_MAX_DIMS] = { 0 }, n;
	ptrdiff_t ostep, istep;
	struct block b;
	int flat, rc = 0;
	char *out, *in;

	if (!same_shape(dst, src))
		return ip_fail(IP_EINVAL, "tensor: copy between different"
			" shapes");
	if (dst->dtype != src->dtype &&
	    (dst->dtype == IP_TEXT || src->dtype == IP_TEXT))
		return ip_fail(IP_EINVAL, "tensor: %s cannot become %s",
			ip_dtype_name(src->dtype), ip_dtype_name(dst->dtype));
	if (ip_tensor_count(src) == 0)
		return 0;
	flat = ip_tensor_contiguous(dst) && ip_tensor_contiguous(src);
	n = row_of(dst, flat, &ostep);
	row_of(src, flat, &istep);
	do {
		out = row_at(dst, idx);
		in = row_at(src, idx);
		if (dst->dtype == src->dtype)
			copy_run(ip_dtype_size(dst->dtype), out, ostep, in,
				istep, n);
		else
			rc = convert_run(&b, dst->dtype, out, ostep,
				src->dtype, in, istep, n);
	} while (rc == 0 && next_row(idx, flat ? &none : dst));
	return rc;
}

int ip_tensor_convert(struct ip_tensor *dst, enum ip_dtype dtype,
	const struct ip_tensor *src)
{
	struct ip_tensor t;
	int rc;

	rc = ip_tensor_new(&t, dtype, src->ndim, src->shape);
	if (rc < 0)
		return rc;
	rc = ip_tensor_copy(&t, src);
	if (rc < 0) {
		ip_tensor_free(&t);
		return rc;
	}
	*dst = t;
	return 0;
}

/* The first not finite element of a run, or n. */
static size_t find_bad(enum ip_dtype t, const char *p, ptrdiff_t step,
	size_t n)
{
	float f[2] = { 0, 0 };
	uint16_t h;
	double d;
	size_t k;

	for (k = 0; k < n; k++, p += step)
		switch (t) {
		case IP_F16:
			memcpy(&h, p, sizeof h);
			if ((h & 0x7c00) == 0x7c00)
				return k;
			break;
		case IP_F64:
			memcpy(&d, p, sizeof d);
			if (!isfinite(d))
				return k;
			break;
		default:
			memcpy(f, p, t == IP_C64 ? sizeof f : sizeof *f);
			if (!isfinite(f[0]) || !isfinite(f[1]))
				return k;
		}
	return n;
}

static int report_bad(const struct ip_tensor *t, const char *what,
	const size_t *idx, size_t last)
{
	char at[IP_MAX_DIMS * 24] = "";
	size_t used = 0;
	int d;

	for (d = 0; d < t->ndim; d++)
		used += (size_t)snprintf(at + used, sizeof at - used, "%s%zu",
			d ? ", " : "", d + 1 < t->ndim ? idx[d] : last);
	return ip_fail(IP_EINVAL, "%s: element [%s] is not finite; every value"
		" must be a number", what, at);
}

int ip_tensor_check_finite(const struct ip_tensor *t, const char *what)
{
	size_t idx[IP_MAX_DIMS] = { 0 }, n, k;
	ptrdiff_t step;

	if (kind_of(t->dtype) == INTEGER || kind_of(t->dtype) == TEXT ||
	    ip_tensor_count(t) == 0)
		return 0;
	n = row_of(t, 0, &step);
	do {
		k = find_bad(t->dtype, row_at(t, idx), step, n);
		if (k < n)
			return report_bad(t, what, idx, k);
	} while (next_row(idx, t));
	return 0;
}
