/* The names of the elements. */
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
