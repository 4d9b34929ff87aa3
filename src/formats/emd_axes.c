/* The axes of arrays in HDF5 files: x and y last, pixel sizes in Angstrom. */
#include <math.h>
#include <string.h>
#include <strings.h>
#include "../core/core.h"
#include "emd.h"
#include "rows.h"

double ip_emd_angstrom(const char *unit)
{
	size_t n = strlen(unit);

	if (n > 2 && unit[0] == '[' && unit[n - 1] == ']') {
		unit++;
		n -= 2;
	}
	return ip_length_unit(unit, n);
}

int ip_emd_turn(struct ip_tensor *t, const int *perm)
{
	struct ip_tensor view, turned = { 0 };
	int rc;

	rc = ip_tensor_permute(&view, t, perm);
	if (rc == 0)
		rc = ip_tensor_convert(&turned, t->dtype, &view);
	if (rc < 0)
		return rc;
	ip_tensor_free(t);
	*t = turned;
	return 0;
}

void ip_emd_axes_free(struct ip_emd_axis *axes, int n)
{
	int d;

	for (d = 0; d < n; d++) {
		ip_free(axes[d].name);
		ip_free(axes[d].unit);
	}
	memset(axes, 0, (size_t)n * sizeof *axes);
}

/* The only axis with one of these names, or -1. */
static int axis_named(const struct ip_emd_axis *axes, int n,
	const char *const names[3])
{
	int d, k, found = -1;

	for (d = 0; d < n; d++)
		for (k = 0; k < 3; k++) {
			if (!axes[d].name ||
			    strcasecmp(axes[d].name, names[k]) != 0)
				continue;
			if (found >= 0)
				return -1;
			found = d;
		}
	return found;
}

/* Where x and y of n axes are; perm puts them last. */
static void find_xy(const struct ip_emd_axis *axes, int n, int *perm)
{
	static const char *const xs[] = { "x", "R_x", "width" };
	static const char *const ys[] = { "y", "R_y", "height" };
	int x = axis_named(axes, n, xs), y = axis_named(axes, n, ys);
	int d, k = 0;

	if (n < 2 || x < 0 || y < 0) {
		x = n - 1;
		y = n - 2;
	}
	for (d = 0; d < n; d++)
		if (d != x && d != y)
			perm[k++] = d;
	if (n > 1) {
		perm[n - 2] = x;
		perm[n - 1] = y;
	} else if (n == 1) {
		perm[0] = 0;
	}
}

static int set_attrs(struct ip_item *item, const struct ip_tensor *file,
	const struct ip_emd_axis *axes, const int *perm)
{
	int n = file->ndim, rc, d;
	int64_t shape[IP_MAX_DIMS];
	double size[2] = { 0, 0 };

	for (d = 0; d < 2 && n >= 2; d++) {
		const struct ip_emd_axis *a = &axes[perm[n - 2 + d]];

		size[d] = a->unit ? fabs(a->step) * ip_emd_angstrom(a->unit) :
			0;
	}
	for (d = 0; d < n; d++)
		shape[d] = (int64_t)file->shape[d];
	rc = n > 0 ? ip_attrs_i64(&item->attrs, "file_shape", shape,
		(size_t)n) : 0;
	return rc < 0 ? rc : ip_pixel_size(&item->attrs, size);
}

int ip_emd_add(struct ip_bundle *b, const char *name, struct ip_tensor *t,
	const struct ip_emd_axis *axes, struct ip_item **item)
{
	struct ip_tensor file = *t;
	int perm[IP_MAX_DIMS], rc;

	find_xy(axes, t->ndim, perm);
	rc = ip_emd_turn(t, perm);
	if (rc == 0)
		rc = ip_bundle_add(b, name, t, item);
	return rc < 0 ? rc : set_attrs(*item, &file, axes, perm);
}
