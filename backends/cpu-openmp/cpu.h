/* What the ops of cpu-openmp share. */
#ifndef IP_CPU_H
#define IP_CPU_H

#include <iphase/backend.h>
#include "core/core.h"
#include "core/fft.h"
#include "core/op_check.h"
#include "core/op_list.h"
#include "simd/loops.h"

struct ip_dev {
	struct ip_dev_head head;
	void *scratch;
	size_t scratch_size;
};

/* Where a buffer begins. */
static inline void *ip_cpu_at(const struct ip_buf *buf)
{
	return (char *)buf->handle + buf->offset;
}

/*
 * size bytes, 64-byte aligned, not cleared, until the next call on this
 * device; kept for the next op. NULL: no memory, which has been reported.
 */
void *ip_cpu_scratch(struct ip_dev *dev, size_t size);

/* The ops, one a file of the same name. */
IP_OP_PROTOTYPES(ip_cpu_)

/*
 * How a picture's pixels are cut into blocks, by its shape alone, whose sums
 * over pixels are added up in order. In a packed map of few channels 'fold'
 * pixels side by side are a row.
 */
struct ip_rows {
	size_t fold, rows, columns;	/* fold pixels a row; fold c numbers */
	size_t block, blocks;		/* rows a block, blocks a picture */
};
struct ip_rows ip_cpu_cut(size_t pixels, size_t c, int packed);
static inline size_t ip_cpu_rows(const struct ip_rows *cut, size_t block)
{
	size_t left = cut->rows - block * cut->block;

	return left < cut->block ? left : cut->block;
}
/* sums [b][blocks][2][columns]: the two of each of a picture's c channels, in
 * what is returned, [2][columns], those of its first block. */
double *ip_cpu_add_blocks(double *sums, const struct ip_rows *cut, size_t c,
	size_t picture);

/*
 * y = f((x - mean) scale + shift + add) of b pictures cut as packed maps of c
 * channels are; f is that of instance_norm.
 */
struct ip_affine {
	const struct ip_loops *loops;
	size_t b, c;
	struct ip_rows cut;
	ip_real *coef;		/* [b][3][cut.columns]: mean, scale, shift */
	const ip_real *x, *add;	/* add may be NULL */
	ip_real *y;
	struct ip_slot to;
	ip_real slope;
};
void ip_cpu_affine(const struct ip_affine *a);

/* n has passed ip_op_check_grid. IP_ENOMEM. */
int ip_lanes_init(struct ip_lanes *f, size_t n);
void ip_lanes_free(struct ip_lanes *f);

/*
 * Arrays that vanish outside a band are transformed in two passes, so that a
 * slice costs 2 (2 hx + 1) + 2 ny one-dimensional transforms instead of
 * 2 nx + 2 ny, each in the first-level cache:
 *
 *	along x, for all y: inverse, times t, forward, band kept
 *	along y, for kx in the band: forward, times propagator, inverse
 *
 * Between them lies z [2 hx + 1][ny], two rows added: one always zero, where
 * what is outside the band is read, one for waste, where it is written.
 * 'tiled', a vector holds neighbours of one wave: a row of z is ny / lanes
 * cells, and the pass along y turns tiles of lanes x lanes. 'grouped', for
 * small grids, a vector holds one point of as many waves, z a cell a point.
 */
struct ip_field {
	struct ip_band band;
	size_t bx, by;			/* 2 h + 1 */
	int grouped;
	size_t cell, pitch, rows;	/* reals a cell, a row of z; rows */
	size_t columns;			/* tiled: cells across ny */
	size_t by_up;			/* by, in full vectors */
	const struct ip_loops *loops;
	struct ip_lanes x, y;
	const size_t *in_at, *out_at;	/* [nx] rows of z */
	const size_t *t_at, *part_at;	/* [nx] rows of t at each place */
	const size_t *cell_at, *one_at;	/* [ny] propagator at each place */
	const size_t *kx_at, *ky_at;	/* [bx], [by] places of the band */
	void *memory;
};

/* What a thread works in. */
struct ip_room {
	ip_real *z, *work, *part, *lines, *cells;
};

int ip_field_init(struct ip_field *f, const struct ip_band *band, int grouped);
void ip_field_free(struct ip_field *f);
size_t ip_field_room(const struct ip_field *f);	/* bytes, for 64 alignment */
void ip_field_settle(const struct ip_field *f, struct ip_room *r, void *memory);

/* cells [by_up] <- 'count' rows of by complex, pitch reals apart, a lane
 * each, times scale; and the other way, not scaled. */
void ip_field_cells(const struct ip_field *f, struct ip_room *r,
	ip_real *cells, const ip_real *rows, size_t pitch, size_t count,
	ip_real scale);
void ip_field_rows(const struct ip_field *f, struct ip_room *r, ip_real *rows,
	size_t pitch, size_t count, const ip_real *cells);

/* A propagator as the passes want it: reals it takes, and the work. */
size_t ip_prop_size(const struct ip_field *f, int per_wave);
/* count propagators if grouped and per_wave, else one */
void ip_prop_set(const struct ip_field *f, struct ip_room *r, ip_real *out,
	const ip_real *prop, size_t count, int per_wave, ip_real scale);

/* count waves in band layout one behind another (tiled: one) to z; through
 * one slice's t; on to the next slice; and back to band layout. */
void ip_field_enter(const struct ip_field *f, struct ip_room *r,
	const ip_real *psi, size_t count);
void ip_field_through(const struct ip_field *f, struct ip_room *r,
	const ip_real *t);
void ip_field_between(const struct ip_field *f, struct ip_room *r,
	const ip_real *prop, int per_wave);
void ip_field_leave(const struct ip_field *f, struct ip_room *r,
	const ip_real *prop, int per_wave, ip_real *psi, size_t count);

#endif
