/* iphase-dataset: a specimen of the plan as a run of iphase-simulate. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/ipt.h>
#include "dataset_tool.h"
#include "structure.h"

#define WORDS_MOST (IP_PLAN_WORDS + 32)
#define WORD 2048	/* bytes of one, at most */

/* ---- names ---- */

/* The last part of a path. */
static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int set_names(struct ip_ds_job *j, size_t i)
{
	const char *crystal = j->s.crystal ? base(j->s.crystal) : NULL;
	size_t stem = crystal ? strlen(crystal) : 0;
	const char *dot = crystal ? strrchr(crystal, '.') : NULL;

	if (stem > IP_DS_NAME / 2)
		return ip_cli_error(IP_ELIMIT, "%s: the name is too long",
			crystal);
	if (!crystal) {
		snprintf(j->name, sizeof j->name, "%05zu-invented%05" PRIu64,
			i, j->s.invented);
	} else if (ip_cli_crystal_is_file(j->s.crystal)) {
		snprintf(j->name, sizeof j->name, "%05zu-%.*s", i,
			dot ? (int)(dot - crystal) : (int)stem, crystal);
		snprintf(j->structure, sizeof j->structure, "structures/%s",
			crystal);
	} else {
		snprintf(j->name, sizeof j->name, "%05zu-%s", i, crystal);
		if (j->s.island)
			snprintf(j->structure, sizeof j->structure,
				"structures/%s.cif", crystal);
	}
	snprintf(j->output, sizeof j->output, "specimens/%.120s.ipt",
		j->name);
	return 0;
}

/* ---- words ---- */

static int add(struct ip_ds_job *j, const char *fmt, ...)
{
	char word[WORD];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(word, sizeof word, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof word || j->argc == WORDS_MOST)
		return ip_cli_error(IP_ELIMIT, "%s: its command is too long",
			j->name);
	j->argv[j->argc] = malloc((size_t)n + 1);
	if (!j->argv[j->argc])
		return ip_cli_error(IP_ENOMEM, "out of memory");
	memcpy(j->argv[j->argc++], word, (size_t)n + 1);
	return 0;
}

/* "--name=1,2,3" */
static int add_list(struct ip_ds_job *j, const char *name, const double *v,
	size_t count)
{
	char text[WORD];
	size_t n = 0;

	for (size_t i = 0; i < count && n < sizeof text; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.12g",
			i ? "," : "", v[i] == 0 ? 0 : v[i]);
	return add(j, "--%s=%s", name, text);
}

static int add_crystal(const struct ip_ds *d, struct ip_ds_job *j)
{
	const char *name = j->structure[0] ? j->structure : j->s.crystal;
	int rc;

	if (j->s.island)
		return add(j, "%s", name);
	rc = name ? add(j, "--crystal=%s", name) :
		add(j, "--crystal=invented:%" PRIu64 ":%" PRIu64,
		ip_plan_seed(d->plan), j->s.invented);
	return rc ? rc : add(j, "--zone=%s", j->s.zone);
}

static int add_orientation(struct ip_ds_job *j)
{
	const struct ip_plan_specimen *s = &j->s;
	double euler[3] = { s->rotation[0], s->tilt[0], s->tilt[1] };
	int rc;

	if (s->rotations == 1)
		return add_list(j, "euler", euler, 3);
	rc = add_list(j, "rotations", s->rotation, s->rotations);
	return rc ? rc : add_list(j, "tilt", s->tilt, 2);
}

static int add_frame(struct ip_ds_job *j)
{
	const struct ip_plan_specimen *s = &j->s;
	double side = (double)s->pixels * s->pixel;
	double scan[4] = { s->origin[0], s->origin[1], s->origin[0] + side,
		s->origin[1] + side };
	int rc = add(j, "--pixels=%zu", s->pixels);

	if (rc)
		return rc;
	return s->island ? add_list(j, "fov", &side, 1) :
		add_list(j, "scan", scan, 4);
}

/* What iphase-simulate has no default for but "none" or its own. */
static int add_rest(struct ip_ds_job *j)
{
	const struct ip_plan_specimen *s = &j->s;
	const struct { const char *name; double v; } all[] = {
		{ "width", s->width }, { "sampling", s->sampling },
		{ "defocus", s->defocus }, { "source-fwhm", s->source },
		{ "dose", s->dose } };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
		if (all[i].v != 0)
			rc = add_list(j, all[i].name, &all[i].v, 1);
	for (size_t i = 0; rc == 0 && i < s->option_count; i++)
		rc = add(j, "%s", s->options[i]);
	return rc;
}

/* Where a shipped crystal has a bonding term. */
static int add_potential(struct ip_ds_job *j)
{
	char path[4096];
	int found;

	if (!j->s.dft || j->structure[0] || !j->s.crystal)
		return 0;
	found = ip_cli_data_find(path, sizeof path, "potentials",
		j->s.crystal, ".ipt");
	return found > 0 ? add(j, "--potential=dft") : found;
}

static int add_words(const struct ip_ds *d, struct ip_ds_job *j)
{
	int rc = add(j, "iphase-simulate");

	if (rc == 0)
		rc = add(j, "-q");
	if (rc == 0)
		rc = add(j, "--threads=1");
	if (rc == 0)
		rc = add_crystal(d, j);
	if (rc == 0)
		rc = add_potential(j);
	if (rc == 0)
		rc = add_list(j, "thickness", j->s.thickness,
			j->s.thicknesses);
	if (rc == 0)
		rc = add_orientation(j);
	if (rc == 0)
		rc = add_frame(j);
	if (rc == 0)
		rc = add_rest(j);
	if (rc == 0)
		rc = add(j, "--seed=%" PRIu64, j->s.seed);
	if (rc == 0)
		rc = add(j, "-o");
	return rc ? rc : add(j, "%s", j->output);
}

int ip_ds_job(const struct ip_ds *d, size_t i, struct ip_ds_job *j)
{
	int rc;

	memset(j, 0, sizeof *j);
	rc = ip_plan_draw(d->plan, i, &j->s);
	if (rc == 0)
		rc = set_names(j, i);
	if (rc < 0)
		return rc;
	/* with --cost, which the pool may add, and NULL */
	j->argv = calloc(WORDS_MOST + 2, sizeof *j->argv);
	rc = j->argv ? add_words(d, j) : ip_cli_error(IP_ENOMEM,
		"out of memory");
	if (rc == 0) {
		j->command = ip_cli_command(j->argv[0], j->argc, j->argv);
		rc = j->command ? 0 : IP_ENOMEM;
	}
	if (rc < 0)
		ip_ds_job_free(j);
	return rc;
}

void ip_ds_job_free(struct ip_ds_job *j)
{
	for (int i = 0; i < j->argc; i++)
		free(j->argv[i]);
	free(j->argv);
	free(j->command);
	memset(j, 0, sizeof *j);
}

/* ---- its files ---- */

/* Where a crystal's file is: beside the plan, or among the shipped ones. */
static int find_structure(const struct ip_ds *d, const struct ip_ds_job *j,
	char *path, size_t size)
{
	const char *name = j->s.crystal;
	const char *slash = strrchr(d->plan_path, '/');
	int n, file = ip_cli_crystal_is_file(name);

	if (file) {
		n = snprintf(path, size, "%.*s%s", slash && name[0] != '/' ?
			(int)(slash - d->plan_path) + 1 : 0, d->plan_path,
			name);
		if (n < 0 || (size_t)n >= size)
			return ip_cli_error(IP_ELIMIT, "%s: the name is too "
				"long", name);
		if (ip_ds_exists(path))
			return 1;
	}
	return ip_cli_data_find(path, size, "crystals", name, file ? "" :
		".cif");
}

int ip_ds_place_structure(const struct ip_ds *d, const struct ip_ds_job *j)
{
	char from[4096], to[4096];
	int rc;

	if (!j->structure[0])
		return 0;
	if ((rc = ip_ds_path(to, sizeof to, d->folder, j->structure)) < 0)
		return rc;
	rc = find_structure(d, j, from, sizeof from);
	if (rc > 0)
		return ip_ds_copy(from, to);
	if (rc < 0 || ip_ds_exists(to))
		return rc;
	return ip_cli_error(IP_ENOTFOUND, "crystal '%s' of [%s]: it is neither "
		"beside %s nor among the shipped ones", j->s.crystal,
		j->s.group, d->plan_path);
}

int ip_ds_is_made(const struct ip_ds_job *j, const char *folder, int *made)
{
	struct ip_ipt *f = NULL;
	const char *command;
	char path[4096];
	int rc = ip_ds_path(path, sizeof path, folder, j->output);

	*made = 0;
	if (rc < 0 || !ip_ds_exists(path))
		return rc;
	if ((rc = ip_ipt_open(&f, path, 0)) < 0)
		return rc;
	command = ip_attrs_get_text(ip_ipt_attrs(f), "command");
	*made = command && strcmp(command, j->command) == 0;
	ip_ipt_close(f);
	return *made ? 0 : ip_cli_error(IP_EINVAL, "%s: is there, but another "
		"command than the plan's made it; remove it or choose another "
		"folder", path);
}
