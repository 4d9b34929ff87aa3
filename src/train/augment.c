/*
 * Changes that physics allows: the specimen, the scan and the microscope are
 * turned together, and what then stands in front of the detector is again the
 * crystal of the file, in another orientation.
 */
#include <math.h>
#include <string.h>
#include <iphase/random.h>
#include "augment.h"
#include "core/core.h"
#include "net/turn.h"

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

struct ip_change ip_change_draw(const struct ip_data_file *f,
	const struct ip_augmentation *how, uint64_t key)
{
	struct ip_change c = { .size = { f->h, f->w } };
	size_t size[2] = { f->h, f->w };
	double lo = how->dose[0], hi = how->dose[1];
	int n;

	/* a mirror turns the detector the other way: it must look the same */
	if (how->mirrors && f->mirrors && ip_turn_eighths(f->rotation, &n)) {
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
	struct ip_turn t = { c->flip, c->line, c->rotation, c->quarters };
	int map = s->thickness.ndim == 2;
	int rc = ip_turn_segments(&t, &new.segments, &s->segments);

	if (rc == 0)
		rc = ip_turn_new_map(&t, &new.truth, &s->truth);
	if (rc == 0 && map)
		rc = ip_turn_new_map(&t, &new.thickness, &s->thickness);
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
	ip_turn_euler(&t, new.euler);
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
