/* iphase-train: pictures on the way, and the chart of the log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/formats.h>
#include "gnuplot.h"
#include "panels.h"
#include "segments.h"
#include "train_tool.h"

#define PICTURES 4	/* of an epoch */

/* ---- samples ---- */

static int wanted(const struct ip_train_job *job)
{
	const struct ip_reals *r = &job->o->samples;
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->v[i] == (double)job->run.epoch)
			return 1;
	return 0;
}

/* (1, n, h, w), of the first count of n, times by: (count, h, w). */
static int take(struct ip_tensor *to, const struct ip_tensor *from,
	size_t count, double by)
{
	struct ip_tensor v;
	size_t n, i;
	int rc = ip_tensor_at(&v, from, 0, 0);

	if (rc == 0)
		rc = ip_tensor_slice(&v, &v, 0, 0, count);
	if (rc == 0)
		rc = ip_tensor_convert(to, IP_F64, &v);
	n = rc < 0 ? 0 : ip_tensor_count(to);
	for (i = 0; i < n; i++)
		((double *)to->data)[i] *= by;
	return rc;
}

static double pixel_size(const struct ip_train_job *job)
{
	double size[2];

	return ip_cli_pixel_size(&job->model.attrs, size) &&
		size[0] == size[1] ? size[0] : 0;
}

static int draw(const struct ip_train_job *job, const struct ip_checked *c,
	const char *path)
{
	struct ip_tensor t[3] = { { 0 } }, y, truth;
	double scale = job->model.scale;
	int rc = take(&t[0], &c->x, 4, 1);

	if (rc == 0)
		rc = take(&t[1], &c->y, 1, scale);
	if (rc == 0)
		rc = take(&t[2], &c->target, 1, scale);
	if (rc == 0)
		rc = ip_tensor_at(&y, &t[1], 0, 0);
	if (rc == 0)
		rc = ip_tensor_at(&truth, &t[2], 0, 0);
	if (rc == 0)
		rc = ip_cli_panels(path, &t[0], &y, &truth, NULL,
			pixel_size(job), job->o->truth ? "V A/nm" : "V A");
	ip_tensor_free(&t[0]);
	ip_tensor_free(&t[1]);
	ip_tensor_free(&t[2]);
	return rc;
}

int ip_train_draw(struct ip_train_job *job)
{
	const struct ip_pictures *p = job->how.check.count ? &job->how.check :
		&job->how.learn;
	struct ip_checked c;
	char path[4200];
	size_t i;
	int rc = 0;

	if (!wanted(job))
		return 0;
	for (i = 0; rc == 0 && i < p->count && i < PICTURES; i++) {
		rc = ip_check_picture(job->t, &job->how, p->set, p->list[i],
			&c);
		if (rc < 0)
			break;
		snprintf(path, sizeof path, "%.*s-epoch%04" PRIu64
			"-%zu.png", (int)job->stem_size, job->stem,
			job->run.epoch, i);
		rc = draw(job, &c, path);
		ip_checked_free(&c);
	}
	return rc;
}

/* ---- the chart ---- */

/* gnuplot's quotes: two are one. */
static void put_name(FILE *f, const char *name, size_t n)
{
	for (; n--; name++)
		fprintf(f, "%s%c", *name == '\'' ? "'" : "", *name);
}

static void put_script(FILE *f, const struct ip_train_job *job)
{
	static const char *const lines[] = {
		"set datafile separator ','\n"
		"set terminal pngcairo size 900,600\n"
		"set logscale y\nset xlabel 'epoch'\nset ylabel 'loss'\n"
		"set grid\nset output '", ".png'\nplot '",
		"' using 1:3 skip 1 with linespoints title 'training'",
		", '' using 1:7 skip 1 with linespoints title 'validation'",
	};

	fputs(lines[0], f);
	put_name(f, job->stem, job->stem_size);
	fputs(lines[1], f);
	put_name(f, job->log, strlen(job->log));
	fputs(lines[2], f);
	if (job->how.check.count)
		fputs(lines[3], f);
	fputc('\n', f);
}

/* A chart that cannot be drawn is no reason to stop. */
void ip_train_chart(const struct ip_train_job *job)
{
	char path[4200], *text = NULL;
	size_t n = 0;
	FILE *f;

	if (job->run.rows < 2 || !ip_cli_have_gnuplot())
		return;
	if ((f = open_memstream(&text, &n)) == NULL)
		return;
	put_script(f, job);
	snprintf(path, sizeof path, "%.*s.gp", (int)job->stem_size,
		job->stem);
	if (fclose(f) == 0 && ip_text_write(path, text, n) == 0)
		ip_cli_gnuplot(NULL, path, NULL);
	free(text);
}
