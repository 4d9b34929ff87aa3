/* DM3 and DM4 of Digital Micrograph: the pictures in its tree of tags. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "bytes.h"
#include "dm.h"
#include "rows.h"
#include "stream.h"

#define IMAGES_MAX 256
#define AXES_MAX 4

struct image {
	char name[96];
	int kind;			/* the format's number of its type */
	uint64_t dim[AXES_MAX];		/* x first */
	int axes;
	double scale[2], voltage;
	char unit[2][24];
	struct ip_dm_value data;	/* bytes 0: none */
	int thumbnail;
};

struct dm {
	struct image *image;
	size_t count, room;
};

/* ---- collecting ---- */

static int image_at(struct ip_dm_tree *t, struct dm *d, uint64_t i,
	struct image **image)
{
	int rc = 0;

	if (i >= IMAGES_MAX)
		return ip_fail(IP_ELIMIT, "%s: more than %d images", t->path,
			IMAGES_MAX);
	if (i >= d->count) {
		rc = ip_grow(&d->image, &d->room, (size_t)i + 1,
			sizeof *d->image);
		if (rc == 0)
			d->count = (size_t)i + 1;
	}
	*image = rc == 0 ? &d->image[i] : NULL;
	return rc;
}

static int set_dimension(struct ip_dm_tree *t, const struct ip_dm_value *v,
	struct image *image)
{
	uint64_t axis = t->level[t->depth - 1].index;
	double n;
	int rc = ip_dm_number(t, v, &n);

	if (rc < 0)
		return rc;
	if (!(n >= 0 && n < 1e15))
		return ip_fail(IP_EFORMAT, "%s: offset %llu: a dimension of %g"
			" pixels; the file is damaged", t->path,
			(unsigned long long)v->offset, n);
	if (axis < AXES_MAX)
		image->dim[axis] = (uint64_t)n;
	image->axes = axis < AXES_MAX ? (int)axis + 1 : AXES_MAX + 1;
	return 0;
}

static int set_kind(struct ip_dm_tree *t, const struct ip_dm_value *v,
	struct image *image)
{
	double kind;
	int rc = ip_dm_number(t, v, &kind);

	if (rc == 0)
		image->kind = kind >= 0 && kind < 1000 ? (int)kind : -1;
	return rc;
}

/* A tag below ImageList/N. */
static int visit_image(struct ip_dm_tree *t, const struct ip_dm_value *v,
	struct image *image)
{
	uint64_t axis = t->level[t->depth > 1 ? t->depth - 2 : 0].index;

	if (ip_dm_at(t, "ImageList/*/Name"))
		return ip_dm_text(t, v, image->name, sizeof image->name);
	if (ip_dm_at(t, "ImageList/*/ImageData/Data"))
		image->data = *v;
	if (ip_dm_at(t, "ImageList/*/ImageData/DataType"))
		return set_kind(t, v, image);
	if (ip_dm_at(t, "ImageList/*/ImageData/Dimensions/*"))
		return set_dimension(t, v, image);
	if (ip_dm_at(t, "ImageList/*/ImageTags/Microscope Info/Voltage"))
		return v->array ? 0 : ip_dm_number(t, v, &image->voltage);
	if (axis > 1)
		return 0;
	if (ip_dm_at(t, "ImageList/*/ImageData/Calibrations/Dimension/*/"
	    "Scale"))
		return ip_dm_number(t, v, &image->scale[axis]);
	if (ip_dm_at(t, "ImageList/*/ImageData/Calibrations/Dimension/*/"
	    "Units"))
		return ip_dm_text(t, v, image->unit[axis],
			sizeof image->unit[axis]);
	return 0;
}

static int visit(struct ip_dm_tree *t, const struct ip_dm_value *v, void *ctx)
{
	struct dm *d = ctx;
	struct image *image;
	double i;
	int rc;

	if (t->depth > 3 && strcmp(t->level[1].name, "ImageList") == 0) {
		rc = image_at(t, d, t->level[2].index, &image);
		return rc < 0 ? rc : visit_image(t, v, image);
	}
	if (!ip_dm_at(t, "Thumbnails/*/ImageIndex"))
		return 0;
	rc = ip_dm_number(t, v, &i);
	if (rc < 0 || !(i >= 0 && i < IMAGES_MAX))
		return rc;
	rc = image_at(t, d, (uint64_t)i, &image);
	if (rc == 0)
		image->thumbnail = 1;
	return rc;
}

/* ---- images ---- */

/* Nonzero if numbers of this kind are not read. */
static int dtype_of(int kind, enum ip_dtype *dtype)
{
	static const struct { int kind; enum ip_dtype dtype; } kinds[] = {
		{ 1, IP_I16 }, { 2, IP_F32 }, { 3, IP_C64 }, { 6, IP_U8 },
		{ 7, IP_I32 }, { 9, IP_I8 }, { 10, IP_U16 }, { 11, IP_U32 },
		{ 12, IP_F64 }, { 14, IP_U8 }, { 39, IP_I64 }, { 40, IP_U64 },
	};
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].kind == kind) {
			*dtype = kinds[i].dtype;
			return 0;
		}
	return 1;
}

/* The shape ([.., pages,] W, H), and that the data are of that size. */
static int check_shape(const char *path, const struct image *m,
	enum ip_dtype dtype, size_t *shape)
{
	size_t bytes = ip_dtype_size(dtype);
	int i, over = 0;

	for (i = 0; i < m->axes; i++) {
		if (m->dim[i] == 0)
			return ip_fail(IP_EFORMAT, "%s: image '%s' has no"
				" pixels along axis %d", path, m->name, i + 1);
		over |= m->dim[i] > SIZE_MAX || ip_mul_size(bytes,
			(size_t)m->dim[i], &bytes);
		shape[m->axes - 1 - i] = (size_t)m->dim[i];
	}
	shape[m->axes - 2] = (size_t)m->dim[0];
	shape[m->axes - 1] = (size_t)m->dim[1];
	if (over || bytes != m->data.bytes)
		return ip_fail(IP_EFORMAT, "%s: offset %llu: image '%s' has"
			" %llu bytes, which is not what its dimensions and"
			" %s need", path, (unsigned long long)m->data.offset,
			m->name, (unsigned long long)m->data.bytes,
			ip_dtype_name(dtype));
	return 0;
}

static int set_attrs(const struct image *m, struct ip_attrs *a)
{
	double size[2];
	int i, rc;

	for (i = 0; i < 2; i++)
		size[i] = m->scale[i] * ip_length_unit(m->unit[i],
			strlen(m->unit[i]));
	rc = ip_pixel_size(a, size);
	if (rc == 0 && m->voltage > 0 && !isinf(m->voltage))
		rc = ip_attrs_number(a, "energy", m->voltage);
	return rc;
}

/* Its name, the second of that name with a number behind. */
static void name_of(const struct ip_bundle *b, const struct image *m,
	char *name, size_t size)
{
	int i;

	snprintf(name, size, "%s", m->name[0] ? m->name : "image");
	for (i = 2; ip_bundle_find(b, name); i++)
		snprintf(name, size, "%s %d", m->name[0] ? m->name : "image",
			i);
}

static int add_image(struct ip_dm_tree *t, struct image *m,
	struct ip_bundle *b)
{
	struct ip_rows rows = { t->f, t->path, m->data.offset,
		t->little != host_little() };
	struct ip_tensor tensor = { 0 };
	struct ip_item *item;
	enum ip_dtype dtype;
	size_t shape[AXES_MAX];
	char name[128];
	int rc;

	while (m->axes > 2 && m->axes <= AXES_MAX && m->dim[m->axes - 1] == 1)
		m->axes--;
	if (dtype_of(m->kind, &dtype) || m->axes < 2 || m->axes > AXES_MAX) {
		ip_warn("%s: image '%s' of type %d and %d axes is left out;"
			" real or complex64 numbers of 2 to %d axes are read",
			t->path, m->name, m->kind, m->axes, AXES_MAX);
		return 0;
	}
	rc = check_shape(t->path, m, dtype, shape);
	if (rc == 0)
		rc = ip_tensor_new(&tensor, dtype, m->axes, shape);
	if (rc == 0)
		rc = ip_rows_read(&rows, &tensor);
	name_of(b, m, name, sizeof name);
	if (rc == 0)
		rc = ip_bundle_add(b, name, &tensor, &item);
	if (rc == 0)
		rc = set_attrs(m, &item->attrs);
	ip_tensor_free(&tensor);
	return rc;
}

/* What all items say alike is said of the whole as well. */
static int share(struct ip_bundle *b, const char *key)
{
	const struct ip_attr *first, *a;
	size_t i;

	first = ip_attrs_find(&b->items[0].attrs, key);
	for (i = 1; first && i < b->count; i++) {
		a = ip_attrs_find(&b->items[i].attrs, key);
		if (!a || memcmp(a->v.f64, first->v.f64, a->count *
		    sizeof(double)) != 0)
			return 0;
	}
	return first ? ip_attrs_f64(&b->attrs, key, first->v.f64,
		first->count) : 0;
}

static int read_images(struct ip_dm_tree *t, const struct dm *d,
	struct ip_bundle *b)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < d->count && rc == 0; i++)
		if (!d->image[i].thumbnail && d->image[i].data.bytes)
			rc = add_image(t, &d->image[i], b);
	if (rc == 0 && b->count == 0)
		rc = ip_fail(IP_ENOTFOUND, "%s: no image in it that can be"
			" read", t->path);
	if (rc == 0)
		rc = share(b, "pixel_size");
	return rc < 0 ? rc : share(b, "energy");
}

int ip_dm_read(const char *path, struct ip_bundle *b)
{
	struct ip_dm_tree t = { .path = path };
	struct dm d = { 0 };
	int rc;

	rc = ip_input_open(&t.f, &t.size, path);
	if (rc < 0)
		return rc;
	rc = ip_dm_walk(&t, visit, &d);
	if (rc == 0)
		rc = read_images(&t, &d, b);
	fclose(t.f);
	ip_free(d.image);
	if (rc < 0)
		ip_bundle_free(b);
	return rc;
}
