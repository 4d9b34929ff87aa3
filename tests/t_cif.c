/*
 * CIF: each form in which files come, how sites become atoms, what is refused
 * and where it stands.
 */
#include <math.h>

#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/support.h"


#define CELL "_cell_length_a 4\n_cell_length_b 5\n_cell_length_c 6\n" \
	"_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n"
#define XYZ "loop_ _atom_site_label _atom_site_fract_x _atom_site_fract_y" \
	" _atom_site_fract_z"

static int read_text(const char *text, struct ip_structure *s)
{
	const char *path = ip_test_tmp("a.cif");

	ip_test_write(path, text, strlen(text));
	ip_test_log_capture();
	return ip_cif_read(path, s);
}

static struct ip_structure taken(const char *text, int warnings)
{
	struct ip_structure s = { { { 0 } }, 0, NULL };

	if (read_text(text, &s) != 0 || ip_test_log_warnings() != warnings)
		print_error("%s\n%s\n%s\n", text, ip_test_log_error(),
			ip_test_log_warning());
	assert_int_equal(ip_test_log_errors(), 0);
	assert_int_equal(ip_test_log_warnings(), warnings);
	return s;
}

static void refused(const char *text, int rc, const char *part)
{
	struct ip_structure s = { { { 0 } }, 0, NULL }, none = s;
	int got = read_text(text, &s);

	if (got != rc || !strstr(ip_test_log_error(), part))
		print_error("%s\n%d: %s\n", text, got, ip_test_log_error());
	assert_int_equal(got, rc);
	ip_test_assert_logged(part);
	assert_memory_equal(&s, &none, sizeof s);
}

static int at(const struct ip_atom *a, int z, double x, double y, double zz)
{
	return a->z == z && fabs(a->r[0] - x) < 1e-9 &&
		fabs(a->r[1] - y) < 1e-9 && fabs(a->r[2] - zz) < 1e-9;
}

/* As ICSD and COD write, with all that the syntax allows. */
static void test_syntax(void **state)
{
	struct ip_structure s = taken("\357\273\277#\\#CIF_1.1\r\n"
		"DATA_no_atoms _cell_length_a 1\r\n"
		"data_Test # a comment with 'quotes\r\n"
		"_publ_section_title\r\n;\r\n A 'title' with\r\n"
		"loop_ and _cell_length_a in it\r\n ; and this\r\n;\r\n"
		"_chemical_name 'Author's name' _other \"a \"b\"c d\"\r\n"
		"_CELL_LENGTH_A 4.000(12)\r\n_cell.length_b '5'\r\n"
		"_cell_length_c +60E-1\r\n_cell_angle_alpha 90.\r\n"
		"_cell_angle_beta 90()\r\n_cell_angle_gamma 90\r\n"
		"_symmetry_space_group_name_H-M ? _space_group_name_Hall .\r\n"
		"loop_ _atom_type_symbol _atom_type_oxidation_number\r\n"
		"Ga3+ 3 O2- -2\r\n"
		"loop_\r\n _atom_site_label\t_atom_site_type_symbol\r\n"
		"_atom_site_fract_x _atom_site_fract_y _atom_site_fract_z\r\n"
		"_atom_site_occupancy _atom_site_adp_type\r\n"
		"GA1 Ga3+ 0.25(1) -0.25 1.5 1. Uiso O1 O2- .5\r\n"
		"0.5 0 . Uani Xx1 Xx 0 0 0 0.0 ? D1 D 1 2 3 1 .\r\n", 0);

	(void)state;
	assert_int_equal(s.count, 3);
	assert_true(s.cell[0][0] == 4 && s.cell[1][1] == 5 &&
		s.cell[2][2] == 6 && s.cell[1][0] == 0 && s.cell[2][1] == 0);
	assert_true(at(&s.atoms[0], 31, 1, 3.75, 3));
	assert_true(at(&s.atoms[1], 8, 2, 2.5, 0));
	assert_true(at(&s.atoms[2], 1, 0, 0, 0));
	ip_structure_free(&s);
	/* old line ends; one value in place of a loop; no end of the last line */
	s = taken("data_\r" CELL "_atom_site_label Si1\r_atom_site_fract_x 0\r"
		"_atom_site_fract_y 0\r_atom_site_fract_z 0", 1);
	assert_true(s.count == 1 && s.atoms[0].z == 14);
	ip_structure_free(&s);
}

static void test_blocks(void **state)
{
	struct ip_structure s = taken("data_a\n" CELL XYZ "\nSi1 0 0 0\n"
		"data_b\n" CELL XYZ "\nGe1 0 0 0\n", 1);

	(void)state;
	assert_non_null(strstr(ip_test_log_warning(), "2 data blocks have atoms;"
		" the first, 'a'"));
	assert_int_equal(s.atoms[0].z, 14);
	ip_structure_free(&s);
}

/* The cell's own axes: lengths and angles between the vectors come back. */
static void test_cell(void **state)
{
	struct ip_structure s = taken("data_a\n_cell_length_a 5\n"
		"_cell_length_b 6\n_cell_length_c 7\n_cell_angle_alpha 75\n"
		"_cell_angle_beta 85\n_cell_angle_gamma 110\n"
		"_cell_volume 188.28(1)\n" XYZ "\nSi 0.5 0.25 0.75\n", 0);
	const double degree = 3.14159265358979323846 / 180;
	double *a = s.cell[0], *b = s.cell[1], *c = s.cell[2];

	(void)state;
	assert_true(a[1] == 0 && a[2] == 0 && b[2] == 0 && c[2] > 0);
	assert_true(fabs(a[0] * b[0] - 30 * cos(110 * degree)) < 1e-12);
	assert_true(fabs(a[0] * c[0] - 35 * cos(85 * degree)) < 1e-12);
	assert_true(fabs(b[0] * c[0] + b[1] * c[1] - 42 * cos(75 * degree)) <
		1e-12);
	assert_true(fabs(hypot(hypot(c[0], c[1]), c[2]) - 7) < 1e-12);
	assert_true(at(&s.atoms[0], 14, 2.5 + 0.25 * b[0] + 0.75 * c[0],
		0.25 * b[1] + 0.75 * c[1], 0.75 * c[2]));
	ip_structure_free(&s);
	s = taken("data_a\n" CELL "_cell_volume 130\n" XYZ "\nSi 0 0 0\n", 1);
	assert_non_null(strstr(ip_test_log_warning(), "a cell of 120 A^3"));
	ip_structure_free(&s);
}

static void test_elements(void **state)
{
	static const struct { const char *label; int z; } all[] = {
		{ "Ga1", 31 }, { "O2-", 8 }, { "Ow", 8 }, { "OW1", 8 },
		{ "O", 8 }, { "C12A", 6 }, { "Cl1", 17 }, { "Ca_2", 20 },
		{ "GA1", 31 }, { "D3", 1 }, { "K+", 19 }, { "Nb5+", 41 },
	};
	struct ip_structure s;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof all / sizeof *all; i++) {
		snprintf(text, sizeof text, "data_a\n" CELL XYZ "\n%s 0 0 0\n",
			all[i].label);
		s = taken(text, 0);
		assert_int_equal(s.atoms[0].z, all[i].z);
		ip_structure_free(&s);
	}
	refused("data_a\n" CELL XYZ "\nCA1 0 0 0\n", IP_EFORMAT,
		"line 9, column 1: _atom_site_label is 'CA1', expected one"
		" element");
	refused("data_a\n" CELL XYZ "\nQ1 0 0 0\n", IP_EFORMAT, "is 'Q1'");
	refused("data_a\n" CELL XYZ "\n? 0 0 0\n", IP_EFORMAT, "neither");
}

/* U_eq of a hexagonal cell is (4 (U11 + U22 - U12) / 3 + U33) / 3. */
static void test_displacements(void **state)
{
	const double eight_pi2 = 78.956835208714864;
	struct ip_structure s = taken("data_a\n_cell_length_a 3\n"
		"_cell_length_b 3\n_cell_length_c 5\n_cell_angle_alpha 90\n"
		"_cell_angle_beta 90\n_cell_angle_gamma 120\n"
		XYZ " _atom_site_U_iso_or_equiv _atom_site_B_iso_or_equiv\n"
		"Si1 0 0 0 0.01 9\nSi2 0 0 .2 ? 0.5\nSi3 0 0 .4 . .\n"
		"Si4 0 0 .6 ? ?\nSi5 0 0 .8 0.02 ?\n"
		"loop_ _atom_site_aniso_label _atom_site_aniso_U_11\n"
		"_atom_site_aniso_U_22 _atom_site_aniso_U_12\n"
		"_atom_site_aniso_U_13 _atom_site_aniso_U_23\n"
		"_atom_site_aniso_U_33\n"
		"Si3 .004 .005 .002 .001 .001 .006(1)\nSi5 1 1 0 0 0 1\n"
		"Si4 ? ? ? ? ? ?\nother 1 1 1 1 1 1\n", 1);

	(void)state;
	assert_non_null(strstr(ip_test_log_warning(), "1 of 5 sites"));
	assert_true(fabs(s.atoms[0].u - 0.1) < 1e-15);
	assert_true(fabs(s.atoms[1].u - sqrt(0.5 / eight_pi2)) < 1e-12);
	assert_true(fabs(s.atoms[2].u - sqrt((4 * 0.007 / 3 + 0.006) / 3)) <
		1e-12);
	assert_true(s.atoms[3].u == 0);
	assert_true(fabs(s.atoms[4].u - sqrt(0.02)) < 1e-15);
	ip_structure_free(&s);
	/* B in place of U */
	s = taken("data_a\n" CELL XYZ "\nSi1 0 0 0\nloop_"
		" _atom_site_aniso_label _atom_site_aniso_B_11\n"
		"_atom_site_aniso_B_22 _atom_site_aniso_B_33\n"
		"_atom_site_aniso_B_12 _atom_site_aniso_B_13\n"
		"_atom_site_aniso_B_23\nSi1 0.3 0.4 0.8 9 9 9\n", 0);
	assert_true(fabs(s.atoms[0].u - sqrt(0.5 / eight_pi2)) < 1e-12);
	ip_structure_free(&s);
	refused("data_a\n" CELL XYZ " _atom_site_U_iso_or_equiv\nSi 0 0 0"
		" -0.01\n", IP_EFORMAT, "is '-0.01'");
}

static void test_symmetry(void **state)
{
	struct ip_structure s = taken("data_a\n" CELL
		"_symmetry_space_group_name_H-M 'P -1'\n"
		"loop_ _symmetry_equiv_pos_as_xyz x,y,z '-x, -y, -z'\n" XYZ
		"\nSi1 0.1 0.2 0.3\nO1 0.5 0.003 0.5\n", 0);

	(void)state;
	assert_int_equal(s.count, 3);
	assert_true(at(&s.atoms[0], 14, 0.4, 1, 1.8));
	assert_true(at(&s.atoms[1], 14, 3.6, 4, 4.2));
	assert_true(at(&s.atoms[2], 8, 2, 0, 3));
	ip_structure_free(&s);
	/* moved by more than rounding */
	s = taken("data_a\n" CELL "loop_ _space_group_symop_operation_xyz x,y,z"
		" -x,-y,-z\n" XYZ "\nO1 0.5 0.008 0.5\n", 1);
	assert_non_null(strstr(ip_test_log_warning(), "line 10: site 'O1' has"
		" been moved by 0.040 A"));
	ip_structure_free(&s);
	s = taken("data_a\n_space_group_IT_number 1\n" CELL XYZ
		"\nO1 0 0 0\n", 0);
	ip_structure_free(&s);
	/* put there by a program, no atom */
	s = taken("data_a\n" CELL XYZ " _atom_site_calc_flag\nO1 0 0 0 d\n"
		"Cg1 .5 .5 .5 dum\n", 0);
	assert_int_equal(s.count, 1);
	ip_structure_free(&s);
	s = taken("data_a\n_space_group_IT_number 2\n" CELL
		"_symmetry_equiv_pos_as_xyz x,y,z\n" XYZ "\nO1 0 0 0\n", 1);
	ip_structure_free(&s);
	s = taken("data_a\n_chemical_formula_sum 'Si O2'\n" CELL XYZ
		"\nO1 0 0 0\nSi1 .5 .5 .5\n", 1);
	assert_non_null(strstr(ip_test_log_warning(), "1 O and 1 Si"));
	ip_structure_free(&s);
	refused("data_a\n_space_group_name_H-M_alt 'P -1'\n" CELL XYZ
		"\nO1 0 0 0\n", IP_ENOTSUP, "space group 'P -1' without its"
		" operators");
	refused("data_a\n" CELL "loop_ _symmetry_equiv_pos_as_xyz x,y,z\n"
		" -x,y,q\n" XYZ "\nO1 0 0 0\n", IP_EFORMAT,
		"line 9, column 2: _symmetry_equiv_pos_as_xyz is '-x,y,q'");
}

/* A shared site on a mirror: each element once, with its occupancy. */
static void test_occupancy(void **state)
{
	static const char text[] = "data_a\n_chemical_formula_sum"
		" 'La0.7 Sr0.3 O0.0005'\n" CELL
		"loop_ _symmetry_equiv_pos_as_xyz x,y,z -x,y,z\n"
		XYZ " _atom_site_occupancy _atom_site_U_iso_or_equiv\n"
		"La1 0 .1 .2 0.70(1) .01\nSr1 0 .1 .2 0.3 .04\n"
		"O1 0.002 .5 .5 0.0005 .01\nN1 .5 .5 0 0 .01\n"
		"Si1 .3 .7 0 %s .01\n";
	struct ip_structure s;
	char all[1024];

	(void)state;
	snprintf(all, sizeof all, text, "0");
	s = taken(all, 0);
	assert_int_equal(s.count, 3);
	assert_true(at(&s.atoms[0], 57, 0, 0.5, 1.2) &&
		at(&s.atoms[1], 38, 0, 0.5, 1.2) &&
		at(&s.atoms[2], 8, 0, 2.5, 3));
	assert_true(s.atoms[0].occupancy == 0.7 && s.atoms[0].u == 0.1 &&
		s.atoms[1].occupancy == 0.3 && s.atoms[1].u == 0.2 &&
		s.atoms[2].occupancy == 0.0005);
	assert_int_equal(ip_structure_check(&s, 0.5), 0);
	ip_structure_free(&s);
	/* 1.0004 is 1; the formula has no Si */
	snprintf(all, sizeof all, text, "1.0004");
	s = taken(all, 1);
	assert_non_null(strstr(ip_test_log_warning(), "the ratio"));
	assert_true(s.count == 5 && s.atoms[4].occupancy == 1);
	ip_structure_free(&s);
}

static void test_refused(void **state)
{
	(void)state;
	refused("", IP_ETRUNCATED, "no data block has atoms");
	refused("hello\n", IP_EFORMAT, "line 1, column 1: found 'hello',"
		" expected data_");
	refused("data_a\n" CELL, IP_EFORMAT, "no data block has atoms");
	refused("data_a\nvalue\n", IP_EFORMAT, "expected a name");
	refused("data_a\n_x _y 1\n", IP_EFORMAT, "line 2, column 4");
	refused("data_a\n_x\n", IP_ETRUNCATED, "the value of the name");
	refused("data_a\n_x 'open\n", IP_EFORMAT, "closing '");
	refused("data_a\n_x\n;open\n", IP_ETRUNCATED, "line 3: a text");
	refused("data_a\nloop_\n1\n", IP_EFORMAT, "a name after loop_");
	refused("data_a\nloop_ _x _y 1 2 3\n", IP_ETRUNCATED, "2 names and 3");
	refused("data_a\nloop_ _x _y 1 2 3 _z 1\n", IP_EFORMAT, "2 names");
	refused("data_a\nsave_x\n", IP_ENOTSUP, "save_");
	refused("data_a\n_cell_length_a 1\n_cell_length_a 1\n", IP_EFORMAT,
		"line 3: _cell_length_a a second time");
	refused("data_a\n" XYZ "\nO 0 0 0\n", IP_EFORMAT, "no _cell_length_a");
	refused("data_a\n_cell_length_a 4A\n" XYZ "\nO 0 0 0\n", IP_EFORMAT,
		"line 2, column 16: _cell_length_a is '4A'");
	refused("data_a\n_cell_length_a -4\n" XYZ "\nO 0 0 0\n", IP_EFORMAT,
		"expected a length");
	refused("data_a\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n"
		"_cell_angle_alpha 10\n_cell_angle_beta 20\n"
		"_cell_angle_gamma 40\n" XYZ "\nO 0 0 0\n", IP_EPHYSICS,
		"a cell of 0");
	refused("data_a\n" CELL "loop_ _atom_site_label _atom_site_Cartn_x\n"
		"O 0\n", IP_ENOTSUP, "_atom_site_Cartn_x only");
	refused("data_a\n" CELL "loop_ _atom_site_label _atom_site_fract_x\n"
		"O 0\n", IP_EFORMAT, "no _atom_site_fract_y");
	refused("data_a\n" CELL XYZ "\nO 0 0 ?\n", IP_EFORMAT, "leave the row");
	refused("data_a\n" CELL XYZ "\nO 0 0 1e9\n", IP_EFORMAT, "parts of");
	refused("data_a\n" CELL XYZ "\nO 0 0 1/2\n", IP_EFORMAT, "is '1/2'");
	refused("data_a\n" CELL XYZ "\nO 0 0 0\nloop_ _atom_site_occupancy 1\n",
		IP_EFORMAT, "not in one loop");
	refused("data_a\n" CELL XYZ " _atom_site_occupancy\nO 0 0 0 1.5\n",
		IP_EFORMAT, "occupancy from 0 to 1");
	refused("data_a\n" CELL XYZ " _atom_site_occupancy\nO 0 0 0 0\n",
		IP_EFORMAT, "no site is occupied");
	refused("data_a\n" CELL XYZ " _atom_site_occupancy\nGa1 0 0 0 1\n"
		"Q 0 0 0 0\nN1 1 0.001 0 1\n", IP_EPHYSICS, "sites 'Ga1' (line"
		" 9) and 'N1' (line 11) are one place (0.005 A apart), with"
		" occupancies of 2");
	refused("data_a\n" CELL XYZ " _atom_site_occupancy\nLa 0 0 0 0.7\n"
		"Sr 0 0 0 0.31\n", IP_EPHYSICS, "occupancies of 1.01 in all");
}

/* Loops of many rows in a time that grows with them. */
static void test_large(void **state)
{
	enum { SIDE = 30, ROWS = SIDE * SIDE * SIDE };
	size_t size = 4096 + (size_t)ROWS * 40, used;
	char *text = malloc(size);
	struct ip_structure s = { { { 0 } }, 0, NULL };
	int i;

	(void)state;
	used = (size_t)snprintf(text, size, "data_a\n_cell_length_a 100\n"
		"_cell_length_b 100\n_cell_length_c 100\n_cell_angle_alpha 90\n"
		"_cell_angle_beta 90\n_cell_angle_gamma 90\n" XYZ "\n");
	for (i = 0; i < ROWS; i++)
		used += (size_t)snprintf(text + used, size - used,
			"Si%d %.4f %.4f %.4f\n", i, i % SIDE / (double)SIDE,
			i / SIDE % SIDE / (double)SIDE,
			i / SIDE / SIDE / (double)SIDE);
	s = taken(text, 0);
	assert_int_equal(s.count, ROWS);
	ip_structure_free(&s);
	free(text);
}

/* n times a text between two others. */
static char *repeated(const char *before, const char *text, size_t n,
	const char *after)
{
	size_t m = strlen(text), at = strlen(before), i;
	char *all = malloc(at + n * m + strlen(after) + 1);

	memcpy(all, before, at);
	for (i = 0; i < n; i++, at += m)
		memcpy(all + at, text, m);
	strcpy(all + at, after);
	return all;
}

/* More of everything than any crystal has: refused, not computed. */
static void test_limits(void **state)
{
	char *text;

	(void)state;
	text = repeated("data_a\nloop_ ", "_x ", 1025, "1\n");
	refused(text, IP_ELIMIT, "a loop of more than 1024 names");
	free(text);
	text = repeated("data_a\n" CELL "loop_ _symmetry_equiv_pos_as_xyz ",
		"x,y,z ", 1025, "\n" XYZ "\nO 0 0 0\n");
	refused(text, IP_ELIMIT, "line 8: 1025 symmetry operators");
	free(text);
	text = repeated("data_a\n" CELL "loop_ _atom_site_fract_x ", "0 ",
		1000001, "\n");
	refused(text, IP_ELIMIT, "more than 1000000 values of");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_cell),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_displacements),
		cmocka_unit_test(test_symmetry),
		cmocka_unit_test(test_occupancy),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("cif", tests, NULL, NULL);
}
