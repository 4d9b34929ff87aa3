/* Options from a table: parsing, --help, provenance. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/threads.h>
#include "cli.h"
#include "report.h"

#define WIDTH 79	/* of --help */
#define LEFT_MAX 28	/* of its left column */
#define HEADED 0x100u	/* the tool's options have headings */

/* Values of options that are common and have no place in struct ip_cli. */
static long threads;
static const char *isa;
static int want_help, want_version;

/* ---- the table: the tool's options, then the common ones ---- */

/* A default list is the tool's own memory; what is parsed is freed. */
static int own_lists(const struct ip_opt *o)
{
	struct ip_reals *r;
	double *v;

	for (; o->help; o++) {
		r = o->target;
		if (o->type != IP_OPT_REALS || !r->count)
			continue;
		v = malloc(r->count * sizeof *v);
		if (!v)
			return ip_cli_error(IP_ENOMEM, "out of memory");
		memcpy(v, r->v, r->count * sizeof *v);
		r->v = v;
	}
	return 0;
}

static int build_table(struct ip_cli *c)
{
	const struct ip_opt common[] = {
		{ NULL, 0, NULL, "Common options", IP_OPT_HEADING, NULL },
		{ "output", 'o', "FILE", "what to write", IP_OPT_TEXT,
			&c->output },
		{ "seed", 0, "N", "seed of all random numbers [@]",
			IP_OPT_U64, &c->seed },
		{ "backend", 0, "NAME", "where to compute (iphase-info"
			" --backends)", IP_OPT_TEXT, &c->backend },
		{ "threads", 0, "N", "threads; 0: all processors [@]",
			IP_OPT_INT, &threads },
		{ "isa", 0, "NAME", "auto, baseline, avx2, avx512 or neon",
			IP_OPT_TEXT, &isa },
		{ "quiet", 'q', NULL, "only warnings and errors",
			IP_OPT_FLAG, &c->quiet },
		{ "verbose", 'v', NULL, "more messages", IP_OPT_FLAG,
			&c->verbose },
		{ "version", 0, NULL, "print the version", IP_OPT_FLAG,
			&want_version },
		{ "help", 'h', NULL, "print this", IP_OPT_FLAG, &want_help },
	};
	const unsigned bit[] = { HEADED, IP_CLI_OUTPUT, IP_CLI_SEED, IP_CLI_BACKEND,
		IP_CLI_THREADS, IP_CLI_THREADS, 0, 0, 0, 0 };
	unsigned want = c->common;
	size_t n = 0, i, k;

	while (c->options && c->options[n].help)
		if (c->options[n++].type == IP_OPT_HEADING)
			want |= HEADED;
	c->all = calloc(n + sizeof common / sizeof *common + 1,
		sizeof *c->all);
	if (!c->all)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	if (n)
		memcpy(c->all, c->options, n * sizeof *c->all);
	for (i = 0, k = n; i < sizeof common / sizeof *common; i++)
		if (bit[i] == 0 || (want & bit[i]))
			c->all[k++] = common[i];
	return own_lists(c->all);
}

static const struct ip_opt *find(const struct ip_cli *c, const char *name,
	size_t n, char letter)
{
	const struct ip_opt *o;

	for (o = c->all; o->help; o++)
		if (o->type != IP_OPT_HEADING && (letter ? o->letter == letter :
		    strncmp(o->name, name, n) == 0 && !o->name[n]))
			return o;
	return NULL;
}

/* ---- values ---- */

static int parse_long(const char *s, long *v)
{
	char *end;

	if (!isdigit((unsigned char)s[*s == '-']))
		return 1;
	errno = 0;
	*v = strtol(s, &end, 10);
	return *end || errno;
}

/* The index of s in "first|second|third", or -1. */
static int choice(const char *list, const char *s)
{
	size_t n = strlen(s), m;
	int i;

	for (i = 0; ; i++) {
		m = strcspn(list, "|");
		if (m == n && strncmp(list, s, n) == 0)
			return i;
		if (!list[m])
			return -1;
		list += m + 1;
	}
}

static int add_text(struct ip_texts *t, const char *s)
{
	const char **v = realloc(t->v, (t->count + 1) * sizeof *v);

	if (!v)
		return 1;
	t->v = v;
	v[t->count++] = s;
	return 0;
}

static int bad_value(const struct ip_cli *c, const struct ip_opt *o,
	const char *s)
{
	static const char *const want[] = {
		[IP_OPT_FLAG] = "nothing", [IP_OPT_TEXT] = "a text",
		[IP_OPT_TEXTS] = "a text", [IP_OPT_INT] = "a whole number",
		[IP_OPT_U64] = "a whole number from 0 on",
		[IP_OPT_REAL] = "a number",
		[IP_OPT_REALS] = "numbers and ranges like 5,20:120:10",
		[IP_OPT_CHOICE] = "one of ", [IP_OPT_HEADING] = "nothing",
	};

	return ip_cli_usage(c, "--%s: '%s', expected %s%s", o->name, s,
		want[o->type], o->type == IP_OPT_CHOICE ? o->arg : "");
}

static int set_value(const struct ip_cli *c, const struct ip_opt *o,
	const char *s)
{
	int bad = 0, i;

	switch (o->type) {
	case IP_OPT_FLAG: *(int *)o->target = 1; break;
	case IP_OPT_TEXT: *(const char **)o->target = s; break;
	case IP_OPT_TEXTS: bad = add_text(o->target, s); break;
	case IP_OPT_INT: bad = parse_long(s, o->target); break;
	case IP_OPT_U64: bad = ip_cli_u64(s, o->target); break;
	case IP_OPT_REAL: bad = ip_cli_real(s, o->target); break;
	case IP_OPT_REALS: bad = ip_cli_reals(s, o->target); break;
	case IP_OPT_CHOICE:
		i = choice(o->arg, s);
		bad = i < 0;
		if (!bad)
			*(int *)o->target = i;
		break;
	case IP_OPT_HEADING: break;
	}
	return bad ? bad_value(c, o, s) : 0;
}

/* ---- argv ---- */

/* --name, --name=value, --name value. *i moves over what was used. */
static int parse_long_option(struct ip_cli *c, int argc, char **argv, int *i)
{
	const char *name = argv[*i] + 2;
	size_t n = strcspn(name, "=");
	const char *value = name[n] ? name + n + 1 : NULL;
	const struct ip_opt *o = find(c, name, n, 0);

	if (!o)
		return ip_cli_usage(c, "there is no option --%.*s", (int)n,
			name);
	if (o->type == IP_OPT_FLAG)
		return value ? ip_cli_usage(c, "--%s takes no value", o->name)
			: set_value(c, o, "");
	if (!value) {
		if (*i + 1 >= argc)
			return ip_cli_usage(c, "--%s wants a value: %s",
				o->name, o->arg);
		value = argv[++*i];
	}
	return set_value(c, o, value);
}

/* -q, -qv, -o value, -ovalue */
static int parse_letters(struct ip_cli *c, int argc, char **argv, int *i)
{
	const char *p = argv[*i] + 1, *value;
	const struct ip_opt *o;
	int rc;

	for (; *p; p++) {
		o = find(c, NULL, 0, *p);
		if (!o)
			return ip_cli_usage(c, "there is no option -%c", *p);
		if (o->type != IP_OPT_FLAG) {
			value = p[1] ? p + 1 : *i + 1 < argc ?
				argv[++*i] : NULL;
			return value ? set_value(c, o, value) :
				ip_cli_usage(c, "-%c wants a value: %s",
					*p, o->arg);
		}
		rc = set_value(c, o, "");
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- the command line as provenance ---- */

static void quote(char **out, const char *s)
{
	char *p = *out;

	if (*s && !s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
	    "uvwxyz0123456789_-+=./:,@%^")]) {
		*out = p + sprintf(p, "%s", s);
		return;
	}
	*p++ = '\'';
	for (; *s; s++) {
		if (*s == '\'')
			p += sprintf(p, "'\\''");
		else
			*p++ = *s;
	}
	*p++ = '\'';
	*p = '\0';
	*out = p;
}

/*
 * What does not change a result is left out, so that two runs that must give
 * the same bytes do.
 */
static int irrelevant(const char *arg, int *values)
{
	*values = strcmp(arg, "--threads") == 0 || strcmp(arg, "--for") == 0;
	return *values || strncmp(arg, "--threads=", 10) == 0 ||
		strncmp(arg, "--for=", 6) == 0 ||
		strcmp(arg, "--quiet") == 0 || strcmp(arg, "--verbose") == 0 ||
		strcmp(arg, "-q") == 0 || strcmp(arg, "-v") == 0 ||
		strcmp(arg, "--resume") == 0;
}

char *ip_cli_command(const char *name, int argc, char *const *argv)
{
	size_t n = strlen(name) + 1;
	int i, more, ended = 0;
	char *p, *command;

	for (i = 1; i < argc; i++)
		n += 4 * strlen(argv[i]) + 3;
	command = p = malloc(n);
	if (!p) {
		ip_cli_error(IP_ENOMEM, "out of memory");
		return NULL;
	}
	p += sprintf(p, "%s", name);
	for (i = 1; i < argc; i++) {
		if (!ended && irrelevant(argv[i], &more)) {
			i += more;
			continue;
		}
		ended |= strcmp(argv[i], "--") == 0;
		*p++ = ' ';
		quote(&p, argv[i]);
	}
	return command;
}

int ip_cli_provenance(const struct ip_cli *c, struct ip_attrs *a)
{
	int rc;

	rc = ip_attrs_text(a, "tool", c->name);
	if (rc == 0)
		rc = ip_attrs_text(a, "version", ip_version());
	if (rc == 0)
		rc = ip_attrs_text(a, "command", c->command);
	return rc;
}

/* ---- --help ---- */

static void put_default(char *out, size_t size, const struct ip_opt *o)
{
	const struct ip_reals *r = o->target;
	const char *text;
	size_t i, n = 0;
	int k;

	out[0] = '\0';
	switch (o->type) {
	case IP_OPT_TEXT:
		text = *(const char **)o->target;
		snprintf(out, size, "%s", text ? text : "none");
		break;
	case IP_OPT_INT: snprintf(out, size, "%ld", *(long *)o->target); break;
	case IP_OPT_U64:
		snprintf(out, size, "%" PRIu64, *(uint64_t *)o->target);
		break;
	case IP_OPT_REAL:
		snprintf(out, size, "%g", *(double *)o->target);
		break;
	case IP_OPT_REALS:
		for (i = 0; i < r->count && n < size; i++)
			n += (size_t)snprintf(out + n, size - n, "%s%g",
				i ? "," : "", r->v[i]);
		break;
	case IP_OPT_CHOICE:
		text = o->arg;
		for (k = *(int *)o->target; k > 0; k--)
			text += strcspn(text, "|") + 1;
		snprintf(out, size, "%.*s", (int)strcspn(text, "|"), text);
		break;
	default: break;
	}
}

/* Words from column left on, wrapped. */
static void put_wrapped(const char *s, size_t left)
{
	size_t at = left, n;

	while (*s) {
		n = strcspn(s, " ");
		if (at > left && at + 1 + n > WIDTH) {
			printf("\n%*s", (int)left, "");
			at = left;
		} else if (at > left) {
			putchar(' ');
			at++;
		}
		printf("%.*s", (int)n, s);
		at += n;
		s += n + (s[n] == ' ');
	}
	putchar('\n');
}

static void put_option(const struct ip_opt *o, size_t left)
{
	char name[128], help[1024], value[128];
	const char *at = strchr(o->help, '@');
	int n;

	if (o->type == IP_OPT_HEADING) {
		printf("\n%s:\n", o->help);
		return;
	}
	n = snprintf(name, sizeof name, "--%s%s%s", o->name,
		o->arg ? "=" : "", o->arg ? o->arg : "");
	if (o->letter)
		printf("  -%c, %s", o->letter, name);
	else
		printf("      %s", name);
	n += 6;
	if ((size_t)n + 2 > left) {
		putchar('\n');
		n = 0;
	}
	printf("%*s", (int)left - n, "");
	if (at) {
		put_default(value, sizeof value, o);
		snprintf(help, sizeof help, "%.*s%s%s", (int)(at - o->help),
			o->help, value, at + 1);
	}
	put_wrapped(at ? help : o->help, left);
}

static void put_help(const struct ip_cli *c)
{
	const struct ip_opt *o;
	size_t left = 0, n;

	for (o = c->all; o->help; o++) {
		if (o->type == IP_OPT_HEADING)
			continue;
		n = strlen(o->name) + 10 + (o->arg ? strlen(o->arg) + 1 : 0);
		if (n > left && n <= LEFT_MAX)
			left = n;
	}
	printf("usage: %s [options] %s\n%s\n\n", c->name, c->usage, c->what);
	for (o = c->all; o->help; o++)
		put_option(o, left);
	if (c->example)
		printf("\n%s\n", c->example);
}

/* ---- the whole ---- */

static int parse_args(struct ip_cli *c, int argc, char **argv)
{
	int i, rc = 0, ended = 0;

	for (i = 1; i < argc && rc == 0; i++) {
		if (ended || argv[i][0] != '-' || !argv[i][1])
			c->operands[c->count++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			ended = 1;
		else if (argv[i][1] == '-')
			rc = parse_long_option(c, argc, argv, &i);
		else
			rc = parse_letters(c, argc, argv, &i);
		if (want_help || want_version)
			break;
	}
	return rc;
}

/* OpenBLAS takes its kernels when it is loaded, so this can only be told. */
static void tell_blas(void)
{
	if (ip_blas_core())
		ip_cli_info("OpenBLAS kernels: %s", ip_blas_core());
	if (ip_blas_advice())
		ip_cli_info("%s", ip_blas_advice());
}

static int set_up(struct ip_cli *c)
{
	enum ip_isa which;

	ip_report_start(c->name, c->quiet, c->verbose);
	if (threads < 0 || threads > 1024)
		return ip_cli_usage(c, "--threads: %ld, expected 0 to 1024",
			threads);
	if (ip_threads_set((int)threads) < 0)
		return IP_EINVAL;
	if (isa && ip_isa_parse(isa, &which) < 0)
		return IP_CLI_USAGE;
	if (isa && ip_isa_set(which) < 0)
		return IP_ENOTSUP;
	if (c->verbose && (c->common & IP_CLI_BACKEND))
		tell_blas();
	return 0;
}

int ip_cli_parse(struct ip_cli *c, int argc, char **argv)
{
	int rc;

	ip_report_start(c->name, 0, 0);
	rc = build_table(c);
	if (rc == 0) {
		c->command = ip_cli_command(c->name, argc, argv);
		rc = c->command ? 0 : IP_ENOMEM;
	}
	if (rc == 0) {
		c->operands = calloc((size_t)argc + 1, sizeof *c->operands);
		rc = c->operands ? 0 : ip_cli_error(IP_ENOMEM, "out of memory");
	}
	if (rc == 0)
		rc = parse_args(c, argc, argv);
	if (rc)
		return rc;
	if (want_help) {
		put_help(c);
		return 0;
	}
	if (want_version) {
		printf("%s (iphase) %s\n", c->name, ip_version());
		return 0;
	}
	rc = set_up(c);
	return rc ? rc : IP_CLI_RUN;
}

int ip_cli_finish(struct ip_cli *c, int rc)
{
	const struct ip_opt *o;

	ip_report_end();
	if (ferror(stdout) || fclose(stdout) != 0)
		rc = ip_cli_error(IP_EIO, "standard output: %s",
			strerror(errno));
	for (o = c->all; o && o->help; o++) {
		if (o->type == IP_OPT_REALS)
			free(((struct ip_reals *)o->target)->v);
		if (o->type == IP_OPT_TEXTS)
			free(((struct ip_texts *)o->target)->v);
	}
	free(c->all);
	free(c->operands);
	free(c->command);
	return rc < 0 ? 1 : rc;
}

int ip_cli_main(struct ip_cli *c, int argc, char **argv,
	int (*run)(const struct ip_cli *c))
{
	int rc = ip_cli_parse(c, argc, argv);

	return ip_cli_finish(c, rc == IP_CLI_RUN ? run(c) : rc);
}

int ip_cli_has_ext(const char *name, const char *ext)
{
	size_t n = strlen(name), m = strlen(ext);

	if (n < m)
		return 0;
	for (name += n - m; *ext; name++, ext++)
		if (tolower((unsigned char)*name) !=
		    tolower((unsigned char)*ext))
			return 0;
	return 1;
}
