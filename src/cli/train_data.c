/* iphase-train: what is learned from, and what is validated with. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "train_tool.h"

static size_t *count_up(size_t n)
{
	size_t *list = calloc(n ? n : 1, sizeof *list), i;

	for (i = 0; list && i < n; i++)
		list[i] = i;
	return list;
}

static int list_pictures(struct ip_train_job *job)
{
	struct ip_pictures *learn = &job->how.learn, *check = &job->how.check;
	size_t n = ip_dataset_count(job->learned), m = 0;
	int rc = 0;

	if (job->checked)
		m = ip_dataset_count(job->checked);
	job->list = count_up(n);
	job->check_list = count_up(m);
	if (!job->list || !job->check_list)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	*learn = (struct ip_pictures){ job->learned, job->list, n };
	*check = (struct ip_pictures){ job->checked, job->check_list, m };
	if (isnan(job->o->share))
		return 0;
	rc = ip_dataset_hold(job->learned, job->o->share, job->cli->seed,
		job->list, &learn->count);
	*check = (struct ip_pictures){ job->learned, job->list + learn->count,
		n - learn->count };
	return rc;
}

/* ---- what is both ---- */

/* A file, by whatever name. */
struct file {
	dev_t dev;
	ino_t ino;
};

static int by_number(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* That of picture i of p; {0} if it is there no more. */
static struct file file_of(const struct ip_pictures *p, size_t i)
{
	struct stat st;

	return stat(ip_dataset_path(p->set, p->list[i]), &st) == 0 ?
		(struct file){ st.st_dev, st.st_ino } : (struct file){ 0, 0 };
}

/* No picture is both learned and validated. */
static int check_apart(const struct ip_train_job *job)
{
	const struct ip_pictures *l = &job->how.learn, *c = &job->how.check;
	struct file *files, one;
	size_t i;
	int rc = 0;

	if (c->count == 0)
		return 0;
	if ((files = calloc(l->count, sizeof *files)) == NULL)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (i = 0; i < l->count; i++)
		files[i] = file_of(l, i);
	qsort(files, l->count, sizeof *files, by_number);
	for (i = 0; rc == 0 && i < c->count; i++) {
		one = file_of(c, i);
		if (bsearch(&one, files, l->count, sizeof *files, by_number))
			rc = ip_cli_usage(job->cli, "validation: %s is also"
				" learned from", ip_dataset_path(c->set,
				c->list[i]));
	}
	free(files);
	return rc;
}

/* ---- sizes ---- */

void ip_train_largest(const struct ip_train_job *job, size_t *h, size_t *w)
{
	const struct ip_pictures *p = &job->how.learn;
	size_t a, b, i;

	*h = *w = (size_t)job->o->crop;
	for (i = 0; !job->o->crop && i < p->count; i++) {
		ip_dataset_size(p->set, p->list[i], &a, &b);
		if (a * b > *h * *w) {
			*h = a;
			*w = b;
		}
	}
}

/* ---- whether it is what it was ---- */

/* FNV-1a */
static void mix(uint64_t *hash, const void *data, size_t n)
{
	const unsigned char *p = data;

	while (n--)
		*hash = (*hash ^ *p++) * 0x100000001b3u;
}

/*
 * Names without folders, so that data may move, sizes of files and of
 * pictures: a file that was made anew hardly has the old one's size.
 */
static int fingerprint(const struct ip_pictures *p, const char *key,
	struct ip_attrs *a)
{
	uint64_t hash = 0xcbf29ce484222325u, v[3];
	const char *path, *slash;
	struct stat st;
	size_t i, h, w;
	char text[64];

	for (i = 0; i < p->count; i++) {
		path = ip_dataset_path(p->set, p->list[i]);
		ip_dataset_size(p->set, p->list[i], &h, &w);
		slash = strrchr(path, '/');
		path = slash ? slash + 1 : path;
		v[0] = h;
		v[1] = w;
		v[2] = stat(ip_dataset_path(p->set, p->list[i]), &st) == 0 ?
			(uint64_t)st.st_size : 0;
		mix(&hash, path, strlen(path) + 1);
		mix(&hash, v, sizeof v);
	}
	snprintf(text, sizeof text, "%zu pictures (%016" PRIx64 ")", p->count,
		hash);
	return ip_attrs_text(a, key, text);
}

int ip_train_data_same(struct ip_train_job *job)
{
	int rc = fingerprint(&job->how.learn, "DATA", &job->same);

	return rc < 0 ? rc : fingerprint(&job->how.check, "--validate",
		&job->same);
}

/* ---- the whole ---- */

static void set_change(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	struct ip_augmentation *a = &job->how.feeding.change;

	a->turns = o->turns;
	a->mirrors = o->mirrors;
	a->shifts = o->shifts;
	a->ramps = o->ramps;
	a->empty = o->empty;
	a->crop = (size_t)o->crop;
	a->reference = o->reference;
	if (o->dose.count) {
		a->dose[0] = o->dose.v[0];
		a->dose[1] = o->dose.v[o->dose.count - 1];
	}
}

/* Specimens are numbered in order, and lists are in order. */
static size_t specimens(const struct ip_pictures *p)
{
	size_t n = 0, i;

	for (i = 0; i < p->count; i++)
		n += i == 0 || ip_dataset_specimen(p->set, p->list[i]) !=
			ip_dataset_specimen(p->set, p->list[i - 1]);
	return n;
}

static void tell(const struct ip_train_job *job)
{
	const struct ip_pictures *l = &job->how.learn, *c = &job->how.check;

	if (c->count)
		ip_cli_info("%zu pictures of %zu specimens to learn from, %zu"
			" of %zu to validate with", l->count, specimens(l),
			c->count, specimens(c));
	else
		ip_cli_info("%zu pictures of %zu specimens to learn from,"
			" none to validate with", l->count, specimens(l));
}

int ip_train_data(struct ip_train_job *job)
{
	const struct ip_train_options *o = job->o;
	const struct ip_cli *c = job->cli;
	enum ip_truth truth = o->truth ? IP_TRUTH_ZONE : IP_TRUTH_BEAM;
	int rc = ip_dataset_open(&job->learned, (const char *const *)
		c->operands, (size_t)c->count, truth);

	if (rc == 0 && o->validate.count)
		rc = ip_dataset_open(&job->checked, o->validate.v,
			o->validate.count, truth);
	if (rc == 0)
		rc = list_pictures(job);
	if (rc == 0)
		rc = check_apart(job);
	if (rc)
		return rc;
	set_change(job);
	tell(job);
	return 0;
}

void ip_train_data_close(struct ip_train_job *job)
{
	ip_dataset_close(job->learned);
	ip_dataset_close(job->checked);
	free(job->list);
	free(job->check_list);
}
