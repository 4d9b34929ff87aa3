/* Inside the scattering on one repeat cell. */
#ifndef IP_REPEAT_H
#define IP_REPEAT_H

#include <iphase/repeat.h>
#include "bonding.h"
#include "scatter.h"

/* Atoms of one element and displacement. */
struct ip_kind {
	int z;
	double u;
	double *table;	/* [n0][n1]: what multiplies the structure factor */
};

/* Of an atom: in the cell's vectors, and how much of it is there. */
struct ip_place { double f[2], occupancy; };

/* One period: atoms or slices over the fractional grid. */
struct ip_period {
	double a[2][2], b[2][2];	/* b: reciprocal lattice */
	double period, shift[2];
	size_t n[2], slices;
	int alias[2][2];
	struct ip_grid pixel;		/* one pixel 1/q: for its band limit */
	struct ip_band band;		/* holds |kappa + G| inside the limit */
	double *given;			/* [slices][n0][n1], or NULL: atoms */
	size_t kinds;
	struct ip_kind *kind;
	struct ip_place *places;	/* by slice, then by kind */
	size_t *first;			/* [slices * kinds + 1] */
	/* of each grid point: |g|, and the g it means: see repeat_slices.c */
	double *g;
	int reach[2], *meant;
	uint32_t *meant_first;
	/* of the bonding term, if there is one, and the slices that have it */
	size_t waves, bonded[2];
	struct ip_bond_wave *wave;
};

/* The atoms of a period whose lattice and grid are known. */
int ip_period_atoms(struct ip_period *p, const struct ip_repeat_cell *c,
	enum ip_factors set, int still);

/* Bytes that making a slice takes, at most, for each thread that makes one. */
double ip_period_scratch(const struct ip_period *p);

/* Add the bonding term of a slice to vg [n0][n1] complex. */
void ip_period_add_bonding(const struct ip_period *p, size_t slice, double *vg);

/* The reciprocal lattice of a: a[i] . b[j] = (i == j). */
void ip_reciprocal(const double a[2][2], double b[2][2]);
/* h b[0] + k b[1]. */
void ip_reciprocal_vector(const double b[2][2], double h, double k,
	double out[2]);
/*
 * How far a beam of this tilt, mrad, moves over the crystal in one slice,
 * less the crystal's own shift, Angstrom.
 */
void ip_period_drift(const struct ip_period *p, const double tilt[2],
	double drift[2]);

/* A k point, and its waves in the order of the run. */
struct ip_kpoint {
	int i[2];		/* kappa = i0/waves0 b1 + i1/waves1 b2 */
	size_t first, count;
};

/* The waves of the probe, one k point after another. */
struct ip_kgrid {
	size_t points;		/* that have waves */
	struct ip_kpoint *point;
	size_t count;		/* waves in all */
	int (*g)[2];		/* [count]: k_in = kappa + G' */
	double *weight;		/* [count], sum of squares 1 */
	size_t most;		/* waves of one point */
	size_t reach[2];	/* largest |G'| */
};
/* IP_EPHYSICS: the aperture reaches into the band limit. Close it anyway. */
int ip_kgrid_new(struct ip_kgrid *k, const struct ip_repeat *r);
void ip_kgrid_free(struct ip_kgrid *k);
/* k = kappa + G, crystal's frame. */
void ip_kgrid_vector(const struct ip_repeat *r, const int i[2], int g0,
	int g1, double k[2]);
/* k turned into the picture's frame; out may be k. */
void ip_turned(const double k[2], double rotation, double out[2]);
/* What the detectors see at one point; ip_pixels_free it, on failure too. */
int ip_kpoint_pixels(const struct ip_repeat *r, const struct ip_kpoint *p,
	double rotation, struct ip_pixels *pixels);

/* ---- transmission functions on a device ---- */

struct ip_repeat_tile {
	struct ip_dev *dev;
	const struct ip_period *period;
	double sigma;
	size_t slices;		/* held: whole periods, or a part of one */
	size_t block;		/* of them, made at once */
	size_t cycle;		/* slices after which what is held repeats */
	size_t first;		/* of the cycle, that is held now */
	struct ip_buf aperture, v, t;
	double *host;
	ip_real *host_real;
	double done;		/* waves * slices so far, for the progress */
};
/* slices: a multiple of the period's, or fewer. Close it anyway. */
int ip_repeat_tile_open(struct ip_repeat_tile *t, struct ip_dev *dev,
	const struct ip_period *p, double energy, size_t slices);
void ip_repeat_tile_close(struct ip_repeat_tile *t);
double ip_repeat_tile_memory(const struct ip_period *p, size_t slices);
/* n waves through slices from .. to of the crystal, of any depth. */
int ip_repeat_tile_run(struct ip_repeat_tile *t, struct ip_buf *waves,
	const struct ip_buf *prop, int per_wave, size_t n, size_t from,
	size_t to);

/* ---- a run ---- */

/* What a run knows before it touches a device. */
struct ip_repeat_plan {
	const struct ip_repeat *r;
	const struct ip_period *p;
	struct ip_kgrid k;
	size_t views, channels;
	size_t lists;		/* of pixels: one a rotation */
	size_t *list;		/* [views] */
	size_t size[2], area;	/* pictures sampled over one cell */
	struct ip_pixels *pixels;	/* [points][lists] */
	size_t most_rows;	/* of one of them */
	size_t tile, group;	/* slices held, waves at once */
	int shared;		/* one propagator: a point at a time */
	size_t hold;		/* units of S held: see repeat.c */
	double memory;		/* bytes at the peak */
};
/* Close it anyway. */
int ip_repeat_plan_open(struct ip_repeat_plan *u, const struct ip_repeat *r);
void ip_repeat_plan_close(struct ip_repeat_plan *u);
double ip_repeat_steps(const struct ip_repeat_plan *u);
size_t ip_repeat_units(const struct ip_repeat_plan *u);
/* View i, or the one that is meant where there is none. */
struct ip_repeat_view ip_repeat_view_of(const struct ip_repeat *r, size_t i);

/* ---- series ---- */

/* Room for one; a is the lattice. */
int ip_repeat_series_new(struct ip_repeat_series *s, const double a[2][2],
	size_t views, size_t planes, size_t channels, const size_t reach[2]);

#endif
