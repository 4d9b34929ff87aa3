/* The two passes of a slice, and the ways in and out. */
#include <string.h>
#include "cpu.h"

/* Rows of z that are worked on at once, from row q on. */
static size_t lanes_left(const struct ip_field *f, size_t q)
{
	return f->bx - q < f->cell / 2 ? f->bx - q : f->cell / 2;
}

static size_t step(const struct ip_field *f)
{
	return f->grouped ? 1 : f->cell / 2;
}

size_t ip_prop_size(const struct ip_field *f, int per_wave)
{
	size_t blocks = (f->bx + step(f) - 1) / step(f);

	return blocks * (f->by_up + 1) *
		(f->grouped && !per_wave ? 2 : f->cell);
}

static size_t prop_step(const struct ip_field *f, int per_wave)
{
	return (f->by_up + 1) * (f->grouped && !per_wave ? 2 : f->cell);
}

void ip_prop_set(const struct ip_field *f, struct ip_room *r, ip_real *out,
	const ip_real *prop, size_t count, int per_wave, ip_real scale)
{
	size_t q, j, row = 2 * f->by;

	for (q = 0; q < f->bx; q += step(f), out += prop_step(f, per_wave),
		prop += step(f) * row) {
		if (!f->grouped)
			ip_field_cells(f, r, out, prop, row, lanes_left(f, q),
				scale);
		else if (per_wave)
			ip_field_cells(f, r, out, prop, f->bx * row, count,
				scale);
		else
			for (j = 0; j < row; j++)
				out[j] = scale * prop[j];
	}
}

void ip_field_enter(const struct ip_field *f, struct ip_room *r,
	const ip_real *psi, size_t count)
{
	size_t q, row = 2 * f->by;

	for (q = 0; q < f->bx; q += step(f)) {
		ip_real *z = r->z + q * f->pitch;
		ip_real *work = f->grouped ? z : r->work;

		ip_field_cells(f, r, r->cells, psi + q * row, f->grouped ?
			f->bx * row : row, f->grouped ? count :
			lanes_left(f, q), 1);
		f->loops->spread(work, f->band.ny, r->cells, f->ky_at, f->by);
		f->loops->back(&f->y, work, 1);
		if (!f->grouped)
			f->loops->turn_out(z, f->pitch, work, f->columns);
	}
}

/* What is left of t's rows behind the last full vector, zeros added. */
static void part_of(const struct ip_field *f, struct ip_room *r,
	const ip_real *t, size_t width)
{
	size_t i;

	for (i = 0; i < f->band.nx; i++)
		memcpy(r->part + i * f->cell, t + 2 * i * f->band.ny,
			2 * width * sizeof(*t));
}

void ip_field_through(const struct ip_field *f, struct ip_room *r,
	const ip_real *t)
{
	size_t lanes = f->grouped ? 1 : f->cell / 2, c;
	struct ip_pass p;

	p.lanes = &f->x;
	p.kind = f->grouped ? IP_FACTOR_POINT : IP_FACTOR_ROW;
	p.work = r->work;
	p.in_at = f->in_at;
	p.out_at = f->out_at;
	p.factor_at = f->t_at;
	for (c = 0; c < f->band.ny; c += lanes) {
		p.in = p.out = r->z + c / lanes * f->cell;
		p.factor = t + 2 * c;
		if (f->band.ny - c < lanes) {
			part_of(f, r, p.factor, f->band.ny - c);
			p.factor = r->part;
			p.factor_at = f->part_at;
		}
		f->loops->pass(&p);
	}
}

void ip_field_between(const struct ip_field *f, struct ip_room *r,
	const ip_real *prop, int per_wave)
{
	struct ip_pass p;
	size_t q;

	p.lanes = &f->y;
	p.kind = f->grouped && !per_wave ? IP_FACTOR_ONE : IP_FACTOR_PANEL;
	p.in_at = p.out_at = f->y.linear;
	p.factor_at = p.kind == IP_FACTOR_ONE ? f->one_at : f->cell_at;
	p.factor = prop;
	for (q = 0; q < f->bx; q += step(f)) {
		ip_real *z = r->z + q * f->pitch;

		p.in = p.out = p.work = f->grouped ? z : r->work;
		if (!f->grouped)
			f->loops->turn_in(r->work, z, f->pitch, f->columns);
		f->loops->pass(&p);
		if (!f->grouped)
			f->loops->turn_out(z, f->pitch, r->work, f->columns);
		p.factor += prop_step(f, per_wave);
	}
}

void ip_field_leave(const struct ip_field *f, struct ip_room *r,
	const ip_real *prop, int per_wave, ip_real *psi, size_t count)
{
	int ones = f->grouped && !per_wave;
	size_t q, j, l, row = 2 * f->by;

	for (q = 0; q < f->bx; q += step(f)) {
		ip_real *z = r->z + q * f->pitch;
		ip_real *work = f->grouped ? z : r->work;

		if (!f->grouped)
			f->loops->turn_in(work, z, f->pitch, f->columns);
		f->loops->forth(&f->y, work, work, f->y.linear, -1);
		if (ones)	/* a cell for each number, in r->lines */
			for (j = 0; j < f->by; j++)
				for (l = 0; l < f->cell / 2; l++) {
					r->lines[j * f->cell + l] = prop[2 * j];
					r->lines[j * f->cell + f->cell / 2 + l]
						= prop[2 * j + 1];
				}
		f->loops->collect(r->cells, work, f->ky_at, ones ? r->lines :
			prop, f->by);
		ip_field_rows(f, r, psi + q * row, f->grouped ? f->bx * row :
			row, f->grouped ? count : lanes_left(f, q), r->cells);
		prop += prop_step(f, per_wave);
	}
}
