/*
 * Whether a potential explains what was measured, which needs no truth: it is
 * put back through the scattering, and what segments would see of it is
 * compared with what they saw. Arrays are [x][y], angles as in iphase/em.h.
 */
#ifndef IPHASE_CONSISTENCY_H
#define IPHASE_CONSISTENCY_H

#include <iphase/em.h>
#include <iphase/infer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a picture was measured with. */
struct ip_microscope {
	struct ip_probe probe;		/* tilt: the beam's, not the specimen's */
	double inner, outer;		/* of the four segments, mrad */
	double rotation;		/* first edge of segment 0, rad */
	double offset[2];		/* of the detector, mrad */
	double focal_spread;		/* rms, Angstrom */
	double source_fwhm;		/* Angstrom */
	double pixel_size[2];		/* Angstrom */
	/* mean square displacement of atoms along an axis, square Angstrom;
	 * NAN: found */
	double displacement;
};

struct ip_consistency {
	struct ip_tensor predicted;	/* (4, H, W) float32, fractions of the
					 * incident beam; 0 where not looked */
	struct ip_tensor residual;	/* (H, W) float32: root mean square over
					 * the segments of predicted less
					 * measured; 0 where not looked */
	double rms;			/* of predicted less measured */
	double contrast;		/* rms of measured less each segment's
					 * mean in each region */
	double ratio;			/* rms / contrast; NAN without contrast */
	double displacement;		/* that was taken */
	size_t regions, looked;		/* that there are, that were looked at */
	size_t crystal;			/* of those, on a cell of their own */
};
void ip_consistency_free(struct ip_consistency *c);

/*
 * The specimen is taken as zone, (H, W) of any real dtype, V Angstrom per nm,
 * at every depth, in.thickness thick and tilted by in.euler, of which rz does
 * not count: known is the projection, so of a crystal with atoms at different
 * depths the residual of the true potential is small, not 0, and grows with
 * the thickness: beyond some 50 nm it tells little. There is no free scale. It
 * is that of atoms at rest, as potential_zone is; what scatters has their
 * displacement in it, the same for all atoms, which is either known or, NAN,
 * one of IP_CONSISTENCY_LADDER, up or down from 0.005 for as long as the
 * first region's ratio falls. A potential along the beam is divided by the
 * thickness first, and euler then is 0: its smear is in it already.
 *
 * The picture is cut into regions, of which at most `most`, evenly spread, are
 * looked at (0: all); of a map of thickness each has its mean. Where the
 * potential repeats itself, the regions are of at most IP_CONSISTENCY_CRYSTAL
 * Angstrom, and each is put through the scattering as the mean over the cells
 * there (repeat.h): what is not the same in each cell, 10 % of the variance at
 * most (a column less in 16 Angstrom is some 6 %), is left out. rms and
 * contrast are then those of the mean cell, of frequencies up to 2.2
 * semiangle/wavelength: of noise, which is different in each cell, little is
 * left.
 *
 * All else is cut into regions of at most IP_CONSISTENCY_REGION, and each is
 * put into a periodic box with a margin of IP_CONSISTENCY_MARGIN Angstrom of
 * what is around it, blended at the box's edges. Beyond the picture it goes on
 * as ip_beam_of_zone says: an island is empty, a crystal goes on, all else is
 * mirrored, and there a guess. A beam that outgrows the box, 2 t
 * tan(semiangle), meets its own copies, and the seams at a box's edges
 * scatter: boxes cost more, and are less exact. Noise in the segments counts in
 * rms and in contrast.
 *
 * IP_EINVAL: shapes that do not fit, values that are not finite, a thickness
 * of 0 or less, a mean of all four segments above the incident beam, more than
 * 30 degree; IP_EPHYSICS: a microscope that cannot be.
 */
#define IP_CONSISTENCY_REGION 10.0
#define IP_CONSISTENCY_MARGIN 4.0
#define IP_CONSISTENCY_CRYSTAL 24.0
#define IP_CONSISTENCY_LADDER { 0.00125, 0.00177, 0.0025, 0.00354, 0.005, \
	0.00707, 0.01, 0.0141, 0.02, 0.0283, 0.04, 0.0566, 0.08 }
int ip_consistency(struct ip_dev *dev, const struct ip_tensor *zone,
	const struct ip_measurement *in, const struct ip_microscope *m,
	size_t most, struct ip_consistency *c);

#ifdef __cplusplus
}
#endif
#endif
