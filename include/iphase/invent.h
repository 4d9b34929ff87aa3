/* Crystals that never were: more of them than there are materials. */
#ifndef IPHASE_INVENT_H
#define IPHASE_INVENT_H

#include <stdint.h>
#include <iphase/structure.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Crystal number of seed, to be freed with ip_structure_free: for networks
 * that are to learn what atoms do, not what a few materials look like. It is
 * a function of the two numbers alone, made without libm but for square roots,
 * so that every machine makes the same one.
 *
 * Its beam is along z: the third cell vector (2.5 to 6 Angstrom) is
 * perpendicular to the other two, which make a square, rectangular, oblique or
 * hexagonal cell, 2.8 to 9 Angstrom a side, small ones more often. 1 to 8
 * columns of one or several atoms stand in it, of up to four elements from H
 * to U, common ones more often, light ones beside heavy ones. Most crystals
 * have a symmetry: a mirror, a glide, an axis of 2 to 6 along the beam, with
 * or without inversion or a screw, a centred cell.
 *
 * Atoms are at least 1.6 Angstrom and 0.75 times the sum of their covalent
 * radii apart, columns 0.7 Angstrom. An atom has 8 to 40 Angstrom^3, and
 * spheres of the covalent radii take 0.1 to 1 of the volume: that keeps the
 * mean inner potential of independent atoms at 4 to 50 V, where the shipped
 * crystals have theirs. u is 0.05 to 0.12 Angstrom, larger for light atoms.
 * IP_ENOMEM; IP_ELIMIT if a thousand crystals in a row are no solids. s is then
 * as it was.
 */
int ip_crystal_invent(uint64_t seed, uint64_t number, struct ip_structure *s);

/* What its formula is called as a material: MgO is another crystal. */
#define IP_INVENTED "invented-"

#ifdef __cplusplus
}
#endif
#endif
