/*
 * The specimen, the scan and the microscope turned together: what then stands
 * in front of the detector is the same crystal in another orientation.
 */
#include <math.h>
#include <string.h>
#include <iphase/specimen.h>
#include "crystal/crystal.h"
#include "turn.h"

#define DEGREE (3.14159265358979323846 / 180)

int ip_turn_eighths(double rotation, int *n)
{
	double whole = nearbyint(rotation / 45);

	if (!(fabs(rotation - 45 * whole) < 1e-3 && fabs(whole) < 1e6))
		return 0;
	*n = (int)whole;
	return 1;
}

/* ---- orientation ---- */

void ip_turn_euler(const struct ip_turn *t, double euler[3])
{
	double flip[3][3] = { { -1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
	double two = 2 * t->line * DEGREE;
	double own[3][3] = { { cos(two), sin(two), 0 },
		{ sin(two), -cos(two), 0 }, { 0, 0, 1 } };
	double quarter[3][3] = { { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 1 } };
	double r[3][3], s[3][3];

	if (!t->flip && !t->quarters)
		return;		/* not even rounded */
	ip_euler_matrix(euler, r);
	if (t->flip) {
		ip_matrix_multiply(flip, r, s);
		ip_matrix_multiply(s, own, r);
	}
	for (int i = 0; i < t->quarters; i++) {
		ip_matrix_multiply(quarter, r, s);
		memcpy(r, s, sizeof r);
	}
	ip_euler_angles(r, euler);
}

/*
 * Which segment becomes number k. Segment j covers rotation + 90 j to
 * rotation + 90 (j + 1) degree; x to -x makes 180 - azimuth of an azimuth.
 */
static size_t segment_from(const struct ip_turn *t, size_t k)
{
	const int all = IP_NET_SEGMENTS;
	int from = (int)k - t->quarters, n = 0;

	if (t->flip) {
		ip_turn_eighths(t->rotation, &n);
		from = 1 - n - from;
	}
	return (size_t)((from % all + all) % all);
}

/* ---- pictures ---- */

/* x becomes -x in a view (H, W). */
static void flip_view(struct ip_tensor *v)
{
	v->data = (char *)v->data + (ptrdiff_t)ip_dtype_size(v->dtype) *
		(ptrdiff_t)(v->shape[0] - 1) * v->stride[0];
	v->stride[0] = -v->stride[0];
}

/* (x, y) becomes (-y, x). */
static void quarter_view(struct ip_tensor *v)
{
	ptrdiff_t stride = v->stride[0];
	size_t side = v->shape[0];

	v->stride[0] = v->stride[1];
	v->shape[0] = v->shape[1];
	v->stride[1] = stride;
	v->shape[1] = side;
	flip_view(v);
}

int ip_turn_map(const struct ip_turn *t, struct ip_tensor *dst,
	const struct ip_tensor *src)
{
	struct ip_tensor v = *src;

	v.owner = NULL;
	if (t->flip)
		flip_view(&v);
	for (int i = 0; i < t->quarters; i++)
		quarter_view(&v);
	return ip_tensor_copy(dst, &v);
}

/* The sides of a picture (H, W) when it is turned. */
static void turned(const struct ip_turn *t, const size_t *side, size_t to[2])
{
	to[0] = side[t->quarters % 2];
	to[1] = side[1 - t->quarters % 2];
}

int ip_turn_segments(const struct ip_turn *t, struct ip_tensor *dst,
	const struct ip_tensor *src)
{
	size_t shape[3] = { IP_NET_SEGMENTS };
	struct ip_tensor from, to;
	int rc;

	turned(t, src->shape + 1, shape + 1);
	rc = ip_tensor_new(dst, src->dtype, 3, shape);
	for (size_t k = 0; rc == 0 && k < IP_NET_SEGMENTS; k++) {
		rc = ip_tensor_at(&from, src, 0, segment_from(t, k));
		if (rc == 0)
			rc = ip_tensor_at(&to, dst, 0, k);
		if (rc == 0)
			rc = ip_turn_map(t, &to, &from);
	}
	return rc;
}

int ip_turn_new_map(const struct ip_turn *t, struct ip_tensor *dst,
	const struct ip_tensor *src)
{
	size_t shape[2];
	int rc;

	turned(t, src->shape, shape);
	rc = ip_tensor_new(dst, src->dtype, 2, shape);
	return rc < 0 ? rc : ip_turn_map(t, dst, src);
}
