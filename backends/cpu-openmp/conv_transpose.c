/*
 * The transposed convolution that doubles a map: for each of the four places
 * (r, s) of a 2 x 2 block a product of the pixels with w[r][s]', whose rows go
 * to every other pixel of every other line of y.
 */
#include <iphase/threads.h>
#include "cpu.h"
#include "sizes.h"

/* Pixels of one task, or a little more: whole lines of a picture. */
enum { PIXELS = 128 };

struct job {
	const struct ip_loops *loops;
	size_t lines, w, c, out;	/* lines of all pictures; of x */
	size_t group, groups;		/* lines a task; of lines */
	size_t panel, panels;		/* columns a panel; of a place */
	const ip_real *x, *weight;
	ip_real *packed;		/* [4][panels][c][panel] */
	ip_real *y;
	struct ip_slot to;
};

/* Columns of a panel that there are. */
static size_t columns(const struct job *j, size_t panel)
{
	return least(j->panel, j->out - panel * j->panel);
}

/* unit: a place's panel */
static void pack(const struct job *j, size_t unit)
{
	size_t place = unit / j->panels, panel = unit % j->panels;

	j->loops->pack(j->packed + unit * j->c * j->panel, j->panel,
		j->weight + (place * j->out + panel * j->panel) * j->c,
		columns(j, panel), j->c);
}

/* unit: a place's panel, of a group of lines */
static void multiply(const struct job *j, size_t unit)
{
	size_t panel = unit % j->panels, place = unit / j->panels % 4;
	size_t line = unit / j->panels / 4 * j->group, end = line + j->group;
	struct ip_product p = { j->w, columns(j, panel), j->c, j->c, j->panel,
		0, 2 * j->to.pitch, NULL, j->packed + unit % (4 * j->panels) *
		j->c * j->panel, NULL, NULL };

	for (; line < end && line < j->lines; line++) {
		p.a = j->x + line * j->w * j->c;
		p.c = j->y + ((2 * line + place / 2) * 2 * j->w + place % 2) *
			j->to.pitch + j->to.first + panel * j->panel;
		j->loops->product(&p);
	}
}

static int run(struct ip_dev *dev, struct job *j)
{
	long u, packs = (long)(4 * j->panels);
	long units = (long)j->groups * packs;

	j->packed = ip_cpu_scratch(dev, 4 * j->panels * j->panel * j->c *
		sizeof(*j->packed));
	if (j->packed == NULL)
		return IP_ENOMEM;
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < packs; u++)
		pack(j, (size_t)u);
#pragma omp parallel for num_threads(ip_threads()) schedule(static)
	for (u = 0; u < units; u++)
		multiply(j, (size_t)u);
	return IP_OK;
}

int ip_cpu_conv_transpose(struct ip_dev *dev, struct ip_buf *y,
	const struct ip_slot *slot, const struct ip_buf *x,
	const struct ip_buf *w, const struct ip_map *in, size_t out)
{
	struct job j = { .loops = ip_loops(), .w = in->w, .c = in->c,
		.out = out };
	int rc;

	if ((rc = ip_op_check_doubled("conv_transpose", x, in, w, "y", y, out,
			slot, &j.to)) < 0)
		return rc;
	j.lines = in->b * in->h;
	j.group = (PIXELS + in->w - 1) / in->w;
	j.groups = (j.lines + j.group - 1) / j.group;
	cut_panels(out, j.loops->lanes, &j.panel, &j.panels);
	j.x = ip_cpu_at(x);
	j.weight = ip_cpu_at(w);
	j.y = ip_cpu_at(y);
	return run(dev, &j);
}
