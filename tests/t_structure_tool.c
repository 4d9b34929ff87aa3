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

static int read_crystal(const char *name, struct ip_structure *s, char *path)
{
	ip_test_log_capture();
	return ip_cli_crystal_read(name, s, path, 256);
}

/* Not read, and said so on standard error. */
static void refused(const char *name, size_t size, int rc, const char *part)
{
	const struct ip_structure none = { 0 };
	struct ip_structure s = { 0 };
	const char *file = ip_test_tmp("stderr");
	char path[256], text[1024] = "";
	int saved = dup(STDERR_FILENO), got;
	FILE *f;

	fflush(stderr);
	assert_non_null(freopen(file, "w", stderr));
	got = ip_cli_crystal_read(name, &s, path, size);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	f = fopen(file, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	assert_int_equal(got, rc);
	if (!strstr(text, part))
		print_error("%s\n%s\n", name, text);
	assert_non_null(strstr(text, part));
	assert_memory_equal(&s, &none, sizeof s);
}

static void crystal(void **state)
{
	static const char *const names[] = { "Al", "AlN", "Au", "BaTiO3",
		"CaF2", "CaTiO3", "CdTe", "CeO2", "CsPbI3", "CsPbI3_cubic",
		"Cu", "Fe", "GaAs", "GaN", "InN", "InP", "KNbO3", "KNbO3_cubic",
		"LaAlO3_cubic", "LiCoO2", "LiNiO2", "MgAl2O4", "MgO", "MoS2",
		"MoSe2", "NaCl", "NiO", "PbTe", "PbTiO3", "Si", "SrTiO3", "Ti",
		"TiS2", "W", "WS2", "Y2SiO5", "ZnO", "ZnS", "ZnSe",
		"ZrO2_cubic" };
	struct ip_structure s = { 0 }, t = { 0 };
	char path[256], again[256], text[64];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(read_crystal(names[i], &s, path), 0);
		snprintf(text, sizeof text, "/crystals/%s.cif", names[i]);
		assert_string_equal(path + strlen(path) - strlen(text), text);
		/* the path reads the same */
		assert_int_equal(read_crystal(path, &t, again), 0);
		assert_string_equal(again, path);
		assert_int_equal(t.count, s.count);
		assert_memory_equal(t.atoms, s.atoms, s.count *
			sizeof *s.atoms);
		ip_structure_free(&s);
		ip_structure_free(&t);
	}
}

static void invented(void **state)
{
	static const char *const bad[] = { "invented:", "invented:1",
		"invented:1:", "invented::1", "invented:-1:1",
		"invented:1:2:3", "invented:1:0x1", "invented: 1:1",
		"invented:1:18446744073709551616",
		"invented:000000000000000000000001:1" };
	struct ip_structure s = { 0 }, t = { 0 };
	char path[256];

	(void)state;
	assert_int_equal(read_crystal("invented:7:18446744073709551615", &s,
		path), 0);
	assert_string_equal(path, "invented:7:18446744073709551615");
	assert_int_equal(ip_crystal_invent(7, UINT64_MAX, &t), 0);
	assert_int_equal(s.count, t.count);
	assert_memory_equal(s.cell, t.cell, sizeof s.cell);
	assert_memory_equal(s.atoms, t.atoms, s.count * sizeof *s.atoms);
	ip_structure_free(&s);
	ip_structure_free(&t);
	assert_int_equal(ip_cli_crystal_is_file("invented:1:2.cif"), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused(bad[i], sizeof path, IP_EINVAL, "a seed and which");
}

static void no_such_crystal(void **state)
{
	static const char *const names[] = { "gan", "", "GaN ", "GaN.ci", "." };
	struct ip_structure s = { 0 };
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		refused(names[i], sizeof path, IP_ENOTFOUND, "': there are"
			" Al, AlN, Au, BaTiO3, CaF2, CaTiO3, CdTe, CeO2,"
			" CsPbI3, CsPbI3_cubic, Cu, Fe, GaAs, GaN, InN, InP,"
			" KNbO3, KNbO3_cubic, LaAlO3_cubic, LiCoO2, LiNiO2,"
			" MgAl2O4, MgO, MoS2, MoSe2, NaCl, NiO, PbTe,"
			" PbTiO3, Si, SrTiO3, Ti, TiS2, W, WS2, Y2SiO5, ZnO,"
			" ZnS, ZnSe, ZrO2_cubic; or give a file");
	refused("../crystals/GaN", sizeof path, IP_ENOTSUP, "must end in .cif");
	refused("GaN", 8, IP_ELIMIT, "longer than 8 bytes");
	assert_int_equal(read_crystal("absent.cif", &s, path), IP_EIO);
	ip_test_assert_logged("absent.cif: cannot be opened");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formulas),
		cmocka_unit_test(crystal),
		cmocka_unit_test(invented),
		cmocka_unit_test(no_such_crystal),
	};

	return cmocka_run_group_tests_name("structures of tools", tests, NULL,
		NULL);
}
