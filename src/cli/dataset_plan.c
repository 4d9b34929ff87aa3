/* iphase-dataset plan: what a plan would make, and what that takes. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <iphase/threads.h>
#include "dataset_tool.h"

/* What jobs have said of themselves. */
struct costs {
	struct ip_ds_table *table;
	double memory;		/* the largest, bytes */
};

static void on_cost(void *ctx, const struct ip_ds_job *j, FILE *said)
{
	struct costs *c = ctx;
	struct ip_ds_row *r = ip_ds_row(c->table, &j->s);
	double work, memory;
	char line[1024];

	while (r && fgets(line, sizeof line, said))
		if (sscanf(line, "%lf units of work, %lf bytes", &work,
		    &memory) == 2) {
			r->work += work;
			c->memory = fmax(c->memory, memory);
		}
}

/* ---- a folder for the structures that jobs read ---- */

static int make_folder(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(path, size, "%s/iphase-dataset.XXXXXX", tmp && *tmp ?
		tmp : "/tmp");

	if (n < 0 || (size_t)n >= size || !mkdtemp(path))
		return ip_cli_error(IP_EIO, "no temporary folder: %s",
			strerror(errno));
	return 0;
}

/* Its structures, and it. */
static void remove_folder(const char *path)
{
	static const char *const inside[] = { "structures", "specimens" };
	char folder[4096], file[4096 + 256];
	struct dirent *e;
	DIR *dir;

	for (int i = 0; i < 2; i++) {
		if (ip_ds_path(folder, sizeof folder, path, inside[i]) < 0 ||
		    !(dir = opendir(folder)))
			continue;
		while ((e = readdir(dir)))
			if (e->d_name[0] != '.' && snprintf(file, sizeof file,
			    "%s/%s", folder, e->d_name) < (int)sizeof file)
				unlink(file);
		closedir(dir);
		rmdir(folder);
	}
	if (ip_ds_path(file, sizeof file, path, "plan") == 0)
		unlink(file);
	rmdir(path);
}

/* ---- the table ---- */

static void put_time(double seconds)
{
	long s = lrint(seconds);

	printf("%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

static void put_table(const struct ip_ds *d, const struct costs *c)
{
	double work = 0, bytes = 0, rate = d->o->rate * 1e9;
	size_t pictures = 0;

	ip_ds_put_bins(c->table);
	for (size_t i = 0; i < c->table->count; i++) {
		const struct ip_ds_row *r = &c->table->rows[i];

		printf("%s, %s: %zu x %zu pixels, %.2g s a specimen\n",
			r->group, r->crystal, r->pixels, r->pixels,
			r->work / (double)r->specimens / rate);
		work += r->work;
		bytes += r->bytes;
		pictures += r->pictures;
	}
	printf("%zu specimens, %zu pictures, about %.3g %s\n",
		ip_plan_count(d->plan), pictures, bytes * (bytes < 1e9 ? 1e-6 :
		1e-9), bytes < 1e9 ? "MB" : "GB");
	put_time(work / rate / ip_threads());
	printf(" with %d threads, if each does %ge9 units of work a second "
		"(--rate); %.0f MiB a thread\n", ip_threads(), d->o->rate,
		ceil(c->memory / 1048576));
}

/* ---- all of it ---- */

static int count_all(const struct ip_ds *d, size_t *todo,
	struct ip_ds_table *t)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ip_plan_count(d->plan); i++) {
		struct ip_ds_job j;
		struct ip_ds_row *r = NULL;

		todo[i] = i;
		if ((rc = ip_ds_job(d, i, &j)) < 0)
			return rc;
		if ((rc = ip_ds_place_structure(d, &j)) == 0) {
			r = ip_ds_row(t, &j.s);
			rc = r ? 0 : IP_ENOMEM;
		}
		if (r)
			ip_ds_count(r, &j.s);
		ip_ds_job_free(&j);
	}
	return rc;
}

int ip_ds_plan(struct ip_ds *d)
{
	size_t n = ip_plan_count(d->plan), *todo = malloc(n * sizeof *todo);
	struct ip_ds_table t = { 0 };
	struct costs c = { &t, 0 };
	struct ip_ds_pool p = { .d = d, .what = "asked", .cost = 1,
		.todo = todo, .count = n, .good = on_cost, .ctx = &c };
	char folder[4096];
	int rc = todo ? make_folder(folder, sizeof folder) :
		ip_cli_error(IP_ENOMEM, "out of memory");

	if (rc == 0) {
		d->folder = folder;
		rc = ip_ds_prepare(d);
		if (rc == 0)
			rc = count_all(d, todo, &t);
		if (rc == 0)
			rc = ip_ds_pool_run(&p);
		remove_folder(folder);
	}
	if (rc == 0)
		put_table(d, &c);
	if (rc == 0 && p.failed)
		rc = ip_cli_error(IP_EINVAL, "%zu of %zu specimens would fail",
			p.failed, n);
	free(t.rows);
	free(todo);
	return rc;
}
