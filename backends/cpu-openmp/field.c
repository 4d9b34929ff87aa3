/* Where things lie between the two passes; conversions to and from there. */
#include <string.h>
#include "cpu.h"

/* reals, in whole cache lines */
static size_t whole(size_t n)
{
	return (n + 15) / 16 * 16;
}

static void fill_rows(struct ip_field *f, size_t *at)
{
	size_t nx = f->band.nx, hx = f->band.hx, i, row;
	size_t *out = at + nx, *t = out + nx, *part = t + nx;

	f->in_at = at;
	f->out_at = out;
	f->t_at = t;
	f->part_at = part;
	f->kx_at = part + nx;
	for (i = 0; i < nx; i++) {
		int kept = i <= hx || i + hx >= nx;

		row = i <= hx ? i + hx : i + hx - nx;
		at[i] = (kept ? row : f->rows - 2) * f->pitch;
		out[i] = (kept ? row : f->rows - 1) * f->pitch;
		t[i] = 2 * f->band.ny * f->x.frequency[i];
		part[i] = f->cell * f->x.frequency[i];
		if (kept)
			part[nx + row] = f->cell * f->x.place[i];
	}
}

static void fill_columns(struct ip_field *f, size_t *at)
{
	size_t ny = f->band.ny, hy = f->band.hy, i, j;
	size_t *one = at + ny, *ky = one + ny;

	f->cell_at = at;
	f->one_at = one;
	f->ky_at = ky;
	for (i = 0; i < ny; i++) {
		size_t k = f->y.frequency[i];

		j = k <= hy ? k + hy : k + hy >= ny ? k + hy - ny : f->by_up;
		at[i] = f->cell * j;
		one[i] = 2 * j;
		if (j < f->by)
			ky[j] = f->cell * i;
	}
}

int ip_field_init(struct ip_field *f, const struct ip_band *band, int grouped)
{
	size_t lanes, w;
	size_t *at;
	int rc;

	memset(f, 0, sizeof(*f));
	f->loops = ip_loops();
	lanes = f->loops->lanes;
	f->band = *band;
	f->bx = 2 * band->hx + 1;
	f->by = 2 * band->hy + 1;
	f->by_up = (f->by + lanes - 1) / lanes * lanes;
	f->grouped = grouped;
	f->cell = 2 * lanes;
	f->columns = (band->ny + lanes - 1) / lanes;
	/* one cell more: rows must not fall on each other in the cache */
	f->pitch = ((grouped ? band->ny : f->columns) + 1) * f->cell;
	f->rows = (grouped ? f->bx : (f->bx + lanes - 1) / lanes * lanes) + 2;
	if ((rc = ip_lanes_init(&f->x, band->nx)) < 0 ||
		(rc = ip_lanes_init(&f->y, band->ny)) < 0)
		goto out;
	w = 5 * band->nx + 3 * band->ny;
	rc = IP_ENOMEM;
	if ((at = ip_alloc_array(w, sizeof(*at))) == NULL)
		goto out;
	f->memory = at;
	fill_rows(f, at);
	fill_columns(f, at + 5 * band->nx);
	return IP_OK;
out:
	ip_field_free(f);
	return rc;
}

void ip_field_free(struct ip_field *f)
{
	ip_lanes_free(&f->x);
	ip_lanes_free(&f->y);
	ip_free(f->memory);
	f->memory = NULL;
}

/* The parts of a room, in reals. */
struct parts { size_t z, work, part, lines, cells; };

static struct parts parts_of(const struct ip_field *f)
{
	size_t lanes = f->cell / 2, n = f->columns * lanes;
	struct parts p;

	if (n < f->band.nx)
		n = f->band.nx;
	p.z = whole(f->rows * f->pitch);
	p.work = whole(n * f->cell);
	p.part = whole(f->band.nx * f->cell);
	p.lines = whole(f->by_up * f->cell);
	p.cells = whole(f->by_up * f->cell);
	return p;
}

size_t ip_field_room(const struct ip_field *f)
{
	struct parts p = parts_of(f);

	return (p.z + p.work + p.part + p.lines + p.cells) * sizeof(ip_real);
}

void ip_field_settle(const struct ip_field *f, struct ip_room *r, void *memory)
{
	struct parts p = parts_of(f);

	r->z = memory;
	r->work = r->z + p.z;
	r->part = r->work + p.work;
	r->lines = r->part + p.part;
	r->cells = r->lines + p.lines;
}

void ip_field_cells(const struct ip_field *f, struct ip_room *r,
	ip_real *cells, const ip_real *rows, size_t pitch, size_t count,
	ip_real scale)
{
	size_t lanes = f->cell / 2, full = f->by / lanes, rest = f->by % lanes;
	size_t line = f->by_up * 2, l;

	for (l = 0; l < lanes; l++) {
		ip_real *to = r->lines + l * line;
		const ip_real *from = rows + l * pitch;

		if (l >= count) {
			memset(to, 0, line * sizeof(*to));
			continue;
		}
		f->loops->split(to, from, f->cell, full, lanes, scale);
		if (rest)
			f->loops->split(to + full * f->cell, from +
				full * f->cell, 0, 1, rest, scale);
	}
	f->loops->turn_in(cells, r->lines, line, f->by_up / lanes);
}

void ip_field_rows(const struct ip_field *f, struct ip_room *r, ip_real *rows,
	size_t pitch, size_t count, const ip_real *cells)
{
	size_t lanes = f->cell / 2, full = f->by / lanes, rest = f->by % lanes;
	size_t line = f->by_up * 2, l;

	f->loops->turn_out(r->lines, line, cells, f->by_up / lanes);
	for (l = 0; l < count; l++) {
		const ip_real *from = r->lines + l * line;
		ip_real *to = rows + l * pitch;

		f->loops->join(to, f->cell, from, full, lanes);
		if (rest)
			f->loops->join(to + full * f->cell, 0, from +
				full * f->cell, 1, rest);
	}
}
