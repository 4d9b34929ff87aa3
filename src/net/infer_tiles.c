/* Tiles of a picture: cut, computed, blended. */
#include <math.h>
#include <string.h>
#include <iphase/real.h>
#include "core/core.h"
#include "infer.h"

#define PI 3.14159265358979323846
#define STEP ((size_t)IP_NET_STEP)

size_t ip_infer_reflect(size_t i, size_t n)
{
	size_t period = 2 * (n - 1);

	if (n == 1)
		return 0;
	i %= period;
	return i < n ? i : period - i;
}

/* ---- along one axis ---- */

size_t ip_infer_start(const struct ip_infer_axis *a, size_t k)
{
	if (a->count == 1)
		return 0;
	return k * ((a->padded - a->tile) / STEP) / (a->count - 1) * STEP;
}

/* From 0 to 1 over an overlap, as a Hann window begins. */
static double rise(double x, double overlap)
{
	double s = x < overlap ? sin(0.5 * PI * x / overlap) : 1;

	return s * s;
}

/* Not yet divided: pixel i of tile k. */
static double window(const struct ip_infer_axis *a, size_t k, size_t i)
{
	size_t at = ip_infer_start(a, k);
	double x = (double)i + 0.5, w = 1;

	if (k > 0)
		w *= rise(x, (double)(ip_infer_start(a, k - 1) + a->tile -
			at));
	if (k + 1 < a->count)
		w *= rise((double)a->tile - x, (double)(at + a->tile -
			ip_infer_start(a, k + 1)));
	return w;
}

void ip_infer_blend(const struct ip_infer_axis *a, size_t k, double *w)
{
	size_t at = ip_infer_start(a, k), i, j, from;
	double sum;

	for (i = 0; i < a->tile; i++) {
		sum = 0;
		for (j = 0; j < a->count; j++) {
			from = ip_infer_start(a, j);
			if (at + i >= from && at + i < from + a->tile)
				sum += window(a, j, at + i - from);
		}
		w[i] = window(a, k, i) / sum;
	}
}

/* ---- a tile ---- */

struct job {
	struct ip_infer_axis row, column;
	double *row_weight, *column_weight;	/* of the tile under way */
	struct ip_tensor x, y;			/* that tile */
};

static void cut(const struct job *j, const struct ip_tensor *x, size_t top,
	size_t left)
{
	size_t h = x->shape[1], w = x->shape[2], c, r, i, from;
	const float *in = x->data;
	ip_real *out = j->x.data;

	for (c = 0; c < x->shape[0]; c++)
		for (r = 0; r < j->row.tile; r++) {
			from = (c * h + ip_infer_reflect(top + r, h)) * w;
			for (i = 0; i < j->column.tile; i++)
				*out++ = (ip_real)in[from +
					ip_infer_reflect(left + i, w)];
		}
}

/* What lies beyond the picture is left out. */
static void blend(const struct job *j, struct ip_tensor *sum, size_t top,
	size_t left)
{
	size_t h = sum->shape[1], w = sum->shape[2], c, r, i;
	const ip_real *in = j->y.data;
	double *out, by;

	for (c = 0; c < sum->shape[0]; c++)
		for (r = 0; r < j->row.tile; r++, in += j->column.tile) {
			if (top + r >= h)
				continue;
			out = (double *)sum->data + (c * h + top + r) * w +
				left;
			by = j->row_weight[r];
			for (i = 0; i < j->column.tile && left + i < w; i++)
				out[i] += by * j->column_weight[i] *
					(double)in[i];
		}
}

/* ---- all ---- */

static int job_new(struct job *j, const struct ip_tiling_plan *p,
	const struct ip_tensor *x, size_t out)
{
	size_t shape[4] = { 1, x->shape[0], p->h, p->w };
	int rc;

	memset(j, 0, sizeof(*j));
	j->row = (struct ip_infer_axis){ 0, p->h, p->rows };
	j->column = (struct ip_infer_axis){ 0, p->w, p->columns };
	/* one tile may reach further than a picture's last step */
	j->row.padded = p->rows == 1 ? p->h :
		(x->shape[1] + STEP - 1) / STEP * STEP;
	j->column.padded = p->columns == 1 ? p->w :
		(x->shape[2] + STEP - 1) / STEP * STEP;
	if (!(j->row_weight = ip_alloc_array(p->h, sizeof(double))) ||
		!(j->column_weight = ip_alloc_array(p->w, sizeof(double))))
		return IP_ENOMEM;
	rc = ip_tensor_new(&j->x, IP_REAL, 4, shape);
	shape[1] = out;
	return rc < 0 ? rc : ip_tensor_new(&j->y, IP_REAL, 4, shape);
}

static void job_free(struct job *j)
{
	ip_tensor_free(&j->y);
	ip_tensor_free(&j->x);
	ip_free(j->column_weight);
	ip_free(j->row_weight);
}

int ip_infer_tiles(const struct ip_tiling_plan *plan,
	const struct ip_tensor *x, size_t out,
	int (*fn)(void *ctx, const struct ip_tensor *x, struct ip_tensor *y),
	void *ctx, struct ip_tensor *sum)
{
	size_t shape[3] = { out, x->shape[1], x->shape[2] };
	size_t n = plan->rows * plan->columns, i, top, left;
	struct ip_tensor r = { 0 };
	struct job j;
	int rc = job_new(&j, plan, x, out);

	if (rc == 0)
		rc = ip_tensor_new(&r, IP_F64, 3, shape);
	if (n > 1)
		ip_progress_begin("tiles", n);
	for (i = 0; rc == 0 && i < n; i++) {
		top = ip_infer_start(&j.row, i / plan->columns);
		left = ip_infer_start(&j.column, i % plan->columns);
		ip_infer_blend(&j.row, i / plan->columns, j.row_weight);
		ip_infer_blend(&j.column, i % plan->columns, j.column_weight);
		cut(&j, x, top, left);
		rc = fn(ctx, &j.x, &j.y);
		if (rc == 0)
			blend(&j, &r, top, left);
		if (n > 1)
			ip_progress_step(i + 1);
	}
	if (n > 1)
		ip_progress_end();
	job_free(&j);
	if (rc < 0)
		ip_tensor_free(&r);
	else
		*sum = r;
	return rc;
}
