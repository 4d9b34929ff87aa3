/* What iphase-convert reads: files of any kind as named tensors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "convert.h"
#include "image.h"
#include "segments.h"

int ip_convert_swap(struct ip_tensor *view, const struct ip_tensor *t)
{
	int perm[IP_MAX_DIMS], d;

	for (d = 0; d < t->ndim; d++)
		perm[d] = d;
	perm[t->ndim - 2] = t->ndim - 1;
	perm[t->ndim - 1] = t->ndim - 2;
	return ip_tensor_permute(view, t, perm);
}

/* Exchange the last two axes of t in memory as well. */
static int turn(struct ip_tensor *t)
{
	struct ip_tensor view, r = { 0 };
	int rc;

	rc = ip_convert_swap(&view, t);
	if (rc == 0)
		rc = ip_tensor_convert(&r, t->dtype, &view);
	if (rc < 0)
		return rc;
	ip_tensor_free(t);
	*t = r;
	return 0;
}

/* --shape as it stands, the last two being width and height. */
static int raw_shape(const struct ip_cli *c, const struct ip_convert *o,
	const char *path, size_t *shape)
{
	size_t i;

	if (o->shape.count < 1 || o->shape.count > IP_MAX_DIMS)
		return ip_cli_usage(c, "%s: a raw file does not say its shape:"
			" give --shape=WIDTH,HEIGHT", path);
	for (i = 0; i < o->shape.count; i++) {
		if (!(o->shape.v[i] >= 1 && o->shape.v[i] <= 1e9) ||
		    o->shape.v[i] != floor(o->shape.v[i]))
			return ip_cli_usage(c, "--shape: %g, expected whole"
				" numbers from 1 on", o->shape.v[i]);
		shape[i] = (size_t)o->shape.v[i];
	}
	return 0;
}

/* Rows of pictures follow one another, unless --axes says otherwise. */
static int load_raw(const struct ip_cli *c, const struct ip_convert *o,
	const char *path, struct ip_tensor *t)
{
	int n = (int)o->shape.count, rows, rc;
	size_t shape[IP_MAX_DIMS], w;
	enum ip_dtype dtype = IP_F32;

	if (!ip_cli_has_ext(path, ".f32")) {
		if (!o->dtype)
			return ip_cli_usage(c, "%s: a raw file does not say"
				" its numbers: give --dtype=float32, uint16 ..",
				path);
		rc = ip_dtype_parse(o->dtype, &dtype);
		if (rc < 0)
			return rc;
	}
	rc = raw_shape(c, o, path, shape);
	if (rc)
		return rc;
	rows = n > 1 && o->axes != IP_CONVERT_XY;
	if (rows) {
		w = shape[n - 2];
		shape[n - 2] = shape[n - 1];
		shape[n - 1] = w;
	}
	rc = ip_raw_read(path, dtype, n, shape, t);
	if (rc == 0 && rows)
		rc = turn(t);
	return rc;
}

static int load_npy(const struct ip_cli *c, const struct ip_convert *o,
	const char *path, struct ip_tensor *t)
{
	int rc = ip_npy_read(path, t);

	if (rc < 0 || o->axes != IP_CONVERT_YX)
		return rc;
	return t->ndim > 1 ? turn(t) : ip_cli_usage(c, "%s: %d axes; --axes=yx"
		" needs two", path, t->ndim);
}

/* One array, and what its file says of it. */
static int load_array(const struct ip_cli *c, const struct ip_convert *o,
	const char *path, struct ip_tensor *t, struct ip_attrs *a)
{
	switch (ip_cli_kind_of_name(path)) {
	case IP_KIND_NPY: return load_npy(c, o, path, t);
	case IP_KIND_RAW: return load_raw(c, o, path, t);
	case IP_KIND_PNG: case IP_KIND_TIFF: case IP_KIND_MRC:
	case IP_KIND_DM: return ip_cli_image(path, t, a);
	default: break;
	}
	return ip_cli_usage(c, "%s: not an image; several inputs must be"
		" .png, .tif, .mrc, .dm3, .dm4, .npy, .raw, .bin or .f32"
		" files", path);
}

/* Under the name that --tensor gives, or that of the file. */
static int load_one(const struct ip_cli *c, const struct ip_convert *o,
	const char *path, struct ip_bundle *b)
{
	const char *base = strrchr(path, '/');
	struct ip_tensor t = { 0 };
	struct ip_attrs none = { 0 };	/* such files have none */
	char *name;
	int rc;

	rc = load_array(c, o, path, &t, &none);
	if (rc) {
		ip_tensor_free(&t);
		return rc;
	}
	base = o->tensor ? o->tensor : base ? base + 1 : path;
	name = calloc(strlen(base) + 1, 1);
	if (!name) {
		ip_tensor_free(&t);
		return ip_cli_error(IP_ENOMEM, "out of memory");
	}
	strcpy(name, base);
	if (!o->tensor && strrchr(name, '.') > name)
		*strrchr(name, '.') = '\0';
	rc = ip_bundle_add(b, name, &t, NULL);
	ip_tensor_free(&t);
	free(name);
	return rc;
}

/* The only tensor, under the name that --tensor gives. */
static int load_picture(const struct ip_convert *o, const char *path,
	struct ip_bundle *b)
{
	struct ip_bundle all = { 0 };
	int rc = ip_cli_load(path, 0, o->tensor ? &all : b);

	if (rc < 0 || !o->tensor)
		return rc;
	rc = ip_bundle_add(b, o->tensor, &all.items[0].tensor, NULL);
	if (rc == 0)
		rc = ip_attrs_copy(&b->attrs, &all.attrs);
	ip_bundle_free(&all);
	return rc;
}

int ip_convert_load(const struct ip_cli *c, const struct ip_convert *o,
	const char *path, struct ip_bundle *b)
{
	switch (ip_cli_kind_of_name(path)) {
	case IP_KIND_UNKNOWN: break;
	case IP_KIND_NPY: case IP_KIND_PNG: case IP_KIND_RAW:
		return load_one(c, o, path, b);
	case IP_KIND_TIFF: case IP_KIND_MRC:
		return load_picture(o, path, b);
	default: return ip_cli_load(path, 0, b);
	}
	return ip_cli_usage(c, "%s: the name must end in .raw, .bin, .f32, "
		IP_CLI_KINDS, path);
}

/* ---- one image a segment ---- */

static int check_image(const struct ip_cli *c, const struct ip_tensor *t,
	const struct ip_tensor *first, size_t i)
{
	const char *path = c->operands[i];

	if (t->ndim != 2 || t->dtype == IP_TEXT || t->dtype == IP_C64)
		return ip_cli_error(IP_EINVAL, "%s: %d axes of %s, expected an"
			" image of two", path, t->ndim,
			ip_dtype_name(t->dtype));
	if (t->shape[0] != first->shape[0] || t->shape[1] != first->shape[1])
		return ip_cli_error(IP_EINVAL, "%s: %zu x %zu pixels, but %s"
			" has %zu x %zu", path, t->shape[0], t->shape[1],
			c->operands[0], first->shape[0], first->shape[1]);
	return ip_tensor_check_finite(t, path);
}

static int stack(const struct ip_cli *c, const struct ip_tensor *t,
	const size_t *order, struct ip_tensor *all)
{
	size_t n = (size_t)c->count, shape[3], i;
	enum ip_dtype dtype = t[0].dtype;
	struct ip_tensor one;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		rc = check_image(c, &t[i], &t[0], i);
		if (t[i].dtype != dtype)	/* holds them all */
			dtype = IP_F64;
	}
	shape[0] = n;
	shape[1] = t[0].shape[0];
	shape[2] = t[0].shape[1];
	if (rc == 0)
		rc = ip_tensor_new(all, dtype, 3, shape);
	for (i = 0; i < n && rc == 0; i++) {
		rc = ip_tensor_at(&one, all, 0, i);
		if (rc == 0)
			rc = ip_tensor_copy(&one, &t[order[i]]);
	}
	return rc;
}

int ip_convert_segments(const struct ip_cli *c, const struct ip_convert *o,
	struct ip_bundle *b)
{
	struct ip_tensor t[64] = { { 0 } }, all = { 0 };
	struct ip_attrs one = { 0 };
	size_t n = (size_t)c->count, order[64], i;
	struct ip_item *item;
	int rc;

	if (n < 3 || n > 64)
		return ip_cli_usage(c, "%zu inputs; give one file, or the"
			" images of all segments (four as a rule)", n);
	rc = ip_cli_segment_order(c, &o->order, n, order);
	for (i = 0; i < n && rc == 0; i++) {
		rc = load_array(c, o, c->operands[i], &t[i], &one);
		if (rc == 0)
			rc = i == 0 ? ip_attrs_copy(&b->attrs, &one) :
				ip_cli_image_agree(c->operands[i], &b->attrs,
				&one);
		ip_attrs_free(&one);
	}
	if (rc == 0)
		rc = stack(c, t, order, &all);
	if (rc == 0)
		rc = ip_bundle_add(b, o->tensor ? o->tensor : "segments",
			&all, &item);
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "axes", "segment,x,y");
	if (rc == 0)
		rc = ip_attrs_text(&item->attrs, "unit", o->unit ? o->unit :
			"a.u.");
	ip_tensor_free(&all);
	for (i = 0; i < n && i < 64; i++)
		ip_tensor_free(&t[i]);
	return rc;
}
