/* How finely a potential is put back through the scattering. */
#ifndef IP_STUDY_CONSISTENCY_H
#define IP_STUDY_CONSISTENCY_H

#include <iphase/consistency.h>

struct ip_consistency_fine {
	double region, margin;	/* Angstrom */
	double slice;		/* Angstrom, at most */
	double band;		/* of waves, over the detector's outer angle */
	double stray;		/* of a crystal's variance, at most, is not its
				 * own cell's; 0: boxes only */
};
/* What ip_consistency takes. */
extern const struct ip_consistency_fine ip_consistency_fine;

int ip_consistency_with(struct ip_dev *dev, const struct ip_tensor *zone,
	const struct ip_measurement *in, const struct ip_microscope *m,
	size_t most, const struct ip_consistency_fine *fine,
	struct ip_consistency *c);

#endif
