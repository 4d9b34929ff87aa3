/* iphase-dataset split: which specimens to learn from, which to test with. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <iphase/random.h>
#include "dataset_tool.h"

/* Lots of invented crystals are drawn by crystal, from this index on. */
#define INVENTED ((uint64_t)1 << 40)

enum { LEARN, CHECK, TEST, SETS };
static const char *const names[SETS] = { "learn", "check", "test" };

struct one {
	size_t i;		/* specimen */
	const char *crystal;
	double u;		/* its lot */
	int set;
};

/* ---- who goes where ---- */

/* Whether crystal is one of the list "GaN,MoS2". */
static int is_held(const char *list, const char *crystal)
{
	size_t n = strlen(crystal);

	for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
		if (strncmp(list, crystal, n) == 0 &&
		    (list[n] == ',' || list[n] == '\0'))
			return 1;
	return 0;
}

static int by_lot(const void *a, const void *b)
{
	const struct one *x = a, *y = b;
	int names_differ = strcmp(x->crystal, y->crystal);

	if (names_differ)
		return names_differ;
	if (x->u != y->u)
		return x->u < y->u ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* The same share of each crystal; of the invented ones together, where those
 * with one lot, which are of one crystal, stay together. */
static void deal(const struct ip_ds *d, struct one *all, size_t n)
{
	size_t first, end, k;

	qsort(all, n, sizeof *all, by_lot);
	for (first = 0; first < n; first = end) {
		int held = is_held(d->o->hold, all[first].crystal);

		for (end = first; end < n && strcmp(all[end].crystal,
		    all[first].crystal) == 0; end++)
			;
		size_t test = (size_t)lrint(d->o->test * (double)(end -
			first));
		size_t check = (size_t)lrint(d->o->check * (double)(end -
			first));

		for (k = first; k < end; k++)
			all[k].set = held || k - first < test ? TEST :
				k - first < test + check ? CHECK : LEARN;
		for (k = first + 1; k < end; k++)
			if (all[k].u == all[k - 1].u)
				all[k].set = all[k - 1].set;
	}
}

static int draw_lots(const struct ip_ds *d, struct one *all, size_t n)
{
	struct ip_plan_specimen s;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = ip_plan_draw(d->plan, i, &s);
		all[i].i = i;
		all[i].crystal = s.crystal ? s.crystal : "invented";
		all[i].u = ip_uniform(d->cli->seed, IP_STREAM_SPLIT,
			s.crystal ? i : INVENTED + s.invented);
	}
	return rc;
}

/* A name that is no crystal's is a slip of the pen. */
static int check_held(const struct ip_ds *d, const struct one *all, size_t n)
{
	const char *p = d->o->hold;
	size_t len, i;

	for (; p && *p; p += len + (p[len] == ',')) {
		len = strcspn(p, ",");
		for (i = 0; i < n; i++)
			if (strlen(all[i].crystal) == len &&
			    strncmp(all[i].crystal, p, len) == 0)
				break;
		if (i == n)
			return ip_cli_usage(d->cli, "--hold: '%.*s' is no "
				"crystal of the plan", (int)len, p);
	}
	return 0;
}

/* ---- links ---- */

/* Into its set, and out of those of an earlier split. */
static int put(const struct ip_ds *d, const struct one *one, int *there)
{
	char from[4096], to[4096], name[2 * IP_DS_NAME];
	struct ip_ds_job j;
	int rc = ip_ds_job(d, one->i, &j);

	if (rc < 0)
		return rc;
	rc = ip_ds_path(from, sizeof from, d->folder, j.output);
	*there = rc == 0 && ip_ds_exists(from);
	for (int set = 0; rc == 0 && set < SETS; set++) {
		snprintf(name, sizeof name, "%s/%s.ipt", names[set], j.name);
		rc = ip_ds_path(to, sizeof to, d->folder, name);
		if (rc == 0 && unlink(to) != 0 && errno != ENOENT)
			rc = ip_cli_error(IP_EIO, "%s: %s", to,
				strerror(errno));
		if (rc == 0 && *there && set == one->set)
			rc = ip_ds_link(from, to);
	}
	ip_ds_job_free(&j);
	return rc;
}

static int put_all(const struct ip_ds *d, const struct one *all, size_t n)
{
	size_t count[SETS] = { 0 }, missing = 0;
	char path[4096];
	int there = 0, rc = 0;

	for (int set = 0; rc == 0 && set < SETS; set++) {
		rc = ip_ds_path(path, sizeof path, d->folder, names[set]);
		if (rc == 0)
			rc = ip_ds_mkdir(path);
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = put(d, &all[i], &there);
		if (there)
			count[all[i].set]++;
		else
			missing++;
	}
	if (rc)
		return rc;
	if (missing)
		ip_cli_warn("%s: %zu of %zu specimens are not there yet; the "
			"same command adds them later", d->folder, missing, n);
	for (int set = 0; set < SETS; set++)
		printf("%s/%s: %zu specimens\n", d->folder, names[set],
			count[set]);
	return 0;
}

int ip_ds_split(struct ip_ds *d)
{
	size_t n = ip_plan_count(d->plan);
	struct one *all = calloc(n, sizeof *all);
	int rc = all ? draw_lots(d, all, n) : ip_cli_error(IP_ENOMEM,
		"out of memory");

	if (rc == 0)
		rc = check_held(d, all, n);
	if (rc == 0) {
		deal(d, all, n);
		rc = put_all(d, all, n);
	}
	free(all);
	return rc;
}
