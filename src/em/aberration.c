/* The aberration function to fifth order, in polar coefficients. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/core.h"
#include <iphase/em.h>

static const struct { const char *name; int n, m; } terms[IP_ABERRATIONS] = {
	{ "C10", 1, 0 }, { "C12", 1, 2 }, { "C21", 2, 1 }, { "C23", 2, 3 },
	{ "C30", 3, 0 }, { "C32", 3, 2 }, { "C34", 3, 4 }, { "C41", 4, 1 },
	{ "C43", 4, 3 }, { "C45", 4, 5 }, { "C50", 5, 0 }, { "C52", 5, 2 },
	{ "C54", 5, 4 }, { "C56", 5, 6 },
};

const char *ip_aberration_name(int i)
{
	return i >= 0 && i < IP_ABERRATIONS ? terms[i].name : NULL;
}

int ip_aberrations_set(struct ip_aberrations *a, const char *name, double v)
{
	int i;

	if (!isfinite(v))
		return ip_fail(IP_EINVAL, "aberration %s: not a finite number",
			name);
	if (strcmp(name, "defocus") == 0) {
		a->c[IP_C10] = -v;
		return IP_OK;
	}
	if (strcmp(name, "Cs") == 0)
		name = "C30";
	for (i = 0; i < IP_ABERRATIONS; i++) {
		if (strcmp(name, terms[i].name) == 0) {
			a->c[i] = v;
			return IP_OK;
		}
		if (terms[i].m > 0 && strncmp(name, "phi", 3) == 0 &&
			strcmp(name + 3, terms[i].name + 1) == 0) {
			a->phi[i] = v;
			return IP_OK;
		}
	}
	return ip_fail(IP_ENOTFOUND, "aberration '%s': expected C10, C12, "
		"phi12, C21, .. C56, defocus or Cs", name);
}

double ip_chi(const struct ip_aberrations *a, double wavelength, double alpha,
	double phi)
{
	double sum = 0;
	int i;

	for (i = 0; i < IP_ABERRATIONS; i++)
		if (a->c[i] != 0)
			sum += pow(alpha, terms[i].n + 1) / (terms[i].n + 1) *
				a->c[i] * cos(terms[i].m * (phi - a->phi[i]));
	return 2 * 3.14159265358979323846 / wavelength * sum;
}

double ip_scherzer(double cs, double wavelength)
{
	return copysign(sqrt(1.5 * fabs(cs) * wavelength), cs);
}
