/* Structures as the tools take them: what they are called, where they lie. */
#include <math.h>
#include "support/support.h"
#include "cli/number.c"
#include "cli/report.c"
#include "cli/cli.c"
#include "cli/atoms.c"
#include "cli/structure.c"

/* Pairs of an element and an occupancy, up to 0. */
static void called(const char *want, const double (*sites)[2])
{
	struct ip_atom a[16];
	struct ip_structure s = { .atoms = a };
	char text[64];

	memset(a, 0, sizeof a);
	for (; sites[s.count][0] > 0; s.count++) {
		a[s.count].z = (int)sites[s.count][0];
		a[s.count].occupancy = sites[s.count][1];
	}
	ip_cli_formula(&s, text, sizeof text);
	assert_string_equal(text, want);
}

static void formulas(void **state)
{
	(void)state;
	called("Ga", (const double[][2]){ { 31, 1 }, { 31, 1 }, { 0, 0 } });
	called("GaN2", (const double[][2]){ { 31, 1 }, { 7, 1 }, { 7, 1 },
		{ 0, 0 } });
	called("La0.7Sr0.3MnO3", (const double[][2]){ { 57, 0.7 }, { 38, 0.3 },
		{ 25, 1 }, { 8, 1 }, { 8, 1 }, { 8, 1 }, { 0, 0 } });
	/* two units; thirds in four digits */
	called("Si0.8Ge0.2", (const double[][2]){ { 14, 0.8 }, { 32, 0.2 },
		{ 14, 0.8 }, { 32, 0.2 }, { 0, 0 } });
	called("LiNi", (const double[][2]){ { 3, 1 }, { 28, 0.3333 },
		{ 28, 0.3333 }, { 28, 0.3333 }, { 0, 0 } });
	/* only two of three sites' elements are whole, and all of them */
	called("La0.5Sr0.5Mn0.5Fe0.5O3", (const double[][2]){ { 57, 0.5 },
		{ 38, 0.5 }, { 25, 0.5 }, { 26, 0.5 }, { 8, 1 }, { 8, 1 },
		{ 8, 1 }, { 0, 0 } });
	called("Fe0.9", (const double[][2]){ { 26, 0.9 }, { 0, 0 } });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas),
	};

	return cmocka_run_group_tests_name("structures of tools", tests, NULL,
		NULL);
}
