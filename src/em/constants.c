/* CODATA 2014, as ase.units has them: the peer's numbers to the last digit. */
#include <math.h>
#include <iphase/em.h>

static const double planck = 6.62607004e-34;		/* J s */
static const double light = 299792458.0;		/* m/s */
static const double mass = 9.10938356e-31;		/* kg */
static const double charge = 1.6021766208e-19;		/* C */
static const double pi = 3.14159265358979323846;

double ip_wavelength(double energy)
{
	double e = charge * energy;

	return 1e10 * planck * light /
		sqrt(e * (2 * mass * light * light + e));
}

double ip_sigma(double energy)
{
	double m = mass * (1 + charge * energy / (mass * light * light));

	/* per volt and metre of wavelength, times metres per Angstrom */
	return 2 * pi * m * charge * (ip_wavelength(energy) * 1e-10) /
		(planck * planck) * 1e-10;
}
