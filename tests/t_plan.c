/* Plans of datasets: what is read, what is drawn, what is refused. */
#include <math.h>
#include <iphase/plan.h>
#include <iphase/status.h>
#include "support/support.h"

#define HEAD "thickness = 20\npixels = 64\n[a]\ncrystals = GaN\n"

static const char *plan_file(const char *text)
{
	const char *path = ip_test_tmp("a.plan");

	ip_test_write(path, text, strlen(text));
	return path;
}

static struct ip_plan *read_plan(const char *text)
{
	struct ip_plan *p = NULL;

	assert_int_equal(ip_plan_read(&p, plan_file(text)), 0);
	return p;
}

static struct ip_plan_specimen draw(const struct ip_plan *p, size_t i)
{
	struct ip_plan_specimen s;

	assert_int_equal(ip_plan_draw(p, i, &s), 0);
	return s;
}

static void everything(void **state)
{
	struct ip_plan *p = read_plan("# a comment\nseed = 7\r\n"
		"  crystals = GaN my#file.cif # a name with a # in it\n"
		"thickness=20 5.5 100\npixels = 64\n"
		"\n[one]\nspecimens = 1\npixel = 0.2\ntilt = 0.25\n"
		"rotations = 3\nangle = 30\ndefocus = -12\nsource = 0.8\n"
		"dose = 12346\nzone = 1,-1,0\npotential = dft\nwidth = 26\n"
		"sampling = 0.1\noptions = --phonons=4 --aberration=C30=1e7\n"
		"[two]\ncrystals = invented 3\nspecimens = 2\n"
		"[three]\nspecimen = island\ncrystals = Si\n"
		"specimens = 1\n");
	struct ip_plan_specimen s;

	(void)state;
	assert_int_equal(ip_plan_count(p), 2 + 3 * 2 + 1);
	assert_true(ip_plan_seed(p) == 7);
	/* in the middle of theirs, behind the first of each pair */
	s = draw(p, 4);
	assert_string_equal(s.crystal, "my#file.cif");
	assert_string_equal(s.group, "one");
	assert_string_equal(s.zone, "1,-1,0");
	assert_true(!s.island && s.dft && s.pixels == 64 && s.pixel == 0.2);
	assert_true(s.thicknesses == 3 && s.thickness[0] == 5.5 &&
		s.thickness[1] == 20 && s.thickness[2] == 100);
	assert_true(s.rotations == 3 && s.rotation[2] == 30);
	assert_true(s.tilt[0] == 0.25 && s.tilt[1] == 0.25);
	assert_true(s.defocus == -12 && s.source == 0.8 && s.dose == 12350);
	assert_true(s.width == 26 && s.sampling == 0.1);
	assert_int_equal(s.option_count, 2);
	assert_string_equal(s.options[1], "--aberration=C30=1e7");
	s = draw(p, 8);
	assert_null(s.crystal);
	assert_true(s.invented == 2 && !s.island && !s.dft);
	assert_true(s.rotations == 1 && s.tilt[0] == 0 && s.defocus == 0 &&
		s.source == 0 && s.dose == 0 && s.width == 0);
	assert_string_equal(s.zone, "0,0,1");
	assert_int_equal(ip_plan_draw(p, 9, &s), IP_EINVAL);
	assert_true(draw(p, 5).island);
	ip_plan_free(p);
}

/* Means within four of their deviations. */
static void is_mean(const char *what, double sum, double n, double mean,
	double deviation)
{
	if (!(fabs(sum / n - mean) <= 4 * deviation / sqrt(n)))
		fail_msg("%s: %g, expected %g", what, sum / n, mean);
}

static void distributions(void **state)
{
	enum { N = 4000 };
	struct ip_plan *p = read_plan("crystals = GaN\nspecimens = 4000\n"
		"pixels = 8\n[a]\nthickness = each 5..20 20..50 20..50\n"
		"tilt = normal 0.3\nrotations = 2\ndefocus = uniform -50 100\n"
		"source = one of 0.5 1\ndose = log 10 1000\n"
		"zone = one of 0,0,1 1,1,0 1,1,1\n");
	double tilt = 0, tilt2 = 0, rz = 0, focus = 0, source = 0, dose = 0;
	double zone = 0, x = 0, xy = 0, turns = 0, first = 0, both = 0;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		struct ip_plan_specimen s = draw(p, i);

		assert_true(s.thickness[0] >= 5 && s.thickness[0] <= 20);
		assert_true(s.thickness[1] >= 20 && s.thickness[2] <= 50);
		assert_true(s.thickness[2] - s.thickness[1] >= 0.5 - 1e-9);
		assert_true(s.rotation[0] >= 0 && s.rotation[1] <= 360);
		assert_true(s.origin[0] >= 0 && s.origin[1] < 128);
		assert_true(s.origin[0] * 128 == floor(s.origin[0] * 128));
		assert_true(s.seed < 2147483648u);
		tilt += s.tilt[0];
		tilt2 += s.tilt[1] * s.tilt[1];
		both += s.tilt[0] * s.tilt[1];
		rz += s.rotation[1];
		first += s.thickness[0];
		focus += s.defocus;
		source += s.source;
		dose += log10(s.dose);
		zone += strcmp(s.zone, "1,1,0") == 0;
		x += s.origin[0];
		xy += (s.origin[0] - 64) * (s.origin[1] - 64);
		turns += (s.rotation[0] - 180) * (s.rotation[1] - 180);
	}
	is_mean("tilt", tilt, N, 0, 0.3);
	is_mean("its square", tilt2, N, 0.09, 0.09 * sqrt(2));
	is_mean("two tilts", both, N, 0, 0.09);
	is_mean("rotation", rz, N, 180, 360 / sqrt(12));
	is_mean("thickness", first, N, 12.5, 15 / sqrt(12));
	is_mean("defocus", focus, N, 25, 150 / sqrt(12));
	is_mean("source", source, N, 0.75, 0.25);
	is_mean("dose", dose, N, 2, 2 / sqrt(12));
	is_mean("zone", zone, N, 1 / 3.0, sqrt(2) / 3);
	is_mean("origin", x, N, 64, 128 / sqrt(12));
	is_mean("its two", xy, N, 0, 128 * 128 / 12.0);
	is_mean("two rotations", turns, N, 0, 360 * 360 / 12.0);
	ip_plan_free(p);
}

/* Between -1 and 1 of its own deviation a normal distribution's is 0.5396. */
static void limited(void **state)
{
	enum { N = 4000 };
	struct ip_plan *p = read_plan(HEAD "specimens = 4000\n"
		"tilt = normal 0.3 0.3\n");
	double square = 0, most = 0;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		struct ip_plan_specimen s = draw(p, i);

		square += s.tilt[0] * s.tilt[0];
		most = fmax(most, fabs(s.tilt[1]));
	}
	assert_true(most <= 0.3 && most > 0.295);
	/* the square lies between 0 and 0.09: its deviation is below 0.045 */
	is_mean("square", square, N, 0.09 * 0.5396 * 0.5396, 0.045);
	ip_plan_free(p);
}

static int same(struct ip_plan_specimen a, struct ip_plan_specimen b)
{
	return strcmp(a.crystal, b.crystal) == 0 && a.seed == b.seed &&
		a.thickness[0] == b.thickness[0] && a.tilt[0] == b.tilt[0] &&
		a.tilt[1] == b.tilt[1] && a.rotation[0] == b.rotation[0] &&
		a.origin[0] == b.origin[0];
}

/* How many others there are changes nothing but the place; no two specimens
 * are drawn alike. */
static void alone(void **state)
{
	static const char text[] = "seed = 5\nthickness = uniform 5 50\n"
		"pixels = 8\ntilt = normal 0.1\n[a]\ncrystals = %s\n"
		"specimens = %d\n[b]\ncrystals = Si\nspecimens = 1\n";
	char few[256], many[256];
	struct ip_plan *p, *q;
	size_t found = 0;

	(void)state;
	snprintf(few, sizeof few, text, "GaN KNbO3", 3);
	snprintf(many, sizeof many, text, "GaN KNbO3 MoS2", 10);
	p = read_plan(few);
	q = read_plan(many);
	assert_int_equal(ip_plan_count(p), 7);
	for (size_t i = 0; i < 7; i++)
		for (size_t k = 0; k < ip_plan_count(q); k++)
			found += same(draw(p, i), draw(q, k));
	for (size_t i = 0; i < 7; i++)
		for (size_t k = 0; k < i; k++)
			assert_true(draw(p, i).seed != draw(p, k).seed);
	assert_int_equal(found, 7);
	ip_plan_free(p);
	ip_plan_free(q);
}

/* What is shipped, as its comments and iphase-dataset(1) have it. */
static void shipped(void **state)
{
	static const struct {
		const char *name;
		size_t specimens, pictures;
	} all[] = { { "tiny", 10, 20 }, { "five", 900, 4500 },
		{ "reference", 300, 900 }, { "wide", 618, 3522 },
		{ "tilt", 80, 400 } };
	struct ip_plan *p = NULL;
	char path[64];

	(void)state;
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		size_t pictures = 0;

		snprintf(path, sizeof path, "data/plans/%s.plan", all[k].name);
		assert_int_equal(ip_plan_read(&p, ip_test_src(path)), 0);
		assert_int_equal(ip_plan_count(p), all[k].specimens);
		for (size_t i = 0; i < all[k].specimens; i++) {
			struct ip_plan_specimen s = draw(p, i);

			pictures += s.thicknesses * s.rotations;
		}
		assert_int_equal(pictures, all[k].pictures);
		ip_plan_free(p);
	}
}

/* Any first part of a plan has its share of each crystal. */
static void mixed(void **state)
{
	struct ip_plan *p = read_plan("thickness = 20\npixels = 8\n[a]\n"
		"crystals = GaN Si\nspecimens = 100\n[b]\ncrystals = MoS2\n"
		"specimens = 20\n");
	double n[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < 220; i++) {
		const char *c = draw(p, i).crystal;

		n[*c == 'G' ? 0 : *c == 'S' ? 1 : 2]++;
		for (int k = 0; k < 3; k++)
			assert_true(fabs(n[k] - (double)(i + 1) *
				(k == 2 ? 20 : 100) / 220) < 1.5);
	}
	ip_plan_free(p);
}

static void refused(const char *text, const char *part)
{
	struct ip_plan *p = NULL;

	ip_test_log_capture();
	if (ip_plan_read(&p, plan_file(text)) != IP_EFORMAT)
		print_error("%s\n", text);
	ip_test_assert_logged(part);
	assert_null(p);
}

static void wrong(void **state)
{
	(void)state;
	refused("", "found 'no group', expected [NAME]");
	refused("[a]\n", "a.plan:2: the group [a] ends here, expected a line"
		" 'crystals = ");
	refused(HEAD "\n[b]\n", "a.plan:6: the group [a] ends");
	refused(HEAD "specimens = 3\n[a]\n", "a.plan:6: a group: found 'a'");
	refused("[a\n", "found '[a', expected [NAME]");
	refused("[]\n", "expected [NAME]");
	refused("specimens 3\n", "a.plan:1: a line: found 'specimens 3'");
	refused("specimen = 3\n", "found '3', expected crystal|island");
	refused("specimens = none\n", "1: specimens: found 'none', expected"
		" a whole number from 1");
	refused("specimens = 0\n", "found '0'");
	refused("specimens = -1\n", "found '-1'");
	refused("specimens = 3 4\n", "found '3 4'");
	refused("specimens =\n", "found ''");
	refused("frames = 3\n", "a key: found 'frames', expected seed, ");
	refused("pixel = 1\npixel = 2\n", "a.plan:2: pixel: found '2',"
		" expected it once");
	refused("[a]\nseed = 3\n", "before the first group");
	refused("pixel = 0\n", "above 0");
	refused("pixel = nan\n", "above 0");
	refused("tilt = nrmal 0.3\n", "1: tilt: found 'nrmal 0.3', expected a"
		" number, uniform LOW HIGH");
	refused("tilt = uniform 2 1\n", "found 'uniform 2 1'");
	refused("tilt = normal -1\n", "found 'normal -1'");
	refused("tilt = normal 1 0\n", "found 'normal 1 0'");
	refused("tilt = each 1..2\n", "found 'each 1..2'");
	refused("dose = log 0 1\n", "found 'log 0 1'");
	refused("dose = normal 3\n", "from 0 on");
	refused("source = uniform -1 1\n", "from 0 on");
	refused("thickness = each 5..20 30..20\n", "found 'each 5..20 30..20'");
	refused("thickness = each 5 20\n", "found 'each 5 20'");
	refused("thickness = 0\n", "from 0.1 on");
	refused("zone = 001\n", "found '001'");
	refused("zone = 0,0,1 1,1,0\n", "one of U,V,W");
	refused("crystals = invented\n", "invented NUMBER");
	refused("crystals = invented 0\n", "invented NUMBER");
	refused(HEAD "specimens = 1\nspecimen = island\nrotations = 2\n",
		"found rotations = 2, expected 1");
	refused(HEAD "specimens = 1\nspecimen = island\nzone = 1,1,0\n",
		"found a zone");
	refused("thickness = 20\npixels = 64\n[a]\ncrystals = invented 3\n"
		"specimens = 1\nspecimen = island\n", "make no islands");
}

static void too_many(void **state)
{
	struct ip_plan *p = NULL;
	char text[400] = "options =";

	(void)state;
	for (int i = 0; i < 65; i++)
		strcat(text, " --q");
	refused(text, "a.plan:1: options: found '--q --q");
	ip_test_assert_logged("expected at most 64 words");
	ip_test_log_capture();
	assert_int_equal(ip_plan_read(&p, plan_file("thickness = 20\n"
		"pixels = 64\n[a]\ncrystals = invented 1048576\n"
		"specimens = 1048576\n")), IP_ELIMIT);
	ip_test_assert_logged("1099511627776 specimens, expected at most");
	assert_null(p);
}

static void no_file(void **state)
{
	struct ip_plan *p = NULL;

	(void)state;
	ip_test_log_capture();
	assert_int_equal(ip_plan_read(&p, ip_test_tmp("none")), IP_EIO);
	ip_test_assert_logged("none: cannot be opened");
	ip_test_write(ip_test_tmp("b"), "a\0b", 3);
	ip_test_log_capture();
	assert_int_equal(ip_plan_read(&p, ip_test_tmp("b")), IP_EFORMAT);
	ip_test_assert_logged("byte 0");
	ip_plan_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything),
		cmocka_unit_test(distributions),
		cmocka_unit_test(limited),
		cmocka_unit_test(alone),
		cmocka_unit_test(mixed),
		cmocka_unit_test(shipped),
		cmocka_unit_test(wrong),
		cmocka_unit_test(too_many),
		cmocka_unit_test(no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
