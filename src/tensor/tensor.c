/* Typed arrays: making, freeing and naming them. */
#include <stdint.h>
#include <string.h>
#include <iphase/tensor.h>
#include "../core/core.h"

static const struct { const char *name; size_t size; } types[] = {
	[IP_U8] = { "uint8", 1 }, [IP_U16] = { "uint16", 2 },
	[IP_U32] = { "uint32", 4 }, [IP_U64] = { "uint64", 8 },
	[IP_I8] = { "int8", 1 }, [IP_I16] = { "int16", 2 },
	[IP_I32] = { "int32", 4 }, [IP_I64] = { "int64", 8 },
	[IP_F16] = { "float16", 2 }, [IP_F32] = { "float32", 4 },
	[IP_F64] = { "float64", 8 }, [IP_C64] = { "complex64", 8 },
	[IP_TEXT] = { "text", 1 },
};

#define TYPES (sizeof types / sizeof *types)

size_t ip_dtype_size(enum ip_dtype dtype)
{
	return (size_t)dtype < TYPES ? types[dtype].size : 0;
}

const char *ip_dtype_name(enum ip_dtype dtype)
{
	if ((size_t)dtype >= TYPES || !types[dtype].name)
		return "unknown";
	return types[dtype].name;
}

int ip_dtype_parse(const char *name, enum ip_dtype *dtype)
{
	size_t i;

	for (i = 0; i < TYPES; i++)
		if (types[i].name && strcmp(types[i].name, name) == 0) {
			*dtype = (enum ip_dtype)i;
			return 0;
		}
	return ip_fail(IP_ENOTFOUND, "type '%s': expected float32, float16,"
		" float64, complex64, uint8 .. int64 or text", name);
}

/* Everything of a contiguous tensor but its memory; *bytes is checked. */
static int describe(struct ip_tensor *t, enum ip_dtype dtype, int ndim,
	const size_t *shape, size_t *bytes)
{
	size_t n = 1;
	int d, empty = 0;

	if (ip_dtype_size(dtype) == 0)
		return ip_fail(IP_EINVAL, "tensor: unknown type %d",
			(int)dtype);
	if (ndim < 0 || ndim > IP_MAX_DIMS)
		return ip_fail(IP_EINVAL, "tensor: %d dimensions, expected 0"
			" to %d", ndim, IP_MAX_DIMS);
	if (dtype == IP_TEXT && ndim != 1)
		return ip_fail(IP_EINVAL, "tensor: text has one dimension, not"
			" %d", ndim);
	memset(t, 0, sizeof *t);
	t->dtype = dtype;
	t->ndim = ndim;
	for (d = 0; d < ndim; d++)
		empty |= shape[d] == 0;
	for (d = ndim - 1; d >= 0; d--) {
		t->shape[d] = shape[d];
		t->stride[d] = empty ? 0 : (ptrdiff_t)n;
		if (!empty && (ip_mul_size(n, shape[d], &n) ||
		    n > (size_t)PTRDIFF_MAX / ip_dtype_size(dtype)))
			return ip_fail(IP_EINVAL, "tensor: more elements than"
				" can be addressed");
	}
	*bytes = empty ? 0 : n * ip_dtype_size(dtype);
	return 0;
}

int ip_tensor_new(struct ip_tensor *t, enum ip_dtype dtype, int ndim,
	const size_t *shape)
{
	struct ip_tensor r;
	size_t bytes;
	int rc;

	rc = describe(&r, dtype, ndim, shape, &bytes);
	if (rc < 0)
		return rc;
	r.owner = r.data = ip_alloc(bytes);
	if (!r.data)
		return IP_ENOMEM;
	*t = r;
	return 0;
}

void ip_tensor_free(struct ip_tensor *t)
{
	ip_free(t->owner);
	memset(t, 0, sizeof *t);
}

int ip_tensor_wrap(struct ip_tensor *t, enum ip_dtype dtype, int ndim,
	const size_t *shape, void *data)
{
	struct ip_tensor r;
	size_t bytes;
	int rc;

	rc = describe(&r, dtype, ndim, shape, &bytes);
	if (rc < 0)
		return rc;
	r.data = data;
	*t = r;
	return 0;
}

size_t ip_tensor_count(const struct ip_tensor *t)
{
	size_t n = 1;
	int d;

	for (d = 0; d < t->ndim; d++)
		if (t->shape[d] == 0)
			return 0;
	for (d = 0; d < t->ndim; d++)
		n *= t->shape[d];
	return n;
}

int ip_tensor_is_real(const struct ip_tensor *t)
{
	return t->dtype >= IP_U8 && t->dtype <= IP_F64;
}

int ip_tensor_contiguous(const struct ip_tensor *t)
{
	size_t n = 1;
	int d;

	if (ip_tensor_count(t) == 0)
		return 1;
	for (d = t->ndim - 1; d >= 0; d--) {
		if (t->shape[d] != 1 && t->stride[d] != (ptrdiff_t)n)
			return 0;
		n *= t->shape[d];
	}
	return 1;
}
