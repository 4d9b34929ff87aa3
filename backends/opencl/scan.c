/*
 * All scan positions of one detector pixel by one transform over the incoming
 * waves. Rows of S go through in batches; the squares of a batch are added up
 * by strands, a part of its rows each.
 */
#include <string.h>
#include "entries.h"
#include "fft.h"

#define SOURCE "fft+twofold+entries+scan"
#define NONE UINT32_MAX
enum {
	ITEMS = 1 << 16,	/* that sum, by strands if points are fewer */
	STRANDS = 16
};

struct scan {
	struct ip_dev *dev;
	const struct ip_pixels *pixels;
	const struct ip_buf *s, *coef;
	struct ip_cl_fft x, y;
	size_t columns, sx, sy, uy;
	size_t strands, part, batch;	/* rows of a part, of a batch */
	struct ip_cl_tile along_x, along_y;
	/* in scratch; the last three, parts of 'tables', are from the host */
	struct ip_buf z, squares, sums, room, tables, cells, used, entries;
};

/* ---- tables ---- */

/* used[y] counts the columns in use before y, or is NONE. */
static size_t find_used(const struct scan *j, const uint32_t *place,
	uint32_t *used)
{
	size_t i, n = 0;

	memset(used, 0, j->sy * sizeof *used);
	for (i = 0; i < j->columns; i++)
		used[place[i] % j->sy] = 1;
	for (i = 0; i < j->sy; i++)
		used[i] = used[i] ? (uint32_t)n++ : NONE;
	return n;
}

/* Waves by cell, in each in order: see kernels/scan.cl. */
static void sort_waves(const struct scan *j, const uint32_t *place,
	const uint32_t *used, uint32_t *start)
{
	size_t cells = j->sx * j->uy, i, c;
	uint32_t *list = start + cells + 1;

	memset(start, 0, (cells + 1) * sizeof *start);
	for (i = 0; i < j->columns; i++)
		start[place[i] / j->sy * j->uy + used[place[i] % j->sy]]++;
	for (i = 1; i <= cells; i++)
		start[i] += start[i - 1];
	for (i = j->columns; i-- > 0;) {
		c = place[i] / j->sy * j->uy + used[place[i] % j->sy];
		list[--start[c]] = (uint32_t)i;
	}
}

static size_t cells_size(const struct scan *j)
{
	return (j->sx * j->uy + 1 + j->columns) * sizeof(uint32_t);
}

/* All at once: each time the host waits for the device. */
static int put_tables(struct scan *j, const uint32_t *place,
	const uint32_t *used)
{
	size_t from = j->tables.offset;
	char *host = ip_alloc(j->tables.size);
	int rc;

	if (!host)
		return IP_ENOMEM;
	sort_waves(j, place, used, (uint32_t *)(void *)(host +
		j->cells.offset - from));
	memcpy(host + j->used.offset - from, used, j->sy * sizeof *used);
	ip_cl_entries(host + j->entries.offset - from, j->pixels, j->part, 0);
	rc = ip_cl_put(j->dev, &j->tables, 0, host, j->tables.size);
	ip_free(host);
	return rc;
}

/* ---- sizes ---- */

static void cut_rows(struct scan *j)
{
	size_t sums = j->pixels->channels * j->sx * j->sy;
	size_t each = j->sx * (j->sy + 2 * j->uy) * sizeof(ip_real);

	j->strands = least(sums < ITEMS ? ITEMS / most(sums, 1) : 1, STRANDS);
	j->batch = ip_cl_batch(j->pixels->rows, each);
	j->part = pieces_of(j->batch, j->strands);
	j->batch = j->part * j->strands;
	j->along_x = ip_cl_tile(j->dev, j->sx, j->uy, j->batch, 1, 1);
	j->along_y = ip_cl_tile(j->dev, j->sy, j->batch * j->sx, 1, 0, 1);
}

static size_t lay_out(struct scan *j, const struct ip_buf *all)
{
	size_t points = j->sx * j->sy, at = 0, tables;

	j->z = ip_cl_piece(all, &at, j->batch * j->sx * j->uy * 2 *
		sizeof(ip_real));
	j->squares = ip_cl_piece(all, &at, j->batch * points *
		sizeof(ip_real));
	j->sums = ip_cl_piece(all, &at, j->strands * j->pixels->channels *
		points * 2 * sizeof(ip_real));
	j->room = ip_cl_piece(all, &at, ip_cl_tile_memory(&j->along_x,
		&j->along_y));
	tables = at;
	j->cells = ip_cl_piece(all, &at, cells_size(j));
	j->used = ip_cl_piece(all, &at, j->sy * sizeof(uint32_t));
	j->entries = ip_cl_piece(all, &at, ip_cl_entries_size(j->pixels,
		j->part));
	j->tables = ip_cl_piece(all, &tables, at - tables);
	j->along_x.memory = j->along_y.memory = j->room;
	return at;
}

/* ---- kernels ---- */

static int along_x(const struct scan *j, size_t first, size_t rows)
{
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "along_x",
		&j->along_x);

	ip_cl_buf(&c, &j->z);
	ip_cl_part(&c, j->s, first * j->columns * 2);
	ip_cl_buf(&c, j->coef);
	ip_cl_buf(&c, &j->cells);
	ip_cl_fft_arg(&c, &j->x);
	ip_cl_size(&c, j->columns);
	ip_cl_size(&c, j->uy);
	ip_cl_size(&c, rows);
	ip_cl_size(&c, j->along_x.lines);
	return ip_cl_tile_run(&c, &j->along_x);
}

static int along_y(const struct scan *j, size_t rows)
{
	struct ip_cl_call c = ip_cl_tile_call(j->dev, SOURCE, "along_y",
		&j->along_y);

	ip_cl_buf(&c, &j->squares);
	ip_cl_buf(&c, &j->z);
	ip_cl_buf(&c, &j->used);
	ip_cl_fft_arg(&c, &j->y);
	ip_cl_size(&c, j->uy);
	ip_cl_size(&c, rows * j->sx);
	ip_cl_size(&c, j->along_y.lines);
	return ip_cl_tile_run(&c, &j->along_y);
}

static int weigh(const struct scan *j, size_t first)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "weigh", "");
	size_t points = j->sx * j->sy;

	ip_cl_buf(&c, &j->sums);
	ip_cl_buf(&c, &j->squares);
	ip_cl_entries_arg(&c, &j->entries, j->pixels, j->part);
	ip_cl_size(&c, j->pixels->channels);
	ip_cl_size(&c, points);
	ip_cl_size(&c, j->strands);
	ip_cl_size(&c, first / j->part);
	ip_cl_size(&c, first);
	ip_cl_int(&c, first == 0);
	return ip_cl_run(&c, j->strands * j->pixels->channels * points);
}

static int finish(const struct scan *j, struct ip_buf *out)
{
	struct ip_cl_call c = ip_cl_call(j->dev, SOURCE, "finish", "");
	size_t n = j->pixels->channels * j->sx * j->sy;

	ip_cl_buf(&c, out);
	ip_cl_buf(&c, &j->sums);
	ip_cl_size(&c, n);
	ip_cl_size(&c, j->strands);
	return ip_cl_run(&c, n);
}

static int run(struct scan *j, const uint32_t *place, const uint32_t *used,
	struct ip_buf *out)
{
	struct ip_buf all;
	size_t i, rows;
	int rc;

	cut_rows(j);
	if ((rc = ip_cl_scratch(j->dev, &all, lay_out(j, NULL))) < 0)
		return rc;
	lay_out(j, &all);
	rc = put_tables(j, place, used);
	for (i = 0; rc == 0 && i < j->pixels->rows; i += j->batch) {
		rows = least(j->pixels->rows - i, j->batch);
		if ((rc = along_x(j, i, rows)) == 0 &&
			(rc = along_y(j, rows)) == 0)
			rc = weigh(j, i);
	}
	return rc < 0 ? rc : finish(j, out);
}

int ip_cl_scan(struct ip_dev *dev, struct ip_buf *out,
	const struct ip_buf *s, const struct ip_buf *coef,
	const uint32_t *place, const struct ip_pixels *pixels, size_t columns,
	size_t sx, size_t sy)
{
	struct scan j = { .dev = dev, .pixels = pixels, .s = s, .coef = coef,
		.columns = columns, .sx = sx, .sy = sy };
	uint32_t *used;
	int rc = ip_op_check_scan(out, s, coef, place, pixels, columns, sx, sy);

	if (rc < 0)
		return rc;
	if (columns == 0 || pixels->rows == 0)
		return ip_cl_fill(dev, out, pixels->channels * sx * sy, 0);
	if ((rc = ip_cl_fft(dev, &j.x, sx)) < 0 ||
		(rc = ip_cl_fft(dev, &j.y, sy)) < 0)
		return rc;
	if ((used = ip_alloc_array(sy, sizeof *used)) == NULL)
		return IP_ENOMEM;
	j.uy = find_used(&j, place, used);
	rc = run(&j, place, used, out);
	ip_free(used);
	return rc;
}
