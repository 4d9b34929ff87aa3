/* Pixels in another order, or fewer of them. */
#include "core/core.h"
#include "measure/measure.h"

int ip_prepare_flip(const struct ip_tensor *t, enum ip_flip how,
	struct ip_tensor *view)
{
	int axis = t->ndim - 2 + (how == IP_FLIP_Y), perm[IP_MAX_DIMS], d;

	if (t->ndim < 2 || ip_tensor_count(t) == 0)
		return ip_fail(IP_EINVAL, "flip: %d axes, expected a picture",
			t->ndim);
	if (how == IP_FLIP_TRANSPOSE) {
		for (d = 0; d < t->ndim; d++)
			perm[d] = d;
		perm[t->ndim - 2] = t->ndim - 1;
		perm[t->ndim - 1] = t->ndim - 2;
		return ip_tensor_permute(view, t, perm);
	}
	*view = *t;
	view->owner = NULL;
	view->data = (char *)t->data + (ptrdiff_t)ip_dtype_size(t->dtype) *
		t->stride[axis] * (ptrdiff_t)(t->shape[axis] - 1);
	view->stride[axis] = -t->stride[axis];
	return 0;
}

int ip_prepare_crop(const struct ip_tensor *t, const size_t at[2],
	const size_t size[2], struct ip_tensor *view)
{
	const size_t *n = t->shape + t->ndim - 2;
	struct ip_tensor v;
	int rc;

	if (t->ndim < 2 || !size[0] || !size[1] || at[0] >= n[0] ||
	    at[1] >= n[1] || size[0] > n[0] - at[0] || size[1] > n[1] - at[1])
		return ip_fail(IP_EINVAL, "crop: %zu x %zu pixels from (%zu,"
			" %zu) on, of a picture of %zu x %zu", size[0],
			size[1], at[0], at[1], t->ndim < 2 ? 0 : n[0],
			t->ndim < 2 ? 0 : n[1]);
	rc = ip_tensor_slice(&v, t, t->ndim - 2, at[0], size[0]);
	return rc < 0 ? rc : ip_tensor_slice(view, &v, t->ndim - 1, at[1],
		size[1]);
}

int ip_prepare_rebin(const struct ip_tensor *t, size_t n,
	struct ip_tensor *out)
{
	struct ip_tensor in = { 0 }, new = { 0 };
	size_t size[2], w, h, i, j, p, count;
	double *from, *to;
	int rc = ip_measure_check(t, "rebin");

	if (rc < 0)
		return rc;
	w = t->shape[t->ndim - 2];
	h = t->shape[t->ndim - 1];
	if (n == 0 || n > w || n > h)
		return ip_fail(IP_EINVAL, "rebin: %zu x %zu pixels of a picture"
			" of %zu x %zu", n, n, w, h);
	size[0] = w / n;
	size[1] = h / n;
	rc = ip_tensor_convert(&in, IP_F64, t);
	if (rc == 0)
		rc = ip_measure_new(t, size, &new);
	if (rc == 0) {
		count = ip_measure_count(t);
		from = in.data;
		to = new.data;
		for (p = 0; p < count; p++, from += w * h,
		    to += size[0] * size[1])
			for (i = 0; i < size[0] * n; i++)
				for (j = 0; j < size[1] * n; j++)
					to[i / n * size[1] + j / n] +=
						from[i * h + j];
		to = new.data;
		for (i = 0; i < ip_tensor_count(&new); i++)
			to[i] /= (double)n * (double)n;
		*out = new;
	}
	ip_tensor_free(&in);
	return rc;
}
