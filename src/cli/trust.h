/* How far a network's answer can be trusted, without a truth. */
#ifndef IP_CLI_TRUST_H
#define IP_CLI_TRUST_H

#include <iphase/consistency.h>
#include "measurement.h"

#define IP_TRUST_REGIONS 4	/* of a picture, looked at */

/*
 * What m's attributes say; an error names the one that is not there.
 * displacement: square Angstrom, NAN if it is to be found.
 */
int ip_trust_microscope(const struct ip_measured *m, double displacement,
	struct ip_microscope *q);
/* That its pixels are square, as turned pictures must be; option asks. */
int ip_trust_square(const struct ip_measured *m, const char *option);

/*
 * ip_consistency of a network's answer to in, of several outputs the first.
 * zone: it is along the zone axis, V Angstrom per nm, not smeared; else along
 * the beam, V Angstrom.
 */
int ip_trust_check(struct ip_dev *dev, const struct ip_measurement *in,
	const struct ip_tensor *potential, int zone,
	const struct ip_microscope *q, size_t regions,
	struct ip_consistency *c);
/* Of float32 tensors, as ip_infer_ensemble makes: rms over mean; NAN of 0. */
double ip_trust_spread(const struct ip_tensor *potential,
	const struct ip_tensor *spread);

#endif
