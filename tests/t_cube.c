/* Cube files: units, skew cells, orbitals, every kind of damage. */
#include <locale.h>
#include <math.h>
#include <time.h>

#include "formats/number.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/support.h"

#define BOHR 0.5291772105638411

static const char head[] = "title\nof two lines\n"
	"  2  1.0 0.0 -1.0\n"
	"  2  3.0 0.0 0.0\n"
	"  1  -2.0 4.0 0.0\n"
	"  3  0.0 0.5 5.0\n";
static const char atoms[] = " 31 13.0 1.0 0.0 -1.0\n 7 0.0 2.5 1.0 20.0\n";
static const char values[] = " 1.0 -2E0 .3e1\n 4 5.0D0\n\n 6-1\n";

static const char *join(const char *a, const char *b, const char *c)
{
	const char *path = ip_test_tmp("a.cube");
	char text[2048];

	snprintf(text, sizeof text, "%s%s%s", a, b, c);
	ip_test_write(path, text, strlen(text));
	return path;
}

static void near(double a, double b)
{
	if (!(fabs(a - b) <= 1e-14 * (1 + fabs(b))))
		fail_msg("%.17g is not %.17g", a, b);
}

static void refused(const char *path, int rc, const char *part)
{
	struct ip_cube c = { 0 }, none = { 0 };

	ip_test_log_capture();
	assert_int_equal(ip_cube_read(path, &c), rc);
	ip_test_assert_logged(part);
	assert_memory_equal(&c, &none, sizeof c);
}

static void all_parts(void **state)
{
	static const float want[] = { 1, -2, 3, 4, 5, 0.6f };
	struct ip_cube c = { 0 };

	(void)state;
	assert_int_equal(ip_cube_read(join(head, atoms, values), &c), 0);
	assert_string_equal(c.title[0], "title");
	assert_string_equal(c.title[1], "of two lines");
	near(c.origin[0], BOHR);
	near(c.origin[2], -BOHR);
	near(c.voxel[1][0], -2 * BOHR);
	near(c.voxel[2][1], 0.5 * BOHR);
	near(c.structure.cell[0][0], 6 * BOHR);
	near(c.structure.cell[1][1], 4 * BOHR);
	near(c.structure.cell[2][2], 15 * BOHR);
	assert_int_equal(c.structure.count, 2);
	assert_int_equal(c.structure.atoms[0].z, 31);
	near(c.structure.atoms[0].r[0], 0);
	near(c.structure.atoms[0].r[2], 0);
	/* outside the cell stays outside */
	near(c.structure.atoms[1].r[2], 21 * BOHR);
	assert_int_equal(c.grid.ndim, 3);
	assert_true(c.grid.shape[0] == 2 && c.grid.shape[1] == 1 &&
		c.grid.shape[2] == 3);
	assert_memory_equal(c.grid.data, want, sizeof want);
	ip_cube_free(&c);
}

static void angstrom_and_orbital(void **state)
{
	static const char *const bad[] = {
		"a\nb\n -1 0 0 0\n-2 1 0 0\n-1 0 2 0\n-1 0 0 3\n8 0 1 1 1\n"
			"2 7 8\n1 2 3 4\n",
		"a\nb\n 1 0 0 0 2\n-2 1 0 0\n-1 0 2 0\n-1 0 0 3\n8 0 1 1 1\n"
			"1 2 3 4\n",
	};
	struct ip_cube c = { 0 };

	(void)state;
	assert_int_equal(ip_cube_read(join("a\nb\n -1 0 0 1\n-2 1 0 0\n"
		"-1 0 2 0\n-1 0 0 3\n", "8 0 1 1 2\n 1 7\n", "1 2"), &c), 0);
	near(c.structure.cell[0][0], 2);
	near(c.structure.atoms[0].r[2], 1);
	assert_true(((float *)c.grid.data)[1] == 2);
	ip_cube_free(&c);
	refused(join(bad[0], "", ""), IP_ENOTSUP, "2 values");
	refused(join(bad[1], "", ""), IP_ENOTSUP, "2 values");
}

static void bad_files(void **state)
{
	static const struct { const char *a, *b, *c; int rc; const char *part; }
	f[] = {
		{ "", "", "", IP_ETRUNCATED, "title" },
		{ "a\nb\n", "", "", IP_ETRUNCATED, "line 3: the file ends,"
			" expected the number of atoms" },
		{ "a\nb\n 2.5 0 0 0\n", "", "", IP_EFORMAT,
			"line 3, column 2: found '2.5'" },
		{ "a\nb\n 2 0 0\n", "", "", IP_EFORMAT, "found the line end" },
		{ "a\nb\n 2 0 0 nan\n", "", "", IP_EFORMAT,
			"line 3, column 8: found 'nan'" },
		{ "a\nb\n 2 0 0 1e999\n", "", "", IP_EFORMAT, "finite" },
		{ "a\nb\n 2 0 0 0 1 1\n", "", "", IP_EFORMAT, "end of the" },
		{ "a\nb\n 1 0 0 0\n 0 1 0 0\n", "", "", IP_EFORMAT,
			"no voxels" },
		{ "a\nb\n 1 0 0 0\n 2 1 0 0\n 2 0 1 0\n 2 1 1 0\n", "", "",
			IP_EPHYSICS, "a cell of 0 A^3" },
		{ "a\nb\n 1 0 0 0\n 2 1 0 0\n-2 0 1 0\n 2 1 1 1\n", "", "",
			IP_EFORMAT, "all negative" },
		{ "a\nb\n 999999999 0 0 0\n 2 1 0 0\n 2 0 1 0\n 2 1 1 1\n",
			"", "", IP_ETRUNCATED, "atoms announced" },
		{ "a\nb\n 0 0 0 0\n 99999999 1 0 0\n 99999999 0 1 0\n 99999999"
			" 0 0 1\n", "", "1 2", IP_ETRUNCATED,
			"values announced" },
		{ head, " 31 0 1 0 0\n 0 0 1 1 1\n", values, IP_EFORMAT,
			"line 8: atomic number 0" },
		{ head, " 31 0 1 0 0\n 104 0 1 1 1\n", values, IP_EFORMAT,
			"atomic number 104" },
		{ head, " 31 0 1 0 0\n 7 0 1 1\n", values, IP_EFORMAT,
			"line 8, column 9" },
		{ head, " 31 0 1 0 0\n 7 0 1 1 1 1\n", values, IP_EFORMAT,
			"line 8, column 12" },
		{ head, atoms, "1.000 2.000 3\n4 5", IP_ETRUNCATED, "line 10" },
		{ head, atoms, "1 2 3\n4 x5 6", IP_EFORMAT,
			"line 10, column 3: found 'x5'" },
		{ head, atoms, "1 2 3\n4 NaN 6", IP_EFORMAT, "found 'NaN'" },
		{ head, atoms, "1 2 3\n4 inf 6", IP_EFORMAT, "found 'inf'" },
		{ head, atoms, "1 2 3\n4 1e39 6", IP_EFORMAT, "float32" },
		{ head, atoms, "1 2 3\n4 ****** 6", IP_EFORMAT, "found '***" },
		{ head, atoms, "1 2 3\n4 5 6\n7", IP_EFORMAT,
			"line 11, column 1: found '7', expected the end" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof f / sizeof *f; i++)
		refused(join(f[i].a, f[i].b, f[i].c), f[i].rc, f[i].part);
	refused(ip_test_tmp("absent.cube"), IP_EIO, "cannot be opened");
	refused(ip_test_tmpdir(), IP_EIO, "not a regular");
}

static void comes_back(void **state)
{
	const char *path = ip_test_tmp("b.cube");
	struct ip_cube c = { 0 }, r = { 0 };
	float *v;
	size_t i;
	int k;

	(void)state;
	assert_int_equal(ip_cube_read(join(head, atoms, values), &c), 0);
	v = c.grid.data;
	v[1] = 1.0f / 3;
	v[2] = -3.0e-39f;	/* subnormal */
	v[3] = 3.40282347e38f;
	assert_int_equal(ip_cube_write(path, &c), 0);
	assert_int_equal(ip_cube_read(path, &r), 0);
	assert_memory_equal(r.grid.data, c.grid.data, 24);
	for (i = 0; i < 9; i++)
		/* twelve decimals of bohr, times three voxels */
		assert_true(fabs(r.structure.cell[i / 3][i % 3] -
			c.structure.cell[i / 3][i % 3]) < 3e-12);
	for (i = 0; i < 2; i++)
		for (k = 0; k < 3; k++)
			assert_true(fabs(r.structure.atoms[i].r[k] -
				c.structure.atoms[i].r[k]) < 2e-12);
	assert_true(r.structure.atoms[0].occupancy == 1);
	ip_cube_free(&r);
	assert_int_equal(remove(path), 0);
	ip_test_log_capture();
	c.structure.atoms[1].occupancy = 0.5;
	assert_int_equal(ip_cube_write(path, &c), IP_ENOTSUP);
	ip_test_assert_logged("atom 1 has an occupancy of 0.5");
	c.structure.atoms[1].occupancy = 1;
	ip_test_log_capture();
	v[5] = NAN;
	assert_int_equal(ip_cube_write(path, &c), IP_EINVAL);
	ip_test_assert_logged("not finite");
	assert_false(ip_test_exists(path));
	ip_cube_free(&c);
}

/* Our number parser against strtod, in as many forms as numbers have. */
static void numbers_are_rounded_correctly(void **state)
{
	static const char *const odd[] = { "9007199254740993", "1e22", "1e23",
		"123456789012345678901234567890", "0.1", "4.9e-324",
		"2.2250738585072011e-308", "179769313486231580793728971405e279",
		"0.000000000000000000000000000000000000000000000000001",
		"1000000000000000000000000000000000000000000e-42", "-0.0",
		".5", "5.", "+1e+0", "18446744073709551615",
		"18446744073709551616", "1.00000000000000011102230246251565" };
	static const char *const none[] = { "", ".", "e5", "-", "+.e1", "nan",
		"inf", "x" };
	char text[64];
	const char *p;
	uint64_t seed = 3, bits;
	double v, want;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof odd / sizeof *odd; i++) {
		p = odd[i];
		assert_int_equal(ip_number_get(&p, p + strlen(p), &v), 0);
		want = strtod(odd[i], NULL);
		assert_memory_equal(&v, &want, sizeof v);
		assert_int_equal(*p, 0);
	}
	for (i = 0; i < sizeof none / sizeof *none; i++) {
		p = none[i];
		assert_int_not_equal(ip_number_get(&p, p + strlen(p), &v), 0);
		assert_ptr_equal(p, none[i]);
	}
	for (i = 0; i < 20000; i++) {
		bits = ip_test_random(&seed);
		memcpy(&want, &bits, sizeof want);
		if (!isfinite(want))
			continue;
		ip_number_put(text, want);
		p = text;
		assert_int_equal(ip_number_get(&p, p + strlen(p), &v), 0);
		assert_memory_equal(&v, &want, sizeof v);
		snprintf(text, sizeof text, "%.*E", (int)(i % 20),
			fmod(want, 1e9));
		want = strtod(text, NULL);
		p = text;
		assert_int_equal(ip_number_get(&p, p + strlen(p), &v), 0);
		assert_memory_equal(&v, &want, sizeof v);
	}
	p = "1.5-103x";
	assert_int_equal(ip_number_get(&p, p + strlen(p), &v), 0);
	assert_true(v == 1.5e-103 && *p == 'x');
	p = "1.5e-x";
	assert_int_equal(ip_number_get(&p, p + strlen(p), &v), 0);
	assert_true(v == 1.5 && *p == 'e');
}

/* A program that has set another locale must not read other numbers. */
static void locale_does_not_matter(void **state)
{
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8",
		"fr_FR.UTF-8", "ps_AF.UTF-8" };
	const char *path = ip_test_tmp("l.cube");
	struct ip_cube c = { 0 }, r = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		if (setlocale(LC_ALL, names[i]))
			break;
	if (i == 4)
		skip();
	assert_int_equal(ip_cube_read(join(head, atoms, "0.30000000000000000001"
		" 1.5 2 3 4 5"), &c), 0);
	assert_int_equal(ip_cube_write(path, &c), 0);
	assert_int_equal(ip_cube_read(path, &r), 0);
	setlocale(LC_ALL, "C");
	assert_true(((float *)c.grid.data)[0] == 0.3f);
	assert_memory_equal(r.grid.data, c.grid.data, 24);
	ip_cube_free(&c);
	ip_cube_free(&r);
}

static void cubes_of_cp2k(void **state)
{
	static const struct { const char *name; size_t atoms, n[3]; double a; }
	f[] = {
		{ "cubes/GaN.cube", 4, { 45, 45, 72 }, 45 * 0.133916 * BOHR },
		{ "cubes/KNbO3_1.cube", 5, { 60, 60, 60 },
			60 * 0.126901 * BOHR },
		{ "cubes/LiCoO2.cube", 12, { 40, 40, 192 },
			40 * 0.132813 * BOHR },
	};
	struct ip_cube c = { 0 };
	const char *path;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		path = ip_test_shared(f[i].name);
		if (!path)
			skip();
		assert_int_equal(ip_cube_read(path, &c), 0);
		assert_int_equal(c.structure.count, f[i].atoms);
		assert_memory_equal(c.grid.shape, f[i].n, sizeof f[i].n);
		near(c.structure.cell[0][0], f[i].a);
		assert_int_equal(ip_structure_check(&c.structure, 0.5), 0);
		ip_cube_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_parts),
		cmocka_unit_test(angstrom_and_orbital),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(comes_back),
		cmocka_unit_test(numbers_are_rounded_correctly),
		cmocka_unit_test(locale_does_not_matter),
		cmocka_unit_test(cubes_of_cp2k),
	};

	return cmocka_run_group_tests_name("cube", tests, NULL, NULL);
}
