/* What iphase-convert writes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include <iphase/ipt.h>
#include "atoms.h"
#include "convert.h"
#include "segments.h"

#define PANELS_MAX 16	/* pictures that are drawn side by side unasked */

static void list_names(const struct ip_bundle *b, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < b->count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? ", " : "",
			b->items[i].name);
}

int ip_convert_pick(const struct ip_convert *o, const struct ip_bundle *b,
	const struct ip_item **item)
{
	char names[1024];

	*item = o->tensor ? ip_bundle_find(b, o->tensor) :
		b->count == 1 ? &b->items[0] : NULL;
	if (*item)
		return 0;
	list_names(b, names, sizeof names);
	if (b->count == 0)
		return ip_cli_error(IP_ENOTFOUND, "the input holds no tensor");
	if (o->tensor)
		return ip_cli_error(IP_ENOTFOUND, "there is no tensor '%s' in"
			" the input; it has %s", o->tensor, names);
	return ip_cli_error(IP_EINVAL, "the input has several tensors: choose"
		" one by --tensor=NAME of %s", names);
}

/* More than a title, what made the file, and kept (may be NULL). */
static int says_something(const struct ip_attrs *a, const char *kept)
{
	static const char *const idle[] = { "title", "tool", "version",
		"command" };
	size_t i, k;

	for (i = 0; i < a->count; i++) {
		for (k = 0; k < 4; k++)
			if (strcmp(a->items[i].key, idle[k]) == 0)
				break;
		if (k == 4 && !(kept && strcmp(a->items[i].key, kept) == 0))
			return 1;
	}
	return 0;
}

/* ---- arrays ---- */

static void warn_attributes(const char *path, const struct ip_bundle *b,
	const struct ip_item *item, const char *kept)
{
	if (says_something(&b->attrs, kept) ||
	    says_something(&item->attrs, kept))
		ip_cli_warn("%s: attributes have no place in such a file and"
			" are left out; .npz and .ipt keep them", path);
}

static int save_array(const char *path, const struct ip_bundle *b,
	const struct ip_item *item, int rows,
	int (*write)(const char *path, const struct ip_tensor *t))
{
	struct ip_tensor t = item->tensor;
	int rc = 0;

	warn_attributes(path, b, item, NULL);
	if (rows && t.ndim > 1)
		rc = ip_convert_swap(&t, &item->tensor);
	return rc < 0 ? rc : write(path, &t);
}

static int save_raw(const char *path, const struct ip_convert *o,
	const struct ip_bundle *b, const struct ip_item *item)
{
	int rows = o->axes != IP_CONVERT_XY && item->tensor.ndim > 1, d, rc;
	char shape[256] = "a single number";
	size_t n = 0;

	if (ip_cli_has_ext(path, ".f32") && item->tensor.dtype != IP_F32)
		return ip_cli_error(IP_EINVAL, "%s: tensor '%s' is %s; give"
			" --dtype=float32", path, item->name,
			ip_dtype_name(item->tensor.dtype));
	rc = save_array(path, b, item, rows, ip_raw_write);
	for (d = 0; d < item->tensor.ndim; d++)
		n += (size_t)snprintf(shape + n, sizeof shape - n, "%s%zu",
			d ? "," : "--shape=", item->tensor.shape[d]);
	if (rc == 0)
		ip_cli_info("%s: raw; to be read with --dtype=%s %s%s", path,
			ip_dtype_name(item->tensor.dtype), shape, rows ?
			"" : " --axes=xy");
	return rc;
}

/* ---- pictures as numbers ---- */

/* The tensor's own, or the file's. */
static int pixel_size(const struct ip_bundle *b, const struct ip_item *item,
	double size[2])
{
	return ip_cli_pixel_size(&item->attrs, size) ||
		ip_cli_pixel_size(&b->attrs, size);
}

/* .tif, .mrc: the tensor is a picture or a stack. */
static int save_picture(const char *path, const struct ip_bundle *b,
	const struct ip_item *item, int (*write)(const char *path,
	const struct ip_tensor *t, const double *pixel_size))
{
	double size[2];
	int known = pixel_size(b, item, size);

	warn_attributes(path, b, item, "pixel_size");
	return write(path, &item->tensor, known ? size : NULL);
}

/* ---- structures ---- */

/* What neither an .xyz nor a .cube file has a place for. */
static void warn_left_out(const char *path, const struct ip_bundle *b,
	const struct ip_item *grid)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (!ip_cli_atoms_name(b->items[i].name) &&
		    &b->items[i] != grid)
			ip_cli_warn("%s: tensor '%s' has no place in such a"
				" file and is left out", path,
				b->items[i].name);
	if (says_something(&b->attrs, NULL))
		ip_cli_warn("%s: attributes have no place in such a file and"
			" are left out; .npz and .ipt keep them", path);
}

static int save_xyz(const char *path, const struct ip_bundle *b)
{
	const char *title = ip_attrs_get_text(&b->attrs, "title");
	struct ip_structure s = { 0 };
	int rc;

	rc = ip_cli_atoms_get(path, b, &s);
	if (rc == 0)
		rc = ip_xyz_write(path, &s, title);
	if (rc == 0)
		warn_left_out(path, b, NULL);
	ip_structure_free(&s);
	return rc;
}

static int save_cube(const char *path, const struct ip_convert *o,
	const struct ip_bundle *b)
{
	const struct ip_item *grid = ip_bundle_find(b, o->tensor ? o->tensor :
		"potential");
	int rc;

	if (!grid)
		return ip_cli_error(IP_ENOTFOUND, "%s: no tensor '%s' in the"
			" input to be the cube's grid", path, o->tensor ?
			o->tensor : "potential");
	rc = ip_cli_cube_save(path, b, grid);
	if (rc == 0)
		warn_left_out(path, b, grid);
	return rc;
}

/* ---- pictures ---- */

/* The part of t that --index names. */
static int index_into(const struct ip_cli *c, const struct ip_convert *o,
	struct ip_tensor *t)
{
	size_t i;
	double v;
	int rc = 0;

	if ((int)o->index.count > t->ndim - 2)
		return ip_cli_usage(c, "--index: %zu numbers for an array of"
			" %d axes, two of which are the picture",
			o->index.count, t->ndim);
	for (i = 0; i < o->index.count && rc == 0; i++) {
		v = o->index.v[i];
		if (!(v >= 0 && v < (double)t->shape[0]) || v != floor(v))
			return ip_cli_usage(c, "--index: %g, expected 0 to"
				" %zu", v, t->shape[0] - 1);
		rc = ip_tensor_at(t, t, 0, (size_t)v);
	}
	return rc;
}

int ip_convert_style(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b, const struct ip_item *item,
	struct ip_picture_style *s)
{
	double size[2];

	if (pixel_size(b, item, size))
		s->pixel_size = size[0];
	if (o->range.count && (o->range.count != 2 ||
	    !(o->range.v[0] < o->range.v[1])))
		return ip_cli_usage(c, "--range: expected LOW,HIGH");
	if (o->range.count) {
		s->lo = o->range.v[0];
		s->hi = o->range.v[1];
	}
	if (o->zoom < 1 || o->zoom > 1000)
		return ip_cli_usage(c, "--zoom: %ld, expected 1 to 1000",
			o->zoom);
	s->zoom = (int)o->zoom;
	s->map = (enum ip_colormap)o->map;
	s->title = o->bare ? NULL : o->title;
	if (o->bare)
		s->pixel_size = 0;
	return 0;
}

/* The range of all pictures, so that they can be compared. */
static int common_range(const struct ip_tensor *t, struct ip_picture_style *s)
{
	struct ip_tensor v = { 0 };
	const double *p;
	size_t i, n;
	int rc;

	if (s->lo != s->hi)
		return 0;
	rc = ip_tensor_convert(&v, IP_F64, t);
	if (rc < 0)
		return rc;
	p = v.data;
	n = ip_tensor_count(&v);
	for (i = 0, s->lo = INFINITY, s->hi = -INFINITY; i < n; i++) {
		s->lo = fmin(s->lo, p[i]);
		s->hi = fmax(s->hi, p[i]);
	}
	ip_tensor_free(&v);
	return 0;
}

static int save_panels(const char *path, const struct ip_tensor *t,
	struct ip_picture_style *s)
{
	size_t n = t->shape[0], i, columns = 1;
	struct ip_picture_style style[PANELS_MAX];
	struct ip_tensor img[PANELS_MAX];
	char title[PANELS_MAX][96];
	int rc;

	rc = ip_tensor_check_finite(t, path);
	if (rc == 0)
		rc = common_range(t, s);
	for (i = 0; i < n && rc == 0; i++) {
		snprintf(title[i], sizeof *title, "%s%s%zu", s->title ?
			s->title : "", s->title ? " " : "", i);
		style[i] = *s;
		style[i].title = title[i];
		rc = ip_tensor_at(&img[i], t, 0, i);
	}
	while (columns * columns < n)
		columns++;
	return rc < 0 ? rc : ip_png_panels(path, img, style, n, columns);
}

static int save_png(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b, const struct ip_item *item)
{
	struct ip_picture_style s = { 0 };
	struct ip_tensor t = item->tensor;
	int rc;

	rc = ip_convert_style(c, o, b, item, &s);
	if (rc == 0)
		rc = index_into(c, o, &t);
	if (rc)
		return rc;
	if (t.dtype == IP_TEXT || t.dtype == IP_C64)
		return ip_cli_error(IP_EINVAL, "tensor '%s' is %s and cannot"
			" be drawn; give real numbers", item->name,
			ip_dtype_name(t.dtype));
	if (t.ndim == 3 && t.shape[0] >= 1 && t.shape[0] <= PANELS_MAX &&
	    !o->bare)
		return save_panels(c->output, &t, &s);
	if (t.ndim != 2)
		return ip_cli_error(IP_EINVAL, "tensor '%s' has %d axes;"
			" choose a picture by --index=%s", item->name,
			item->tensor.ndim, item->tensor.ndim == 3 ? "I" :
			"I,J");
	rc = o->colorbar ? ip_png_panels(c->output, &t, &s, 1, 1) :
		ip_png_write(c->output, &t, &s);
	if (rc == 0)
		ip_cli_info("%s: values from %g to %g", c->output, s.lo, s.hi);
	return rc;
}

/* ---- the whole ---- */

/* b with only the tensor that --tensor names, borrowed. */
static int narrow(const struct ip_convert *o, const struct ip_bundle *b,
	struct ip_bundle *view)
{
	const struct ip_item *item;
	int rc;

	*view = *b;
	if (!o->tensor)
		return 0;
	rc = ip_convert_pick(o, b, &item);
	view->items = (struct ip_item *)item;
	view->count = 1;
	return rc;
}

int ip_convert_save(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_bundle *b)
{
	enum ip_kind kind = ip_cli_kind_of_name(c->output);
	const struct ip_item *item = NULL;
	struct ip_bundle view;
	int rc = 0;

	if (kind == IP_KIND_NPY || kind == IP_KIND_RAW ||
	    kind == IP_KIND_PNG || kind == IP_KIND_TIFF ||
	    kind == IP_KIND_MRC)
		rc = ip_convert_pick(o, b, &item);
	else if (kind == IP_KIND_IPT || kind == IP_KIND_NPZ ||
	    kind == IP_KIND_SAFETENSORS)
		rc = narrow(o, b, &view);
	if (rc < 0)
		return rc;
	switch (kind) {
	case IP_KIND_IPT: return ip_ipt_save(c->output, &view, o->store);
	case IP_KIND_NPZ: return ip_npz_write(c->output, &view, !o->store);
	case IP_KIND_SAFETENSORS:
		return ip_safetensors_write(c->output, &view);
	case IP_KIND_NPY:
		return save_array(c->output, b, item, o->axes ==
			IP_CONVERT_YX, ip_npy_write);
	case IP_KIND_RAW: return save_raw(c->output, o, b, item);
	case IP_KIND_PNG: return save_png(c, o, b, item);
	case IP_KIND_TIFF:
		return save_picture(c->output, b, item, ip_tiff_write);
	case IP_KIND_MRC:
		return save_picture(c->output, b, item, ip_mrc_write);
	case IP_KIND_CUBE: return save_cube(c->output, o, b);
	default: return save_xyz(c->output, b);
	}
}
