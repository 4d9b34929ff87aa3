/* iphase-dataset merge: the shards of one plan into one folder. */
#include <string.h>
#include "dataset_tool.h"

#define NAMED 10	/* missing specimens that are named */

static int check_plan(const struct ip_ds *d, const char *folder)
{
	char path[4096];
	int same, rc = ip_ds_path(path, sizeof path, folder, "plan");

	if (rc == 0)
		rc = ip_ds_same_bytes(d->plan_path, path, &same);
	return rc < 0 || same ? rc : ip_cli_error(IP_EINVAL, "%s: is another "
		"plan than %s; shards of one plan are merged", path,
		d->plan_path);
}

/* A file of a shard, if it is there, to the same place in the output. */
static int take(const struct ip_ds *d, const char *folder, const char *name)
{
	char from[4096], to[4096];
	int rc = ip_ds_path(from, sizeof from, folder, name);

	if (rc == 0)
		rc = ip_ds_path(to, sizeof to, d->folder, name);
	return rc < 0 || !ip_ds_exists(from) ? rc : ip_ds_link(from, to);
}

/* A specimen from wherever it is; in two places it must have one's bytes. */
static int merge_one(const struct ip_ds *d, char *const *folders, size_t i,
	size_t *missing)
{
	struct ip_ds_job j;
	int made, found = 0, rc = ip_ds_job(d, i, &j);

	if (rc < 0)
		return rc;
	for (; rc == 0 && *folders; folders++) {
		if (j.structure[0])
			rc = take(d, *folders, j.structure);
		if (rc == 0)
			rc = ip_ds_is_made(&j, *folders, &made);
		if (rc == 0 && made) {
			rc = take(d, *folders, j.output);
			found = 1;
		}
	}
	if (rc == 0 && !found && (*missing)++ < NAMED)
		ip_cli_info("%s: is in none of them", j.output);
	ip_ds_job_free(&j);
	return rc;
}

int ip_ds_merge(struct ip_ds *d)
{
	char *const *folders = d->cli->operands + 2;
	size_t n = ip_plan_count(d->plan), missing = 0;
	int rc = 0;

	for (size_t k = 1; rc == 0 && folders[k]; k++)
		rc = check_plan(d, folders[k]);
	if (rc == 0)
		rc = ip_ds_prepare(d);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = merge_one(d, folders, i, &missing);
	if (rc)
		return rc;
	if (missing)
		ip_cli_warn("%s: %zu of %zu specimens are missing", d->folder,
			missing, n);
	printf("%s: %zu of %zu specimens\n", d->folder, n - missing, n);
	return 0;
}
