/* iphase-report: what iphase-evaluate wrote, line by line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "evaluate.h"
#include "figures.h"

const char *const ip_line_name[IP_LINE_NUMBERS] = { "thickness_nm", "rx_deg",
	"ry_deg", "dose", "mae", "pearson", "peak", "ssim", "psnr", "max",
	"max_truth", "std_over_mean", "contrast", "consistency", "spread",
	"trained" };

static int read_line(struct ip_figures *f, const struct ip_csv *t, size_t row,
	const int *column, struct ip_line *l)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < IP_LINE_NUMBERS; i++)
		rc = ip_csv_number(t, row, column[i], &l->v[i]);
	l->file = ip_csv_text(t, row, ip_csv_column(t, "file"));
	l->picture = ip_csv_text(t, row, ip_csv_column(t, "picture"));
	l->material = ip_csv_text(t, row, ip_csv_column(t, "material"));
	l->method = ip_csv_text(t, row, ip_csv_column(t, "method"));
	l->model = ip_csv_text(t, row, ip_csv_column(t, "model"));
	l->truth = ip_csv_text(t, row, ip_csv_column(t, "truth"));
	if (!*l->truth)
		l->truth = "potential_beam";
	if (!*l->material)
		l->material = "unknown";
	l->tilt = ip_eval_tilt((double[]){ 0, l->v[IP_LINE_RX],
		l->v[IP_LINE_RY] });
	l->number = f->all_lines;
	if (l->v[IP_LINE_STD] < IP_EVAL_FLAT) {
		l->v[IP_LINE_PEARSON] = NAN;
		f->flat++;
	}
	return rc;
}

static int read_lines(struct ip_figures *f, const struct ip_csv *t)
{
	int column[IP_LINE_NUMBERS], i, rc = 0;
	struct ip_line *more;
	size_t row;

	if (ip_csv_column(t, "method") < 0)
		return ip_cli_error(IP_EFORMAT, "%s:1: no column method, so"
			" not of iphase-evaluate --csv", t->path);
	more = realloc(f->all, (f->all_lines + t->rows) * sizeof *more);
	if (!more)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	f->all = more;
	for (i = 0; i < IP_LINE_NUMBERS; i++)
		column[i] = ip_csv_column(t, ip_line_name[i]);
	for (row = 0; rc == 0 && row < t->rows; row++)
		rc = read_line(f, t, row, column, &f->all[f->all_lines++]);
	return rc;
}

int ip_figures_tables(struct ip_figures *f)
{
	size_t n = (size_t)f->cli->count;
	int rc = 0;

	f->csv = calloc(n + 1, sizeof *f->csv);
	if (!f->csv)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (; rc == 0 && f->tables < n; f->tables++) {
		struct ip_csv *t = &f->csv[f->tables];

		rc = ip_csv_read(f->cli->operands[f->tables], t);
		if (rc == 0)
			rc = read_lines(f, t);
	}
	return rc;
}
