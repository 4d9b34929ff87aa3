/* What iphase-idpc reads: a bundle with segments, or one image a segment. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "idpc_tool.h"
#include "image.h"
#include "segments.h"

/* The tensor with the segments: the only one where files have no names. */
static const struct ip_item *segments_of(const struct ip_bundle *b,
	enum ip_kind kind, const char *name)
{
	if (b->count == 1 && (ip_cli_is_picture(kind) || kind == IP_KIND_NPY))
		return &b->items[0];
	return ip_bundle_find(b, name);
}

static int rows_first(int axes)
{
	return axes == IP_AXES_SYX || axes == IP_AXES_YXS;
}

/*
 * A copy of t as float64 with its last axes as ([s,] x, y). n is how many
 * axes there are to order, 2 or 3; those before stay.
 */
static int take(struct ip_tensor *out, const struct ip_tensor *t, int axes,
	int n)
{
	int perm[IP_MAX_DIMS], i, first = t->ndim - n, x = t->ndim - 2;
	struct ip_tensor v;
	int rc;

	for (i = 0; i < t->ndim; i++)
		perm[i] = i;
	if (n == 3 && axes >= IP_AXES_XYS) {
		perm[first] = t->ndim - 1;
		x = first;
	}
	perm[t->ndim - 2] = x + rows_first(axes);
	perm[t->ndim - 1] = x + !rows_first(axes);
	if ((rc = ip_tensor_permute(&v, t, perm)) < 0)
		return rc;
	return ip_tensor_convert(out, IP_F64, &v);
}

/* The thickness of each picture, if the file has it in that shape. */
static int take_thickness(struct ip_idpc_input *in, const struct ip_bundle *b)
{
	const struct ip_item *item = ip_bundle_find(b, "thickness");
	size_t n;

	if (!item || item->tensor.ndim > 1
		|| item->tensor.dtype == IP_TEXT)
		return 0;
	n = ip_tensor_count(&item->tensor);
	if (n != (in->series ? in->all.shape[0] : 1))
		return 0;
	return ip_tensor_convert(&in->thickness, IP_F64, &item->tensor);
}

/* A truth per nm, potential_zone, to what its depth of it adds up to. */
static int over_depth(struct ip_idpc_input *in, const struct ip_item *truth,
	const char *path)
{
	const char *unit = ip_attrs_get_text(&truth->attrs, "unit");
	size_t points = in->truth.shape[1] * in->truth.shape[2];
	double *v = in->truth.data, *t = in->thickness.data;

	if (!unit || strcmp(unit, "V Angstrom per nm") != 0)
		return 0;
	if (!t || in->truth.shape[0] != ip_tensor_count(&in->thickness))
		return ip_cli_error(IP_EINVAL, "%s: '%s' is per nm, and there "
			"is no thickness for each picture of it", path,
			truth->name);
	for (size_t i = 0; i < in->truth.shape[0] * points; i++)
		v[i] *= t[i / points];
	return 0;
}

/* Into how many rings n images fall. */
static size_t rings_of(const struct ip_attrs *attrs, size_t n)
{
	const struct ip_attr *a = ip_attrs_find(attrs, "segments");

	if (!a || a->type != IP_ATTR_I64 || a->count != 2 || a->v.i64[1] < 2
		|| a->v.i64[0] < 1)
		return 1;
	if (n % (size_t)a->v.i64[0] != 0
		|| n / (size_t)a->v.i64[0] != (size_t)a->v.i64[1])
		return 1;
	return (size_t)a->v.i64[1];
}

static int read_bundle(const char *path, const struct ip_idpc_source *s,
	struct ip_idpc_input *in)
{
	struct ip_bundle b = {0};
	const struct ip_item *item, *truth = NULL;
	enum ip_kind kind;
	int rc, axes;

	if ((rc = ip_cli_kind(path, &kind)) < 0
		|| (rc = ip_cli_load(path, 0, &b)) < 0)
		return rc;
	axes = ip_cli_is_picture(kind) ? IP_AXES_SXY : s->axes;
	rc = IP_ENOTFOUND;
	if ((item = segments_of(&b, kind, s->name)) == NULL) {
		ip_cli_error(rc, "%s: no tensor '%s' in it; name the one that "
			"has the segments by --tensor, or make one of four "
			"images by iphase-prepare", path, s->name);
		goto done;
	}
	if (s->truth && (truth = ip_bundle_find(&b, s->truth)) == NULL) {
		ip_cli_error(rc, "%s: no tensor '%s' in it (--truth)", path,
			s->truth);
		goto done;
	}
	rc = IP_EINVAL;
	if (item->tensor.ndim != 3 && item->tensor.ndim != 4) {
		ip_cli_error(rc, "%s: '%s' has %d axes, expected (segment, x, "
			"y) or (series, segment, x, y)", path, s->name,
			item->tensor.ndim);
		goto done;
	}
	if (ip_tensor_count(&item->tensor) == 0) {
		ip_cli_error(rc, "%s: '%s' is empty", path, s->name);
		goto done;
	}
	if (truth && truth->tensor.ndim != 2 && truth->tensor.ndim != 3) {
		ip_cli_error(rc, "%s: '%s' has %d axes, expected (x, y) or "
			"(series, x, y)", path, s->truth, truth->tensor.ndim);
		goto done;
	}
	if ((rc = take(&in->all, &item->tensor, axes, 3)) < 0
		|| (truth && (rc = take(&in->truth, &truth->tensor,
		axes, 2)) < 0)
		|| (rc = ip_attrs_copy(&in->attrs, &b.attrs)) < 0
		|| (rc = ip_attrs_copy(&in->item, &item->attrs)) < 0)
		goto done;
	in->series = in->all.ndim == 4;
	if (!in->series)
		ip_cli_lift(&in->all);
	if (in->truth.ndim == 2)
		ip_cli_lift(&in->truth);
	in->rings = rings_of(&in->attrs, in->all.shape[1]);
	rc = take_thickness(in, &b);
	if (rc == 0 && truth)
		rc = over_depth(in, truth, path);
done:
	ip_bundle_free(&b);
	return rc;
}

/* ---- one image a segment ---- */

static int read_raw(const char *path, const struct ip_idpc_source *s,
	struct ip_tensor *t)
{
	struct ip_tensor v = {0};
	enum ip_dtype dtype;
	size_t shape[2];
	int rc, yx = s->axes == IP_AXES_AUTO || rows_first(s->axes);

	if (s->shape.count != 2 || !(s->shape.v[0] >= 1)
		|| !(s->shape.v[1] >= 1) || s->shape.v[0] > 1e6
		|| s->shape.v[1] > 1e6 || s->shape.v[0] != floor(s->shape.v[0])
		|| s->shape.v[1] != floor(s->shape.v[1]))
		return ip_cli_error(IP_EINVAL, "%s: a raw file: give its "
			"--shape=WIDTH,HEIGHT", path);
	if ((rc = ip_dtype_parse(s->dtype, &dtype)) < 0)
		return rc;
	/* The rows of a picture follow one another: y is the first axis. */
	shape[0] = (size_t)s->shape.v[yx];
	shape[1] = (size_t)s->shape.v[!yx];
	if ((rc = ip_raw_read(path, dtype, 2, shape, &v)) == 0)
		rc = take(t, &v, yx ? IP_AXES_SYX : IP_AXES_SXY, 2);
	ip_tensor_free(&v);
	return rc;
}

static int read_image(const char *path, const struct ip_idpc_source *s,
	struct ip_tensor *t, struct ip_attrs *a)
{
	enum ip_kind kind = ip_cli_kind_of_name(path);
	struct ip_tensor v = {0};
	int rc;

	if (kind == IP_KIND_UNKNOWN || kind == IP_KIND_RAW)
		return read_raw(path, s, t);
	if ((rc = ip_cli_image(path, &v, a)) == 0)
		rc = take(t, &v, ip_cli_is_picture(kind) ? IP_AXES_SXY
			: s->axes, 2);
	ip_tensor_free(&v);
	return rc;
}

static int read_images(const struct ip_cli *c, const struct ip_idpc_source *s,
	struct ip_idpc_input *in)
{
	struct ip_tensor t = {0}, v;
	struct ip_attrs attrs = {0};
	size_t shape[4] = {1, 0, 0, 0};
	int i, rc = 0;

	if (s->truth)
		return ip_cli_usage(c, "--truth needs one file that has it "
			"beside the segments");
	shape[1] = (size_t)c->count;
	in->rings = 1;
	for (i = 0; rc == 0 && i < c->count; i++) {
		if ((rc = read_image(c->operands[i], s, &t, &attrs)) != 0)
			break;
		if (i == 0) {
			shape[2] = t.shape[0];
			shape[3] = t.shape[1];
			rc = ip_tensor_new(&in->all, IP_F64, 4, shape);
		} else if (t.shape[0] != shape[2] || t.shape[1] != shape[3]) {
			rc = ip_cli_error(IP_EINVAL, "%s: %zu x %zu pixels, "
				"but %s has %zu x %zu", c->operands[i],
				t.shape[0], t.shape[1], c->operands[0],
				shape[2], shape[3]);
		}
		if (rc == 0)
			rc = ip_tensor_at(&v, &in->all, 1, (size_t)i);
		if (rc == 0) {
			struct ip_tensor one;

			if ((rc = ip_tensor_at(&one, &v, 0, 0)) == 0)
				rc = ip_tensor_copy(&one, &t);
		}
		if (rc == 0)
			rc = i == 0 ? ip_attrs_copy(&in->attrs, &attrs)
				: ip_cli_image_agree(c->operands[i],
				&in->attrs, &attrs);
		ip_attrs_free(&attrs);
		ip_tensor_free(&t);
	}
	ip_attrs_free(&attrs);
	ip_tensor_free(&t);
	return rc;
}

/* ---- the order of the segments ---- */

static int reorder(const struct ip_cli *c, const struct ip_idpc_source *s,
	struct ip_idpc_input *in)
{
	size_t all = in->all.shape[1], n = all / in->rings, *order, i;
	int rc;

	if (s->order.count == 0)
		return 0;
	order = calloc(all, sizeof *order);
	if (!order)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	rc = ip_cli_segment_order(c, &s->order, n, order);
	for (i = n; i < all; i++)	/* in each ring the same */
		order[i] = order[i % n] + i / n * n;
	if (rc == 0)
		rc = ip_cli_reorder(&in->all, order);
	free(order);
	return rc;
}

/* The segments that iDPC wants: rings added up. */
static int join_rings(struct ip_idpc_input *in)
{
	size_t n = in->all.shape[1] / in->rings, i, j, k, shape[4], points;
	double *to, *from = in->all.data;
	int rc;

	memcpy(shape, in->all.shape, sizeof shape);
	shape[1] = n;
	points = shape[2] * shape[3];
	if (in->rings == 1)
		return ip_tensor_wrap(&in->segments, IP_F64, 4, shape, from);
	if ((rc = ip_tensor_new(&in->segments, IP_F64, 4, shape)) < 0)
		return rc;
	to = in->segments.data;
	for (i = 0; i < shape[0]; i++)
		for (j = 0; j < n * in->rings; j++)
			for (k = 0; k < points; k++)
				to[(i * n + j % n) * points + k] += *from++;
	return 0;
}

static int check_truth(const struct ip_idpc_input *in)
{
	const size_t *t = in->truth.shape, *s = in->segments.shape;

	if (in->truth.data == NULL || (t[1] == s[2] && t[2] == s[3]
		&& (t[0] == 1 || t[0] == s[0])))
		return 0;
	return ip_cli_error(IP_EINVAL, "--truth: %zu pictures of %zu x %zu for "
		"%zu of %zu x %zu", t[0], t[1], t[2], s[0], s[2], s[3]);
}

int ip_idpc_read(const struct ip_cli *c, const struct ip_idpc_source *s,
	struct ip_idpc_input *in)
{
	int rc = c->count == 1 ? read_bundle(c->operands[0], s, in)
		: read_images(c, s, in);

	if (rc == 0)
		rc = reorder(c, s, in);
	if (rc == 0)
		rc = join_rings(in);
	if (rc == 0)
		rc = check_truth(in);
	if (rc != 0)
		ip_idpc_input_free(in);
	return rc;
}

void ip_idpc_input_free(struct ip_idpc_input *in)
{
	ip_tensor_free(&in->segments);
	ip_tensor_free(&in->all);
	ip_tensor_free(&in->truth);
	ip_tensor_free(&in->thickness);
	ip_attrs_free(&in->attrs);
	ip_attrs_free(&in->item);
}

int ip_idpc_is_periodic(const struct ip_attrs *a, const struct ip_tensor *t,
	const double pixel[2])
{
	const struct ip_attr *box = ip_attrs_find(a, "box");
	int i;

	if (ip_attrs_find(a, "periodic"))
		return ip_attrs_get(a, "periodic", 0) != 0;
	if (!box || box->type != IP_ATTR_F64 || box->count != 2)
		return 0;
	for (i = 0; i < 2; i++)
		if (fabs(pixel[i] * (double)t->shape[t->ndim - 2 + i]
			- box->v.f64[i]) > 1e-6 * box->v.f64[i])
			return 0;
	return 1;
}
