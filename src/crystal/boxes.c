/* Boxes of atoms, each a list through next. */
#include <math.h>
#include <string.h>
#include "core/core.h"
#include "boxes.h"
#include "supercell.h"

#define NOBODY SIZE_MAX

int ip_boxes_init(struct ip_boxes *b, const struct ip_repeat_cell *c,
	double from, double to, double distance, const struct ip_atom *atoms,
	size_t most, size_t expected)
{
	double area = c->a[0][0] * c->a[1][1], thick = to - from;
	double wide[3] = { area / hypot(c->a[1][0], c->a[1][1]), c->a[1][1],
		thick + 2 * distance };
	/* large enough for an atom, in the mean: no more boxes than atoms */
	double edge = fmax(distance, cbrt(area * thick / (double)expected));
	size_t all;

	*b = (struct ip_boxes){ .distance = distance, .atoms = atoms,
		.base = from - distance };
	memcpy(b->a, c->a, sizeof b->a);
	for (int i = 0; i < 3; i++) {
		b->n[i] = (size_t)fmax(1, floor(wide[i] / edge));
		b->to[i] = (double)b->n[i] / (i < 2 ? 1 : wide[i]);
	}
	all = b->n[0] * b->n[1] * b->n[2];
	b->head = ip_alloc_array(all, sizeof *b->head);
	b->next = b->head ? ip_alloc_array(most, sizeof *b->next) : NULL;
	if (!b->next) {
		ip_boxes_free(b);
		return IP_ENOMEM;
	}
	for (size_t i = 0; i < all; i++)
		b->head[i] = NOBODY;
	return 0;
}

void ip_boxes_free(struct ip_boxes *b)
{
	ip_free(b->head);
	ip_free(b->next);
	memset(b, 0, sizeof *b);
}

static size_t clip(double x, size_t n)
{
	return x < 0 ? 0 : x >= (double)n ? n - 1 : (size_t)x;
}

static void locate(const struct ip_boxes *b, const double r[3], size_t at[3])
{
	double f = r[1] / b->a[1][1];

	at[0] = clip((r[0] - f * b->a[1][0]) / b->a[0][0] * b->to[0], b->n[0]);
	at[1] = clip(f * b->to[1], b->n[1]);
	at[2] = clip((r[2] - b->base) * b->to[2], b->n[2]);
}

static size_t *first(const struct ip_boxes *b, const size_t at[3])
{
	return &b->head[(at[2] * b->n[1] + at[1]) * b->n[0] + at[0]];
}

void ip_boxes_enter(struct ip_boxes *b, size_t i)
{
	size_t at[3], *head;

	locate(b, b->atoms[i].r, at);
	head = first(b, at);
	b->next[i] = *head;
	*head = i;
}

/* A step of -1, 0 or 1 boxes, and the cells it leads across. */
static double across(size_t *at, int by, size_t n)
{
	double cells = 0;

	if (by < 0 && *at == 0)
		cells = -1;
	else if (by > 0 && *at == n - 1)
		cells = 1;
	*at = cells < 0 ? n - 1 : cells > 0 ? 0 : *at + (size_t)by;
	return cells;
}

/* The atoms of one box, moved by the lattice vector off. */
static int near_in(const struct ip_boxes *b, const double r[3], size_t head,
	const double off[2], int (*visit)(size_t i, void *ctx), void *ctx)
{
	int rc = 0;

	for (size_t i = head; i != NOBODY && rc == 0; i = b->next[i]) {
		const double *q = b->atoms[i].r;
		double d[3] = { q[0] + off[0] - r[0], q[1] + off[1] - r[1],
			q[2] - r[2] };
		if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] <
				b->distance * b->distance)
			rc = visit(i, ctx);
	}
	return rc;
}

int ip_boxes_near(const struct ip_boxes *b, const double r[3],
	int (*visit)(size_t i, void *ctx), void *ctx)
{
	size_t at[3], to[3];
	int rc = 0;

	locate(b, r, at);
	for (int i = 0; i < 27 && rc == 0; i++) {
		double m[2], off[2];
		memcpy(to, at, sizeof to);
		if (across(&to[2], i % 3 - 1, b->n[2]) != 0)
			continue;
		m[0] = across(&to[0], i / 3 % 3 - 1, b->n[0]);
		m[1] = across(&to[1], i / 9 - 1, b->n[1]);
		for (int k = 0; k < 2; k++)
			off[k] = m[0] * b->a[0][k] + m[1] * b->a[1][k];
		rc = near_in(b, r, *first(b, to), off, visit, ctx);
	}
	return rc;
}
