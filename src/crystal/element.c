/* The names and the masses of the elements. */
#include <ctype.h>
#include <string.h>
#include <iphase/structure.h>
#include "../core/core.h"

static const char symbols[][3] = {
	"H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al",
	"Si", "P", "S", "Cl", "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn",
	"Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", "Rb",
	"Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In",
	"Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm",
	"Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta",
	"W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At",
	"Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk",
	"Cf", "Es", "Fm", "Md", "No", "Lr",
};

/*
 * Abridged standard atomic weights: T. Prohaska et al., Pure Appl. Chem. 94
 * (2022) 573, doi 10.1515/pac-2019-0603. 0, and none above uranium: no stable
 * isotopes, so no standard.
 */
static const double weights[] = {
	1.0080, 4.0026, 6.94, 9.0122, 10.81, 12.011, 14.007, 15.999, 18.998,
	20.180, 22.990, 24.305, 26.982, 28.085, 30.974, 32.06, 35.45, 39.95,
	39.098, 40.078, 44.956, 47.867, 50.942, 51.996, 54.938, 55.845, 58.933,
	58.693, 63.546, 65.38, 69.723, 72.630, 74.922, 78.971, 79.904, 83.798,
	85.468, 87.62, 88.906, 91.224, 92.906, 95.95, 0, 101.07, 102.91,
	106.42, 107.87, 112.41, 114.82, 118.71, 121.76, 127.60, 126.90, 131.29,
	132.91, 137.33, 138.91, 140.12, 140.91, 144.24, 0, 150.36, 151.96,
	157.25, 158.93, 162.50, 164.93, 167.26, 168.93, 173.05, 174.97, 178.49,
	180.95, 183.84, 186.21, 190.23, 192.22, 195.08, 196.97, 200.59, 204.38,
	207.2, 208.98, 0, 0, 0, 0, 0, 0, 232.04, 231.04, 238.03,
};

#define COUNT ((int)(sizeof symbols / sizeof *symbols))

const char *ip_element_symbol(int z)
{
	return z >= 1 && z <= COUNT ? symbols[z - 1] : NULL;
}

int ip_element_number(const char *symbol)
{
	char s[3] = "";
	int z;

	if (symbol[0] && (!symbol[1] || !symbol[2])) {
		/* "GA" and "ga" can mean nothing else */
		s[0] = (char)toupper((unsigned char)symbol[0]);
		s[1] = (char)tolower((unsigned char)symbol[1]);
		for (z = 1; z <= COUNT; z++)
			if (strcmp(symbols[z - 1], s) == 0)
				return z;
	}
	return ip_fail(IP_ENOTFOUND, "'%.20s': not an element; expected a"
		" symbol from H to %s", symbol, symbols[COUNT - 1]);
}

double ip_element_mass(int z)
{
	return z >= 1 && z <= (int)(sizeof weights / sizeof *weights) ?
		weights[z - 1] : 0;
}
