/* The tiles of a map, and what the transforms of a tile read and write. */
#include <string.h>
#include "conv.h"
#include "sizes.h"

struct place {
	size_t picture, row, column;	/* of the first pixel of a tile */
};

static struct place place(const struct ip_tiles *t, size_t tile)
{
	size_t line = tile / t->across;
	struct place p = { line / t->high, line % t->high * 4,
		tile % t->across * 4 };

	return p;
}

/* Where a tile's channels from 'first' on begin. */
static size_t offset(const struct ip_tiles *t, const struct place *p,
	size_t first)
{
	return ((p->picture * t->map.h + p->row) * t->map.w + p->column) *
		t->map.c + first;
}

struct ip_tiles ip_tiles(const struct ip_map *map, size_t c)
{
	struct ip_tiles t = { ip_loops(), *map, (map->h + 3) / 4,
		(map->w + 3) / 4, 0 };

	t.map.c = c;
	t.count = map->b * t.high * t.across;
	return t;
}

/* What is read beyond a pixel's channels must be in the picture, too. */
void ip_tiles_in(const struct ip_tiles *t, ip_real *v, size_t step,
	const ip_real *x, size_t tile, size_t first, size_t n, ip_real *patch)
{
	size_t h = t->map.h, w = t->map.w, c = t->map.c, r, s;
	size_t wide = n > t->loops->lanes ? n : t->loops->lanes;
	struct place p = place(t, tile);
	ip_real *to = patch;

	x += p.picture * h * w * c;
	/* rows and columns from one before on, which may be none */
	if (p.row > 0 && p.column > 0 && p.row + 5 <= h && p.column + 5 <= w &&
		((p.row + 4) * w + p.column + 4) * c + first + wide <=
		h * w * c) {
		t->loops->tile_in(v, step, x + ((p.row - 1) * w + p.column - 1)
			* c + first, w * c, c, n);
		return;
	}
	for (r = p.row; r < p.row + 6; r++)
		for (s = p.column; s < p.column + 6; s++, to += n)
			if (r - 1 < h && s - 1 < w)
				memcpy(to, x + ((r - 1) * w + s - 1) * c +
					first, n * sizeof(*to));
			else
				memset(to, 0, n * sizeof(*to));
	t->loops->tile_in(v, step, patch, 6 * n, n, n);
}

void ip_tiles_out(const struct ip_tiles *t, ip_real *y, const ip_real *m,
	size_t step, const ip_real *bias, int add, size_t tile, size_t first,
	size_t n, ip_real *patch)
{
	struct place p = place(t, tile);
	size_t h = least(4, t->map.h - p.row), w = least(4, t->map.w -
		p.column);
	size_t row = t->map.w * t->map.c, r, s, i;

	y += offset(t, &p, first);
	if (h == 4 && w == 4) {
		t->loops->tile_out(y, row, t->map.c, m, step, bias, add, n);
		return;
	}
	t->loops->tile_out(patch, 4 * n, n, m, step, bias, 0, n);
	for (r = 0; r < h; r++)
		for (s = 0; s < w; s++) {
			ip_real *to = y + r * row + s * t->map.c;
			const ip_real *from = patch + (4 * r + s) * n;

			for (i = 0; i < n; i++)
				to[i] = from[i] + (add ? to[i] : 0);
		}
}

void ip_tiles_dy(const struct ip_tiles *t, ip_real *d, size_t step,
	const ip_real *dy, size_t tile, size_t first, size_t n, ip_real *patch)
{
	struct place p = place(t, tile);
	size_t h = least(4, t->map.h - p.row), w = least(4, t->map.w -
		p.column);
	size_t row = t->map.w * t->map.c, r, s;
	ip_real *to = patch;

	dy += offset(t, &p, first);
	if (h == 4 && w == 4) {
		t->loops->tile_dy(d, step, dy, row, t->map.c, n);
		return;
	}
	for (r = 0; r < 4; r++)
		for (s = 0; s < 4; s++, to += n)
			if (r < h && s < w)
				memcpy(to, dy + r * row + s * t->map.c,
					n * sizeof(*to));
			else
				memset(to, 0, n * sizeof(*to));
	t->loops->tile_dy(d, step, patch, 4 * n, n, n);
}
