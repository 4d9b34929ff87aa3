/*
 * All scan positions of one detector pixel by one transform over the
 * incoming waves. Of the scan's grid only the rows and columns that hold
 * waves are looked at: first along x, a vector holding neighbours in y, then
 * along y, a vector holding scan positions. The squares of a batch of rows
 * are kept, then added up in the order of the rows, in double: which thread
 * does what cannot change a sum.
 */
#include <omp.h>
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"

enum { BATCH = 32, BLOCK = 512 };

struct scan {
	const struct ip_loops *loops;
	const struct ip_pixels *pixels;
	const ip_real *s, *coef;
	struct ip_lanes x, y;
	size_t columns, sx, sy, lanes, cell;
	int shared;		/* places repeat, and add up */
	size_t ux, uy;		/* used rows and columns of the grid */
	size_t px, py;		/* vectors along scan x and used y */
	size_t points;		/* px lanes sy */
	size_t strip, panel;	/* reals of a panel along x, in and out */
	size_t *at_x, *at_y;	/* element to offset in grid, in turned */
	size_t *to;		/* column to offset in grid */
};

/* What a thread works in: products, the grid's used columns as py panels
 * along x, these transformed, some of it turned, and a panel along y. */
struct place { ip_real *product, *grid, *panels, *turned, *work; };

static size_t whole(size_t n)
{
	return (n + 15) / 16 * 16;
}

static struct place place_in(const struct scan *j, ip_real *memory)
{
	struct place p;

	p.product = memory;
	p.grid = p.product + whole(2 * j->columns);
	p.panels = p.grid + whole(j->py * j->strip);
	p.turned = p.panels + whole(j->py * j->panel);
	p.work = p.turned + whole((j->py * j->lanes + 1) * j->cell);
	return p;
}

/* Its size: the same steps. */
static size_t place_size(const struct scan *j)
{
	return whole(2 * j->columns) + whole(j->py * j->strip) +
		whole(j->py * j->panel) +
		whole((j->py * j->lanes + 1) * j->cell) +
		whole(j->sy * j->cell);
}

static void fill_grid(const struct scan *j, const struct place *p, size_t r)
{
	size_t c;

	j->loops->multiply(p->product, j->coef, j->s + 2 * r * j->columns,
		j->columns);
	if (j->shared)
		memset(p->grid, 0, j->py * j->strip * sizeof(ip_real));
	for (c = 0; c < j->columns; c++) {
		ip_real *g = p->grid + j->to[c];
		const ip_real *v = p->product + 2 * c;

		g[0] = j->shared ? g[0] + v[0] : v[0];
		g[j->lanes] = j->shared ? g[j->lanes] + v[1] : v[1];
	}
}

/* out [px][sy][lanes] = |amplitude|^2, x and y at their reversed places. */
static void one_row(const struct scan *j, const struct place *p, size_t r,
	ip_real *out)
{
	size_t tile = j->lanes * j->cell, q, x;

	fill_grid(j, p, r);
	for (q = 0; q < j->py; q++)
		j->loops->forth(&j->x, p->panels + q * j->panel, p->grid +
			q * j->strip, j->at_x, -1);
	for (x = 0; x < j->px; x++, out += j->sy * j->lanes) {
		for (q = 0; q < j->py; q++)
			j->loops->turn_in(p->turned + q * tile, p->panels +
				q * j->panel + x * tile, j->cell, 1);
		j->loops->forth(&j->y, p->work, p->turned, j->at_y, -1);
		j->loops->norm(out, p->work, j->sy);
	}
}

/* Rows first .. first+count of the squares into a block of points. */
static void add_block(const struct scan *j, const ip_real *squares,
	double *sum, size_t first, size_t count, size_t block)
{
	const struct ip_pixels *p = j->pixels;
	size_t at = block * BLOCK, n = j->points - at, r, e;

	if (n > BLOCK)
		n = BLOCK;
	for (r = first; r < first + count; r++)
		for (e = p->first[r]; e < p->first[r + 1]; e++)
			j->loops->add(sum + p->channel[e] * j->points + at,
				squares + (r - first) * j->points + at,
				(double)p->weight[e], n);
}

static void write_out(const struct scan *j, const double *sum, ip_real *out)
{
	size_t c, i, y;

	for (c = 0; c < j->pixels->channels; c++, sum += j->points,
		out += j->sx * j->sy)
		for (i = 0; i < j->sx; i++) {
			const double *from = sum + i / j->lanes * j->sy *
				j->lanes + i % j->lanes;
			ip_real *to = out + j->x.frequency[i] * j->sy;

			for (y = 0; y < j->sy; y++)
				to[j->y.frequency[y]] =
					(ip_real)from[y * j->lanes];
		}
}

static void batches(const struct scan *j, ip_real *memory, ip_real *squares,
	double *sum)
{
	size_t rows = j->pixels->rows, first, count;
	struct place p = place_in(j, memory);
	long i, blocks = (long)((j->points + BLOCK - 1) / BLOCK);

	for (first = 0; first < rows; first += BATCH) {
		count = rows - first < BATCH ? rows - first : BATCH;
#pragma omp for schedule(static)
		for (i = 0; i < (long)count; i++)
			one_row(j, &p, first + (size_t)i, squares +
				(size_t)i * j->points);
#pragma omp for schedule(static)
		for (i = 0; i < blocks; i++)
			add_block(j, squares, sum, first, count, (size_t)i);
	}
}

static int run(const struct scan *j, ip_real *out)
{
	size_t each = place_size(j);
	ip_real *memory = NULL, *squares = NULL;
	double *sum = NULL;
	int rc = IP_ENOMEM, threads = ip_threads();

	if ((sum = ip_alloc_array(j->pixels->channels * j->points,
			sizeof(*sum))) != NULL &&
		(squares = ip_alloc_array(BATCH * j->points,
			sizeof(*squares))) != NULL &&
		(memory = ip_alloc_array(each * (size_t)threads,
			sizeof(*memory))) != NULL) {
#pragma omp parallel num_threads(threads)
		batches(j, memory + (size_t)omp_get_thread_num() * each,
			squares, sum);
		write_out(j, sum, out);
		rc = IP_OK;
	}
	ip_free(sum);
	ip_free(squares);
	ip_free(memory);
	return rc;
}

/* index[i] counts the used ones before i; of the others it is their number. */
static size_t number(const unsigned char *used, size_t n, size_t *index)
{
	size_t i, count = 0, k = 0;

	for (i = 0; i < n; i++)
		count += used[i];
	for (i = 0; i < n; i++)
		index[i] = used[i] ? k++ : count;
	return count;
}

/* Which rows and columns of the grid hold waves; used is [sx sy]. */
static void lay_out(struct scan *j, const uint32_t *place, unsigned char *used)
{
	unsigned char *row = used + j->sx * j->sy, *column = row + j->sx;
	size_t c, i;

	for (c = 0; c < j->columns; c++) {
		j->shared |= used[place[c]];
		used[place[c]] = row[place[c] / j->sy] =
			column[place[c] % j->sy] = 1;
	}
	j->ux = number(row, j->sx, j->at_x);
	j->uy = number(column, j->sy, j->at_y);
	j->py = (j->uy + j->lanes - 1) / j->lanes;
	j->px = (j->sx + j->lanes - 1) / j->lanes;
	j->strip = (j->ux + 1) * j->cell;
	j->panel = j->px * j->lanes * j->cell;
	j->points = j->px * j->lanes * j->sy;
	for (c = 0; c < j->columns; c++) {
		size_t x = j->at_x[place[c] / j->sy];
		size_t y = j->at_y[place[c] % j->sy];

		j->to[c] = y / j->lanes * j->strip + x * j->cell +
			y % j->lanes;
	}
	for (i = 0; i < j->sx; i++)
		j->at_x[i] *= j->cell;
	for (i = 0; i < j->sy; i++)
		j->at_y[i] = j->cell * (column[i] ? j->at_y[i] :
			j->py * j->lanes);
}

static int plan_and_run(struct scan *j, const uint32_t *place, ip_real *out)
{
	unsigned char *used = NULL;
	int rc;

	j->loops = ip_loops();
	j->lanes = j->loops->lanes;
	j->cell = 2 * j->lanes;
	if ((rc = ip_lanes_init(&j->x, j->sx)) < 0 ||
		(rc = ip_lanes_init(&j->y, j->sy)) < 0)
		goto out;
	rc = IP_ENOMEM;
	if ((used = ip_alloc(j->sx * j->sy + j->sx + j->sy)) == NULL ||
		(j->at_x = ip_alloc_array(j->sx + j->sy + j->columns,
			sizeof(size_t))) == NULL)
		goto out;
	j->at_y = j->at_x + j->sx;
	j->to = j->at_y + j->sy;
	lay_out(j, place, used);
	rc = run(j, out);
out:
	ip_lanes_free(&j->x);
	ip_lanes_free(&j->y);
	ip_free(j->at_x);
	ip_free(used);
	return rc;
}

int ip_cpu_scan(struct ip_dev *dev, struct ip_buf *out,
	const struct ip_buf *s, const struct ip_buf *coef,
	const uint32_t *place, const struct ip_pixels *pixels, size_t columns,
	size_t sx, size_t sy)
{
	struct scan j = { .pixels = pixels, .s = ip_cpu_at(s),
		.coef = ip_cpu_at(coef), .columns = columns, .sx = sx, .sy = sy };
	int rc;

	(void)dev;
	if ((rc = ip_op_check_scan(out, s, coef, place, pixels, columns, sx,
		sy)) < 0)
		return rc;
	return plan_and_run(&j, place, ip_cpu_at(out));
}
