/* iphase-info --against: two files, number by number. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "cli.h"
#include "info.h"

struct difference {
	double largest, squares;
	size_t count;
};

/* Two numbers that are no number, or the same infinity, are alike. */
static double apart(double a, double b)
{
	return a == b || (isnan(a) && isnan(b)) ? 0 : fabs(a - b);
}

/* Once it is no number, the largest stays that. */
static void add(struct difference *d, double x)
{
	if (!isnan(d->largest) && !(x <= d->largest))
		d->largest = x;
	d->squares += x * x;
	d->count++;
}

static void put(const struct difference *d)
{
	printf("largest %.3g, rms %.3g\n", d->largest, d->count ?
		sqrt(d->squares / (double)d->count) : 0);
}

static int is_series(const struct ip_item *item)
{
	const char *axes = ip_attrs_get_text(&item->attrs, "axes");

	return axes && strncmp(axes, "thickness,", 10) == 0 &&
		item->tensor.ndim > 1;
}

/* Elements from .. to of two tensors, both float64 or both complex. */
static struct difference measure(const struct ip_tensor *a,
	const struct ip_tensor *b, size_t from, size_t to)
{
	struct difference d = { 0, 0, 0 };
	const double *x = a->data, *y = b->data;
	const float *p = a->data, *q = b->data;

	for (size_t i = from; i < to; i++)
		if (a->dtype == IP_F64)
			add(&d, apart(x[i], y[i]));
		else
			add(&d, hypot(apart(p[2 * i], q[2 * i]),
				apart(p[2 * i + 1], q[2 * i + 1])));
	return d;
}

static int compare(const struct ip_item *item, const struct ip_tensor *other)
{
	const struct ip_tensor *t = &item->tensor;
	enum ip_dtype dtype = t->dtype == IP_C64 ? IP_C64 : IP_F64;
	size_t n = ip_tensor_count(t), rows = is_series(item) ? t->shape[0] : 0;
	struct difference d;
	struct ip_tensor a = { 0 }, b = { 0 };
	int rc = ip_tensor_convert(&a, dtype, t);

	if (rc == 0)
		rc = ip_tensor_convert(&b, dtype, other);
	if (rc == 0) {
		d = measure(&a, &b, 0, n);
		printf("%-20s ", item->name);
		put(&d);
	}
	for (size_t r = 0; rc == 0 && r < rows; r++) {
		d = measure(&a, &b, r * (n / rows), (r + 1) * (n / rows));
		printf("  thickness %-8zu ", r);
		put(&d);
	}
	ip_tensor_free(&a);
	ip_tensor_free(&b);
	return rc;
}

/* An item of a against b's of its name. */
static int compare_item(const struct ip_item *item, const struct ip_bundle *b)
{
	const struct ip_item *q = ip_bundle_find(b, item->name);
	const struct ip_tensor *t = &item->tensor;

	if (!q)
		printf("%-20s not in the other\n", item->name);
	else if (q->tensor.ndim != t->ndim || memcmp(q->tensor.shape, t->shape,
			(size_t)t->ndim * sizeof *t->shape) ||
			(q->tensor.dtype == IP_C64) != (t->dtype == IP_C64))
		printf("%-20s of another shape or kind\n", item->name);
	else if (t->dtype == IP_TEXT || q->tensor.dtype == IP_TEXT)
		printf("%-20s is text\n", item->name);
	else
		return compare(item, &q->tensor);
	return 0;
}

int ip_info_against(const char *path, const char *other)
{
	struct ip_bundle a = { 0 }, b = { 0 };
	int rc = ip_cli_load(path, 0, &a);

	if (rc == 0)
		rc = ip_cli_load(other, 0, &b);
	if (rc == 0)
		printf("%s against %s\n", path, other);
	for (size_t i = 0; rc == 0 && i < a.count; i++)
		rc = compare_item(&a.items[i], &b);
	ip_bundle_free(&a);
	ip_bundle_free(&b);
	return rc;
}
