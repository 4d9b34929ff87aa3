/* iphase-dataset run: the specimens of a plan. */
#include <stdlib.h>
#include <string.h>
#include "dataset_tool.h"

/* ---- which ---- */

static int parse_shard(const char *text, size_t shard[2])
{
	unsigned long i, n;
	int end = 0;

	if (sscanf(text, "%lu/%lu%n", &i, &n, &end) != 2 || text[end] ||
	    text[0] == '-' || i < 1 || i > n)
		return 1;
	shard[0] = i;
	shard[1] = n;
	return 0;
}

static int number_of(const char *name, long *v)
{
	const char *text = getenv(name);
	char *end;

	if (!text || !*text)
		return 0;
	*v = strtol(text, &end, 10);
	return *end == '\0';
}

/* i of n, from 1 on: --shard, or the task of an array of Slurm's. */
static int find_shard(const struct ip_ds *d, size_t shard[2])
{
	long id, n, first = 0, step = 1;

	shard[0] = shard[1] = 1;
	if (d->o->shard)
		return parse_shard(d->o->shard, shard) ? ip_cli_usage(d->cli,
			"--shard: '%s', expected I/N, as in 2/8", d->o->shard)
			: 0;
	if (!number_of("SLURM_ARRAY_TASK_ID", &id) ||
	    !number_of("SLURM_ARRAY_TASK_COUNT", &n))
		return 0;
	number_of("SLURM_ARRAY_TASK_MIN", &first);
	number_of("SLURM_ARRAY_TASK_STEP", &step);
	id = step > 0 ? (id - first) / step : -1;
	if (id < 0 || id >= n)
		return ip_cli_error(IP_EINVAL, "SLURM_ARRAY_TASK_ID is not one "
			"of %ld tasks from %ld on in steps of %ld; give "
			"--shard=I/N", n, first, step);
	shard[0] = (size_t)id + 1;
	shard[1] = (size_t)n;
	ip_cli_info("shard %zu/%zu, as Slurm says", shard[0], shard[1]);
	return 0;
}

/* ---- all of it ---- */

/* What is to be done, and the structures it needs; a file that is in the way
 * is a failure of its specimen. */
static int find_todo(const struct ip_ds *d, size_t *todo,
	struct ip_ds_pool *p)
{
	size_t shard[2], all = 0, n = ip_plan_count(d->plan);
	int made, rc = find_shard(d, shard);

	for (size_t i = shard[0] - 1; rc == 0 && i < n; i += shard[1]) {
		struct ip_ds_job j;

		if ((rc = ip_ds_job(d, i, &j)) < 0)
			return rc;
		all++;
		if (ip_ds_is_made(&j, d->folder, &made) < 0) {
			p->failed++;
		} else if (!made) {
			todo[p->count++] = i;
			rc = ip_ds_place_structure(d, &j);
		}
		ip_ds_job_free(&j);
	}
	if (rc == 0)
		ip_cli_info("%s: %zu specimens, %zu of them to be made",
			d->folder, all, p->count);
	return rc;
}

int ip_ds_run(struct ip_ds *d, const char *argv0)
{
	size_t *todo = malloc(ip_plan_count(d->plan) * sizeof *todo);
	struct ip_ds_pool p = { .d = d, .what = "specimens", .argv0 = argv0,
		.folder = d->folder, .todo = todo };
	int rc = todo ? ip_ds_prepare(d, d->plan_path) :
		ip_cli_error(IP_ENOMEM, "out of memory");

	if (rc == 0)
		rc = find_todo(d, todo, &p);
	if (rc == 0)
		rc = ip_ds_pool_run(&p);
	if (rc == 0 && p.failed)
		rc = ip_cli_error(IP_EIO, "%zu specimens failed; the same "
			"command tries them again", p.failed);
	free(todo);
	return rc;
}
