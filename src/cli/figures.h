/* The parts of iphase-report. */
#ifndef IP_CLI_FIGURES_H
#define IP_CLI_FIGURES_H

#include <stdio.h>
#include "cli.h"

/* ---- CSV, RFC 4180: a head with names, and rows of as many cells ---- */

struct ip_csv {
	const char *path;	/* the caller's */
	char **cell;		/* [rows + 1][columns], the head first */
	size_t columns, rows;
	size_t *line;		/* [rows + 1], where each begins, from 1 */
	size_t cells, room;
};
/* IP_EFORMAT, with file and line, for what is empty, cut or uneven. */
int ip_csv_read(const char *path, struct ip_csv *t);
void ip_csv_free(struct ip_csv *t);
int ip_csv_column(const struct ip_csv *t, const char *name);	/* or -1 */
const char *ip_csv_text(const struct ip_csv *t, size_t row, int column);
/* NAN for an empty cell, for nan, and for column -1. */
int ip_csv_number(const struct ip_csv *t, size_t row, int column, double *v);

/* ---- what iphase-evaluate found ---- */

/* Numbers of a line, in the order of ip_line_name. */
enum ip_line_number { IP_LINE_THICKNESS, IP_LINE_RX, IP_LINE_RY, IP_LINE_DOSE,
	IP_LINE_MAE, IP_LINE_PEARSON, IP_LINE_PEAK, IP_LINE_SSIM,
	IP_LINE_PSNR, IP_LINE_MAX, IP_LINE_MAX_TRUTH, IP_LINE_STD,
	IP_LINE_CONTRAST, IP_LINE_CONSISTENCY, IP_LINE_SPREAD,
	IP_LINE_TRAINED, IP_LINE_NUMBERS };
extern const char *const ip_line_name[IP_LINE_NUMBERS];

/* One picture by one method; texts are the table's. */
struct ip_line {
	const char *file, *picture, *material, *method, *model, *truth;
	size_t number;	/* in the order of coming */
	double v[IP_LINE_NUMBERS];
	double tilt;	/* degree, beam to zone axis; NAN: not known */
};

/* ---- charts ---- */

struct ip_point {
	double x, y;
	double low, high;	/* a bar through the point; NAN: none */
	size_t pictures;	/* 0: not a mean over pictures */
};
/* look: of ip_method_look, or a number from 0 on. */
struct ip_chart_series {
	char title[96];
	int look;
	struct ip_point *p;
	size_t count, room;
};
enum { IP_CHART_LOG_X = 1, IP_CHART_LOG_Y = 2, IP_CHART_ZERO = 4,
	IP_CHART_DIAGONAL = 8,	/* points, and where both axes are equal */
	IP_CHART_BARS = 16,	/* x is the number of a name */
	IP_CHART_BELOW_1 = 32,
	IP_CHART_POINTS = 64 };	/* no lines between them */
struct ip_chart {
	const char *name;	/* of its files, a-z0-9 and - */
	const char *x, *y;	/* of the axes, with units; fixed text */
	const char *x_column, *y_column;	/* in its .csv */
	unsigned flags;
	struct ip_chart_series *s;
	size_t count, room;
	char (*tic)[48];	/* names of x = 0, 1, .., or NULL */
	size_t tics;
};
/* New ones at the end; NULL without memory, which has been reported. */
struct ip_chart_series *ip_chart_begin(struct ip_chart *c, const char *title,
	int look);
int ip_chart_add(struct ip_chart_series *s, const struct ip_point *p);
int ip_chart_tic(struct ip_chart *c, const char *text);
void ip_chart_free(struct ip_chart *c);

/* ---- the report ---- */

struct ip_made {
	struct ip_made *next;
	char *data;
	size_t size;
	char name[64];
};

struct ip_figures {
	const struct ip_cli *cli;
	FILE *page;			/* report.html as far as it is */
	char *html;
	size_t html_size;
	struct ip_csv *csv;		/* of iphase-evaluate */
	size_t tables;
	struct ip_line *all;
	size_t all_lines, flat;		/* truths without contrast */
	struct ip_line *line;		/* those of one truth, of all */
	size_t lines;
	size_t pictures, files;		/* of those, each once */
	const char *suffix;		/* of files that tell of them */
	struct ip_made *made, **last;	/* the folder's other files */
	char temp[256];			/* a folder of our own, or "" */
	int gnuplot;			/* there is one */
};

/* A file of the folder; takes data over, which is malloc'ed. */
int ip_figures_add(struct ip_figures *f, const char *name, char *data,
	size_t size);
/* Read the operands, tables of iphase-evaluate. */
int ip_figures_tables(struct ip_figures *f);
/* All into the folder, the page last. */
int ip_figures_save(struct ip_figures *f, const char *folder);
void ip_figures_free(struct ip_figures *f);

/*
 * Draw the chart, add its .csv and .png to the folder, and put it on the page
 * with a caption, and with its numbers if they are few.
 */
int ip_figures_chart(struct ip_figures *f, const struct ip_chart *c,
	const char *caption, ...) IP_CLI_PRINTF(3, 4);
/* As PNG; *png is NULL if it cannot be drawn, and a warning tells. */
int ip_figures_plot(struct ip_figures *f, const struct ip_chart *c, char **png,
	size_t *size);
/* The temporary folder, and a look whether there is a gnuplot. */
int ip_figures_plot_open(struct ip_figures *f);
void ip_figures_plot_close(struct ip_figures *f);
/* All of a file there, malloc'ed with a NUL behind it, NULL if that fails. */
char *ip_figures_temp_read(const struct ip_figures *f, const char *name,
	size_t *size);

/* ---- the page ---- */

void ip_html_begin(FILE *f);
void ip_html_end(FILE *f);
/* & < > " ' as entities; control characters and what is no UTF-8: U+FFFD. */
void ip_html_text(FILE *f, const char *text);
void ip_html_heading(FILE *f, const char *text);	/* opens a section */
void ip_html_note(FILE *f, const char *fmt, ...) IP_CLI_PRINTF(2, 3);
/* wide: for what a phone had better show a part of than small. */
void ip_html_png(FILE *f, const char *data, size_t size, const char *alt,
	int wide);
void ip_html_close(FILE *f);				/* closes a section */
void ip_base64_put(FILE *f, const char *data, size_t size);

/* ---- the figures ---- */

/* a */
int ip_figures_samples(struct ip_figures *f, const struct ip_texts *files);
/* b */
int ip_figures_log(struct ip_figures *f, const char *path);
/* c */
int ip_figures_metrics(struct ip_figures *f);
/* d */
int ip_figures_examples(struct ip_figures *f, const struct ip_texts *files,
	const char *model);
/* e, and the same by thickness, dose, material */
int ip_figures_errors(struct ip_figures *f);
/* f */
int ip_figures_maxima(struct ip_figures *f);
/* error by consistency and spread, if the tables have them */
int ip_figures_trust(struct ip_figures *f);
/*
 * R2 of the true maxima of a material (NULL: of all) by the predicted ones,
 * NAN as of ip_eval_r2; count: how many there are.
 */
int ip_figures_r2(const struct ip_figures *f, const char *method,
	const char *material, double *r2, size_t *count);

/* ---- groups of lines ---- */

struct ip_stat {
	double mean, low, high;	/* the quartiles */
	size_t count;
};
/* Of what is a number among n; sorts v. All NAN if none is. */
void ip_stat(double *v, size_t n, struct ip_stat *s);
/* The methods and materials of the lines, in the order of show or coming. */
struct ip_names {
	const char **v;
	size_t count;
};
int ip_figures_methods(const struct ip_figures *f, struct ip_names *n);
/* Count their pictures and files. */
int ip_figures_count(struct ip_figures *f);
int ip_figures_materials(const struct ip_figures *f, struct ip_names *n);
/* How a method is called on charts, and its colour, for ip_chart_series. */
const char *ip_method_title(const char *method);
int ip_method_look(const char *method);
int ip_method_is_control(const char *method);

#endif
