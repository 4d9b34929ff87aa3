/*
 * Changes that physics allows: the specimen, the scan and the microscope are
 * turned together, and what then stands in front of the detector is again the
 * crystal of the file, in another orientation.
 */
#include <math.h>
#include <string.h>
#include <iphase/random.h>
#include <iphase/specimen.h>
#include "augment.h"
#include "core/core.h"
#include "crystal/crystal.h"

#define DEGREE (3.14159265358979323846 / 180)

/* ---- drawing ---- */

double ip_change_uniform(uint64_t key, enum ip_change_number what)
{
	return ip_uniform(key, IP_STREAM_CHANGE, (uint64_t)what);
}

/* 0 .. n - 1 */
static size_t choose(uint64_t key, enum ip_change_number what, size_t n)
{
	return (size_t)(ip_change_uniform(key, what) * (double)n);
}

/* Of eighths of a circle the detector's rotation is a whole number. */
static int eighths(double rotation, int *n)
{
	double whole = nearbyint(rotation / 45);

	if (!(fabs(rotation - 45 * whole) < 1e-3 && fabs(whole) < 1e6))
		return 0;
	*n = (int)whole;
	return 1;
}

struct ip_change ip_change_draw(const struct ip_data_file *f,
	const struct ip_augmentation *how, uint64_t key)
{
	struct ip_change c = { .size = { f->h, f->w } };
	size_t size[2] = { f->h, f->w };
	double lo = how->dose[0], hi = how->dose[1];
	int n;

	/* a mirror turns the detector the other way: it must look the same */
	if (how->mirrors && f->mirrors && eighths(f->rotation, &n)) {
		c.flip = choose(key, IP_CHANGE_FLIP, 2) == 1;
		c.line = f->mirror[choose(key, IP_CHANGE_LINE, f->mirrors)];
		c.rotation = f->rotation;
	}
	if (how->crop)
		c.size[0] = c.size[1] = how->crop;
	/* all pictures of a batch keep their shape */
	if (how->turns)
		c.quarters = c.size[0] == c.size[1] ?
			(int)choose(key, IP_CHANGE_TURN, 4) :
			2 * (int)choose(key, IP_CHANGE_TURN, 2);
	for (int k = 0; k < 2; k++) {
		size_t side = size[c.quarters % 2 ? 1 - k : k];

		c.at[k] = choose(key, k ? IP_CHANGE_AT_Y : IP_CHANGE_AT_X,
			how->shifts && f->periodic ? side :
			side - c.size[k] + 1);
	}
	if (hi > 0)
		c.electrons = lo * pow(hi / lo, ip_change_uniform(key,
			IP_CHANGE_DOSE)) * f->pixel[0] * f->pixel[1];
	c.key = key;
	return c;
}

/* ---- orientation ---- */

/*
 * Of the crystal C turned by R: the mirror M gives M R C = (M R S) C, with S a
 * mirror of the crystal, S C = C; a quarter turn Q gives (Q R) C.
 */
static void turn_euler(const struct ip_change *c, double euler[3])
{
	double flip[3][3] = { { -1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
	double two = 2 * c->line * DEGREE;
	double own[3][3] = { { cos(two), sin(two), 0 },
		{ sin(two), -cos(two), 0 }, { 0, 0, 1 } };
	double quarter[3][3] = { { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 1 } };
	double r[3][3], t[3][3];

	if (!c->flip && !c->quarters)
		return;		/* not even rounded */
	ip_euler_matrix(euler, r);
	if (c->flip) {
		ip_matrix_multiply(flip, r, t);
		ip_matrix_multiply(t, own, r);
	}
	for (int i = 0; i < c->quarters; i++) {
		ip_matrix_multiply(quarter, r, t);
		memcpy(r, t, sizeof r);
	}
	ip_euler_angles(r, euler);
}

/*
 * Which segment becomes number k. Segment j covers rotation + 90 j to
 * rotation + 90 (j + 1) degree; x to -x makes 180 - azimuth of an azimuth.
 */
static size_t segment_from(const struct ip_change *c, size_t k)
{
	const int all = IP_NET_SEGMENTS;
	int from = (int)k - c->quarters, n = 0;

	if (c->flip) {
		eighths(c->rotation, &n);
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

/* The picture src (H, W) into dst. */
static int change_map(const struct ip_change *c, struct ip_tensor *dst,
	const struct ip_tensor *src)
{
	struct ip_tensor v = *src;

	v.owner = NULL;
	if (c->flip)
		flip_view(&v);
	for (int i = 0; i < c->quarters; i++)
		quarter_view(&v);
	return ip_tensor_copy(dst, &v);
}

/* The sides of a picture (H, W) when it is turned. */
static void turned(const struct ip_change *c, const size_t *side, size_t to[2])
{
	to[0] = side[c->quarters % 2];
	to[1] = side[1 - c->quarters % 2];
}

static int change_segments(const struct ip_change *c, struct ip_tensor *dst,
	const struct ip_tensor *src)
{
	size_t shape[3] = { IP_NET_SEGMENTS };
	struct ip_tensor from, to;
	int rc;

	turned(c, src->shape + 1, shape + 1);
	rc = ip_tensor_new(dst, src->dtype, 3, shape);
	for (size_t k = 0; rc == 0 && k < IP_NET_SEGMENTS; k++) {
		rc = ip_tensor_at(&from, src, 0, segment_from(c, k));
		if (rc == 0)
			rc = ip_tensor_at(&to, dst, 0, k);
		if (rc == 0)
			rc = change_map(c, &to, &from);
	}
	return rc;
}

static int change_new_map(const struct ip_change *c, struct ip_tensor *dst,
	const struct ip_tensor *src)
{
	size_t shape[2];
	int rc;

	turned(c, src->shape, shape);
	rc = ip_tensor_new(dst, src->dtype, 2, shape);
	return rc < 0 ? rc : change_map(c, dst, src);
}

/* ---- noise ---- */

/* Fractions of the beam as so many electrons would give them. */
static int count(const struct ip_change *c, struct ip_tensor *t)
{
	float *v = t->data;
	size_t i, n = ip_tensor_count(t);
	int64_t k;

	for (i = 0; i < n; i++) {
		k = ip_poisson(c->key, IP_STREAM_COUNTS, i, v[i] > 0 ?
			(double)v[i] * c->electrons : 0);
		if (k < 0)
			return ip_fail(IP_ELIMIT, "dose: %g electrons in a"
				" pixel and segment cannot be counted",
				(double)v[i] * c->electrons);
		v[i] = (float)((double)k / c->electrons);
	}
	return 0;
}

int ip_change_apply(const struct ip_change *c, struct ip_sample *s)
{
	struct ip_sample new = { 0 };
	int map = s->thickness.ndim == 2;
	int rc = change_segments(c, &new.segments, &s->segments);

	if (rc == 0)
		rc = change_new_map(c, &new.truth, &s->truth);
	if (rc == 0 && map)
		rc = change_new_map(c, &new.thickness, &s->thickness);
	if (rc == 0 && c->electrons > 0)
		rc = count(c, &new.segments);
	if (rc < 0) {
		ip_sample_free(&new);
		return rc;
	}
	if (!map) {
		new.thickness = s->thickness;
		memset(&s->thickness, 0, sizeof s->thickness);
	}
	memcpy(new.euler, s->euler, sizeof new.euler);
	new.incident = s->incident;
	turn_euler(c, new.euler);
	ip_sample_free(s);
	*s = new;
	return 0;
}

/* ---- a part ---- */

/* dst = the part of src from at on, going round. */
static int cut(struct ip_tensor *dst, const struct ip_tensor *src,
	const size_t at[2])
{
	size_t first[2], n[2][2];
	struct ip_tensor from, to;
	int k, rc = 0;

	for (k = 0; k < 2; k++) {
		first[k] = src->shape[k] - at[k];
		n[k][0] = first[k] < dst->shape[k] ? first[k] : dst->shape[k];
		n[k][1] = dst->shape[k] - n[k][0];
	}
	for (k = 0; rc == 0 && k < 4; k++) {
		int x = k / 2, y = k % 2;

		if (n[0][x] == 0 || n[1][y] == 0)
			continue;
		rc = ip_tensor_slice(&from, src, 0, x ? 0 : at[0], n[0][x]);
		if (rc == 0)
			rc = ip_tensor_slice(&from, &from, 1, y ? 0 : at[1],
				n[1][y]);
		if (rc == 0)
			rc = ip_tensor_slice(&to, dst, 0, x ? n[0][0] : 0,
				n[0][x]);
		if (rc == 0)
			rc = ip_tensor_slice(&to, &to, 1, y ? n[1][0] : 0,
				n[1][y]);
		if (rc == 0)
			rc = ip_tensor_copy(&to, &from);
	}
	return rc;
}

int ip_change_cut(const struct ip_change *c, struct ip_tensor *t)
{
	size_t shape[3] = { t->shape[0], c->size[0], c->size[1] }, i;
	struct ip_tensor new = { 0 }, from, to;
	int rc = ip_tensor_new(&new, t->dtype, 3, shape);

	for (i = 0; rc == 0 && i < shape[0]; i++) {
		rc = ip_tensor_at(&from, t, 0, i);
		if (rc == 0)
			rc = ip_tensor_at(&to, &new, 0, i);
		if (rc == 0)
			rc = cut(&to, &from, c->at);
	}
	if (rc < 0) {
		ip_tensor_free(&new);
		return rc;
	}
	ip_tensor_free(t);
	*t = new;
	return 0;
}
