/* The options, numbers and provenance that all tools share. */
#include "support/support.h"
#include "cli/number.c"
#include "cli/report.c"
#include "cli/cli.c"

static void numbers(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "1x", "0x10", "nan",
		"inf", "1e999", "1,2", "--1", ".", "e", "1.5.2" };
	double v = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_not_equal(ip_cli_real(bad[i], &v), 0);
		assert_true(v == 7);
	}
	assert_int_equal(ip_cli_real("-0.25e1", &v), 0);
	assert_true(v == -2.5);
	assert_int_equal(ip_cli_real("+3", &v), 0);
	assert_true(v == 3);
}

static void lists(void **state)
{
	static const char *const bad[] = { "", ",", "1,", ",1", "1,,2", "1:2",
		"1:2:0", "2:1:1", "1:2:1:", "1:2:x", "0:1e9:1", "1;2" };
	static const struct { const char *text; size_t n; double last; }
	good[] = {
		{ "5", 1, 5 }, { "0.3,-0.2", 2, -0.2 }, { "20:120:20", 6, 120 },
		{ "0:1:0.1", 11, 1 }, { "0:0.95:0.1", 10, 0.9 },
		{ "3:1:-1", 3, 1 }, { "1,2:4:1,9", 5, 9 }, { "5:5:1", 1, 5 },
	};
	struct ip_reals r = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(ip_cli_reals(good[i].text, &r), 0);
		assert_int_equal(r.count, good[i].n);
		assert_true(fabs(r.v[r.count - 1] - good[i].last) < 1e-12);
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_not_equal(ip_cli_reals(bad[i], &r), 0);
		assert_int_equal(r.count, 1);	/* as it was */
	}
	free(r.v);
}

/* A tool with one option of each type; parse "x" and the words given. */
static struct {
	int flag, choice;
	const char *text;
	struct ip_texts texts;
	long integer;
	uint64_t u64;
	double real;
	struct ip_reals reals;
} got;

static const struct ip_opt table[] = {
	{ NULL, 0, NULL, "Things", IP_OPT_HEADING, NULL },
	{ "flag", 'f', NULL, "a flag", IP_OPT_FLAG, &got.flag },
	{ "text", 't', "T", "a text", IP_OPT_TEXT, &got.text },
	{ "in", 'i', "FILE", "many", IP_OPT_TEXTS, &got.texts },
	{ "int", 0, "N", "[@]", IP_OPT_INT, &got.integer },
	{ "u64", 0, "N", "[@]", IP_OPT_U64, &got.u64 },
	{ "real", 'r', "X", "[@]", IP_OPT_REAL, &got.real },
	{ "reals", 0, "X,...", "[@]", IP_OPT_REALS, &got.reals },
	{ "choice", 0, "one|two|three", "[@]", IP_OPT_CHOICE, &got.choice },
	{ 0 }
};

static int parse(struct ip_cli *c, char **words)
{
	static double defaults[] = { 1, 2 };
	char *argv[32] = { "iphase-x" };
	int n;

	memset(&got, 0, sizeof got);
	got.reals.v = defaults;
	got.reals.count = 2;
	got.choice = 1;
	memset(c, 0, sizeof *c);
	c->name = "iphase-x";
	c->usage = "FILE";
	c->what = "";
	c->options = table;
	c->common = IP_CLI_OUTPUT | IP_CLI_THREADS | IP_CLI_SEED |
		IP_CLI_BACKEND;
	for (n = 0; words[n]; n++)
		argv[n + 1] = words[n];
	return ip_cli_parse(c, n + 1, argv);
}

/* ip_cli_finish closes stdout, which cmocka wants: the rest of it here. */
static void release(struct ip_cli *c)
{
	free(got.reals.v);
	free(got.texts.v);
	free(c->all);
	free(c->operands);
	free(c->command);
	threads = 0;
	isa = NULL;
}

#define WORDS(...) (char *[]){ __VA_ARGS__, NULL }

static void options_of_every_type(void **state)
{
	struct ip_cli c;

	(void)state;
	assert_int_equal(parse(&c, WORDS("a", "-f", "--text=x=y", "-i", "1",
		"-i2", "--in=3", "--int", "-5", "--u64",
		"18446744073709551615", "-r-1.5", "--reals=1:3:1",
		"--choice=three", "-oout", "--seed=9", "--backend", "b",
		"-", "--threads=1", "--", "-q")), IP_CLI_RUN);
	assert_int_equal(got.flag, 1);
	assert_string_equal(got.text, "x=y");
	assert_int_equal(got.texts.count, 3);
	assert_string_equal(got.texts.v[2], "3");
	assert_int_equal(got.integer, -5);
	assert_true(got.u64 == UINT64_MAX);
	assert_true(got.real == -1.5);
	assert_int_equal(got.reals.count, 3);
	assert_int_equal(got.choice, 2);
	assert_string_equal(c.output, "out");
	assert_string_equal(c.backend, "b");
	assert_int_equal(c.seed, 9);
	assert_int_equal(c.count, 3);
	assert_string_equal(c.operands[1], "-");
	assert_string_equal(c.operands[2], "-q");
	assert_null(c.operands[3]);
	assert_int_equal(c.quiet, 0);
	assert_int_equal(ip_threads(), 1);
	release(&c);
	assert_int_equal(parse(&c, WORDS("-fq", "x")), IP_CLI_RUN);
	assert_int_equal(got.flag + c.quiet, 2);
	assert_int_equal(got.reals.count, 2);	/* the default */
	assert_int_equal(got.choice, 1);
	release(&c);
}

static void wrong_options(void **state)
{
	static char *const bad[][3] = {
		{ "--none" }, { "-z" }, { "-fz" }, { "--flag=1" }, { "--text" },
		{ "-t" }, { "--int=1.5" }, { "--int=" }, { "--int", "x" },
		{ "--u64=-1" }, { "--u64=18446744073709551616" },
		{ "--real=nan" }, { "--reals=1:2" }, { "--choice=four" },
		{ "--choice=" }, { "--choice=tw" }, { "--tex=1" },
		{ "--threads=-1" }, { "--threads=9999" }, { "--isa=mmx" },
	};
	struct ip_cli c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (parse(&c, (char **)bad[i]) != IP_CLI_USAGE)
			fail_msg("%s was taken", bad[i][0]);
		release(&c);
	}
}

static void provenance(void **state)
{
	struct ip_attrs a = { 0 };
	struct ip_cli c;

	(void)state;
	assert_int_equal(parse(&c, WORDS("--threads", "1", "-v", "a b.cube",
		"--threads=1", "it's", "-o", "x.ipt", "--", "--quiet", "")),
		IP_CLI_RUN);
	assert_int_equal(ip_cli_provenance(&c, &a), 0);
	assert_string_equal(ip_attrs_get_text(&a, "tool"), "iphase-x");
	assert_string_equal(ip_attrs_get_text(&a, "version"), ip_version());
	assert_string_equal(ip_attrs_get_text(&a, "command"), "iphase-x"
		" 'a b.cube' 'it'\\''s' -o x.ipt -- --quiet ''");
	ip_attrs_free(&a);
	release(&c);
}

/* What fn writes to stderr. */
static const char *stderr_of(void (*fn)(void))
{
	static char text[2048];
	const char *path = ip_test_tmp("stderr");
	int saved = dup(STDERR_FILENO);
	FILE *f;
	size_t n;

	assert_non_null(freopen(path, "w", stderr));
	fn();
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void report_twice(void)
{
	struct ip_progress p = { "slices", 40, 100, 12.34, 75 };

	on_progress(NULL, &p);
	on_log(NULL, IP_LOG_ERROR, "went wrong");
	p.done = 100;
	p.left = 0;
	on_progress(NULL, &p);
}

static void progress_on_terminal_and_in_log(void **state)
{
	(void)state;
	ip_report_start("x", 0, 0);
	terminal = 1;
	assert_string_equal(stderr_of(report_twice),
		"x: slices: 40 of 100, 12.3/s, 1:15 left\r\033[K"
		"x: error: went wrong\nx: slices: 100 of 100, 12.3/s\n");
	terminal = 0;
	last_line -= 20;	/* long ago */
	assert_string_equal(stderr_of(report_twice),
		"x: slices: 40 of 100, 12.3/s, 1:15 left\n"
		"x: error: went wrong\nx: slices: 100 of 100, 12.3/s\n");
	/* too soon again; but the end is always told */
	assert_string_equal(stderr_of(report_twice),
		"x: error: went wrong\nx: slices: 100 of 100, 12.3/s\n");
}

static void work(void)
{
	ip_cli_progress("files", 0, 2);
	ip_cli_progress("files", 1, 2);	/* too soon for a log */
	ip_cli_progress("files", 2, 2);
}

static void progress_of_the_tool(void **state)
{
	const char *text;

	(void)state;
	ip_report_start("x", 0, 0);
	terminal = 0;
	text = stderr_of(work);
	assert_memory_equal(text, "x: files: 2 of 2, ", 18);
	assert_null(strchr(strchr(text, '\n') + 1, '\n'));
	ip_report_start("x", 1, 0);
	assert_string_equal(stderr_of(work), "");
}

static void extensions(void **state)
{
	(void)state;
	assert_true(ip_cli_has_ext("a/b.NPZ", ".npz"));
	assert_false(ip_cli_has_ext("npz", ".npz"));
	assert_false(ip_cli_has_ext("a.npz.ipt", ".npz"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(lists),
		cmocka_unit_test(options_of_every_type),
		cmocka_unit_test(wrong_options),
		cmocka_unit_test(provenance),
		cmocka_unit_test(progress_on_terminal_and_in_log),
		cmocka_unit_test(progress_of_the_tool),
		cmocka_unit_test(extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
