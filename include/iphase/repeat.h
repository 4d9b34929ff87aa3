/*
 * Images of a perfect crystal on one repeat cell. Its potential couples a
 * wave k only to k + g, so each wave of the probe goes through one 2-D cell,
 * oblique if need be, with propagator and band limit taken at its true k. A
 * picture is then a Fourier series over the 2-D lattice; rotation in the
 * plane, shift, pixels and picture size are evaluation of that series.
 *
 * The k grid takes the place of a supercell's box: with waves[0] x waves[1]
 * points in the reciprocal cell, images equal those of a supercell of as many
 * cells (iphase/simulate.h), if detectors count whole points.
 *
 * Two frames, both right-handed, the beam along +z. In the crystal's frame
 * the first lattice vector lies along x. The picture's frame has its axes
 * along the picture's; there the crystal is turned by a rotation, rad,
 * counter-clockwise from +x to +y, about the cell's origin. Tilts are given
 * in the crystal's frame, detectors and aberrations in the picture's.
 * Units as in iphase/em.h. Arrays are [x][y], or [first][second vector].
 */
#ifndef IPHASE_REPEAT_H
#define IPHASE_REPEAT_H

#include <iphase/bonding.h>
#include <iphase/simulate.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the cell ---- */

/*
 * a[0] = (|a1|, 0) and a[1], with a[1][1] > 0, are the two shortest lattice
 * vectors perpendicular to the beam, obtuse (120 degrees, not 60) where both
 * choices are as short. A third lattice vector leads one period down the
 * beam, and shift to the side: depth z + period looks like depth z moved by
 * shift (0 where a lattice vector lies along the beam in that period).
 * The shift is spread evenly over the slices, and the propagator takes it
 * back: exact, but for where the slices are sampled.
 * vectors[i] are the three in the crystal's basis. Atoms: z is depth, 0 <= z
 * < period, x and y in the cell.
 */
struct ip_repeat_cell {
	double a[2][2];		/* Angstrom */
	double period;
	double shift[2];
	int vectors[3][3];
	size_t count;
	struct ip_atom *atoms;	/* malloc'ed, owned */
};

/*
 * The beam runs along +[uvw], direct lattice indices of crystal's cell, of
 * any shape. That needs a lattice plane (hkl), indices up to 30,
 * perpendicular to it within 1e-4 rad: the beam is then its exact normal.
 * IP_EPHYSICS where there is none: the message names the nearest axis with
 * indices up to 5 that has one.
 */
int ip_repeat_zone(struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const int uvw[3]);
/* The beam runs along the normal of (hkl), which always has a cell. */
int ip_repeat_plane(struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const int hkl[3]);
void ip_repeat_cell_free(struct ip_repeat_cell *c);
/* dst gets atoms of its own; on failure it is not touched. */
int ip_repeat_cell_copy(struct ip_repeat_cell *dst,
	const struct ip_repeat_cell *src);

/*
 * n: points along the two vectors that are no coarser than sampling,
 * Angstrom. The grid's resolution is the length q of the shortest vector
 * of the lattice n[i] b[i] (1/pixel if the cell is orthogonal): waves are
 * limited to |k| <= q/3 as on a supercell's grid of pixels 1/q. IP_EINVAL,
 * IP_ELIMIT.
 */
int ip_repeat_grid(const struct ip_repeat_cell *c, double sampling,
	size_t n[2]);
/* waves: the k grid that stands for a box at least width Angstrom wide. */
int ip_repeat_waves(const struct ip_repeat_cell *c, double width,
	size_t waves[2]);

/* axes[i]: the frame's x, y and z along the beam, unit vectors, in that of
 * crystal, of which c is the repeat cell or a supercell. */
void ip_repeat_axes(const struct ip_repeat_cell *c,
	const struct ip_structure *crystal, double axes[3][3]);

/*
 * The crystal's mirror planes that contain the beam's axis: how many there are,
 * and phi, rad, ascending, 0 <= phi < pi, of their lines in its frame. A
 * translation across the beam may go with the reflection, none along it, so
 * that a slab of the crystal is mapped onto itself. Places agree to 0.005
 * Angstrom.
 */
int ip_repeat_mirrors(const struct ip_repeat_cell *c, double phi[6]);

/* ---- one period of the potential ---- */

struct ip_period;

/*
 * The period in as many slices of equal thickness as come closest to
 * slice_thickness, by exact structure factors, sampled at (i/n[0], j/n[1]) of
 * the cell; each whole atom goes to the slice its centre lies in. Of the g
 * that the grid cannot tell apart the shortest is meant (their mean where
 * several are). still: the atoms at rest (u taken as 0), for the truth.
 */
int ip_period_new(struct ip_period **p, const struct ip_repeat_cell *c,
	const size_t n[2], double slice_thickness, enum ip_factors set,
	int still);
/*
 * From slices (count, n0, n1) of any real dtype, V Angstrom, which divide
 * c's period; c's atoms are not looked at. Copied.
 */
int ip_period_from_slices(struct ip_period **p,
	const struct ip_repeat_cell *c, const struct ip_tensor *slices);
/*
 * Add crystal's bonding term, c being its repeat cell or a supercell that p
 * was made of, to slices first .. first + count, the first of which begins at
 * the crystal's surface. It is that of the perfect crystal at rest, whatever
 * atoms have moved or are missing, and has no mean. IP_EPHYSICS: b is not
 * crystal's; IP_EINVAL: p has one, or was made from slices.
 */
int ip_period_bond(struct ip_period *p, const struct ip_repeat_cell *c,
	const struct ip_structure *crystal, const struct ip_bonding *b,
	size_t first, size_t count);
void ip_period_free(struct ip_period *p);
size_t ip_period_slices(const struct ip_period *p);
double ip_period_thickness(const struct ip_period *p);	/* of one slice */
const size_t *ip_period_points(const struct ip_period *p);
/* Band limit, 1/Angstrom. */
double ip_period_cutoff(const struct ip_period *p);
/*
 * Slices first .. first + count, at any depth, as v [count][n0][n1], V
 * Angstrom, made when asked for; as if shift were spread evenly over the
 * slices and taken back: slice i of the period moved by -shift i / slices.
 */
int ip_period_get(const struct ip_period *p, size_t first, size_t count,
	double *v);

/* ---- scattering ---- */

/* What shares a pass: the picture's frame and the probe's aberrations. */
struct ip_repeat_view {
	double rotation;	/* rad */
	struct ip_aberrations aberrations;
};

struct ip_repeat {
	const struct ip_period *period;
	size_t waves[2];	/* k points along b1 and b2 */
	struct ip_probe probe;	/* its aberrations only if there is no view */
	const struct ip_detector *detectors;
	size_t detector_count;
	/*
	 * A point of the k grid at a detector's edge counts by the share that
	 * a channel has of the area it stands for, found at 8 x 8 places, so
	 * that images converge faster as the grid gets finer, and rings thinner
	 * than its steps count; or whole or not at all, as a pixel of a box
	 * does.
	 */
	int whole;
	int narrow;		/* no warning if the beam outgrows the box */
	const size_t *planes;	/* slices passed, ascending, any number */
	size_t plane_count;
	const struct ip_repeat_view *views;
	size_t view_count;	/* 0: one, unrotated */
	size_t memory;		/* bytes, as ip_repeat_cost; 0: 1 GiB */
};

/*
 * Pictures as Fourier series: sum over h, |h_i| <= reach[i], of
 * c[..][h] exp(2 pi i h . (r's fractional coordinates)), r in the crystal's
 * frame. c is [views][planes][channels][2 reach0 + 1][2 reach1 + 1] complex.
 */
struct ip_repeat_series {
	double a[2][2];		/* the lattice */
	size_t views, planes, channels, reach[2];
	double *rotation;	/* [views], rad */
	double *c;
};
void ip_repeat_series_free(struct ip_repeat_series *s);
/*
 * sum, of one view, += the views of s times weight[view]: pictures that add
 * up incoherently, as those of frozen phonons and of a focal spread. sum {0}
 * is made, and takes the rotation of the first view. IP_EINVAL: another
 * lattice or number of planes, channels or terms.
 */
int ip_repeat_series_add(struct ip_repeat_series *sum,
	const struct ip_repeat_series *s, const double *weight);

/* Told before a run. */
struct ip_repeat_cost {
	size_t waves, points;	/* plane waves; k points that have some */
	/* bytes at the peak, with the series; the period is the caller's */
	size_t memory;
	double steps;		/* waves * slices */
};
int ip_repeat_cost(const struct ip_repeat *r, struct ip_repeat_cost *cost);

/*
 * I_s(g) = sum over kappa, G of D_s(kappa + G) times sum over G' of
 * S(kappa+G, kappa+G') A(kappa+G') conj(S(kappa+G, kappa+G'+g) A(kappa+G'+g)):
 * a channel's fraction of the beam, as ip_simulate gives it, |g| <= 2
 * alpha/lambda. All planes in one pass; k points in groups that fit memory
 * (IP_ELIMIT: not even one does). The bytes do not depend on memory or
 * threads. Warns where the beam outgrows the k grid's box: 2 t tan(alpha).
 */
int ip_repeat_run(struct ip_dev *dev, const struct ip_repeat *r,
	struct ip_repeat_series *series);

/* ---- truth, as series of one channel and one view ---- */

/*
 * potential_beam, V Angstrom: along the beam from the entrance down to each
 * plane, sum over slices of V(r + z tan(tilt)), tilt in mrad, r at the
 * entrance surface; band-limited as the waves are. The picture's rotation
 * is the caller's.
 */
int ip_repeat_beam(const struct ip_period *p, const double tilt[2],
	const size_t *planes, size_t plane_count, double rotation,
	struct ip_repeat_series *series);
/*
 * potential_zone, V Angstrom per nm: along the zone axis, in register with
 * the entrance surface; its mean over depth without end, so that of a shift
 * only g with g . shift whole remain.
 */
int ip_repeat_along_zone(const struct ip_period *p, double rotation,
	struct ip_repeat_series *series);

/* ---- evaluation ---- */

/* Pixel (i, j) at start + (i step[0], j step[1]), the picture's frame. */
struct ip_repeat_frame {
	double start[2], step[2];	/* Angstrom */
	size_t n[2];
	double source_fwhm;		/* Gaussian source; 0: a point */
};
/*
 * image (planes, channels, n0, n1) float64 of one view. Beside it 32 (n0 + n1)
 * KiB at most.
 */
int ip_repeat_picture(const struct ip_repeat_series *s, size_t view,
	const struct ip_repeat_frame *f, struct ip_tensor *image);

#ifdef __cplusplus
}
#endif
#endif
