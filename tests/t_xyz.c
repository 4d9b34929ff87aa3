/* Extended XYZ: what is read, what comes back exactly, what is refused. */
#include <math.h>

#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/support.h"

static const char *text_file(const char *text)
{
	const char *path = ip_test_tmp("a.xyz");

	ip_test_write(path, text, strlen(text));
	return path;
}

static void refused(const char *text, int rc, const char *part)
{
	struct ip_structure s = { 0 }, none = { 0 };

	ip_test_log_capture();
	if (ip_xyz_read(text_file(text), &s) != rc)
		print_error("%s\n", text);
	ip_test_assert_logged(part);
	assert_memory_equal(&s, &none, sizeof s);
}

static void extended(void **state)
{
	struct ip_structure s = { 0 };

	(void)state;
	assert_int_equal(ip_xyz_read(text_file("2\r\n"
		"config=\"a b\" Lattice=\"4 0 0  -1 5 0\t0 0 6e0\" energy=-1.5"
		" Properties=id:I:1:species:S:1:forces:R:3:pos:R:3:u_rms:R:1"
		":tag:L:1 pbc=\"T T F\"\r\n"
		"1 Ga 0 0 0  1 2 3.5 0.07 T\r\n"
		"2  N 0 0 0 -1 0 1e-1 0   F\r\n"), &s), 0);
	assert_int_equal(s.count, 2);
	assert_true(s.cell[1][0] == -1 && s.cell[2][2] == 6);
	assert_int_equal(s.atoms[0].z, 31);
	assert_true(s.atoms[0].r[2] == 3.5 && s.atoms[0].u == 0.07);
	assert_int_equal(s.atoms[1].z, 7);
	assert_true(s.atoms[1].r[0] == -1 && s.atoms[1].r[2] == 0.1);
	assert_true(s.atoms[0].occupancy == 1 && s.atoms[1].occupancy == 1);
	ip_structure_free(&s);
	/* a mean square displacement; numbers in place of symbols */
	assert_int_equal(ip_xyz_read(text_file("1\nlattice='x' Lattice=\"\"\n"
		"C 0 0 0"), &s), IP_EFORMAT);
	assert_int_equal(ip_xyz_read(text_file("1\nProperties=Z:I:1:pos:R:3:"
		"u_iso:R:1\n92 0 0 0 0.0049"), &s), 0);
	assert_int_equal(s.atoms[0].z, 92);
	assert_true(fabs(s.atoms[0].u - 0.07) < 1e-15);
	ip_structure_free(&s);
}

static void plain(void **state)
{
	struct ip_structure s = { 0 };

	(void)state;
	assert_int_equal(ip_xyz_read(text_file(" 2 \nwater = without a cell\n"
		"O 0 0 0 -0.8\nH 0.96 0 0 0.4\n\n"), &s), 0);
	assert_int_equal(s.count, 2);
	assert_true(s.cell[0][0] == 0 && s.atoms[1].r[0] == 0.96);
	ip_structure_free(&s);
	ip_test_log_capture();
	assert_int_equal(ip_xyz_read(text_file("1\n\nO 0 0 0\n1\n\nO 0 0 1"),
		&s), 0);
	assert_int_equal(ip_test_log_warnings(), 1);
	assert_true(s.atoms[0].r[2] == 0);
	ip_structure_free(&s);
}

static void bad_files(void **state)
{
	(void)state;
	refused("", IP_ETRUNCATED, "number of atoms");
	refused("x\n", IP_EFORMAT, "found 'x'");
	refused("0\n\n", IP_EFORMAT, "0 atoms");
	refused("-1\n\n", IP_EFORMAT, "-1 atoms");
	refused("99999999\n\nH 0 0 0\n", IP_EFORMAT, "99999999 atoms");
	refused("1", IP_ETRUNCATED, "second line");
	refused("2\n\nH 0 0 0\n", IP_ETRUNCATED, "line 4");
	refused("1\n\nH 0 0\n", IP_EFORMAT, "line 3, column 6");
	refused("1\n\nXx 0 0 0\n", IP_EFORMAT, "line 3, column 1: found 'Xx'");
	refused("1\n\nH 0 0 nan\n", IP_EFORMAT, "found 'nan'");
	refused("1\nLattice=\"1 0 0 0 1 0 0 0\"\nH 0 0 0\n", IP_EFORMAT,
		"number 9 of 9");
	refused("1\nLattice=\"1 0 0 0 1 0 0 0 1 5\"\nH 0 0 0\n", IP_EFORMAT,
		"Lattice");
	refused("1\nLattice=\"1 0 0 0 1 0 1 1 0\"\nH 0 0 0\n", IP_EPHYSICS,
		"a cell of 0");
	refused("1\nLattice=\"9 0 0 0 9 0 0 0 9\" Lattice=\"9 0 0 0 9 0 0 0 9\""
		"\nH 0 0 0\n", IP_EFORMAT, "twice");
	refused("1\nProperties=species:S:1\nH 0 0 0\n", IP_EFORMAT, "no pos");
	refused("1\nProperties=pos:R:3\n0 0 0\n", IP_EFORMAT, "no species");
	refused("1\nProperties=species:S:1:pos:R:2\nH 0 0\n", IP_EFORMAT,
		"another type");
	refused("1\nProperties=species:S:1:pos:R:3:pos:R:3\nH 0 0 0 0 0 0\n",
		IP_EFORMAT, "a name twice");
	refused("1\nProperties=species:S:1:pos:R:3:f:R:999\nH 0 0 0 0\n",
		IP_EFORMAT, "too many");
	refused("1\nProperties=species:S:1:pos:R:3:f:R:0\nH 0 0 0 0\n",
		IP_EFORMAT, "bad number");
	refused("1\nProperties=species:S:1:pos:R:3:f:Q:1\nH 0 0 0 0\n",
		IP_EFORMAT, "none of S");
	refused("1\nProperties=species:S:1:pos:R:3:u_rms:R:1\nH 0 0 0 -0.1\n",
		IP_EFORMAT, "displacement");
	refused("1\nProperties=species:S:1:pos:R:3:occupancy:R:1\nH 0 0 0 0\n",
		IP_EFORMAT, "line 3: occupancy 0, expected more than 0");
	refused("1\nProperties=species:S:1:pos:R:3:occupancy:R:1\nH 0 0 0 1.5"
		"\n", IP_EFORMAT, "occupancy 1.5");
	refused("1\nProperties=species:S:1:pos:R:3\nH 0 0 0 7\n", IP_EFORMAT,
		"end of the line");
	refused("1\nProperties=Z:I:1:pos:R:3\n104 0 0 0\n", IP_EFORMAT,
		"atomic number 104");
	refused("1\nProperties=Z:I:1:species:S:1:pos:R:3\n1 He 0 0 0\n",
		IP_EFORMAT, "found 'He'");
}

static void comes_back(void **state)
{
	const char *path = ip_test_tmp("b.xyz");
	struct ip_structure s = { 0 }, r = { 0 };
	uint64_t seed = 1;
	size_t i;
	int k, round;

	(void)state;
	s.count = 200;
	s.atoms = calloc(s.count, sizeof *s.atoms);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < s.count; i++) {
			for (k = 0; k < 3; k++)
				s.atoms[i].r[k] = 1e3 *
					ip_test_uniform(&seed) - 500;
			s.atoms[i].z = 1 + (int)(i % 103);
			s.atoms[i].u = round == 2 ? ip_test_uniform(&seed) : 0;
			s.atoms[i].occupancy = round == 1 ? 1 :
				1 - ip_test_uniform(&seed);
		}
		for (i = 0; i < 9 && round; i++)
			s.cell[i / 3][i % 3] = (i % 4 == 0 ? 40 : 0) +
				ip_test_uniform(&seed);
		assert_int_equal(ip_xyz_write(path, &s, "a \"note\"\nLattice"),
			0);
		assert_int_equal(ip_xyz_read(path, &r), 0);
		assert_int_equal(r.count, s.count);
		assert_memory_equal(r.cell, s.cell, sizeof s.cell);
		for (i = 0; i < s.count; i++) {
			assert_memory_equal(r.atoms[i].r, s.atoms[i].r,
				sizeof s.atoms[i].r);
			assert_true(r.atoms[i].u == s.atoms[i].u &&
				r.atoms[i].z == s.atoms[i].z &&
				r.atoms[i].occupancy == s.atoms[i].occupancy);
		}
		ip_structure_free(&r);
	}
	s.atoms[7].r[1] = INFINITY;
	assert_int_equal(remove(path), 0);
	ip_test_log_capture();
	assert_int_equal(ip_xyz_write(path, &s, NULL), IP_EINVAL);
	ip_test_assert_logged("atom 7");
	assert_false(ip_test_exists(path));
	ip_structure_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extended),
		cmocka_unit_test(plain),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(comes_back),
	};

	return cmocka_run_group_tests_name("xyz", tests, NULL, NULL);
}
