/*
 * The gradients of conv_transpose: of x the sum of four products of dy's
 * pixels, one for each place of a 2 x 2 block, with w; of w for each place a
 * sum of outer products.
 */
#include <iphase/threads.h>
#include "outer.h"
#include "sizes.h"

/* Pixels of one task, or a little more: whole lines of a picture. */
enum { PIXELS = 128 };

struct job {
	const struct ip_loops *loops;
	size_t lines, w, c, out;	/* lines of all pictures; of x */
	size_t group, groups;		/* lines a task; of lines */
	size_t panel, panels;		/* columns a panel */
	const ip_real *dy, *x, *weight;
	ip_real *packed;		/* [panels][4][out][panel] */
	ip_real *dx, *dw;
	struct ip_slot from;
};

static size_t columns(const struct job *j, size_t panel)
{
	return least(j->panel, j->c - panel * j->panel);
}

static void pack(const struct job *j, size_t panel)
{
	size_t rows = 4 * j->out, first = panel * j->panel;

	pack_panel(j->packed + first * rows, j->panel, j->weight + first, j->c,
		rows, columns(j, panel));
}

/* dy's pixel of a place in the first block of a line of x */
static const ip_real *dy_at(const struct job *j, size_t line, size_t place)
{
	return j->dy + ((2 * line + place / 2) * 2 * j->w + place % 2) *
		j->from.pitch + j->from.first;
}

/* unit: a panel of a group of lines */
static void multiply(const struct job *j, size_t unit)
{
	size_t panel = unit % j->panels, place;
	size_t line = unit / j->panels * j->group, end = line + j->group;
	struct ip_product p = { j->w, columns(j, panel), j->out,
		2 * j->from.pitch, j->panel, j->c, j->c, NULL, NULL, NULL,
		NULL };

	for (; line < end && line < j->lines; line++) {
		p.c = j->dx + line * j->w * j->c + panel * j->panel;
		p.start = NULL;
		for (place = 0; place < 4; place++) {
			p.a = dy_at(j, line, place);
			p.b = j->packed + (panel * 4 + place) * j->out *
				j->panel;
			j->loops->product(&p);
			p.start = p.c;
		}
	}
}

static int run_dx(struct ip_dev *dev, struct job *j)
{
	long i;

	j->group = (PIXELS + j->w - 1) / j->w;
	j->groups = (j->lines + j->group - 1) / j->group;
	cut_panels(j->c, j->loops->lanes, &j->panel, &j->panels);
	j->packed = ip_cpu_scratch(dev, 4 * j->panels * j->panel * j->out *
		sizeof(*j->packed));
	if (j->packed == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)j->panels; i++)
		pack(j, (size_t)i);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (i = 0; i < (long)(j->groups * j->panels); i++)
		multiply(j, (size_t)i);
	return IP_OK;
}

static int run_dw(struct ip_dev *dev, const struct job *j)
{
	struct ip_pixel_lines x = { j->x, j->lines * j->w, j->c, 0 }, dy[4];
	size_t i;

	for (i = 0; i < 4; i++) {
		dy[i].at = dy_at(j, 0, i);
		dy[i].width = j->w;
		dy[i].pixel = 2 * j->from.pitch;
		dy[i].line = 4 * j->w * j->from.pitch;
	}
	return ip_cpu_outer(dev, j->dw, 4, j->out, j->c, j->lines * j->w, dy,
		&x);
}

int ip_cpu_conv_transpose_grad(struct ip_dev *dev, struct ip_buf *dx,
	struct ip_buf *dw, const struct ip_buf *dy, const struct ip_slot *slot,
	const struct ip_buf *x, const struct ip_buf *w,
	const struct ip_map *in, size_t out)
{
	struct job j = { .loops = ip_loops(), .w = in->w, .c = in->c,
		.out = out };
	int rc;

	if ((rc = ip_op_check_conv_transpose_grad(dx, dw, dy, slot, x, w, in,
		out, &j.from)) < 0)
		return rc;
	j.lines = in->b * in->h;
	j.dy = ip_cpu_at(dy);
	j.x = ip_cpu_at(x);
	j.weight = ip_cpu_at(w);
	if (dx) {
		j.dx = ip_cpu_at(dx);
		if ((rc = run_dx(dev, &j)) < 0)
			return rc;
	}
	j.dw = dw ? ip_cpu_at(dw) : NULL;
	return dw ? run_dw(dev, &j) : IP_OK;
}
