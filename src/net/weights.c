/* Names, shapes and layouts of weights, and their way to a device. */
#include <stdio.h>
#include <string.h>
#include "core/core.h"
#include "weights.h"

#define ALIGN 64u

void ip_weights_add(struct ip_weights *ws, struct ip_buf *buf,
	enum ip_layout layout, const char *prefix, const char *name, size_t a,
	size_t b, size_t c, size_t d)
{
	struct ip_weight *w = &ws->item[ws->count++];
	size_t shape[4] = { a, b, c, d };

	snprintf(w->is.name, sizeof(w->is.name), "%s.%s", prefix, name);
	memcpy(w->is.shape, shape, sizeof(shape));
	for (w->is.ndim = 0; w->is.ndim < 4 && shape[w->is.ndim]; )
		w->is.ndim++;
	w->layout = layout;
	w->buf = buf;
}

static size_t count_of(const struct ip_net_weight *w)
{
	size_t n = 1;
	int i;

	for (i = 0; i < w->ndim; i++)
		n *= w->shape[i];
	return n;
}

static size_t padded(const struct ip_weight *w)
{
	return (count_of(&w->is) * sizeof(ip_real) + ALIGN - 1) / ALIGN * ALIGN;
}

size_t ip_weights_size(const struct ip_weights *ws)
{
	size_t i, size = 0;

	for (i = 0; i < ws->count; i++)
		size += padded(&ws->item[i]);
	return size;
}

void ip_weights_place(const struct ip_weights *ws, const struct ip_buf *all)
{
	size_t i, at = 0;

	for (i = 0; i < ws->count; i++) {
		const struct ip_weight *w = &ws->item[i];

		*w->buf = *all;
		w->buf->offset += at;
		w->buf->size = count_of(&w->is) * sizeof(ip_real);
		at += padded(w);
	}
}

/* ---- to the device and back ---- */

/* axis of PyTorch's layout that each axis of the device's is */
static const int order[][4] = {
	[IP_LAYOUT_PLAIN] = { 0, 1, 2, 3 },
	[IP_LAYOUT_CONV] = { 2, 3, 1, 0 },
	[IP_LAYOUT_PATCH] = { 0, 3, 2, 1 },
	[IP_LAYOUT_UP] = { 2, 3, 1, 0 },
};

static int put_one(const struct ip_weight *w, struct ip_dev *dev,
	const struct ip_tensor *t)
{
	struct ip_tensor view, turned = { 0 };
	int rc;

	if ((rc = ip_tensor_permute(&view, t, order[w->layout])) < 0 ||
		(rc = ip_tensor_convert(&turned, IP_REAL, &view)) < 0)
		return rc;
	rc = ip_dev_backend(dev)->put(dev, w->buf, 0, turned.data,
		w->buf->size);
	ip_tensor_free(&turned);
	return rc;
}

/* From the last to the first: a heap gives back what lies at its end. */
int ip_weights_put(const struct ip_weights *ws, struct ip_dev *dev,
	const struct ip_bundle *b, int give)
{
	size_t i;
	int rc = IP_OK;

	for (i = ws->count; rc == 0 && i-- > 0; ) {
		struct ip_item *item = ip_bundle_find(b, ws->item[i].is.name);

		rc = put_one(&ws->item[i], dev, &item->tensor);
		if (give)
			ip_tensor_free(&item->tensor);
	}
	return rc;
}

static int get_one(const struct ip_weight *w, struct ip_dev *dev,
	struct ip_tensor *t)
{
	struct ip_tensor turned = { 0 }, view;
	size_t shape[4];
	int i, back[4], rc;

	for (i = 0; i < w->is.ndim; i++) {
		shape[i] = w->is.shape[order[w->layout][i]];
		back[order[w->layout][i]] = i;
	}
	if ((rc = ip_tensor_new(&turned, IP_REAL, w->is.ndim, shape)) < 0)
		return rc;
	rc = ip_dev_backend(dev)->get(dev, w->buf, 0, turned.data,
		w->buf->size);
	if (rc == 0)
		rc = ip_tensor_permute(&view, &turned, back);
	if (rc == 0)
		rc = ip_tensor_convert(t, IP_REAL, &view);
	ip_tensor_free(&turned);
	return rc;
}

int ip_weights_get(const struct ip_weights *ws, struct ip_dev *dev,
	const char *prefix, struct ip_bundle *b)
{
	char name[sizeof(ws->item->is.name) + 16];
	struct ip_tensor t = { 0 };
	size_t i;
	int rc = IP_OK;

	for (i = 0; rc == 0 && i < ws->count; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix,
			ws->item[i].is.name);
		rc = get_one(&ws->item[i], dev, &t);
		if (rc == 0)
			rc = ip_bundle_add(b, name, &t, NULL);
		ip_tensor_free(&t);
	}
	return rc;
}

/* ---- what a file may hold ---- */

static void shape_text(char *text, size_t size, int ndim, const size_t *shape)
{
	size_t n = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < ndim && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%zu",
			i ? " x " : "", shape[i]);
}

static int check_one(const struct ip_net_weight *w, const struct ip_bundle *b)
{
	const struct ip_item *item = ip_bundle_find(b, w->name);
	const struct ip_tensor *t;
	char want[100], got[200];

	shape_text(want, sizeof(want), w->ndim, w->shape);
	if (!item)
		return ip_fail(IP_EFORMAT, "the weights lack '%s', %s", w->name,
			want);
	t = &item->tensor;
	if (t->dtype != IP_F16 && t->dtype != IP_F32 && t->dtype != IP_F64)
		return ip_fail(IP_EFORMAT, "the weights' '%s' is of %s: "
			"expected float16, 32 or 64", w->name,
			ip_dtype_name(t->dtype));
	shape_text(got, sizeof(got), t->ndim, t->shape);
	if (t->ndim != w->ndim ||
		memcmp(t->shape, w->shape, sizeof(size_t) * (size_t)w->ndim))
		return ip_fail(IP_EFORMAT, "the weights' '%s' is %s: "
			"expected %s", w->name, t->ndim ? got : "one number",
			want);
	return ip_tensor_check_finite(t, w->name) < 0 ? IP_EFORMAT : IP_OK;
}

int ip_weights_check(const struct ip_weights *ws, const struct ip_bundle *b)
{
	size_t i, j;
	int rc;

	for (i = 0; i < ws->count; i++)
		if ((rc = check_one(&ws->item[i].is, b)) < 0)
			return rc;
	for (i = 0; i < b->count; i++) {
		for (j = 0; j < ws->count; j++)
			if (!strcmp(b->items[i].name, ws->item[j].is.name))
				break;
		if (j == ws->count)
			return ip_fail(IP_EFORMAT, "the weights hold '%s', "
				"which no SwinUNETR has", b->items[i].name);
	}
	return IP_OK;
}
