/* Partial temporal coherence: a mean over foci. */
#include <math.h>
#include "core/core.h"
#include <iphase/em.h>

#define PI 3.14159265358979323846
/* Foci reach so many deviations to both sides, which leaves out 6e-5. */
#define REACH 4.0
/*
 * The trapezium rule of step h is exact for a Gaussian but for what repeats
 * at 2 pi/h: that far from the fastest phase, exp(-MARGIN^2/2) is 1e-5.
 */
#define MARGIN 5.0

int ip_focal_spread(const struct ip_probe *probe, double rms,
	struct ip_aberrations sets[IP_FOCI], double weights[IP_FOCI],
	size_t *count)
{
	double alpha = 1e-3 * probe->semiangle, sum = 0;
	double turn = PI * alpha * alpha / ip_wavelength(probe->energy);
	double half = ceil(REACH * (turn * rms + MARGIN) / (2 * PI));
	int n = (int)fmin(half, IP_FOCI);

	if (!(rms >= 0 && isfinite(rms)))
		return ip_fail(IP_EINVAL, "focal spread: %g Angstrom, expected "
			"0 or more", rms);
	if (rms > 0 && !(turn > 0 && isfinite(turn)))
		return ip_fail(IP_EPHYSICS, "focal spread: an aperture of %g "
			"mrad at %g eV has none", probe->semiangle,
			probe->energy);
	if (rms == 0)
		n = 0;
	if (2 * n + 1 > IP_FOCI)
		return ip_fail(IP_EPHYSICS, "focal spread: %g Angstrom is too "
			"much for an aperture of %g mrad; expected at most %g",
			rms, probe->semiangle, (((IP_FOCI - 1) / 2) * 2 * PI /
			REACH - MARGIN) / turn);
	*count = (size_t)(2 * n + 1);
	for (int i = -n; i <= n; i++) {
		double x = n ? REACH * i / n : 0;
		sets[i + n] = probe->aberrations;
		sets[i + n].c[IP_C10] += rms * x;
		weights[i + n] = exp(-x * x / 2);
		sum += weights[i + n];
	}
	for (size_t i = 0; i < *count; i++)
		weights[i] /= sum;
	return 0;
}
