/* iphase-dataset check: whether a dataset is all there, and whole. */
#include <stdlib.h>
#include <string.h>
#include <iphase/ipt.h>
#include "dataset_tool.h"

#define NAMED 10	/* missing specimens that are named */

/* Pictures that there are, by the segments; 0 where that is no series. */
static size_t pictures(const struct ip_bundle *b)
{
	const struct ip_item *item = ip_bundle_find(b, "segments");

	if (!item || item->tensor.ndim < 3)
		return 0;
	return item->tensor.ndim > 3 ? item->tensor.shape[0] : 1;
}

static int check_finite(const char *path, const struct ip_bundle *b)
{
	char what[4096 + 64];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		snprintf(what, sizeof what, "%s: '%.40s'", path,
			b->items[i].name);
		rc = ip_tensor_check_finite(&b->items[i].tensor, what);
	}
	return rc;
}

/* One that is there and the plan's: all of its chunks and numbers. */
static int check_file(const struct ip_ds *d, const struct ip_ds_job *j)
{
	size_t want = j->s.rotations * j->s.thicknesses, got;
	struct ip_bundle b = { 0 };
	char path[4096];
	int rc = ip_ds_path(path, sizeof path, d->folder, j->output);

	if (rc == 0)
		rc = ip_ipt_load(path, &b);
	if (rc < 0)
		return rc;
	rc = check_finite(path, &b);
	got = pictures(&b);
	if (rc == 0 && got != want)
		rc = ip_cli_error(IP_EFORMAT, "%s: %zu pictures, expected %zu",
			path, got, want);
	ip_bundle_free(&b);
	return rc;
}

/* What check has found. */
struct found {
	struct ip_ds_table table;
	size_t missing, bad;
};

static int check_one(const struct ip_ds *d, size_t i, struct found *f)
{
	struct ip_ds_row *r;
	struct ip_ds_job j;
	int made, rc = ip_ds_job(d, i, &j);

	if (rc < 0)
		return rc;
	r = ip_ds_row(&f->table, &j.s);
	rc = r ? 0 : IP_ENOMEM;
	if (rc == 0 && (ip_ds_is_made(&j, d->folder, &made) < 0 ||
	    (made && check_file(d, &j) < 0)))
		f->bad++;
	else if (rc == 0 && made)
		ip_ds_count(r, &j.s);
	else if (rc == 0 && f->missing++ < NAMED)
		ip_cli_info("%s: is not there", j.output);
	ip_ds_job_free(&j);
	return rc;
}

int ip_ds_check(struct ip_ds *d)
{
	size_t n = ip_plan_count(d->plan);
	struct found f = { { 0 }, 0, 0 };
	int rc = 0;

	ip_cli_progress("specimens", 0, n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = check_one(d, i, &f);
		ip_cli_progress("specimens", i + 1, n);
	}
	if (rc == 0)
		ip_ds_put_bins(&f.table);
	free(f.table.rows);
	if (rc == 0 && f.missing + f.bad)
		rc = ip_cli_error(IP_EINVAL, "%s: of %zu specimens %zu are "
			"not there and %zu are not as they should be",
			d->folder, n, f.missing, f.bad);
	return rc;
}
