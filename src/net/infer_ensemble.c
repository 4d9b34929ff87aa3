/* The answers to a picture in all its turns, turned back: mean and spread. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "turn.h"

/*
 * What undoes t. A mirror image, turned or not, is undone by the same again.
 */
static struct ip_turn back_of(const struct ip_turn *t)
{
	struct ip_turn back = *t;

	if (!t->flip)
		back.quarters = (4 - t->quarters) % 4;
	return back;
}

/* Member t of the measurement, in new tensors but for one thickness. */
static int turn(const struct ip_turn *t, const struct ip_measurement *in,
	struct ip_measurement *to)
{
	int rc = ip_turn_segments(t, &to->segments, &in->segments);

	memcpy(to->euler, in->euler, sizeof to->euler);
	to->incident = in->incident;
	ip_turn_euler(t, to->euler);
	if (rc == 0 && in->thickness.ndim == 2)
		return ip_turn_new_map(t, &to->thickness, &in->thickness);
	return rc < 0 ? rc : ip_tensor_convert(&to->thickness, IP_F64,
		&in->thickness);
}

/* An answer, (H, W) or (out, H, W), turned back. */
static int turn_back(const struct ip_turn *t, const struct ip_tensor *y,
	struct ip_tensor *to)
{
	struct ip_turn back = back_of(t);
	size_t n = y->ndim == 3 ? y->shape[0] : 1;
	struct ip_tensor from = *y, part = *to;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (y->ndim == 3) {
			rc = ip_tensor_at(&from, y, 0, i);
			if (rc == 0)
				rc = ip_tensor_at(&part, to, 0, i);
		}
		if (rc == 0)
			rc = ip_turn_map(&back, &part, &from);
	}
	return rc;
}

static int run_member(struct ip_net *net, const struct ip_model *m,
	const struct ip_measurement *in, const struct ip_tiling *how,
	const struct ip_turn *t, struct ip_tensor *to)
{
	struct ip_measurement one = { .incident = 0 };
	struct ip_tensor y = { 0 };
	int rc = turn(t, in, &one);

	if (rc == 0)
		rc = ip_infer(net, m, &one, how, &y, NULL);
	if (rc == 0)
		rc = turn_back(t, &y, to);
	ip_tensor_free(&y);
	ip_tensor_free(&one.segments);
	ip_tensor_free(&one.thickness);
	return rc;
}

/* mean and spread of v [count][n], in the order of the members. */
static void gather(const float *v, size_t count, size_t n, float *mean,
	float *spread)
{
	for (size_t i = 0; i < n; i++) {
		double sum = 0, squares = 0, m;
		for (size_t k = 0; k < count; k++)
			sum += (double)v[k * n + i];
		m = sum / (double)count;
		for (size_t k = 0; k < count; k++) {
			double d = (double)v[k * n + i] - m;
			squares += d * d;
		}
		mean[i] = (float)m;
		spread[i] = (float)sqrt(squares / (double)count);
	}
}

size_t ip_infer_members(const struct ip_model *m, double rotation)
{
	int n;

	return m->metadata == IP_METADATA_TILT3 && ip_turn_eighths(rotation,
		&n) ? 8 : 4;
}

/* The first member is the plain answer, and gives the shape. */
static int run_members(struct ip_net *net, const struct ip_model *m,
	const struct ip_measurement *in, double rotation,
	const struct ip_tiling *how, struct ip_tensor *all,
	struct ip_tiling_plan *plan)
{
	size_t count = ip_infer_members(m, rotation), shape[4] = { count };
	struct ip_tensor plain = { 0 }, to;
	int rc = ip_infer(net, m, in, how, &plain, plan);

	if (rc < 0)
		return rc;
	memcpy(shape + 1, plain.shape, (size_t)plain.ndim * sizeof *shape);
	rc = ip_tensor_new(all, IP_F32, plain.ndim + 1, shape);
	for (size_t k = 0; rc == 0 && k < count; k++) {
		struct ip_turn t = { k >= 4, 0, rotation, (int)(k % 4) };
		rc = ip_tensor_at(&to, all, 0, k);
		if (rc == 0)
			rc = k == 0 ? ip_tensor_copy(&to, &plain) : run_member(
				net, m, in, how, &t, &to);
	}
	ip_tensor_free(&plain);
	return rc;
}

int ip_infer_ensemble(struct ip_net *net, const struct ip_model *m,
	const struct ip_measurement *in, double rotation,
	const struct ip_tiling *how, struct ip_tensor *potential,
	struct ip_tensor *spread, struct ip_tiling_plan *plan)
{
	struct ip_tensor all = { 0 }, mean = { 0 }, wide = { 0 };
	int rc = run_members(net, m, in, rotation, how, &all, plan);

	if (rc == 0)
		rc = ip_tensor_new(&mean, IP_F32, all.ndim - 1, all.shape + 1);
	if (rc == 0)
		rc = ip_tensor_new(&wide, IP_F32, all.ndim - 1, all.shape + 1);
	if (rc == 0)
		gather(all.data, all.shape[0], ip_tensor_count(&mean),
			mean.data, wide.data);
	ip_tensor_free(&all);
	if (rc < 0) {
		ip_tensor_free(&mean);
		ip_tensor_free(&wide);
		return rc;
	}
	*potential = mean;
	*spread = wide;
	return 0;
}
