/* How attention and its gradient share out windows. */
#include <math.h>
#include "windows.h"

enum {
	UNITS = 1024,		/* groups that go from window to window */
	LOCAL = 48 << 10,	/* bytes of a room that is local, at most: what
				 * devices have, and some groups fit beside
				 * each other */
	REACH = 1 << 14		/* places of a table fit 30 bits */
};
#define ROOMS ((size_t)1 << 26)	/* reals of all groups' rooms in scratch */

/* Reals, whole fours; 0 if they are too many to be counted. */
static size_t room_of(const struct ip_windows *s, size_t vectors,
	size_t squares)
{
	size_t n = s->window[0] * s->window[1], side = 2 * s->reach - 1;
	size_t dim = up(s->dim, 4), a, b, all;

	if (ip_mul_size(n, dim * vectors, &a) ||
		ip_mul_size(n, (n | 1) * squares, &b) ||
		ip_add_size(a, b, &all) || ip_add_size(all, 2 * n + side *
			side + 3, &all))
		return 0;
	return all / 4 * 4;
}

int ip_cl_windows(struct ip_dev *dev, struct ip_cl_windows *w,
	const struct ip_windows *s, size_t vectors, size_t squares,
	size_t extra)
{
	size_t each;
	int rc;

	w->s = *s;
	w->high = pieces_of(s->h, s->window[0]);
	w->across = pieces_of(s->w, s->window[1]);
	w->all = s->b * w->high * w->across;
	if (s->reach > REACH)
		return ip_fail(IP_ELIMIT, "opencl: attention that reaches %zu"
			" tokens, at most %d", s->reach, (int)REACH);
	w->room = room_of(s, vectors, squares);
	if ((rc = ip_cl_fits(s->b * s->h * s->w * 3 * s->heads * s->dim)) < 0 ||
		(rc = ip_cl_fits(w->room ? w->room : SIZE_MAX)) < 0)
		return rc;
	w->local = w->room * sizeof(ip_real) <= least(LOCAL, dev->local);
	/* by the shape alone, for sums over blocks */
	each = s->heads * (w->room + extra);
	w->blocks = least(pieces_of(UNITS, s->heads), w->all);
	w->blocks = least(w->blocks, each < ROOMS ? ROOMS / each : 1);
	if (w->local && !extra)
		w->blocks = w->all;
	w->per = pieces_of(w->all, w->blocks);
	w->blocks = pieces_of(w->all, w->per);
	w->groups = w->blocks * s->heads;
	snprintf(w->options, sizeof w->options, "-D DIM=%zu -D LOCAL=%d",
		s->dim, w->local);
	return IP_OK;
}

void ip_cl_windows_arguments(struct ip_cl_call *c,
	const struct ip_cl_windows *w, const struct ip_buf *room)
{
	const struct ip_windows *s = &w->s;

	ip_cl_real(c, 1 / sqrt((double)s->dim));
	if (w->local)
		ip_cl_local(c, w->room * sizeof(ip_real));
	else
		ip_cl_buf(c, room);
	ip_cl_size(c, w->room);
	ip_cl_size(c, s->h);
	ip_cl_size(c, s->w);
	ip_cl_size(c, s->heads);
	ip_cl_size(c, s->window[0]);
	ip_cl_size(c, s->window[1]);
	ip_cl_size(c, s->shift[0]);
	ip_cl_size(c, s->shift[1]);
	ip_cl_size(c, s->reach);
	ip_cl_size(c, w->high);
	ip_cl_size(c, w->across);
	ip_cl_size(c, w->all);
	ip_cl_size(c, w->per);
}

int ip_cl_windows_run(struct ip_cl_call *c, const struct ip_cl_windows *w)
{
	size_t n = w->s.window[0] * w->s.window[1];
	size_t grid[3] = { w->groups, 1, 1 }, items[3] = { 64, 1, 1 };

	while (items[0] < n && items[0] < 256)
		items[0] *= 2;
	while (items[0] > c->dev->group)
		items[0] /= 2;
	return ip_cl_run_groups(c, grid, items);
}
