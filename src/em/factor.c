/*
 * Electron scattering factors and the potentials of free atoms.
 * E. J. Kirkland, Advanced Computing in Electron Microscopy (2010), App. C;
 * I. Lobato, D. Van Dyck, Acta Cryst. A70 (2014) 636.
 */
#include <math.h>
#include <iphase/em.h>
#include "em/factor_table.h"

static const double pi = 3.14159265358979323846;

/*
 * The modified Bessel function K_n(x), n = 0, 1, x > 0: the integral over
 * exp(-x cosh t) cosh(n t) (DLMF 10.32.9) by the trapezoidal rule. Its error
 * is about exp(-pi^2/h) for step h, and exp(-2 pi^2/(x h^2)) where large x
 * makes the integrand a Gaussian of width 1/sqrt(x): both below rounding.
 */
static double bessel_k(int n, double x)
{
	const double h = fmin(0.125, 0.6 / sqrt(x));
	double sum = 0.5 * exp(-x), term;
	int i;

	for (i = 1; i < 4000; i++) {
		double t = h * i;

		term = exp(-x * cosh(t)) * (n == 0 ? 1 : cosh(t));
		sum += term;
		if (term <= 1e-18 * sum && x * cosh(t) > 1)
			break;
	}
	return h * sum;
}

/* The parameters of z, or NULL. */
static const double *row(enum ip_factors set, int z)
{
	const double *p;

	if (z < 1 || z > 103)
		return NULL;
	p = set == IP_KIRKLAND ? ip_kirkland_table[z - 1]
		: ip_lobato_table[z - 1];
	return p[1] != 0 ? p : NULL;
}

double ip_factor(enum ip_factors set, int z, double k)
{
	const double *p = row(set, z);
	double sum = 0, k2 = k * k;
	int i;

	if (p == NULL)
		return NAN;
	if (set == IP_KIRKLAND) {
		for (i = 0; i < 3; i++)
			sum += p[2 * i] / (k2 + p[2 * i + 1]) +
				p[6 + 2 * i] * exp(-p[7 + 2 * i] * k2);
		return sum;
	}
	for (i = 0; i < 5; i++) {
		double u = 1 + p[2 * i + 1] * k2;

		sum += p[2 * i] * (1 + u) / (u * u);
	}
	return sum;
}

double ip_atom_projected(enum ip_factors set, int z, double r)
{
	const double *p = row(set, z);
	double sum = 0;
	int i;

	if (p == NULL)
		return NAN;
	if (set == IP_KIRKLAND) {
		for (i = 0; i < 3; i++) {
			double a = p[2 * i], b = p[2 * i + 1];
			double c = p[6 + 2 * i], d = p[7 + 2 * i];

			sum += 2 * pi * a * bessel_k(0, 2 * pi * sqrt(b) * r) +
				pi * c / d * exp(-pi * pi * r * r / d);
		}
		return sum / IP_KAPPA;
	}
	for (i = 0; i < 5; i++) {
		double a = p[2 * i], b = p[2 * i + 1], s = 2 * pi / sqrt(b);

		sum += 2 * pi * pi * a / (b * sqrt(b)) *
			(2 * bessel_k(0, s * r) / s + r * bessel_k(1, s * r));
	}
	return sum / IP_KAPPA;
}

double ip_atom_potential(enum ip_factors set, int z, double r)
{
	const double *p = row(set, z);
	double sum = 0;
	int i;

	if (p == NULL)
		return NAN;
	if (set == IP_KIRKLAND) {
		for (i = 0; i < 3; i++) {
			double a = p[2 * i], b = p[2 * i + 1];
			double c = p[6 + 2 * i], d = p[7 + 2 * i];

			sum += pi * a / r * exp(-2 * pi * sqrt(b) * r) +
				c * pow(pi / d, 1.5) *
				exp(-pi * pi * r * r / d);
		}
		return sum / IP_KAPPA;
	}
	for (i = 0; i < 5; i++) {
		double a = p[2 * i], b = p[2 * i + 1];

		sum += a * (pi / (b * r) + pi * pi / (b * sqrt(b))) *
			exp(-2 * pi * r / sqrt(b));
	}
	return sum / IP_KAPPA;
}
