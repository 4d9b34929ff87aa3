/* iphase-dataset run: the specimens of a plan. */
#include <inttypes.h>
#include <stdlib.h>
#include "dataset_tool.h"

/* ---- which ---- */

static int number_of(const char *name, uint64_t *v)
{
	const char *text = getenv(name);

	return text && ip_cli_u64(text, v) == 0;
}

/* i of n, from 1 on: --shard, or the task of an array of Slurm's. */
static int find_shard(const struct ip_ds *d, uint64_t shard[2])
{
	const char *text = d->o->shard;
	uint64_t id, n, first = 0, step = 1;

	if (text)
		return ip_cli_u64_pair(text, '/', shard) || shard[0] < 1 ||
			shard[0] > shard[1] ? ip_cli_usage(d->cli, "--shard: "
			"'%s', expected I/N, as in 2/8", text) : 0;
	shard[0] = shard[1] = 1;
	if (!number_of("SLURM_ARRAY_TASK_ID", &id) ||
	    !number_of("SLURM_ARRAY_TASK_COUNT", &n))
		return 0;
	number_of("SLURM_ARRAY_TASK_MIN", &first);
	number_of("SLURM_ARRAY_TASK_STEP", &step);
	if (id < first || step < 1 || (id - first) / step >= n)
		return ip_cli_error(IP_EINVAL, "SLURM_ARRAY_TASK_ID: %" PRIu64
			", expected one of %" PRIu64 " tasks from %" PRIu64
			" on in steps of %" PRIu64 "; give --shard=I/N", id, n,
			first, step);
	shard[0] = (id - first) / step + 1;
	shard[1] = n;
	ip_cli_info("shard %" PRIu64 "/%" PRIu64 ", as Slurm says", shard[0],
		n);
	return 0;
}

/* ---- all of it ---- */

/* What is to be done, and the structures it needs; a file that is in the way
 * is a failure of its specimen. */
static int find_todo(const struct ip_ds *d, size_t *todo,
	struct ip_ds_pool *p)
{
	size_t all = 0, n = ip_plan_count(d->plan);
	uint64_t shard[2];
	int made, rc = find_shard(d, shard);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct ip_ds_job j;

		if (i % shard[1] != shard[0] - 1)
			continue;
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

int ip_ds_run(struct ip_ds *d)
{
	size_t *todo = malloc(ip_plan_count(d->plan) * sizeof *todo);
	struct ip_ds_pool p = { .d = d, .what = "specimens", .todo = todo };
	int rc = todo ? ip_ds_prepare(d) :
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
