/*
 * iphase-report: a chart, drawn by gnuplot in a folder of its own. The script
 * has fixed text and numbers only; the files it reads have names that we give,
 * and names of others stand in them without what gnuplot might take for more.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "figures.h"
#include "gnuplot.h"

#define PNG_MAX (64u << 20)

/* Okabe and Ito's, which people see who do not tell red from green. */
static const char *const colour[] = { "#0072B2", "#56B4E9", "#D55E00",
	"#E69F00", "#009E73", "#CC79A7", "#000000", "#888888" };
#define COLOURS ((int)(sizeof colour / sizeof *colour))
static const int shape[] = { 7, 6, 5, 9, 11, 13, 4, 8, 10, 12, 14 };
#define SHAPES ((int)(sizeof shape / sizeof *shape))

int ip_figures_plot_open(struct ip_figures *f)
{
	const char *tmp = getenv("TMPDIR");

	f->gnuplot = ip_cli_have_gnuplot();
	if (!f->gnuplot)
		ip_cli_warn("there is no gnuplot (Debian: gnuplot-nox): tables"
			" and pictures are made, but no charts");
	if (snprintf(f->temp, sizeof f->temp, "%s/iphase-report.XXXXXX", tmp &&
	    *tmp ? tmp : "/tmp") >= (int)sizeof f->temp || !mkdtemp(f->temp)) {
		f->temp[0] = '\0';
		return ip_cli_error(IP_EIO, "no temporary folder can be made"
			" in %s: %s", tmp && *tmp ? tmp : "/tmp",
			strerror(errno));
	}
	return 0;
}

/* A file of gnuplot's folder, k >= 0 for the kth; FILE or NULL. */
static FILE *open_file(const struct ip_figures *f, const char *name, int k,
	const char *mode)
{
	char path[320];

	if (k < 0)
		snprintf(path, sizeof path, "%s/%s", f->temp, name);
	else
		snprintf(path, sizeof path, "%s/%s%d", f->temp, name, k);
	return fopen(path, mode);
}

static void remove_file(const struct ip_figures *f, const char *name, int k)
{
	char path[320];

	if (k < 0)
		snprintf(path, sizeof path, "%s/%s", f->temp, name);
	else
		snprintf(path, sizeof path, "%s/%s%d", f->temp, name, k);
	unlink(path);
}

void ip_figures_plot_close(struct ip_figures *f)
{
	if (f->temp[0])
		rmdir(f->temp);
	f->temp[0] = '\0';
}

/* ---- data ---- */

/* Letters, digits and marks that mean nothing to gnuplot in a file. */
static void put_label(FILE *f, const char *s)
{
	for (; *s; s++)
		putc(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
			"wxyz0123456789 .,:;()[]+-=/<>'", *s) ? *s : '_', f);
}

static int shown(const struct ip_chart *c, const struct ip_point *p)
{
	return isfinite(p->x) && isfinite(p->y) &&
		(!(c->flags & IP_CHART_LOG_X) || p->x > 0) &&
		(!(c->flags & IP_CHART_LOG_Y) || p->y > 0);
}

static int count_shown(const struct ip_chart *c,
	const struct ip_chart_series *s)
{
	size_t i;
	int n = 0;

	for (i = 0; i < s->count; i++)
		n += shown(c, &s->p[i]);
	return n;
}

/* Bars and points of one name stand side by side. */
static double beside(const struct ip_chart *c, size_t i, double step)
{
	return c->tics ? ((double)i - 0.5 * (double)(c->count - 1)) * step : 0;
}

static double step_of(const struct ip_chart *c)
{
	return (c->flags & IP_CHART_BARS ? 0.8 : 0.3) / (double)c->count;
}

static void put_data(FILE *f, const struct ip_chart *c, size_t i)
{
	const struct ip_chart_series *s = &c->s[i];
	size_t k;

	fputs("x\t", f);
	put_label(f, s->title);
	fputs("\tlow\thigh\n", f);
	for (k = 0; k < s->count; k++)
		if (shown(c, &s->p[k]))
			fprintf(f, "%.9g\t%.9g\t%.9g\t%.9g\n", s->p[k].x +
				beside(c, i, step_of(c)), s->p[k].y,
				isnan(s->p[k].low) ? s->p[k].y : s->p[k].low,
				isnan(s->p[k].high) ? s->p[k].y : s->p[k].high);
}

static void put_tics(FILE *f, const struct ip_chart *c)
{
	size_t i;

	for (i = 0; i < c->tics; i++) {
		fprintf(f, "%zu\t", i);
		put_label(f, c->tic[i]);
		putc('\n', f);
	}
}

/* ---- the script ---- */

/* From 0, or what is below it, to a little above the largest. */
static void put_square(FILE *f, const struct ip_chart *c)
{
	double low = 0, high = 0;
	size_t i, k;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->s[i].count; k++) {
			const struct ip_point *p = &c->s[i].p[k];

			if (shown(c, p)) {
				low = fmin(low, fmin(p->x, p->y));
				high = fmax(high, fmax(p->x, p->y));
			}
		}
	low -= low < 0 ? 0.05 * (high - low) : 0;
	high += 0.05 * (high - low) + (high == low);
	fprintf(f, "set size ratio 1\nset xrange [%.9g:%.9g]\n"
		"set yrange [%.9g:%.9g]\n", low, high, low, high);
}

/* A little more than there is, with marks that suit its span. */
static void put_log_y(FILE *f, const struct ip_chart *c)
{
	double low = INFINITY, high = 0;
	const char *between = "";
	size_t i, k;
	int e;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->s[i].count; k++)
			if (shown(c, &c->s[i].p[k])) {
				low = fmin(low, c->s[i].p[k].y);
				high = fmax(high, c->s[i].p[k].y);
			}
	if (!(high > 0))
		return;
	fprintf(f, "set logscale y\nset yrange [%.9g:%.9g]\nset ytics (",
		low / 1.3, high * 1.3);
	for (e = (int)floor(log10(low / 1.3)); e <= log10(high); e++) {
		fprintf(f, "%s1e%d", between, e);
		between = ", ";
		if (high < 300 * low)
			fprintf(f, ", 2e%d, 5e%d", e, e);
		if (high < 10 * low)
			fprintf(f, ", 3e%d, 4e%d, 6e%d, 8e%d", e, e, e, e);
	}
	fputs(")\n", f);
}

static void put_axes(FILE *f, const struct ip_chart *c)
{
	int square = (c->flags & IP_CHART_DIAGONAL) != 0;

	fprintf(f, "set encoding utf8\n"
		"set terminal pngcairo noenhanced size 1280,%d font 'sans,26'"
		" linewidth 2\nset output 'out.png'\nset pointsize %g\n"
		"set datafile separator tab\nset datafile commentschars ''\n"
		"set border 3 linecolor rgb '#444444'\nset tics nomirror\n"
		"set grid ytics linecolor rgb '#dddddd' linetype 1\n"
		"set key above left Left reverse samplen 2\n"
		"set bars small\nset style fill solid 0.9\n"
		"set autoscale xfix\n", square ? 1280 : 960, square ? 1.4 :
		2.0);
	fprintf(f, "set xlabel '%s'\nset ylabel '%s'\n", c->x, c->y);
	if (c->flags & IP_CHART_LOG_X)
		fputs("set logscale x\n", f);
	if (c->flags & IP_CHART_LOG_Y)
		put_log_y(f, c);
	if (c->flags & IP_CHART_BARS)
		fputs("set yrange [*<0:0<*]\n", f);
	else if (c->flags & IP_CHART_ZERO)
		fputs("set yrange [0:*]\n", f);
	if (c->flags & IP_CHART_BELOW_1)
		fputs("set yrange [*:1]\n", f);
	if (c->flags & IP_CHART_DIAGONAL)
		put_square(f, c);
	if (c->tics)
		fprintf(f, "set xrange [-0.5:%zu.5]\nset xtics scale 0"
			" noenhanced\n%s", c->tics - 1, c->tics > 6 ?
			"set xtics rotate by -35\n" : "");
	else if (!(c->flags & IP_CHART_DIAGONAL))
		fputs("set offsets graph 0.03, graph 0.03, 0, 0\n", f);
	if (c->flags & IP_CHART_BARS)
		fprintf(f, "set boxwidth %.6f absolute\n", step_of(c));
}

static void put_series(FILE *f, const struct ip_chart *c, size_t i)
{
	const char *rgb = colour[c->s[i].look % COLOURS];
	int points = shape[c->s[i].look % SHAPES];

	fprintf(f, ", 's%zu' using ", i);
	if (c->flags & IP_CHART_BARS)
		fprintf(f, "1:2 with boxes linecolor rgb '%s'", rgb);
	else if (c->flags & (IP_CHART_DIAGONAL | IP_CHART_POINTS))
		fprintf(f, "1:2 with points pointtype %d linecolor rgb '%s'",
			points, rgb);
	else if (count_shown(c, &c->s[i]) > 40)
		fprintf(f, "1:2 with lines linewidth 2 linecolor rgb '%s'",
			rgb);
	else
		fprintf(f, "1:2:3:4 with yerrorlines pointtype %d linecolor"
			" rgb '%s'", points, rgb);
	fputs(" title columnheader(2)", f);
}

static void put_script(FILE *f, const struct ip_chart *c)
{
	size_t i;

	put_axes(f, c);
	/* what begins the list, and shows nothing of its own */
	if (c->tics)
		fputs("plot 'tics' using 1:(NaN):xtic(2) notitle", f);
	else if (c->flags & IP_CHART_DIAGONAL)
		fputs("plot x with lines linecolor rgb '#999999' dashtype 2"
			" notitle", f);
	else
		fputs("plot NaN notitle", f);
	for (i = 0; i < c->count; i++)
		if (count_shown(c, &c->s[i]))
			put_series(f, c, i);
	fputc('\n', f);
}

/* ---- drawing ---- */

static int write_file(const struct ip_figures *f, const char *name, int k,
	const struct ip_chart *c,
	void (*put)(FILE *f, const struct ip_chart *c))
{
	FILE *out = open_file(f, name, k, "w");
	int bad = !out;

	if (out && put)
		put(out, c);
	else if (out)
		put_data(out, c, (size_t)k);
	if (out)
		bad = ferror(out);
	if (out)
		bad |= fclose(out) != 0;
	return bad ? ip_cli_error(IP_EIO, "%s: cannot be written: %s", f->temp,
		strerror(errno)) : 0;
}

char *ip_figures_temp_read(const struct ip_figures *f, const char *name,
	size_t *size)
{
	FILE *in = open_file(f, name, -1, "rb");
	char *data = NULL;
	long n = -1;

	*size = 0;
	if (in && fseek(in, 0, SEEK_END) == 0)
		n = ftell(in);
	if (n > 0 && (unsigned long)n <= PNG_MAX && fseek(in, 0, SEEK_SET) == 0)
		data = malloc((size_t)n + 1);
	if (data) {
		*size = fread(data, 1, (size_t)n, in);
		data[*size] = '\0';
	}
	if (in)
		fclose(in);
	return data;
}

static void warn(const struct ip_figures *f, const struct ip_chart *c)
{
	size_t n;
	char *said = ip_figures_temp_read(f, "said", &n), *line = said;

	/* the lines before show what was typed */
	while (line && *line && (*line == '\n' || *line == ' ' ||
	    !strstr(line, ": ") || strchr(line, '^'))) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	ip_cli_warn("%s: gnuplot could not draw it%s%.*s", c->name, line &&
		*line ? ": " : "", line ? (int)strcspn(line, "\n") : 0, line ?
		line : "");
	free(said);
}

static int draw(struct ip_figures *f, const struct ip_chart *c)
{
	size_t i;
	int rc = write_file(f, "script", -1, c, put_script);

	if (rc == 0)
		rc = write_file(f, "tics", -1, c, put_tics);
	for (i = 0; rc == 0 && i < c->count; i++)
		rc = write_file(f, "s", (int)i, c, NULL);
	return rc ? rc : ip_cli_gnuplot(f->temp, "script", "said") ? 1 : 0;
}

int ip_figures_plot(struct ip_figures *f, const struct ip_chart *c, char **png,
	size_t *size)
{
	size_t i;
	int rc;

	*png = NULL;
	*size = 0;
	if (!f->gnuplot)
		return 0;
	rc = draw(f, c);
	if (rc == 0)
		*png = ip_figures_temp_read(f, "out.png", size);
	if (rc == 0 && (*size < 8 || memcmp(*png, "\211PNG\r\n\032\n", 8))) {
		free(*png);
		*png = NULL;
		rc = 1;
	}
	if (rc > 0)
		warn(f, c);
	for (i = 0; i < c->count; i++)
		remove_file(f, "s", (int)i);
	remove_file(f, "script", -1);
	remove_file(f, "tics", -1);
	remove_file(f, "said", -1);
	remove_file(f, "out.png", -1);
	return rc < 0 ? rc : 0;
}
