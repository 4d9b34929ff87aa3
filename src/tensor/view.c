/* Views: the same memory seen otherwise. */
#include <string.h>
#include <iphase/tensor.h>
#include "../core/core.h"

static void advance(struct ip_tensor *v, int axis, size_t i)
{
	if (ip_tensor_count(v))
		v->data = (char *)v->data + (ptrdiff_t)ip_dtype_size(v->dtype)
			* (ptrdiff_t)i * v->stride[axis];
}

static int check_axis(const struct ip_tensor *t, int axis)
{
	if (axis < 0 || axis >= t->ndim)
		return ip_fail(IP_EINVAL, "tensor: axis %d of %d", axis,
			t->ndim);
	return 0;
}

int ip_tensor_at(struct ip_tensor *view, const struct ip_tensor *t, int axis,
	size_t i)
{
	struct ip_tensor v = *t;
	int d, rc;

	rc = check_axis(t, axis);
	if (rc < 0)
		return rc;
	if (i >= t->shape[axis])
		return ip_fail(IP_EINVAL, "tensor: index %zu of %zu along axis"
			" %d", i, t->shape[axis], axis);
	v.owner = NULL;
	advance(&v, axis, i);
	for (d = axis; d + 1 < v.ndim; d++) {
		v.shape[d] = v.shape[d + 1];
		v.stride[d] = v.stride[d + 1];
	}
	v.ndim--;
	v.shape[v.ndim] = 0;
	v.stride[v.ndim] = 0;
	*view = v;
	return 0;
}

int ip_tensor_slice(struct ip_tensor *view, const struct ip_tensor *t,
	int axis, size_t first, size_t count)
{
	struct ip_tensor v = *t;
	int rc;

	rc = check_axis(t, axis);
	if (rc < 0)
		return rc;
	if (first > t->shape[axis] || count > t->shape[axis] - first)
		return ip_fail(IP_EINVAL, "tensor: %zu from %zu on along axis"
			" %d of length %zu", count, first, axis,
			t->shape[axis]);
	v.owner = NULL;
	v.shape[axis] = count;
	advance(&v, axis, first);
	*view = v;
	return 0;
}

int ip_tensor_permute(struct ip_tensor *view, const struct ip_tensor *t,
	const int *perm)
{
	struct ip_tensor v = *t;
	unsigned seen = 0;
	int d;

	for (d = 0; d < t->ndim; d++) {
		if (perm[d] < 0 || perm[d] >= t->ndim ||
		    (seen & 1u << perm[d]))
			return ip_fail(IP_EINVAL, "tensor: not a permutation"
				" of %d axes", t->ndim);
		seen |= 1u << perm[d];
		v.shape[d] = t->shape[perm[d]];
		v.stride[d] = t->stride[perm[d]];
	}
	v.owner = NULL;
	*view = v;
	return 0;
}
