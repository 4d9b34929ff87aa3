/* Images of a detector's segments, and their pixels. */
#include <math.h>
#include "segments.h"

int ip_cli_segment_order(const struct ip_cli *c, const struct ip_reals *r,
	size_t n, size_t *order)
{
	size_t i, k;

	if (r->count && r->count != n)
		return ip_cli_usage(c, "--segment-order: %zu numbers for %zu"
			" images", r->count, n);
	for (i = 0; i < n; i++) {
		for (k = 0; k < r->count && r->v[k] != (double)i; k++)
			;
		if (r->count && k == n)
			return ip_cli_usage(c, "--segment-order: %zu is"
				" missing; expected 0 to %zu, each once", i,
				n - 1);
		order[r->count ? k : i] = i;
	}
	return 0;
}

int ip_cli_reorder(struct ip_tensor *t, const size_t *order)
{
	struct ip_tensor sorted = { 0 }, from, to;
	int axis = t->ndim - 3, rc;
	size_t i;

	rc = ip_tensor_new(&sorted, IP_F64, t->ndim, t->shape);
	for (i = 0; rc == 0 && i < t->shape[axis]; i++) {
		rc = ip_tensor_at(&from, t, axis, order[i]);
		if (rc == 0)
			rc = ip_tensor_at(&to, &sorted, axis, i);
		if (rc == 0)
			rc = ip_tensor_copy(&to, &from);
	}
	if (rc < 0) {
		ip_tensor_free(&sorted);
		return rc;
	}
	ip_tensor_free(t);
	*t = sorted;
	return 0;
}

void ip_cli_lift(struct ip_tensor *t)
{
	int i;

	for (i = t->ndim; i > 0; i--) {
		t->shape[i] = t->shape[i - 1];
		t->stride[i] = t->stride[i - 1];
	}
	t->stride[0] = (ptrdiff_t)ip_tensor_count(t);
	t->shape[0] = 1;
	t->ndim++;
}

int ip_cli_pixel_size(const struct ip_attrs *a, double size[2])
{
	size_t i;

	for (i = 0; i < 2; i++)
		size[i] = ip_attrs_get_one(a, "pixel_size", i, NAN);
	if (size[0] > 0 && size[1] > 0)
		return 1;
	size[0] = size[1] = NAN;
	return 0;
}
