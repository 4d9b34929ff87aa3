/* One picture of a file of any format that has pictures. */
#include <math.h>
#include <string.h>
#include "image.h"

static const char *const keys[] = { "pixel_size", "energy" };

static int keep(struct ip_attrs *a, const char *key, const struct ip_attr *v)
{
	return v && v->type == IP_ATTR_F64 ? ip_attrs_f64(a, key, v->v.f64,
		v->count) : 0;
}

int ip_cli_image(const char *path, struct ip_tensor *t, struct ip_attrs *a)
{
	struct ip_bundle b = { 0 };
	const struct ip_attr *v;
	struct ip_item *item;
	size_t i;
	int rc;

	rc = ip_cli_load(path, 0, &b);
	if (rc < 0)
		return rc;
	item = &b.items[0];
	if (b.count != 1)
		rc = ip_cli_error(IP_EINVAL, "%s: has %zu tensors, expected one"
			" image; take it out by iphase-convert --tensor", path,
			b.count);
	else if (item->tensor.ndim != 2)
		rc = ip_cli_error(IP_EINVAL, "%s: %d axes, expected one image",
			path, item->tensor.ndim);
	for (i = 0; rc == 0 && i < 2; i++) {
		v = ip_attrs_find(&item->attrs, keys[i]);
		rc = keep(a, keys[i], v ? v : ip_attrs_find(&b.attrs,
			keys[i]));
	}
	if (rc == 0) {
		*t = item->tensor;
		memset(&item->tensor, 0, sizeof item->tensor);
	} else {
		ip_attrs_free(a);
	}
	ip_bundle_free(&b);
	return rc;
}

/* Pixel sizes go through float32 in some formats. */
static int alike(const struct ip_attr *a, const struct ip_attr *b)
{
	size_t i;

	if (!a || !b || a->count != b->count)
		return 0;
	for (i = 0; i < a->count; i++)
		if (fabs(a->v.f64[i] - b->v.f64[i]) > 1e-6 *
		    fabs(a->v.f64[i]))
			return 0;
	return 1;
}

int ip_cli_image_agree(const char *path, struct ip_attrs *all,
	const struct ip_attrs *one)
{
	struct ip_attrs both = { 0 };
	const struct ip_attr *a, *b;
	size_t i;
	int rc = 0;

	for (i = 0; i < 2 && rc == 0; i++) {
		a = ip_attrs_find(all, keys[i]);
		b = ip_attrs_find(one, keys[i]);
		if (alike(a, b))
			rc = keep(&both, keys[i], a);
		else if (a && b)
			ip_cli_warn("%s: its %s is %g, not %g as in those"
				" before: that is left out", path, keys[i],
				b->v.f64[0], a->v.f64[0]);
		else if (a || b)
			ip_cli_warn("%s: %s is not in all of the images, and"
				" left out", path, keys[i]);
	}
	ip_attrs_free(all);
	*all = both;
	return rc;
}
