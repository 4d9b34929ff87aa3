/*
 * Disordered specimens. A supercell is a larger repeat cell
 * (iphase/repeat.h): some cells of the crystal wide, its period the depth of
 * the whole specimen, its shift 0. Build one, then change its atoms in this
 * order, of which every step may be left out:
 *
 *	ip_supercell_build	the perfect crystal
 *	ip_sites_occupy		mixed sites, one element each
 *	ip_vacancies_make, ip_element_substitute, ip_column_change
 *	ip_supercell_cut	edges and steps
 *	ip_amorphous_add	layers on the surfaces
 *	ip_phonons_displace	one frozen configuration, on a copy
 *
 * Every function but the first changes the supercell it is given, or fails
 * and leaves it as it was; ip_repeat_cell_copy keeps what is needed again:
 * before the layers for the potential of the crystal alone, before the
 * displacements for the potential at rest and the next configuration.
 *
 * Random numbers are those of iphase/random.h, keyed by the seed, a stream
 * for each use and the atom's index, so they depend on neither threads nor
 * order. Atoms are numbered from the entrance surface down, so that a
 * specimen is the top of a deeper one with the same seed, atom by atom, but
 * for amorphous layers, whose atoms come last, and what the exit surface cuts
 * off (half of a split site) or holds (ip_phonons_displace).
 *
 * The supercell is periodic across the beam: whatever is in it is there once
 * in every supercell. It is not periodic along the beam.
 */
#ifndef IPHASE_DISORDER_H
#define IPHASE_DISORDER_H

#include <stdint.h>
#include <iphase/repeat.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * cells[0] x cells[1] cells wide along a[0] and a[1], each 1 to 1000, with
 * the atoms of the perfect crystal at depths 0 <= z < depth, Angstrom; depth
 * need not be a whole number of periods. cell's shift moves each period
 * against the one above it. vectors[0] and [1] are scaled, [2] stays the
 * crystal's. Atoms keep their u. out is to be freed with ip_repeat_cell_free.
 * IP_EINVAL; IP_ELIMIT above 5e7 atoms; IP_EPHYSICS where no atom lies
 * above depth.
 */
int ip_supercell_build(struct ip_repeat_cell *out,
	const struct ip_repeat_cell *cell, const size_t cells[2],
	double depth);

/*
 * Frozen phonons of the Einstein model: each atom is moved along x and y, and
 * z if along_beam, by independent normal deviates of standard deviation u,
 * its own; u is then 0. The mean over configurations of exp(-2 pi i g.d) is
 * the Debye-Waller factor exp(-2 pi^2 g^2 u^2). How far this model goes: D. A.
 * Muller, B. Edwards, E. J. Kirkland, J. Silcox, Ultramicroscopy 86 (2001)
 * 371. x and y are wrapped into the supercell. An atom that would leave
 * 0 <= z < period stays at the surface it would cross: its slice is the first
 * or the last either way.
 * configuration < 2^30 (IP_EINVAL).
 */
int ip_phonons_displace(struct ip_repeat_cell *c, uint64_t seed,
	uint64_t configuration, int along_beam);

/* ---- point defects ---- */

/*
 * Each site gets one atom, of occupancy 1, or none. Atoms of occupancy below
 * 1 that are closer than distance, Angstrom, periodic images included, share
 * a site (ip_structure_check), as do those that others link so; one is drawn
 * with its occupancy for probability, none with what these leave of 1 if
 * that is more than IP_OCCUPANCY_SLACK. removed, which may be NULL: the atoms
 * taken out. IP_EINVAL for distance, which the supercell must be wider than;
 * IP_EPHYSICS for a site filled more than once, or if no atom is left.
 */
int ip_sites_occupy(struct ip_repeat_cell *c, double distance, uint64_t seed,
	size_t *removed);

/*
 * Each atom of element z is taken out with probability fraction, on its own;
 * removed, which may be NULL, is how many were. IP_EINVAL for a fraction
 * outside 0 to 1, IP_ENOTFOUND for an element that is unknown or not there,
 * IP_EPHYSICS if no atom is left. A second call for the same element needs
 * another seed, or its draws repeat those of the first.
 */
int ip_vacancies_make(struct ip_repeat_cell *c, int z, double fraction,
	uint64_t seed, size_t *removed);
/*
 * Each atom of element from becomes one of element to with probability
 * fraction, at its place and with its u. Otherwise as above.
 */
int ip_element_substitute(struct ip_repeat_cell *c, int from, int to,
	double fraction, uint64_t seed, size_t *changed);

/* The atoms of element from, or of any where from is 0, of one column: the one
 * nearest to at in projection, through the supercell's borders as well, and
 * those less than reach beside it, at any depth. */
struct ip_column {
	double at[2];		/* Angstrom, crystal's frame */
	double reach;		/* Angstrom */
	int from, to;		/* elements */
};
/*
 * They become atoms of element to, at their places and with their u, or, where
 * to is 0, are taken out. changed, which may be NULL: how many they are.
 * IP_EINVAL for a place that is not finite and for reach, which the supercell
 * must be wider than; IP_ENOTFOUND for an element that is unknown or not
 * there, IP_EPHYSICS if no atom is left.
 */
int ip_column_change(struct ip_repeat_cell *c, const struct ip_column *column,
	size_t *changed);

/* ---- edges and steps ---- */

/*
 * A line across the supercell's window, the parallelogram of a[0] and a[1]
 * from the origin: beyond it lie the places r of the window with r . n >
 * offset, where n is the unit vector at angle from +x towards +y, crystal's
 * frame. From depth `from` to depth `to` what is beyond is vacuum:
 * 0 to the period is an edge of the specimen, 0 to less is a step on the
 * entrance surface, more than 0 to the period one on the exit surface.
 *
 * The supercell repeats, so the vacuum ends at the window's border and the
 * crystal begins again there: each line has a partner, straight along the
 * border if the line is parallel to a side (angle pi/2 along a[0]; that of
 * a[1] less pi/2 along a[1]; or either turned by pi). Then the crystal is a
 * strip without end. Any other line ends at the borders, where the images of
 * the vacuum do not meet it; keep pictures away from there.
 */
struct ip_cut {
	double angle;		/* of the normal, outward: rad */
	double offset;		/* of the line along it: Angstrom */
	double from, to;	/* depths, from <= z < to: Angstrom */
};
/*
 * Atoms on the line stay. removed may be NULL. IP_EINVAL for numbers that
 * are not finite or from >= to; IP_EPHYSICS if no atom is left.
 */
int ip_supercell_cut(struct ip_repeat_cell *c, const struct ip_cut *cut,
	size_t *removed);

/* ---- amorphous layers ---- */

enum ip_side { IP_SIDE_ENTRANCE, IP_SIDE_EXIT };

/*
 * A flat layer of one element. Its centres are at least distance apart,
 * and from all other atoms: 1.4 is about the bond of graphite. Thin
 * films of carbon had 1.75 g/cm^3 in M. Wanner et al., doi
 * 10.1016/j.ultramic.2005.10.004.
 */
struct ip_amorphous {
	enum ip_side side;
	int z;			/* the element */
	double thickness;	/* Angstrom */
	double density;		/* g/cm^3 */
	double distance;	/* Angstrom */
};
/*
 * Random sequential addition: places are drawn uniformly in the slab
 * and kept where no atom is too near, until the density is reached, to the
 * nearest whole number of atoms. The period grows by thickness; on the
 * entrance side all atoms so far go as much deeper. The new ones have u 0:
 * they are disordered as they are.
 *
 * IP_EINVAL; IP_ENOTFOUND for an element unknown or without a mass;
 * IP_ELIMIT above 5e7 atoms; IP_EPHYSICS for a layer that
 * would not hold one atom, a supercell narrower than distance, and a density
 * that cannot be reached: spheres of diameter distance may fill 0.3 of the
 * slab (saturation is near 0.39: S. Torquato, O. U. Uche, F. H. Stillinger,
 * Phys. Rev. E 74 (2006) 061308), less beside a crystal that leaves
 * no room. The message says what can be.
 */
int ip_amorphous_add(struct ip_repeat_cell *c,
	const struct ip_amorphous *layer, uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
