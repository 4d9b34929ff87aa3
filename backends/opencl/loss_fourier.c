/*
 * The part of the loss that compares the moduli of Fourier transforms, of
 * w/2 + 1 columns: rows of p and t forward; columns forward, compared, and
 * back; rows back.
 */
#include <math.h>
#include "chirp.h"

#define SOURCE "fft+chirp+twofold+loss_fourier"

struct job {
	struct ip_dev *dev;
	const struct ip_map *m;
	const struct ip_buf *p, *t;
	struct ip_buf *dp;
	struct ip_cl_any x, y;
	size_t kept, batch, items;	/* units at once; of "finish" */
	double scale;
	struct ip_buf z, parts, room;	/* parts: two numbers a tile */
};

static struct ip_cl_tile row_tile(const struct job *j, size_t rows)
{
	struct ip_cl_tile t = ip_cl_tile(j->dev, j->x.fft.n, rows, 1, 0, 1);

	t.memory = j->room;
	return t;
}

static struct ip_cl_tile column_tile(const struct job *j, size_t units)
{
	struct ip_cl_tile t = ip_cl_tile(j->dev, j->y.fft.n, j->kept, units, 1,
		2);

	t.memory = j->room;
	return t;
}

/* ---- kernels ---- */

static void row_args(struct ip_cl_call *c, const struct job *j, size_t first,
	size_t rows, const struct ip_cl_tile *t)
{
	ip_cl_any_arg(c, &j->x);
	ip_cl_size(c, j->m->h);
	ip_cl_size(c, j->m->c);
	ip_cl_size(c, first);
	ip_cl_size(c, rows);
	ip_cl_size(c, t->lines);
}

static int rows(const struct job *j, size_t first, size_t units)
{
	struct ip_cl_tile t = row_tile(j, units * 2 * j->m->h);
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "rows", &t);

	ip_cl_buf(&c, &j->z);
	ip_cl_buf(&c, j->p);
	ip_cl_buf(&c, j->t);
	row_args(&c, j, first, units * 2 * j->m->h, &t);
	return ip_cl_tile_run(&c, &t);
}

static int columns(const struct job *j, size_t first, size_t units)
{
	struct ip_cl_tile t = column_tile(j, units);
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "columns", &t);
	size_t across = pieces_of(j->kept, t.lines);

	ip_cl_buf(&c, &j->z);
	ip_cl_part(&c, &j->parts, first * across * 2);
	ip_cl_any_arg(&c, &j->y);
	ip_cl_size(&c, j->kept);
	ip_cl_size(&c, units);
	ip_cl_size(&c, t.lines);
	ip_cl_real(&c, j->scale);
	ip_cl_local(&c, t.items * 2 * sizeof(ip_real));
	return ip_cl_tile_run(&c, &t);
}

static int back(const struct job *j, size_t first, size_t units)
{
	struct ip_cl_tile t = row_tile(j, units * j->m->h);
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "back", &t);

	ip_cl_buf(&c, j->dp);
	ip_cl_buf(&c, &j->z);
	row_args(&c, j, first, units * j->m->h, &t);
	return ip_cl_tile_run(&c, &t);
}

static int finish(const struct job *j, struct ip_buf *part, size_t n,
	double share)
{
	struct ip_cl_tile t = { .groups = 1, .items = j->items };
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "finish", "");

	ip_cl_buf(&c, part);
	ip_cl_buf(&c, &j->parts);
	ip_cl_size(&c, n);
	ip_cl_real(&c, share);
	ip_cl_local(&c, t.items * 2 * sizeof(ip_real));
	return ip_cl_tile_run(&c, &t);
}

/* ---- the op ---- */

static int reserve(struct job *j, size_t units, size_t *tiles)
{
	size_t z = 2 * j->m->h * j->kept * 2 * sizeof(ip_real), at = 0;
	struct ip_cl_tile r, c;
	struct ip_buf all;
	size_t room;
	int rc;

	j->batch = ip_cl_batch(units, z);
	r = row_tile(j, j->batch * 2 * j->m->h);
	c = column_tile(j, j->batch);
	room = ip_cl_tile_memory(&r, &c);
	*tiles = pieces_of(j->kept, c.lines) * units;
	ip_cl_piece(NULL, &at, j->batch * z);
	ip_cl_piece(NULL, &at, *tiles * 2 * sizeof(ip_real));
	ip_cl_piece(NULL, &at, room);
	if ((rc = ip_cl_scratch(j->dev, &all, at)) < 0)
		return rc;
	at = 0;
	j->z = ip_cl_piece(&all, &at, j->batch * z);
	j->parts = ip_cl_piece(&all, &at, *tiles * 2 * sizeof(ip_real));
	j->room = ip_cl_piece(&all, &at, room);
	return IP_OK;
}

int ip_cl_loss_fourier(struct ip_dev *dev, struct ip_buf *part,
	struct ip_buf *dp, const struct ip_buf *p, const struct ip_buf *t,
	const struct ip_map *m, int orthonormal, double weight)
{
	struct job j = { .dev = dev, .m = m, .p = p, .t = t, .dp = dp,
		.kept = m->w / 2 + 1, .items = ip_cl_items(dev) };
	size_t units = m->b * m->c, tiles, i, n;
	double share;
	int rc;

	if ((rc = ip_op_check_loss_fourier(part, dp, p, t, m)) < 0 ||
		(rc = ip_cl_any(dev, &j.x, m->w)) < 0 ||
		(rc = ip_cl_any(dev, &j.y, m->h)) < 0 ||
		(rc = reserve(&j, units, &tiles)) < 0)
		return rc;
	share = 1 / ((double)(units * m->h) * (double)j.kept);
	if (orthonormal)
		share /= sqrt((double)m->h * (double)m->w);
	j.scale = weight * share;
	for (i = 0; i < units; i += n) {
		n = least(units - i, j.batch);
		if ((rc = rows(&j, i, n)) < 0 ||
			(rc = columns(&j, i, n)) < 0 ||
			(rc = back(&j, i, n)) < 0)
			return rc;
	}
	return finish(&j, part, tiles, share);
}
