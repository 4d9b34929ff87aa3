/* iphase-convert --table: the pictures of several files, a row a file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "convert.h"

#define PICTURES_MAX 400

struct table {
	size_t rows, columns;
	struct ip_bundle *b;			/* [rows] */
	struct ip_tensor *img;			/* [rows][columns], views */
	struct ip_picture_style *style;
	char (*title)[64];
};

/* ([T,] H, W) of an item: --index takes a channel of ([T,] C, H, W). */
static int pictures(const struct ip_cli *c, const struct ip_convert *o,
	const struct ip_item *item, struct ip_tensor *t)
{
	*t = item->tensor;
	if (o->index.count > 1)
		return ip_cli_usage(c, "--table: --index is one number, the "
			"channel");
	if (o->index.count && t->ndim > 2) {
		double v = o->index.v[0];
		int axis = t->ndim - 3;
		if (!(v >= 0 && v < (double)t->shape[axis]) || v != floor(v))
			return ip_cli_usage(c, "--index: %g, expected 0 to %zu",
				v, t->shape[axis] - 1);
		if (ip_tensor_at(t, t, axis, (size_t)v) < 0)
			return IP_EINVAL;
	}
	if (t->ndim == 2 || t->ndim == 3)
		return t->dtype == IP_C64 || t->dtype == IP_TEXT ?
			ip_cli_error(IP_EINVAL, "tensor '%s' has no real "
				"numbers to draw", item->name) : 0;
	return ip_cli_error(IP_EINVAL, "tensor '%s' has %d axes; expected "
		"pictures, a series of them, or one more axis and --index",
		item->name, item->tensor.ndim);
}

static int new_rows(struct table *t, size_t columns)
{
	size_t n;

	if (columns == 0 || columns > PICTURES_MAX / t->rows)
		return ip_cli_error(IP_ELIMIT, "--table: %zu x %zu pictures; "
			"expected 1 to %d", t->rows, columns, PICTURES_MAX);
	n = t->rows * columns;
	t->columns = columns;
	t->img = calloc(n, sizeof *t->img);
	t->style = calloc(n, sizeof *t->style);
	t->title = calloc(n, sizeof *t->title);
	return t->img && t->style && t->title ? 0 :
		ip_cli_error(IP_ENOMEM, "out of memory");
}

/* "tilt-0.2 40 nm": the file's name, and its thickness if it has one. */
static void put_title(const struct ip_bundle *b, const char *path, size_t j,
	char *title, size_t size)
{
	const struct ip_item *item = ip_bundle_find(b, "thickness");
	const char *name = strrchr(path, '/');
	struct ip_tensor t = { 0 };
	int n;

	name = name ? name + 1 : path;
	n = (int)(strrchr(name, '.') ? strrchr(name, '.') - name :
		(long)strlen(name));
	if (item && item->tensor.ndim < 2 && j < ip_tensor_count(&item->tensor)
			&& ip_tensor_convert(&t, IP_F64, &item->tensor) == 0)
		snprintf(title, size, "%.*s %.3g nm", n, name,
			((double *)t.data)[j]);
	else
		snprintf(title, size, "%.*s %zu", n, name, j);
	ip_tensor_free(&t);
}

static int add_row(const struct ip_cli *c, const struct ip_convert *o,
	size_t row, struct table *t)
{
	struct ip_picture_style style = { 0 };
	const char *path = c->operands[row];
	const struct ip_item *item;
	struct ip_tensor all;
	int rc = ip_convert_load(c, o, path, &t->b[row]);

	if (rc == 0)
		rc = ip_convert_pick(o, &t->b[row], &item);
	if (rc == 0)
		rc = ip_convert_style(c, o, &t->b[row], item, &style);
	if (rc == 0)
		rc = pictures(c, o, item, &all);
	if (rc == 0 && row == 0)
		rc = new_rows(t, all.ndim == 3 ? all.shape[0] : 1);
	if (rc)
		return rc;
	if ((all.ndim == 3 ? all.shape[0] : 1) != t->columns)
		return ip_cli_error(IP_EINVAL, "%s: has %zu pictures, the "
			"first file %zu", path, all.ndim == 3 ? all.shape[0] :
			1, t->columns);
	for (size_t j = 0; rc == 0 && j < t->columns; j++) {
		size_t at = row * t->columns + j;
		t->img[at] = all;
		if (all.ndim == 3)
			rc = ip_tensor_at(&t->img[at], &all, 0, j);
		t->style[at] = style;
		t->style[at].title = t->title[at];
		put_title(&t->b[row], path, j, t->title[at],
			sizeof *t->title);
	}
	return rc;
}

int ip_convert_table(const struct ip_cli *c, const struct ip_convert *o)
{
	struct table t = { .rows = (size_t)c->count };
	int rc = 0;

	t.b = calloc(t.rows, sizeof *t.b);
	if (!t.b)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (size_t i = 0; rc == 0 && i < t.rows; i++)
		rc = add_row(c, o, i, &t);
	if (rc == 0)
		rc = ip_png_panels(c->output, t.img, t.style, t.rows *
			t.columns, t.columns);
	for (size_t i = 0; i < t.rows; i++)
		ip_bundle_free(&t.b[i]);
	free(t.b);
	free(t.img);
	free(t.style);
	free(t.title);
	return rc;
}
